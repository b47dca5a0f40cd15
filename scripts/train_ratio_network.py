"""Train the density-ratio network of one sample (strategy `reweighted`).

Two copies of the sample, one with its signed weights and one with unit weights, are told apart; the ratio of their
densities is E[w | x]. `reweight_events.py` turns it into training weights for the fold that was left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.weights import TrainSignNetworkSettings
from signedag.errors import UserError
from signedag.events.store import FOLD, WEIGHT, EventStore
from signedag.files import write_json
from signedag.networks.saved import save_networks
from signedag.seeds import entropy
from signedag.training.splitting import check_fold
from signedag.training.weight_networks import train_weight_network


def work(arguments: argparse.Namespace) -> None:
    """Load events, train, save network and history."""
    settings: TrainSignNetworkSettings = arguments.settings
    inputs = settings.network.inputs
    check_fold(arguments.fold, settings.folds)
    events = EventStore(arguments.events)
    trained = train_weight_network(
        settings.network,
        events.matrix(inputs),
        events.column(WEIGHT),
        events.column(FOLD) != arguments.fold,
        entropy(settings.seed, "train_ratio_network", arguments.sample, arguments.fold),
        "density_ratio",
    )
    if trained.history.diverged:
        raise UserError(
            f"sample '{arguments.sample}', fold {arguments.fold}: the ratio network diverged ({trained.history.diverged}); "
            "lower weights.sign_network.learning_rate or epochs"
        )
    origin = provenance(settings, "train_ratio_network", sample=arguments.sample, fold=arguments.fold)
    save_networks(arguments.model, [trained.network], arguments.fold, {"provenance": origin, "unit": trained.unit})
    write_json(arguments.history, {"provenance": origin, **trained.history.as_json()})


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, TrainSignNetworkSettings)
    parser.add_argument("--sample", required=True, help="the sample's name; it decides the random stream")
    parser.add_argument("--fold", required=True, type=int, help="the fold to leave out of the training")
    parser.add_argument("--events", required=True, type=Path, help="the sample's nominal events")
    parser.add_argument("--model", required=True, type=Path, help="safetensors file to write")
    parser.add_argument("--history", required=True, type=Path, help="JSON file to write: loss by epoch")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
