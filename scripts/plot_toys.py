"""Draw coverage and bias of the fit's intervals, and CLs by pseudo-experiments beside the asymptotic one.

Writes toys as PNG and PDF.
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
from signedag.plotting.toys import toys


def work(arguments: argparse.Namespace) -> None:
    """Load, draw, save."""
    settings: PlotSettings = arguments.settings
    names = {"variant": arguments.variant, "binning": arguments.binning, "treatment": arguments.treatment}
    study = read_json(arguments.toys, Identity.of("toys", **names))
    with house_style():
        save_figure(toys(study, settings, ", ".join(names.values())), arguments.output_folder, "toys")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name")
    parser.add_argument("--binning", required=True, help="the name of the templates' binning")
    parser.add_argument("--treatment", required=True, help="how the scale factors enter")
    parser.add_argument("--toys", required=True, type=Path, help="JSON file of study_toys.py")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figure")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
