"""Draw a scan: maps of every pair of scanned settings, each setting alone, and the frontier. Failed points are marked.

Writes scan_maps (for two or more settings), scan_marginals and scan_frontier as PNG and PDF.
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
from signedag.plotting.scan import scan_frontier, scan_maps, scan_marginals
from signedag.plotting.style import house_style, save_figure


def work(arguments: argparse.Namespace) -> None:
    """Load the summary, draw, save."""
    settings: PlotSettings = arguments.settings
    summary = read_json(arguments.summary, Identity.of("scan"))
    drawings = {"scan_marginals": scan_marginals, "scan_frontier": scan_frontier}
    if len(summary["axes"]) > 1:
        drawings["scan_maps"] = scan_maps
    with house_style():
        for name, draw in drawings.items():
            save_figure(draw(summary, settings), arguments.output_folder, name)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--summary", required=True, type=Path, help="JSON file of summarise_scan.py")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figures")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
