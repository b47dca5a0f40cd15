"""Diagnose the negative weights of one sample before a strategy is chosen.

Negative fraction overall and per variable, effective size, whether positive and negative events look alike (sign AUC,
χ² and KS per variable), how likely a mini-batch with a negative sum is, and how much of |w| has an
estimated signed density that is not positive, with what those events' own signs add up to.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.weights import CheckNegativeWeightsSettings
from signedag.events.layout import NOMINAL
from signedag.events.store import WEIGHT, EventStore
from signedag.events.without_fold import check_folds, mean_over_folds
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.seeds import stream
from signedag.weights.diagnostics import diagnose, transformability
from signedag.weights.fold_weights import calibrated, read_sign_output


def work(arguments: argparse.Namespace) -> None:
    """Load events and the sign networks' output, diagnose, save."""
    settings: CheckNegativeWeightsSettings = arguments.settings
    events = EventStore(arguments.events, Identity.of("events", sample=arguments.sample, shift=NOMINAL))
    signed_weight = events.column(WEIGHT)
    check_folds(events, {"--probabilities": arguments.probabilities})
    outputs = [read_sign_output(events, fold, path) for fold, path in enumerate(arguments.probabilities)]
    outside = [output.rows for output in outputs]
    raw = mean_over_folds(outside, [output.mean for output in outputs])
    probability = mean_over_folds(outside, [calibrated(output, settings.calibration) for output in outputs])
    report = diagnose(
        events.columns(settings.variables),
        signed_weight,
        raw,
        stream(settings.seed, "check_negative_weights", arguments.sample),
        settings.closure.bins,
        settings.closure.minimum_effective_events,
    )
    transformable = transformability(signed_weight, probability, settings.calibration.clipped_fraction_limit)
    report["transformable"] = transformable.as_json()
    log.info("sign AUC %s, transformable: %s", report["sign_auc"], transformable.verdict)
    log.info(
        "%.3g of |w| has no positive density; %s", transformable.clipped.fraction, transformable.clipped.measured()
    )
    origin = provenance(settings, "check_negative_weights", sample=arguments.sample)
    content = {"provenance": origin, "sample": arguments.sample, **report}
    write_json(arguments.output, content, Identity.of("diagnostics", sample=arguments.sample))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CheckNegativeWeightsSettings)
    parser.add_argument("--sample", required=True, help="the sample's name; it decides the random stream")
    parser.add_argument("--events", required=True, type=Path, help="the sample's nominal events")
    help_text = "output of the sign networks, one store per fold that is left out, in order"
    parser.add_argument("--probabilities", required=True, type=Path, nargs="+", help=help_text)
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
