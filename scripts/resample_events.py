"""Resample the events of one sample (strategy `resampled`).

An event is kept with probability k = w'²/w², where w' is its transformed weight, and then weighs w'/k; the others get
the training weight 0. First and second moments of the signed sample are kept. The report says which share of |w|
breaks the condition k <= 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.weights import ResampleEventsSettings
from signedag.events.store import WEIGHT, EventStore, open_stage, write_stage
from signedag.files import write_json
from signedag.seeds import stream
from signedag.weights.reweighting import resample


def work(arguments: argparse.Namespace) -> None:
    """Load events and transformed weights, resample, save weights and report."""
    settings: ResampleEventsSettings = arguments.settings
    events = EventStore(arguments.events)
    transformed = open_stage(arguments.transformed, events).column("training_weight")
    generator = stream(settings.seed, "resample_events", arguments.sample)
    resampled = resample(events.column(WEIGHT), transformed, generator)
    origin = provenance(settings, "resample_events", sample=arguments.sample)
    write_stage(arguments.weights, events, {"training_weight": resampled.training_weight}, origin)
    write_json(arguments.report, {"provenance": origin, "sample": arguments.sample, **resampled.report})


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, ResampleEventsSettings)
    parser.add_argument("--sample", required=True, help="the sample's name; it decides the random stream")
    parser.add_argument("--events", required=True, type=Path, help="the sample's nominal events")
    parser.add_argument("--transformed", required=True, type=Path, help="the sample's transformed weights")
    parser.add_argument("--weights", required=True, type=Path, help="store of training weights to write")
    parser.add_argument("--report", required=True, type=Path, help="JSON file to write: kept share, broken condition")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
