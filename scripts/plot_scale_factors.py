"""Draw the control regions with data, before and after the scale factors, and the scale factors themselves.

Writes control_regions and scale_factors as PNG and PDF.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, run_command
from signedag.config.plotting import PlotSettings
from signedag.identity import Identity
from signedag.json_results import read_json
from signedag.plotting.control_regions import control_regions, scale_factors
from signedag.plotting.style import house_style, save_figure
from signedag.statistics.template_files import read_templates


def work(arguments: argparse.Namespace) -> None:
    """Load fit and templates, draw, save."""
    settings: PlotSettings = arguments.settings
    fitted = read_json(arguments.scale_factors, Identity.of("scale factors"))
    regions = read_templates(arguments.templates, Identity.of("control templates")).regions
    with house_style():
        save_figure(control_regions(fitted, regions, settings), arguments.output_folder, "control_regions")
        save_figure(scale_factors(fitted, settings), arguments.output_folder, "scale_factors")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--templates", required=True, type=Path, help="ROOT file of fill_control_templates.py")
    parser.add_argument("--scale-factors", required=True, type=Path, help="JSON file of fit_scale_factors.py")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figures")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
