"""Draw data and simulation of one region in every variable, on linear and logarithmic axes.

Writes <variable>_linear and <variable>_log as PNG and PDF. Scale factors are applied where their file is given.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, run_command
from signedag.config.distributions import PlotDistributionsSettings
from signedag.identity import Identity
from signedag.json_results import read_json
from signedag.plotting.distributions import distribution, drawn_variables
from signedag.plotting.style import house_style, save_figure
from signedag.statistics.applied_factors import applied_factors
from signedag.statistics.prediction_band import NO_FACTORS
from signedag.statistics.template_files import read_templates


def work(arguments: argparse.Namespace) -> None:
    """Load histograms and factors, draw, save."""
    settings: PlotDistributionsSettings = arguments.settings
    templates = read_templates(arguments.histograms, Identity.of("distributions of a region", region=arguments.region))
    factors = NO_FACTORS
    if arguments.scale_factors is not None:
        fitted = read_json(arguments.scale_factors, Identity.of("scale factors"))
        factors = applied_factors(fitted, settings.scale_factors)
    with house_style():
        for drawn in drawn_variables(templates, settings.figures):
            for axis in ("linear", "log"):
                figure = distribution(drawn, settings, factors, logarithmic=axis == "log")
                save_figure(figure, arguments.output_folder, f"{drawn.name}_{axis}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotDistributionsSettings)
    parser.add_argument("--region", required=True, help="the region's name")
    parser.add_argument("--histograms", required=True, type=Path, help="ROOT file of fill_distributions.py")
    parser.add_argument(
        "--scale-factors", type=Path, help="JSON file of fit_scale_factors.py; none are applied without"
    )
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figures")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
