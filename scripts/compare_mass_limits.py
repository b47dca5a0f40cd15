"""Say what each model of the classifier costs in the expected limit and in σ_μ, mass by mass.

Reads limits and results of the fits of all variants that models take. Writes one JSON: by model and signal process the
expected limit with its bands, σ_μ, and the ratios of both to the reference, such as a classifier for each mass; and
the geometric means of the ratios over the masses that are trained, held out, and all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.mass_limits import CompareMassLimitsSettings
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.statistics.mass_limits import read_mass_limits


def work(arguments: argparse.Namespace) -> None:
    """Read, compare, save."""
    compared = read_mass_limits(arguments.settings, arguments.limits, arguments.results)
    content = {"provenance": provenance(arguments.settings, "compare_mass_limits")} | compared.as_json()
    write_json(arguments.output, content, Identity.of("mass limits"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CompareMassLimitsSettings)
    help_text = "JSON files of compute_limits.py, {variant}/{binning}/{treatment}/limits.json, one per variant"
    parser.add_argument("--limits", required=True, type=Path, nargs="+", help=help_text)
    help_text = "JSON files of fit_signal_strength.py, {variant}/{binning}/{treatment}/result.json, one per variant"
    parser.add_argument("--results", required=True, type=Path, nargs="+", help=help_text)
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
