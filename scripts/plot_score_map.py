"""Draw a score map: the scores at which the background's conditional distribution function has some values.

Writes score_map as PNG and PDF.
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
from signedag.plotting.score_map import score_map
from signedag.plotting.style import house_style, save_figure


def work(arguments: argparse.Namespace) -> None:
    """Load what is said of the map, draw, save."""
    report = read_json(arguments.map_report, Identity.of("score map report", variant=arguments.variant))
    with house_style():
        save_figure(score_map(report, arguments.variant, arguments.settings), arguments.output_folder, "score_map")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--variant", required=True, help="the map's name")
    parser.add_argument("--map-report", required=True, type=Path, help="JSON file of fit_score_map.py")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figure")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
