"""Draw the curves of a classifier at all masses: ROC, precision against recall, significance ratio, as PNG and PDF."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, run_command
from signedag.config.plotting import PlotSettings
from signedag.identity import Identity
from signedag.json_results import read_json
from signedag.plotting.masses import curves_by_mass
from signedag.plotting.style import house_style, save_figure


def work(arguments: argparse.Namespace) -> None:
    """Load, draw, save."""
    masses = read_json(arguments.masses, Identity.of("masses", variant=arguments.variant))
    with house_style():
        save_figure(curves_by_mass(masses, arguments.settings), arguments.output_folder, "curves_by_mass")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name")
    parser.add_argument("--masses", required=True, type=Path, help="JSON file of check_masses.py")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figure")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
