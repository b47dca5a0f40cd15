"""Draw the background's mass in quantiles of a classifier's score.

Writes mass_in_score_quantiles and mass_by_quantile as PNG and PDF.
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
from signedag.plotting.sculpting import mass_by_quantile, mass_in_score_quantiles
from signedag.plotting.style import house_style, save_figure


def work(arguments: argparse.Namespace) -> None:
    """Load the check, draw, save."""
    settings: PlotSettings = arguments.settings
    sculpting = read_json(arguments.sculpting, Identity.of("sculpting", variant=arguments.variant))
    with house_style():
        for draw in (mass_in_score_quantiles, mass_by_quantile):
            save_figure(draw(sculpting, settings), arguments.output_folder, draw.__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name")
    parser.add_argument("--sculpting", required=True, type=Path, help="JSON file of check_sculpting.py")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figure")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
