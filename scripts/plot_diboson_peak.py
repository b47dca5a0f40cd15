"""Draw the mass in the top quantile of the signal's score with and without the resonant background.

Writes diboson_peak as PNG and PDF.
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
from signedag.plotting.diboson_peak import diboson_peak
from signedag.plotting.style import house_style, save_figure


def work(arguments: argparse.Namespace) -> None:
    """Load the check, draw, save."""
    settings: PlotSettings = arguments.settings
    check = read_json(arguments.diboson_peak, Identity.of("diboson peak", variant=arguments.variant))
    with house_style():
        save_figure(diboson_peak(check, settings), arguments.output_folder, "diboson_peak")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name")
    parser.add_argument("--diboson-peak", required=True, type=Path, help="JSON file of check_diboson_peak.py")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figure")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
