"""Draw the expected error of the signal strength and the bias that templates predict, against the number of bins.

Writes binning_scan as PNG and PDF.
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
from signedag.plotting.binning_scan import binning_scan
from signedag.plotting.style import house_style, save_figure


def work(arguments: argparse.Namespace) -> None:
    """Load the scan, draw, save."""
    settings: PlotSettings = arguments.settings
    scan = read_json(arguments.scan, Identity.of("scan of binnings", variant=arguments.variant))
    with house_style():
        save_figure(binning_scan(scan, settings), arguments.output_folder, "binning_scan")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--variant", required=True, help="the classifier whose scores were used")
    parser.add_argument("--scan", required=True, type=Path, help="JSON file of scan_binnings.py")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figure")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
