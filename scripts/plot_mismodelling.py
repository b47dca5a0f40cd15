"""Draw the sculpting of nominal and changed backgrounds by several scores.

Writes mismodelling as PNG and PDF.
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
from signedag.plotting.mismodelling import mismodelling
from signedag.plotting.style import house_style, save_figure


def work(arguments: argparse.Namespace) -> None:
    """Load the study, draw, save."""
    settings: PlotSettings = arguments.settings
    study = read_json(arguments.mismodelling, Identity.of("mismodelling"))
    with house_style():
        save_figure(mismodelling(study, settings), arguments.output_folder, "mismodelling")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--mismodelling", required=True, type=Path, help="JSON file of study_mismodelling.py")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figure")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
