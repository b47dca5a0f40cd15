"""Draw bias, pulls, coverage and failures of fits whose templates fluctuate.

Writes template_statistics as PNG and PDF.
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
from signedag.plotting.template_statistics import template_statistics


def work(arguments: argparse.Namespace) -> None:
    """Load the table, draw, save."""
    settings: PlotSettings = arguments.settings
    study = read_json(arguments.study, Identity.of("template statistics", variant=arguments.variant))
    with house_style():
        save_figure(template_statistics(study, settings), arguments.output_folder, "template_statistics")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--variant", required=True, help="the classifier whose scores were used")
    parser.add_argument("--study", required=True, type=Path, help="JSON file of combine_template_statistics.py")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figure")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
