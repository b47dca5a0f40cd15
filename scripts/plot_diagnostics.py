"""Draw the diagnostics of one sample's negative weights: unsafe mini-batches, and how different the signs look."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, run_command
from signedag.config.plotting import PlotSettings
from signedag.identity import Identity
from signedag.json_results import read_json
from signedag.plotting.diagnostics import diagnostics
from signedag.plotting.style import house_style, save_figure


def work(arguments: argparse.Namespace) -> None:
    """Load the diagnostics, draw, save."""
    settings: PlotSettings = arguments.settings
    diagnosed = read_json(arguments.diagnostics, Identity.of("diagnostics", sample=arguments.sample))
    with house_style():
        save_figure(diagnostics(diagnosed, settings), arguments.output_folder, "diagnostics")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--sample", required=True, help="the sample's name")
    parser.add_argument("--diagnostics", required=True, type=Path, help="JSON file of check_negative_weights.py")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figure")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
