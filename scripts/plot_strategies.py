"""Draw all negative-weight strategies side by side: AUC, significance, closure, effective size and training time."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, run_command
from signedag.config.plotting import PlotSettings
from signedag.identity import Identity
from signedag.json_results import read_json
from signedag.plotting.diagnostics import strategy_comparison
from signedag.plotting.style import house_style, save_figure


def work(arguments: argparse.Namespace) -> None:
    """Load the comparison and the training times, draw, save."""
    settings: PlotSettings = arguments.settings
    comparison = read_json(arguments.comparison, Identity.of("strategy comparison"))
    measured = read_json(arguments.times, Identity.of("training times")).block("strategies").named()
    times = {strategy: seconds.number_or_none("mean_cpu_seconds") for strategy, seconds in measured.items()}
    with house_style():
        figure = strategy_comparison(comparison, times, settings)
        save_figure(figure, arguments.output_folder, "strategy_comparison")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--comparison", required=True, type=Path, help="JSON file of compare_weight_strategies.py")
    parser.add_argument("--times", required=True, type=Path, help="its JSON file of training times")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figure")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
