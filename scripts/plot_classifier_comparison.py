"""Draw the ROCs of several classifiers in one figure, and the paired differences of their areas.

Writes roc_comparison as PNG and PDF.
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
from signedag.plotting.roc import roc_comparison
from signedag.plotting.style import house_style, save_figure


def work(arguments: argparse.Namespace) -> None:
    """Load comparison and performances, draw, save."""
    settings: PlotSettings = arguments.settings
    comparison = read_json(arguments.comparison, Identity.of("classifier comparison"))
    performances = [
        read_json(path, Identity.of("performance", variant=path.absolute().parent.name))
        for path in arguments.performances
    ]
    with house_style():
        figure = roc_comparison(comparison, performances, settings)
        save_figure(figure, arguments.output_folder, "roc_comparison")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--comparison", required=True, type=Path, help="JSON file of compare_classifiers.py")
    parser.add_argument(
        "--performances",
        required=True,
        type=Path,
        nargs="+",
        help="JSON files of check_classifier.py, {variant}/performance.json, in their order",
    )
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figure")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
