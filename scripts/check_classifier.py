"""Judge a classifier with signed weights, in one region.

Reads events and the scores of the same events, combined and of each seed. Writes one JSON:
AUC with its error, significance ratio and binned significance of the combined score and of each seed; AUC per fold;
points of the ROC; sums of weights; score histograms per sample with Σw and Σw². What is undefined is null, with the
reason beside it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, run_command
from signedag.config.classifier import CheckClassifierSettings
from signedag.metrics.classifier_check import ClassifierCheck, run_check


def check(arguments: argparse.Namespace) -> None:
    """Judge the classifier."""
    job = ClassifierCheck(
        arguments.settings, arguments.variant, arguments.scores, arguments.seed_scores, arguments.output
    )
    run_check(job, arguments.events)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CheckClassifierSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name; it fixes the bootstrap's stream")
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
    return run_command(parser, check, argv)


if __name__ == "__main__":
    sys.exit(main())
