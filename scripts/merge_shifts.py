"""Put the parts of a sample's shifted events together and scale their weights as those of the nominal events.

Reads `<shift>.arrow` and `shifts.json` from the parts' folders, takes the factor from generator weights to expected
events from the `summary.json` that `merge_sample` wrote, and writes one store per shift with the rows in the order of
the parts, and `shifts.json` with cutflows in expected events.

Example:
  python scripts/merge_shifts.py --sample ZH --summary ZH/summary.json --parts parts/0 parts/1 --output-folder ZH
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import command_parser, provenance, run_command
from signedag.events.merging import merge_shifts


def work(arguments: argparse.Namespace) -> None:
    """Merge the parts."""
    described = provenance(None, "merge_shifts", sample=arguments.sample)
    merge_shifts(arguments.parts, arguments.summary, arguments.sample, arguments.output_folder, described)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    parser.add_argument("--sample", required=True, help="the sample's name")
    parser.add_argument(
        "--summary", required=True, type=Path, metavar="JSON", help="summary.json of the merged nominal events"
    )
    parser.add_argument(
        "--parts", required=True, type=Path, nargs="+", metavar="FOLDER", help="the parts' folders, in their order"
    )
    parser.add_argument("--output-folder", required=True, type=Path, metavar="FOLDER", help="where the stores go")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
