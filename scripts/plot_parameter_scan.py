"""Draw the scan of a parameter: the score of fixed events against it, with the points that were trained.

Writes parameter_scan as PNG and PDF.
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
from signedag.plotting.parameter_scan import parameter_scan
from signedag.plotting.style import house_style, save_figure


def work(arguments: argparse.Namespace) -> None:
    """Load the scan, draw, save."""
    scan = read_json(arguments.scan, Identity.of("parameter scan", variant=arguments.variant, seed=arguments.seed))
    with house_style():
        save_figure(parameter_scan(scan, arguments.settings), arguments.output_folder, "parameter_scan")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name")
    parser.add_argument("--seed", required=True, type=int, help="number of the initialisation")
    parser.add_argument("--scan", required=True, type=Path, help="JSON file of scan_parameter.py")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figure")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
