"""Make training weights by a negative-weight strategy that needs no network, once for every fold that is left out.

`signed` keeps the weights, `unit` ignores sign and size, `absolute` takes |w|, `positive_only` drops negative events;
all keep the signed sum of the events outside the fold. `paired` and `joint` hand the signed weights to the training,
which treats the signs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.weights import AssignTrainingWeightsSettings
from signedag.events.layout import NOMINAL
from signedag.events.store import EventStore, write_stage
from signedag.events.without_fold import check_folds, rows_without_fold, signed_weight_without_fold
from signedag.identity import Identity
from signedag.weights.simple import simple_training_weight


def work(arguments: argparse.Namespace) -> None:
    """Load signed weights, apply the strategy fold by fold, save training weights."""
    settings: AssignTrainingWeightsSettings = arguments.settings
    events = EventStore(arguments.events, Identity.of("events", sample=arguments.sample, shift=NOMINAL))
    check_folds(events, {"--weights": arguments.weights})
    for fold, path in enumerate(arguments.weights):
        weights = simple_training_weight(settings.strategy, signed_weight_without_fold(events, fold))
        origin = provenance(settings, "assign_training_weights", fold=fold)
        identity = Identity.of("training weights", strategy=settings.strategy, sample=arguments.sample, fold=fold)
        write_stage(path, events, {"training_weight": weights}, origin, identity, rows_without_fold(events, fold))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, AssignTrainingWeightsSettings)
    parser.add_argument("--sample", required=True, help="the sample's name")
    parser.add_argument("--events", required=True, type=Path, help="the sample's nominal events")
    help_text = "stores of training weights to write, one per fold that is left out, in order"
    parser.add_argument("--weights", required=True, type=Path, nargs="+", help=help_text)
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
