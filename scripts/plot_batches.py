"""Draw what the mini-batches of classifiers hold: events and training weight by process, and background's parameters.

Writes batches as PNG and PDF, one row for each classifier, in the order in which their histories are given.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, run_command
from signedag.config.plotting import PlotSettings
from signedag.plotting.batches import batches
from signedag.plotting.style import house_style, save_figure
from signedag.training.history_files import read_history


def work(arguments: argparse.Namespace) -> None:
    """Load histories, draw, save."""
    histories = [read_history(path) for path in arguments.histories]
    with house_style():
        save_figure(batches(histories, arguments.settings), arguments.output_folder, "batches")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    help_text = "JSON files of train_classifier.py, {variant}/seed{seed}/fold{fold}/history.json"
    parser.add_argument("--histories", required=True, type=Path, nargs="+", help=help_text)
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figure")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
