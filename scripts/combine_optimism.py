"""Combine the optimism of several simulations: mean, error of the mean, spread, and a grade.

Reads one result of measure_optimism per seed of the simulation, in the order of the settings' seeds. The mean must be
compatible with zero and below a quarter of the AUC's own error. Writes one JSON.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.optimism import CombineOptimismSettings
from signedag.errors import UserError
from signedag.identity import Identity
from signedag.json_results import read_json, write_json
from signedag.metrics.optimism_combination import combine_optimism


def work(arguments: argparse.Namespace) -> None:
    """Read, combine, grade, save."""
    settings: CombineOptimismSettings = arguments.settings
    paths: list[Path] = arguments.measured
    if len(paths) != len(settings.seeds):
        raise UserError(f"--measured gives {len(paths)} files for the seeds {list(settings.seeds)}; give one per seed")
    measured = [
        (seed, read_json(path, Identity.of("optimism", variant=arguments.variant, seed=seed)))
        for path, seed in zip(paths, settings.seeds, strict=True)
    ]
    combined = combine_optimism(measured)
    verdict = combined.verdict()
    log.info("AUC's optimism of %s: %.5f +- %.5f", arguments.variant, verdict.value, verdict.error)
    log.info("%s (limit %.5f): %s", verdict.grade, verdict.limit, verdict.reason)
    described = {"provenance": provenance(settings, "combine_optimism"), "variant": arguments.variant}
    write_json(
        arguments.output, described | combined.as_json(), Identity.of("combined optimism", variant=arguments.variant)
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CombineOptimismSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name")
    parser.add_argument("--measured", required=True, type=Path, nargs="+", help="results of measure_optimism, by seed")
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
