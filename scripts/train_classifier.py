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

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.classifier import TrainClassifierSettings
from signedag.config.phases import CLASSIFIER
from signedag.files import write_json
from signedag.networks.saved import save_networks
from signedag.seeds import entropy
from signedag.training.checkpoints import load_checkpoints
from signedag.training.classifier import train_classifier
from signedag.training.events import Request, load_training_events
from signedag.training.splitting import check_fold


def work(arguments: argparse.Namespace) -> None:
    """Load events, train, save networks and history."""
    settings: TrainClassifierSettings = arguments.settings
    variant = settings.variant
    check_fold(arguments.fold, settings.folds)
    request = Request(settings.classes, settings.processes, variant.inputs, variant.region, variant.columns())
    events = load_training_events(request, arguments.events, arguments.weights, arguments.fold)
    log.info("%s", events.summary(tuple(settings.classes)))
    checkpoints = load_checkpoints(arguments.checkpoints, variant, arguments.fold)
    seed = entropy(settings.seed, "train_classifier", arguments.variant, arguments.seed, arguments.fold)
    trained = train_classifier(variant, events, seed, checkpoints)
    training = {"variant": arguments.variant, "seed": arguments.seed, "fold": arguments.fold}
    origin = provenance(settings, "train_classifier", **training)
    others = {role: network for role, network in trained.networks.items() if role != CLASSIFIER}
    save_networks(arguments.model, [trained.classifier], arguments.fold, {"provenance": origin, **training}, others)
    write_json(arguments.history, {"provenance": origin, **training, **trained.history.as_json()})


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
