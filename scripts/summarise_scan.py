"""Put the points of a scan side by side, each with its settings and what judged it, and say which is best.

Best is the point with the smallest error of the signal strength among those that do not sculpt the mass; the frontier
has the points that no other one beats in both. It is chosen on this sample, so another seed must be quoted. CPU seconds
go into a file of their own, since they differ from run to run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.scan import SummariseScanSettings
from signedag.files import whole_or_nothing
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.scan.choice import choose
from signedag.scan.rows import scan_rows, scan_times
from signedag.scan.summary import summary, table


def work(arguments: argparse.Namespace) -> None:
    """Load every point's results, choose, save."""
    settings: SummariseScanSettings = arguments.settings
    folder: Path = arguments.results_folder
    rows = scan_rows(folder, settings)
    choice = choose(rows, settings.scan.sculpting_limit)
    log.info("%d points, %d failed; best: %s (%s)", choice.points, choice.failed, choice.best, choice.reason)
    log.info("%s", choice.caution)
    content = {"provenance": provenance(settings, "summarise_scan")} | summary(rows, choice, settings)
    write_json(arguments.output, content, Identity.of("scan"))
    write_json(arguments.times, {"points": scan_times(folder, settings)}, Identity.of("scan times"))
    with whole_or_nothing(arguments.table) as temporary:
        temporary.write_text(table(rows, choice, settings), encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, SummariseScanSettings)
    parser.add_argument("--results-folder", required=True, type=Path, help="the analysis's results")
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write: everything")
    parser.add_argument("--table", required=True, type=Path, help="TSV file to write: the table to read, best first")
    parser.add_argument("--times", required=True, type=Path, help="JSON file to write: CPU seconds per point")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
