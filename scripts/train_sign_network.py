"""Train the sign network of one sample: p(x) = P(w > 0 | x) under the measure |w|.

The network tells positive from negative events by binary cross-entropy weighted by |w|, on all folds but one.
`calibrate_weights.py` turns its output into training weights for the fold that was left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.weights import TrainSignNetworkSettings
from signedag.errors import UserError
from signedag.events.store import FOLD, WEIGHT, EventStore
from signedag.files import write_json
from signedag.networks.saved import save_networks
from signedag.seeds import entropy
from signedag.training.splitting import check_fold
from signedag.training.weight_networks import train_weight_network


def work(arguments: argparse.Namespace) -> None:
    """Load events, train each member of the ensemble, save networks and history."""
    settings: TrainSignNetworkSettings = arguments.settings
    network = settings.network
    check_fold(arguments.fold, settings.folds)
    events = EventStore(arguments.events)
    features = events.matrix(network.inputs)
    signed_weight = events.column(WEIGHT)
    available = events.column(FOLD) != arguments.fold
    members, histories = [], []
    for member in range(network.ensemble):
        seed = entropy(settings.seed, "train_sign_network", arguments.sample, arguments.fold, member)
        trained = train_weight_network(network, features, signed_weight, available, seed, "cross_entropy")
        if trained.history.diverged:
            raise UserError(
                f"sample '{arguments.sample}', fold {arguments.fold}: the sign network diverged ({trained.history.diverged}); "
                "lower weights.sign_network.learning_rate"
            )
        members.append(trained.network)
        histories.append(trained.history.as_json())
        log.info("member %d: best epoch %s of %d", member, trained.history.best_epochs, len(trained.history.epochs))
    origin = provenance(settings, "train_sign_network", sample=arguments.sample, fold=arguments.fold)
    save_networks(arguments.model, members, arguments.fold, {"provenance": origin})
    write_json(arguments.history, {"provenance": origin, "members": histories})


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
