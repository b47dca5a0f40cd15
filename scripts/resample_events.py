"""Resample the events of one sample (strategy `resampled`), once for every fold that is left out.

An event is kept with probability k = w'²/w², where w' is its transformed weight, and then weighs w'/k; the others get
the training weight 0. First and second moments of the signed sample are kept. Each event has a draw of its own,
whatever the fold and the signs of the others. The report says which share of |w| breaks the condition k <= 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.weights import ResampleEventsSettings
from signedag.events.folds import uniform_by_event
from signedag.events.layout import NOMINAL
from signedag.events.store import EVENT_NUMBER, EventStore, open_stage, write_stage
from signedag.events.without_fold import check_folds, rows_without_fold, signed_weight_without_fold
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.seeds import entropy
from signedag.weights.reweighting import resample


def work(arguments: argparse.Namespace) -> None:
    """Load events and transformed weights, resample fold by fold, save weights and report."""
    settings: ResampleEventsSettings = arguments.settings
    sample = arguments.sample
    events = EventStore(arguments.events, Identity.of("events", sample=arguments.sample, shift=NOMINAL))
    check_folds(events, {"--transformed": arguments.transformed, "--weights": arguments.weights})
    uniform = uniform_by_event(events.column(EVENT_NUMBER), entropy(settings.seed, "resample_events", sample))
    reports = {}
    for fold, (path, output) in enumerate(zip(arguments.transformed, arguments.weights, strict=True)):
        rows = rows_without_fold(events, fold)
        names = {"sample": sample, "fold": fold}
        expected = Identity.of("training weights", strategy="transformed", **names)
        transformed = open_stage(path, events, expected, rows).column("training_weight")
        resampled = resample(signed_weight_without_fold(events, fold), transformed, uniform[rows])
        origin = provenance(settings, "resample_events", sample=sample, fold=fold)
        identity = Identity.of("training weights", strategy="resampled", **names)
        write_stage(output, events, {"training_weight": resampled.training_weight}, origin, identity, rows)
        reports[str(fold)] = resampled.report
    origin = provenance(settings, "resample_events", sample=sample)
    content = {"provenance": origin, "sample": sample, "folds": reports}
    write_json(arguments.report, content, Identity.of("resampling", sample=sample))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, ResampleEventsSettings)
    parser.add_argument("--sample", required=True, help="the sample's name; it decides the draws")
    parser.add_argument("--events", required=True, type=Path, help="the sample's nominal events")
    help_text = "the sample's transformed weights, one store per fold that is left out, in order"
    parser.add_argument("--transformed", required=True, type=Path, nargs="+", help=help_text)
    help_text = "stores of training weights to write, one per fold that is left out, in order"
    parser.add_argument("--weights", required=True, type=Path, nargs="+", help=help_text)
    parser.add_argument("--report", required=True, type=Path, help="JSON file to write: kept share, broken condition")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
