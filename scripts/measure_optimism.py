"""Measure what a classifier gains because its scores know signs of the events that judge it, in one simulation.

The scores stay as they are. The signs of the events are redrawn from their known truth many times, and the AUC and the
expected error of the signal strength of the actual signs are compared with those of the redrawn ones. With the scores
of the same classifier trained on the true weights (--reference) the same is done for these and, sign by sign, for the
difference, which fluctuates far less.

Files are given in the order of the settings' samples, signal first. Writes one JSON; what is undefined is null, with
the reason beside it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.optimism import MeasureOptimismSettings, reference_name
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.metrics.optimism import measure_optimism
from signedag.seeds import stream
from signedag.statistics.optimism_inputs import read_optimism_inputs


def work(arguments: argparse.Namespace) -> None:
    """Read, redraw, compare, save."""
    settings: MeasureOptimismSettings = arguments.settings
    scores = {"scores": arguments.scores} | ({"reference": arguments.reference} if arguments.reference else {})
    variants = {"scores": arguments.variant, "reference": reference_name(arguments.variant)}
    inputs = read_optimism_inputs(settings, arguments.events, arguments.truth, scores, variants)
    measured = measure_optimism(
        inputs.events,
        inputs.score("scores"),
        inputs.score("reference") if arguments.reference else None,
        settings.redraws,
        stream(settings.seed, "measure_optimism", arguments.variant),
    )
    for name, quantity in measured.score.quantities.items():
        log.info("%s: %.5f, optimism %.5f +- %.5f", name, quantity.actual, quantity.value, quantity.error)
    origin = provenance(settings, "measure_optimism", seed=settings.seed, variant=arguments.variant)
    described = {"provenance": origin, "variant": arguments.variant, "region": settings.region, "seed": settings.seed}
    identity = Identity.of("optimism", variant=arguments.variant, seed=settings.seed)
    write_json(arguments.output, described | measured.as_json(), identity)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, MeasureOptimismSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name; it decides the random stream")
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="nominal events, one file per sample")
    parser.add_argument("--truth", required=True, type=Path, nargs="+", help="their truth")
    parser.add_argument("--scores", required=True, type=Path, nargs="+", help="their combined scores")
    parser.add_argument(
        "--reference",
        type=Path,
        nargs="*",
        default=[],
        help="scores of the same classifier trained on the true weights",
    )
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
