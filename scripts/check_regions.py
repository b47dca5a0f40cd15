"""Count the events of each sample in each region, and stop where a region lacks what is done there.

Reads the `summary.json` that `merge_sample` wrote for each sample and writes one table by region and sample. A region
in which a classifier trains, that is fitted or in which sculpting is checked, but which has no event of the signal (or
of the background, or of a class) that this needs, is refused with one line each: before any network is trained. So is
a fold of a region without an event of a signal point that a classifier is conditioned on.

Example:
  python scripts/check_regions.py --settings settings.json --summaries ZH/summary.json tt/summary.json \
    --output regions.json
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.regions import CheckRegionsSettings
from signedag.events.regions import RegionYields, check_regions
from signedag.identity import Identity
from signedag.json_results import write_json


def work(arguments: argparse.Namespace) -> None:
    """Read the yields, check them and write them by region."""
    settings: CheckRegionsSettings = arguments.settings
    yields = RegionYields.read(arguments.summaries)
    check_regions(yields, settings)
    content = {"regions": yields.as_json(), "provenance": provenance(settings, "check_regions")}
    write_json(arguments.output, content, Identity.of("events by region"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CheckRegionsSettings)
    parser.add_argument(
        "--summaries", required=True, type=Path, nargs="+", metavar="JSON", help="each sample's merged summary.json"
    )
    parser.add_argument("--output", required=True, type=Path, metavar="JSON", help="the yields by region and sample")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
