"""Turn the density ratio of one sample into training weights (strategy `reweighted`).

Every event gets E[w | x] from the network that did not see its fold, scaled to the signed sum; the report says how far
the weights stray.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.weights import ReweightEventsSettings
from signedag.events.store import FOLD, WEIGHT, EventStore, write_stage
from signedag.files import write_json
from signedag.networks.device import choose_device, make_deterministic
from signedag.networks.saved import cross_evaluate, load_networks
from signedag.weights.reweighting import mean_weight, reweight


def work(arguments: argparse.Namespace) -> None:
    """Load events and networks, reweight, save weights and report."""
    settings: ReweightEventsSettings = arguments.settings
    make_deterministic()
    events = EventStore(arguments.events)
    models = sorted((load_networks(path, choose_device()) for path in arguments.models), key=lambda model: model.fold)
    fold = events.column(FOLD)
    probability = cross_evaluate(models, events.matrix(models[0].inputs), fold).mean(axis=0)
    units = np.array([float(model.description["unit"]) for model in models])
    reweighted = reweight(arguments.sample, events.column(WEIGHT), mean_weight(probability, units[fold]))
    origin = provenance(settings, "reweight_events", sample=arguments.sample)
    write_stage(arguments.weights, events, {"training_weight": reweighted.training_weight}, origin)
    write_json(arguments.report, {"provenance": origin, "sample": arguments.sample, **reweighted.report})


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, ReweightEventsSettings)
    parser.add_argument("--sample", required=True, help="the sample's name, for messages and provenance")
    parser.add_argument("--events", required=True, type=Path, help="the sample's nominal events")
    parser.add_argument("--models", required=True, type=Path, nargs="+", help="the ratio networks, one per fold")
    parser.add_argument("--weights", required=True, type=Path, help="store of training weights to write")
    parser.add_argument("--report", required=True, type=Path, help="JSON file to write: how far the weights stray")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
