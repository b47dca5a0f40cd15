"""Give the events of a simulated sample their exact transformed weights, |w| (2p - 1) with the true p.

Only the strategy comparison uses them: the classifier trained on them is what every strategy is measured against. They
are scaled to the signed sum of the events outside a fold, once for every fold that is left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import command_parser, run_command
from signedag.events.layout import NOMINAL, TRUTH
from signedag.events.store import EventStore, open_stage, write_stage
from signedag.events.without_fold import check_folds, rows_without_fold, signed_weight_without_fold
from signedag.fingerprint import code_version
from signedag.identity import Identity
from signedag.weights.transformation import transform


def work(arguments: argparse.Namespace) -> None:
    """Load events and truth, transform fold by fold, save training weights."""
    events = EventStore(arguments.events, Identity.of("events", sample=arguments.sample, shift=NOMINAL))
    check_folds(events, {"--weights": arguments.weights})
    known = open_stage(arguments.truth, events, Identity.of("events", sample=arguments.sample, shift=TRUTH))
    truth = known.column("positive_probability")
    for fold, path in enumerate(arguments.weights):
        rows = rows_without_fold(events, fold)
        transformed = transform(arguments.sample, signed_weight_without_fold(events, fold), truth[rows])
        columns = {"training_weight": transformed.training_weight, "positive_probability": truth[rows]}
        origin = {"code_version": code_version("assign_true_weights"), "fold": str(fold)}
        identity = Identity.of("training weights", strategy="truth", sample=arguments.sample, fold=fold)
        write_stage(path, events, columns, origin, identity, rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    parser.add_argument("--sample", required=True, help="the sample's name, for messages")
    parser.add_argument("--events", required=True, type=Path, help="the sample's nominal events")
    parser.add_argument("--truth", required=True, type=Path, help="the sample's truth")
    help_text = "stores of training weights to write, one per fold that is left out, in order"
    parser.add_argument("--weights", required=True, type=Path, nargs="+", help=help_text)
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
