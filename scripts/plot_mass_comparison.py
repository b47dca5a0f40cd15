"""Draw the models of each table of the parametric study against the mass, those trained there and held out told apart.

Writes auc_{table}, precision_recall_{table} and significance_ratio_{table} as PNG and PDF.
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
from signedag.plotting.masses import models_by_mass
from signedag.plotting.style import house_style, save_figure

FILES = {
    "auc": "auc",
    "area_under_precision_recall": "precision_recall",
    "significance_ratio": "significance_ratio",
}
"""Metric to what its figures' names begin with."""


def work(arguments: argparse.Namespace) -> None:
    """Load, draw, save."""
    comparison = read_json(arguments.comparison, Identity.of("mass comparison"))
    with house_style():
        for table in comparison.block("tables"):
            for metric, name in FILES.items():
                figure = models_by_mass(comparison, table, metric, arguments.settings)
                save_figure(figure, arguments.output_folder, f"{name}_{table}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--comparison", required=True, type=Path, help="JSON file of compare_masses.py")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figures")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
