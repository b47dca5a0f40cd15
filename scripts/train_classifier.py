"""Train one classifier: a variant with one initialisation, on all folds but one.

Signal is class 1, background class 0. Events of the variant's region are used with the training weights of its
negative-weight strategy; a training that diverges is stopped and recorded as such, with the evidence.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.classifier import TrainClassifierSettings
from signedag.files import write_json
from signedag.networks.saved import save_networks
from signedag.seeds import entropy
from signedag.training.classifier import train_classifier
from signedag.training.events import load_training_events
from signedag.training.splitting import check_fold


def work(arguments: argparse.Namespace) -> None:
    """Load events, train, save network and history."""
    settings: TrainClassifierSettings = arguments.settings
    variant = settings.variant
    check_fold(arguments.fold, settings.folds)
    events = load_training_events(
        arguments.events_folder,
        arguments.weights_folder,
        {True: settings.signal_samples, False: settings.background_samples},
        variant.inputs,
        variant.region,
        arguments.fold,
    )
    log.info("%d signal and %d background events", events.is_signal.sum(), (~events.is_signal).sum())
    seed = entropy(settings.seed, "train_classifier", arguments.variant, arguments.seed, arguments.fold)
    network, history = train_classifier(variant, events, seed)
    place = {"variant": arguments.variant, "seed": arguments.seed, "fold": arguments.fold}
    origin = provenance(settings, "train_classifier", **place)
    save_networks(arguments.model, [network], variant.inputs, arguments.fold, {"provenance": origin})
    write_json(arguments.history, {"provenance": origin, **place, **history.as_dict()})


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, TrainClassifierSettings)
    parser.add_argument("--variant", required=True, help="the variant's name; it decides the random stream")
    parser.add_argument("--seed", required=True, type=int, help="number of the initialisation")
    parser.add_argument("--fold", required=True, type=int, help="the fold to leave out of the training")
    parser.add_argument("--events-folder", required=True, type=Path, help="holds {sample}/nominal.arrow")
    parser.add_argument("--weights-folder", required=True, type=Path, help="holds {sample}/training_weights.arrow")
    parser.add_argument("--model", required=True, type=Path, help="safetensors file to write")
    parser.add_argument("--history", required=True, type=Path, help="JSON file to write: objective by epoch")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
