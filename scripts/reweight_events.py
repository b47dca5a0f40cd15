"""Turn the density ratio of one sample into training weights (strategy `reweighted`), once per fold that is left out.

Every event outside a fold gets E[w | x] from the network that saw neither the fold nor the event's inner part, scaled
to the signed sum; the report says how far the weights stray.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import command_parser, run_command
from signedag.events.layout import NOMINAL
from signedag.events.store import EventStore, open_stage, write_stage
from signedag.events.without_fold import check_folds, rows_without_fold, signed_weight_without_fold
from signedag.fingerprint import code_version
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.weights.reweighting import reweight


def work(arguments: argparse.Namespace) -> None:
    """Load events and density ratios, reweight fold by fold, save weights and report."""
    sample = arguments.sample
    events = EventStore(arguments.events, Identity.of("events", sample=arguments.sample, shift=NOMINAL))
    check_folds(events, {"--mean-weights": arguments.mean_weights, "--weights": arguments.weights})
    origin = {"code_version": code_version("reweight_events"), "sample": sample}
    reports = {}
    for fold, (path, output) in enumerate(zip(arguments.mean_weights, arguments.weights, strict=True)):
        rows = rows_without_fold(events, fold)
        expected = Identity.of("mean weights", sample=sample, fold=fold)
        mean_weight = open_stage(path, events, expected, rows).column("mean_weight_member0")
        reweighted = reweight(sample, signed_weight_without_fold(events, fold), mean_weight)
        columns = {"training_weight": reweighted.training_weight}
        identity = Identity.of("training weights", strategy="reweighted", sample=sample, fold=fold)
        write_stage(output, events, columns, {**origin, "fold": str(fold)}, identity, rows)
        reports[str(fold)] = reweighted.report
    content = {"provenance": origin, "sample": sample, "folds": reports}
    write_json(arguments.report, content, Identity.of("reweighting", sample=sample))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    parser.add_argument("--sample", required=True, help="the sample's name, for messages and provenance")
    parser.add_argument("--events", required=True, type=Path, help="the sample's nominal events")
    help_text = "E[w | x] of the ratio networks, one store per fold that is left out, in order"
    parser.add_argument("--mean-weights", required=True, type=Path, nargs="+", help=help_text)
    help_text = "stores of training weights to write, one per fold that is left out, in order"
    parser.add_argument("--weights", required=True, type=Path, nargs="+", help=help_text)
    parser.add_argument("--report", required=True, type=Path, help="JSON file to write: how far the weights stray")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
