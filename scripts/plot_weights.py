"""Draw the negative weights of one sample: how many there are, the sign's calibration, the closure.

Writes negative_fraction, sign_calibration and weight_closure as PNG and PDF.
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
from signedag.plotting.style import house_style, save_figure
from signedag.plotting.weights import negative_fraction, sign_calibration, weight_closure


def work(arguments: argparse.Namespace) -> None:
    """Load the checks, draw, save."""
    settings: PlotSettings = arguments.settings
    sample = arguments.sample
    closure = read_json(arguments.closure, Identity.of("closure", strategy="transformed", sample=sample))
    calibration = read_json(arguments.calibration, Identity.of("calibration", sample=sample))
    folder: Path = arguments.output_folder
    with house_style():
        save_figure(negative_fraction(closure, calibration, settings), folder, "negative_fraction")
        save_figure(sign_calibration(calibration, closure, settings), folder, "sign_calibration")
        save_figure(weight_closure(closure, settings), folder, "weight_closure")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--sample", required=True, help="the sample's name")
    parser.add_argument("--closure", required=True, type=Path, help="JSON file of check_weight_closure.py")
    parser.add_argument("--calibration", required=True, type=Path, help="JSON file of calibrate_weights.py")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figures")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
