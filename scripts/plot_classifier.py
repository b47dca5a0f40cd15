"""Draw one classifier: ROC, score by process and course of the training, all with signed weights.

Writes roc, score and training as PNG and PDF.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, run_command
from signedag.config.plotting import PlotSettings
from signedag.files import read_json
from signedag.plotting.roc import roc
from signedag.plotting.score import score
from signedag.plotting.style import house_style, save_figure
from signedag.plotting.training import training


def work(arguments: argparse.Namespace) -> None:
    """Load performance and histories, draw, save."""
    settings: PlotSettings = arguments.settings
    performance = read_json(arguments.performance)
    histories = [read_json(path) for path in arguments.histories]
    folder: Path = arguments.output_folder
    with house_style():
        save_figure(roc(performance, settings), folder, "roc")
        save_figure(score(performance, settings), folder, "score")
        save_figure(training(histories, settings), folder, "training")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name, for the log")
    parser.add_argument("--performance", required=True, type=Path, help="JSON file of check_classifier.py")
    parser.add_argument(
        "--histories",
        required=True,
        type=Path,
        nargs="+",
        help="JSON files of train_classifier.py, all trainings",
    )
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figures")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
