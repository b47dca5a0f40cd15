"""Judge a classifier at each mass of the signal with signed weights, all background at every mass.

Reads events and the scores of the same events, combined and of each seed; the column of the score differs by signal
process where the classifier is parametric. Writes one JSON: per process AUC, area under precision against recall and
significance ratio with its threshold, of the combined score and of each seed, with errors, and points of the curves;
and their means over the masses that are trained, held out, and all. What is undefined is null, with the reason.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, run_command
from signedag.config.masses import CheckMassesSettings
from signedag.metrics.mass_check import MassCheck, run_mass_check


def work(arguments: argparse.Namespace) -> None:
    """Judge the classifier."""
    files = (arguments.events, arguments.scores, arguments.seed_scores, arguments.output)
    run_mass_check(MassCheck(arguments.settings, arguments.variant, *files))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CheckMassesSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name")
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="events, {sample}/nominal.arrow")
    parser.add_argument(
        "--scores", required=True, type=Path, nargs="+", help="their combined scores, {sample}/nominal.arrow"
    )
    parser.add_argument(
        "--seed-scores",
        type=Path,
        nargs="*",
        default=[],
        help="of each seed, seed{seed}/{sample}/nominal.arrow; a mapped score has none",
    )
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
