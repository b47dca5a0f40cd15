"""Draw upper limits, impacts with pulls, correlations, and the signal region before and after a signal-strength fit.

Writes limits, impacts, correlations and post_fit as PNG and PDF. Limits are those of all treatments; all else is that
of the last one named, the simultaneous fit where there is one.
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
from signedag.plotting.fit_details import correlations, impacts, limits
from signedag.plotting.post_fit import post_fit
from signedag.plotting.style import house_style, save_figure

SCORE = "score"


def work(arguments: argparse.Namespace) -> None:
    """Load limits, impacts and the fit, draw, save."""
    settings: PlotSettings = arguments.settings
    names = {"variant": arguments.variant, "binning": arguments.binning}
    by_file: dict[str, list[Path]] = {}
    for path in arguments.results:
        by_file.setdefault("impacts" if path.parent.name == "impacts" else path.name, []).append(path.absolute())
    fit = by_file["result.json"][-1]
    treatment = fit.parent.name
    result = read_json(fit, Identity.of("signal strength", **names, treatment=treatment))
    regions = read_json(by_file["distributions.json"][-1], Identity.of("distributions", **names, treatment=treatment))
    bounds = [
        read_json(path, Identity.of("limits", **names, treatment=path.parent.name)) for path in by_file["limits.json"]
    ]
    groups = [
        read_json(path, Identity.of("impacts", **names, treatment=treatment, group=path.stem))
        for path in by_file["impacts"]
        if path.parents[1].name == treatment
    ]
    subject = f"{arguments.variant}, {arguments.binning}"
    with house_style():
        save_figure(limits(bounds, settings, subject), arguments.output_folder, "limits")
        subject += f", {treatment}"
        save_figure(impacts(groups, settings, subject), arguments.output_folder, "impacts")
        save_figure(correlations(result, settings, subject), arguments.output_folder, "correlations")
        figure = post_fit(regions, (settings.mass, SCORE), settings, subject)
        save_figure(figure, arguments.output_folder, "post_fit")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, PlotSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name")
    parser.add_argument("--binning", required=True, help="the name of the templates' binning")
    parser.add_argument(
        "--results",
        required=True,
        type=Path,
        nargs="+",
        help="JSON files: {treatment}/result.json, distributions.json, limits.json and impacts/{group}.json",
    )
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for the figures")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
