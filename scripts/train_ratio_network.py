"""Train the density-ratio networks of one sample outside one fold (strategy `reweighted`).

Two copies of the sample, one with its signed weights and one with unit weights, are told apart; the ratio of their
densities is E[w | x]. The events outside the fold are cut into inner parts; each part is weighed by a network that was
trained on the other parts. `reweight_events.py` turns E[w | x] into training weights.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
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
from signedag.weights.reweighting import mean_weight


def work(arguments: argparse.Namespace) -> None:
    """Load the events outside the fold, cross-fit, save networks, E[w | x] and the course of the trainings."""
    settings: TrainSignNetworkSettings = arguments.settings
    network = settings.network.model_copy(update={"ensemble": 1})
    sample, fold = arguments.sample, arguments.fold
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
        lambda part, _: entropy(settings.seed, "train_ratio_network", sample, fold, part),
        "density_ratio",
    )
    mean = mean_weight(trained.probability[0], trained.unit[0])
    origin = provenance(settings, "train_ratio_network", sample=sample, fold=fold)
    described = {
        "provenance": origin,
        "parts": trained.parts(),
        "units": [one.unit for one in trained.networks],
    }
    identity = Identity.of("ratio networks", sample=sample, fold=fold)
    save_networks(arguments.model, [one.network for one in trained.networks], identity, described)
    identity = Identity.of("mean weights", sample=sample, fold=fold)
    write_stage(arguments.mean_weight, events, {"part": part, "mean_weight_member0": mean}, origin, identity, rows)
    history = {"provenance": origin, "networks": trained.histories()}
    write_json(arguments.history, history, Identity.of("ratio training", sample=sample, fold=fold))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, TrainSignNetworkSettings)
    parser.add_argument("--sample", required=True, help="the sample's name; it decides the random stream")
    parser.add_argument("--fold", required=True, type=int, help="the fold to leave out")
    parser.add_argument("--events", required=True, type=Path, help="the sample's nominal events")
    parser.add_argument("--model", required=True, type=Path, help="safetensors file to write: all networks")
    parser.add_argument("--mean-weight", required=True, type=Path, help="store to write: E[w | x] outside the fold")
    parser.add_argument("--history", required=True, type=Path, help="JSON file to write: loss by epoch")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
