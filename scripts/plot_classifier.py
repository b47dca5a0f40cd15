"""Draw classifiers, one after the other: ROC, score by process and course of the training, all with signed weights.

Writes roc, score and training as PNG and PDF into a folder for each classifier; roc and score alone where no histories
are given, as for mapped scores, which are not trained.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, run_command
from signedag.config.plotting import PlotSettings
from signedag.errors import UserError
from signedag.identity import Identity
from signedag.json_results import read_json
from signedag.plotting.roc import roc
from signedag.plotting.score import score
from signedag.plotting.style import house_style, save_figure
from signedag.plotting.training import training
from signedag.training.history_files import read_history


def work(arguments: argparse.Namespace) -> None:
    """Load performance and histories of each classifier, draw, save."""
    settings: PlotSettings = arguments.settings
    performances = {
        path.parent.name: read_json(path, Identity.of("performance", variant=path.parent.name))
        for path in map(Path.absolute, arguments.performances)
    }
    histories = [read_history(path) for path in arguments.histories]
    with house_style():
        for variant, performance in performances.items():
            folder: Path = arguments.output_folder / variant
            save_figure(roc(performance, settings), folder, "roc")
            save_figure(score(performance, settings), folder, "score")
            if not histories:
                continue
            own = [history for history in histories if history.text("variant") == variant]
            if not own:
                raise UserError(f"--histories: none of classifier '{variant}'; give those of all its trainings")
            save_figure(training(own, settings), folder, "training")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    help_text = "JSON files of check_classifier.py, {variant}/performance.json"
    parser.add_argument("--performances", required=True, type=Path, nargs="+", help=help_text)
    help_text = "JSON files of train_classifier.py, {variant}/seed{seed}/fold{fold}/history.json; none for a map"
    parser.add_argument("--histories", type=Path, nargs="*", default=[], help=help_text)
    help_text = "where the folder of each classifier goes"
    parser.add_argument("--output-folder", required=True, type=Path, help=help_text)
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
