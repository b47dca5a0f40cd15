"""Train several classifiers, one after the other: variants, initialisations, folds.

Each is trained as `train_classifier.py` does it and comes out the same; what is saved is the start of a process per
network. Files are told apart by their paths: training weights are {strategy}/{sample}/without_fold{fold}.arrow,
networks {variant}/seed{seed}/fold{fold}/model.safetensors with history.json beside each.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import command_parser, log, run_command
from signedag.config.classifier import TrainClassifierSettings
from signedag.config.grouping import read_members
from signedag.training.job import TrainingJob, run_training


def work(arguments: argparse.Namespace) -> None:
    """Train all, each with the files that are its own."""
    for member in read_members(arguments.trainings, "--trainings", TrainClassifierSettings):
        output = arguments.output_folder / member.variant / f"seed{member.seed}" / f"fold{member.fold}"
        names = (member.variant, member.seed, member.fold)
        job = TrainingJob(member.settings, *names, output / "model.safetensors", output / "history.json")
        log.info("%s, seed %d, without fold %d", job.variant, job.seed, job.fold)
        samples = {name for names in job.settings.classes.values() for name in names}
        strategy = job.settings.variant.weights.strategy
        events = [path for path in arguments.events if path.parent.name in samples]
        weights = [
            path
            for path in arguments.weights
            if (path.parts[-3], path.name) == (strategy, f"without_fold{job.fold}.arrow")
        ]
        origins = {phase.starts_from for phase in job.settings.variant.phases}
        ending = (f"seed{job.seed}", f"fold{job.fold}", "model.safetensors")
        checkpoints = [
            path for path in arguments.checkpoints if path.parts[-3:] == ending and path.parts[-4] in origins
        ]
        run_training(job, events, weights, checkpoints)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    parser.add_argument(
        "--trainings",
        required=True,
        metavar="JSON",
        help="list of {variant, seed, fold, settings}, see train_classifier",
    )
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="events, {sample}/nominal.arrow")
    parser.add_argument("--weights", required=True, type=Path, nargs="+", help="training weights of all trainings")
    parser.add_argument("--checkpoints", type=Path, nargs="*", default=[], help="networks that phases start from")
    parser.add_argument("--output-folder", required=True, type=Path, help="where {variant}/seed{seed}/fold{fold}/ go")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
