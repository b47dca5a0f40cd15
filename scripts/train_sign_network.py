"""Train the sign networks of one sample outside one fold: p(x) = P(w > 0 | x) under the measure |w|.

A network tells positive from negative events by binary cross-entropy weighted by |w|. The events outside the fold are
cut into inner parts; each part is weighed by networks that were trained on the other parts, so that none saw the fold
or the events that it weighs. `calibrate_weights.py` turns their output into training weights.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.weights import TrainSignNetworkSettings
from signedag.events.folds import inner_part
from signedag.events.layout import NOMINAL
from signedag.events.store import EVENT_NUMBER, EventStore, write_stage
from signedag.events.without_fold import rows_without_fold, signed_weight_without_fold
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.networks.saved import save_networks
from signedag.seeds import entropy
from signedag.training.splitting import check_fold
from signedag.training.weight_networks import cross_fit


def work(arguments: argparse.Namespace) -> None:
    """Load the events outside the fold, cross-fit, save networks, their output and the course of the trainings."""
    settings: TrainSignNetworkSettings = arguments.settings
    network, sample, fold = settings.network, arguments.sample, arguments.fold
    check_fold(fold, settings.folds)
    events = EventStore(arguments.events, Identity.of("events", sample=arguments.sample, shift=NOMINAL))
    rows = rows_without_fold(events, fold)
    part = inner_part(events.column(EVENT_NUMBER)[rows], network.inner_parts)
    trained = cross_fit(
        f"sample '{sample}', without fold {fold}",
        network,
        events.matrix(network.inputs)[rows],
        signed_weight_without_fold(events, fold),
        part,
        lambda part, member: entropy(settings.seed, "train_sign_network", sample, fold, part, member),
        "cross_entropy",
    )
    for left_out, one in zip(trained.parts(), trained.networks, strict=True):
        log.info("part %d: best epoch %s of %d", left_out, one.history.best_epochs, len(one.history.epochs))
    origin = provenance(settings, "train_sign_network", sample=sample, fold=fold)
    described = {"provenance": origin, "parts": trained.parts()}
    identity = Identity.of("sign networks", sample=sample, fold=fold)
    save_networks(arguments.model, [one.network for one in trained.networks], identity, described)
    outputs = {f"raw_probability_member{member}": values for member, values in enumerate(trained.probability)}
    identity = Identity.of("sign probabilities", sample=sample, fold=fold)
    write_stage(arguments.probability, events, {"part": part, **outputs}, origin, identity, rows)
    history = {"provenance": origin, "networks": trained.histories()}
    write_json(arguments.history, history, Identity.of("sign training", sample=sample, fold=fold))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, TrainSignNetworkSettings)
    parser.add_argument("--sample", required=True, help="the sample's name; it decides the random stream")
    parser.add_argument("--fold", required=True, type=int, help="the fold to leave out")
    parser.add_argument("--events", required=True, type=Path, help="the sample's nominal events")
    parser.add_argument("--model", required=True, type=Path, help="safetensors file to write: all networks")
    parser.add_argument("--probability", required=True, type=Path, help="store to write: their output outside the fold")
    parser.add_argument("--history", required=True, type=Path, help="JSON file to write: loss by epoch")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
