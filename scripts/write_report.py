"""Collect every headline number with its uncertainty, judge it, and write the first page of the report.

Reads the JSON results of all stages and the key figures from the analysis's folder. Writes `summary.json` (numbers as
value and error or value, down and up; what is undefined is null with the reason; first the verdict, a graded line per
headline, the worst first), `verdict.txt` (the same lines for a terminal) and `front_page.rst`, the first page of the
report that `snakemake --report` makes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.plotting import WriteReportSettings
from signedag.files import whole_or_nothing
from signedag.fingerprint import code_version
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.report.front_page import front_page
from signedag.report.grading import verdict
from signedag.report.results import read_results
from signedag.report.summary import summary
from signedag.report.verdict import as_text, counted


def work(arguments: argparse.Namespace) -> None:
    """Read all results, judge and summarise them, write the three files."""
    settings: WriteReportSettings = arguments.settings
    folder, version = arguments.results_folder, code_version("write_report")
    results = read_results(folder, settings)
    lines = verdict(results)
    log.info("%s: %s", settings.analysis, counted(lines))
    texts = {
        arguments.verdict: as_text(lines, settings.analysis),
        arguments.front_page: front_page(results, lines, settings, folder / "figures", version),
    }
    for path, text in texts.items():
        with whole_or_nothing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    summarised = summary(results, lines, settings, version)
    summarised |= {"provenance": provenance(settings, "write_report")}
    write_json(arguments.summary, summarised, Identity.of("report summary"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, WriteReportSettings)
    parser.add_argument("--results-folder", required=True, type=Path, help="folder with the results of the analysis")
    parser.add_argument("--summary", required=True, type=Path, help="JSON file to write")
    parser.add_argument("--verdict", required=True, type=Path, help="text file to write")
    parser.add_argument("--front-page", required=True, type=Path, help="reStructuredText file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
