"""Calibrate a sample's sign networks and transform its weights, once for every fold that is left out.

For each fold, the events outside it have the output of networks that saw neither the fold nor their own inner part.
Isotonic regression of 1[w > 0] on that output, weighted by |w| and fitted to other events outside the fold, turns it
into P(w > 0 | x). The training weight is |w| max(0, 2p - 1), scaled to the signed sum of the events outside the fold.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.weights import CalibrateWeightsSettings
from signedag.events.layout import NOMINAL
from signedag.events.store import WEIGHT, EventStore, write_stage
from signedag.events.without_fold import check_folds
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.weights.fold_weights import calibrate_fold, read_sign_output
from signedag.weights.reliability import calibration_report


def work(arguments: argparse.Namespace) -> None:
    """Load events and the networks' output, calibrate and transform fold by fold, save weights and report."""
    settings: CalibrateWeightsSettings = arguments.settings
    sample = arguments.sample
    events = EventStore(arguments.events, Identity.of("events", sample=arguments.sample, shift=NOMINAL))
    check_folds(events, {"--probabilities": arguments.probabilities, "--weights": arguments.weights})
    folds = [
        calibrate_fold(sample, read_sign_output(events, fold, path), settings.calibration)
        for fold, path in enumerate(arguments.probabilities)
    ]
    for fold, path in zip(folds, arguments.weights, strict=True):
        number = fold.output.fold
        if fold.is_constant:
            log.info("without fold %d: the signs cannot be told apart, every event gets the same fraction", number)
        factor, clipped = fold.transformed.renormalisation, fold.transformed.clipped
        log.info("without fold %d: renormalisation %.5f, clipped %.3g of |w|", number, factor, clipped.fraction)
        log.info("clipped events: %s", clipped.measured())
        origin = provenance(settings, "calibrate_weights", sample=sample, fold=number)
        identity = Identity.of("training weights", strategy="transformed", sample=sample, fold=number)
        write_stage(path, events, fold.columns(), origin, identity, fold.output.rows)
    report = calibration_report(events.column(WEIGHT), folds)
    origin = provenance(settings, "calibrate_weights", sample=sample)
    content = {"provenance": origin, "sample": sample, **report}
    write_json(arguments.calibration, content, Identity.of("calibration", sample=sample))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CalibrateWeightsSettings)
    parser.add_argument("--sample", required=True, help="the sample's name, for messages and provenance")
    parser.add_argument("--events", required=True, type=Path, help="the sample's nominal events")
    help_text = "output of the sign networks, one store per fold that is left out, in order"
    parser.add_argument("--probabilities", required=True, type=Path, nargs="+", help=help_text)
    help_text = "stores of training weights to write, one per fold that is left out, in order"
    parser.add_argument("--weights", required=True, type=Path, nargs="+", help=help_text)
    parser.add_argument("--calibration", required=True, type=Path, help="JSON file to write: reliability, yield bias")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
