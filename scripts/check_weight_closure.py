"""Check that the weights that classifiers train with reproduce the signed distributions of one sample.

There is one set of training weights per fold that is left out. Signed and training weights are compared in the sign
network's inputs and in further variables, over all sets and in each, in all events and in each region that a classifier
trains in: χ² of the differences, KS distance, sums per bin, and a verdict. For the transformed weights the same is done
for the uncalibrated network and for each member of an ensemble, and where the truth is known (simulated samples) the
estimated positive probability is compared with it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.weights import CheckWeightClosureSettings
from signedag.events.layout import NOMINAL, TRUTH
from signedag.events.store import EventStore, open_stage
from signedag.events.without_fold import check_folds
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.weights.closure_report import closure_report
from signedag.weights.training_sets import read_training_sets


def work(arguments: argparse.Namespace) -> None:
    """Load events, truth and weights, compare, save."""
    settings: CheckWeightClosureSettings = arguments.settings
    events = EventStore(arguments.events, Identity.of("events", sample=arguments.sample, shift=NOMINAL))
    truth = None
    if arguments.truth:
        truth = open_stage(arguments.truth, events, Identity.of("events", sample=arguments.sample, shift=TRUTH))
    check_folds(events, {"--weights": arguments.weights})
    weights = Identity.of("training weights", strategy=arguments.strategy)
    report = closure_report(events, truth, read_training_sets(events, arguments.weights, weights), settings)
    log.info("closure: %s, %s", report.verdict.grade, report.verdict.reason)
    origin = provenance(settings, "check_weight_closure", sample=arguments.sample)
    content = {"provenance": origin, "sample": arguments.sample} | report.as_json()
    write_json(arguments.output, content, Identity.of("closure", strategy=arguments.strategy, sample=arguments.sample))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CheckWeightClosureSettings)
    parser.add_argument("--strategy", required=True, help="the strategy that made the training weights")
    parser.add_argument("--sample", required=True, help="the sample's name")
    parser.add_argument("--events", required=True, type=Path, help="the sample's nominal events")
    parser.add_argument("--truth", type=Path, help="the sample's truth, where it is known")
    help_text = "the sample's training weights, one store per fold that is left out, in order"
    parser.add_argument("--weights", required=True, type=Path, nargs="+", help=help_text)
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
