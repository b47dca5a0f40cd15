"""Draw classifiers by mass: models of each table against the mass, and the curves of single classifiers at all masses.

Of the comparison writes auc_{table}, precision_recall_{table} and significance_ratio_{table}, of each classifier
curves_{variant}, as PNG and PDF.
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
from signedag.plotting.masses import curves_by_mass, models_by_mass
from signedag.plotting.style import house_style, save_figure

FILES = {
    "auc": "auc",
    "area_under_precision_recall": "precision_recall",
    "significance_ratio": "significance_ratio",
}


def work(arguments: argparse.Namespace) -> None:
    """Load comparison and classifiers, draw, save."""
    settings: PlotSettings = arguments.settings
    with house_style():
        if arguments.comparison is not None:
            comparison = read_json(arguments.comparison, Identity.of("mass comparison"))
            for table in comparison.block("tables"):
                for metric, name in FILES.items():
                    figure = models_by_mass(comparison, table, metric, settings)
                    save_figure(figure, arguments.output_folder, f"{name}_{table}")
        for path in map(Path.absolute, arguments.masses):
            variant = path.parent.name
            figure = curves_by_mass(read_json(path, Identity.of("masses", variant=variant)), settings)
            save_figure(figure, arguments.output_folder, f"curves_{variant}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--comparison", type=Path, help="JSON file of compare_masses.py; no tables without")
    parser.add_argument(
        "--masses", type=Path, nargs="*", default=[], help="JSON files of check_masses.py, {variant}/masses.json"
    )
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figures")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
