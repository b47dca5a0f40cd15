"""Collect every headline number with its uncertainty, and write the first page of the report.

Reads the JSON results of all stages from the analysis's folder. Writes `summary.json` (numbers as value and error or
value, down and up; what is undefined is null with the reason) and `front_page.rst`, the first page of the report that
`snakemake --report` makes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.plotting import WriteReportSettings
from signedag.files import whole_or_nothing, write_json
from signedag.fingerprint import code_version
from signedag.report.front_page import front_page
from signedag.report.results import read_results
from signedag.report.summary import summary


def work(arguments: argparse.Namespace) -> None:
    """Read all results, summarise, write both files."""
    settings: WriteReportSettings = arguments.settings
    results = read_results(arguments.results_folder, settings)
    summarised = summary(results, settings, code_version("write_report"))
    page = front_page(summarised, results, settings)
    with whole_or_nothing(arguments.front_page) as temporary:
        temporary.write_text(page, encoding="utf-8")
    write_json(arguments.summary, summarised | {"provenance": provenance(settings, "write_report")})


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, WriteReportSettings)
    parser.add_argument("--results-folder", required=True, type=Path, help="folder with the results of the analysis")
    parser.add_argument("--summary", required=True, type=Path, help="JSON file to write")
    parser.add_argument("--front-page", required=True, type=Path, help="reStructuredText file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
