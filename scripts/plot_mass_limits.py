"""Draw expected upper limits and σ_μ against the mass for several models of the classifier, and their ratios.

Reads limits and results of the fits of all variants that models take; writes mass_limits as PNG and PDF.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, run_command
from signedag.config.mass_limits import PlotMassLimitsSettings
from signedag.plotting.mass_limits import mass_limits
from signedag.plotting.style import house_style, save_figure
from signedag.statistics.mass_limits import read_mass_limits


def work(arguments: argparse.Namespace) -> None:
    """Read, draw, save."""
    settings: PlotMassLimitsSettings = arguments.settings
    limits = read_mass_limits(settings, arguments.limits, arguments.results)
    with house_style():
        save_figure(mass_limits(limits, settings.bands_of, settings), arguments.output_folder, "mass_limits")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotMassLimitsSettings)
    help_text = "JSON files of compute_limits.py, {variant}/{binning}/{treatment}/limits.json, one per variant"
    parser.add_argument("--limits", required=True, type=Path, nargs="+", help=help_text)
    help_text = "JSON files of fit_signal_strength.py, {variant}/{binning}/{treatment}/result.json, one per variant"
    parser.add_argument("--results", required=True, type=Path, nargs="+", help=help_text)
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figure")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
