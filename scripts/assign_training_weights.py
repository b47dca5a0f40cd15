"""Make training weights by a negative-weight strategy that needs no network.

`signed` keeps the weights, `unit` ignores sign and size, `absolute` takes |w|, `positive_only` drops negative events;
all keep the sample's signed sum. `paired` and `joint` hand the signed weights to the training, which treats the signs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.weights import AssignTrainingWeightsSettings
from signedag.events.store import WEIGHT, EventStore, write_stage
from signedag.weights.simple import simple_training_weight


def work(arguments: argparse.Namespace) -> None:
    """Load signed weights, apply the strategy, save training weights."""
    settings: AssignTrainingWeightsSettings = arguments.settings
    events = EventStore(arguments.events)
    weights = simple_training_weight(settings.strategy, events.column(WEIGHT))
    write_stage(
        arguments.weights, events, {"training_weight": weights}, provenance(settings, "assign_training_weights")
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, AssignTrainingWeightsSettings)
    parser.add_argument("--events", required=True, type=Path, help="the sample's nominal events")
    parser.add_argument("--weights", required=True, type=Path, help="store of training weights to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
