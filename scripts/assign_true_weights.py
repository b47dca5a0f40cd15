"""Give the events of a simulated sample their exact transformed weights, |w| (2p - 1) with the true p.

Only the strategy comparison uses them: the classifier trained on them is what every strategy is measured against.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import command_parser, run_command
from signedag.events.store import WEIGHT, EventStore, open_stage, write_stage
from signedag.fingerprint import code_version
from signedag.weights.transformation import transform


def work(arguments: argparse.Namespace) -> None:
    """Load events and truth, transform, save training weights."""
    events = EventStore(arguments.events)
    probability = open_stage(arguments.truth, events).column("positive_probability")
    transformed = transform(arguments.sample, events.column(WEIGHT), probability)
    columns = {"training_weight": transformed.training_weight, "positive_probability": probability}
    write_stage(arguments.weights, events, columns, {"code_version": code_version("assign_true_weights")})


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    parser.add_argument("--sample", required=True, help="the sample's name, for messages")
    parser.add_argument("--events", required=True, type=Path, help="the sample's nominal events")
    parser.add_argument("--truth", required=True, type=Path, help="the sample's truth")
    parser.add_argument("--weights", required=True, type=Path, help="store of training weights to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
