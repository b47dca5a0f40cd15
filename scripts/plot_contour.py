"""Draw the contours of two signal strengths with the best fit and the standard model.

Writes contour_{first strength}__{second strength} as PNG and PDF.
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
from signedag.plotting.contour import contour
from signedag.plotting.style import house_style, save_figure


def work(arguments: argparse.Namespace) -> None:
    """Load, draw, save."""
    settings: PlotSettings = arguments.settings
    names = {"variant": arguments.variant, "binning": arguments.binning, "treatment": arguments.treatment}
    pair = "__".join(arguments.strengths)
    content = read_json(arguments.contour, Identity.of("contour", **names, pair=pair))
    with house_style():
        figure = contour(content, settings, ", ".join(names.values()))
        save_figure(figure, arguments.output_folder, f"contour_{pair}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name")
    parser.add_argument("--binning", required=True, help="the name of the templates' binning")
    parser.add_argument("--treatment", required=True, help="how the scale factors enter")
    parser.add_argument("--strengths", required=True, nargs=2, help="the two signal strengths")
    parser.add_argument("--contour", required=True, type=Path, help="JSON file of compute_contour.py")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figure")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
