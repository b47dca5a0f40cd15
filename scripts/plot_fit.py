"""Draw the mass x score templates of every process, and the profile-likelihood scans of all treatments.

Writes templates and likelihood_scan as PNG and PDF.
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
from signedag.plotting.fit import likelihood_scan, templates
from signedag.plotting.style import house_style, save_figure
from signedag.statistics.inputs import signal_region


def work(arguments: argparse.Namespace) -> None:
    """Load templates and fits, draw, save."""
    settings: PlotSettings = arguments.settings
    names = {"variant": arguments.variant, "binning": arguments.binning}
    region = signal_region(arguments.templates, Identity.of("templates", **names))
    results = [
        read_json(path, Identity.of("signal strength", **names, treatment=path.absolute().parent.name))
        for path in arguments.results
    ]
    bins = " × ".join(str(edges.size - 1) for edges in region.edges)
    with house_style():
        save_figure(templates(region, settings, arguments.variant), arguments.output_folder, "templates")
        scan = likelihood_scan(results, settings, f"{arguments.variant}, {bins} bins")
        save_figure(scan, arguments.output_folder, "likelihood_scan")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name")
    parser.add_argument("--binning", required=True, help="the name of the templates' binning")
    parser.add_argument("--templates", required=True, type=Path, help="ROOT file of fill_templates.py")
    parser.add_argument(
        "--results",
        required=True,
        type=Path,
        nargs="+",
        help="JSON files of fit_signal_strength.py, {treatment}/result.json",
    )
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figures")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
