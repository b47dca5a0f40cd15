"""Calibrate a sample's sign network and transform its weights.

Every event gets the output of the network that did not see its fold. Isotonic regression of 1[w > 0] on that output,
weighted by |w| and fitted on the other half of the same fold, turns it into P(w > 0 | x). The training weight is
|w| max(0, 2p - 1), scaled to the signed sum.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.weights import CalibrateWeightsSettings
from signedag.events.store import CALIBRATION_HALF, FOLD, WEIGHT, EventStore, write_stage
from signedag.files import write_json
from signedag.networks.device import choose_device, make_deterministic
from signedag.networks.saved import cross_evaluate, load_networks
from signedag.weights.calibration import calibrate_out_of_fold
from signedag.weights.reliability import calibration_report
from signedag.weights.separation import sign_separation
from signedag.weights.transformation import transform


def work(arguments: argparse.Namespace) -> None:
    """Load events and networks, calibrate, transform, save weights and report."""
    settings: CalibrateWeightsSettings = arguments.settings
    make_deterministic()
    events = EventStore(arguments.events)
    signed_weight, fold = events.column(WEIGHT), events.column(FOLD)
    models = [load_networks(path, choose_device()) for path in arguments.models]
    members = cross_evaluate(models, events.matrix(models[0].inputs), fold)
    raw = members.mean(axis=0)
    separation, ranking = sign_separation(raw, signed_weight), raw
    if settings.calibration.constant_if_inseparable and separation.verdict != "separable":
        area = separation.auc.value
        log.info("the signs cannot be told apart (AUC %s): every event gets the sample's fraction", area)
        ranking = np.zeros_like(raw)
    probability, maps = calibrate_out_of_fold(ranking, signed_weight, fold, events.column(CALIBRATION_HALF))
    limit = settings.calibration.clipped_fraction_limit
    transformed = transform(arguments.sample, signed_weight, probability, limit)
    report = calibration_report(signed_weight, raw, probability, members, transformed, maps)
    clipped = transformed.clipped
    log.info("renormalisation %.5f, clipped %.3g of |w|", transformed.renormalisation, clipped.fraction)
    log.info("clipped events: %s", clipped.measured())
    origin = provenance(settings, "calibrate_weights", sample=arguments.sample)
    columns = {
        "training_weight": transformed.training_weight,
        "positive_probability": probability,
        "raw_positive_probability": raw,
    }
    if len(members) > 1:
        columns["positive_probability_spread"] = members.std(axis=0, ddof=1)
    write_stage(arguments.weights, events, columns, origin)
    content = {"provenance": origin, "sample": arguments.sample, "sign_auc": separation.as_json(), **report}
    write_json(arguments.calibration, content)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CalibrateWeightsSettings)
    parser.add_argument("--sample", required=True, help="the sample's name, for messages and provenance")
    parser.add_argument("--events", required=True, type=Path, help="the sample's nominal events")
    parser.add_argument("--models", required=True, type=Path, nargs="+", help="the sign networks, one per fold")
    parser.add_argument("--weights", required=True, type=Path, help="store of training weights to write")
    parser.add_argument("--calibration", required=True, type=Path, help="JSON file to write: reliability, yield bias")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
