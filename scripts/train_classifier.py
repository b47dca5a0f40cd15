"""Train one classifier: a variant with one initialisation, on all folds but one.

Events of the variant's region are used with the training weights of its negative-weight strategy, made for the fold
that is left out. A training that diverges is stopped and recorded as such, with the evidence; one that learned nothing
says so.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, run_command
from signedag.config.classifier import TrainClassifierSettings
from signedag.training.job import TrainingJob, run_training


def work(arguments: argparse.Namespace) -> None:
    """Load events, train, save networks and history."""
    job = TrainingJob(
        arguments.settings, arguments.variant, arguments.seed, arguments.fold, arguments.model, arguments.history
    )
    run_training(job, arguments.events, arguments.weights, arguments.checkpoints)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, TrainClassifierSettings)
    parser.add_argument("--variant", required=True, help="the variant's name; it decides the random stream")
    parser.add_argument("--seed", required=True, type=int, help="number of the initialisation")
    parser.add_argument("--fold", required=True, type=int, help="the fold to leave out of the training")
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="events, {sample}/nominal.arrow")
    parser.add_argument(
        "--weights",
        required=True,
        type=Path,
        nargs="+",
        help="their training weights, {sample}/without_fold{fold}.arrow",
    )
    parser.add_argument(
        "--checkpoints", type=Path, nargs="*", default=[], help="networks of the variants that phases start from"
    )
    parser.add_argument("--model", required=True, type=Path, help="safetensors file to write")
    parser.add_argument("--history", required=True, type=Path, help="JSON file to write: objective by epoch")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
