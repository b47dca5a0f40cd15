"""Scan binnings: the expected error of the signal strength against the number of bins, and the bias of the templates.

Templates are filled once, in the finest bins, of which all others are made. Of each binning there is the error of a fit
without template statistics and with Barlow and Beeston's, without and with merging bins of few effective events, from
the expected second derivatives at a signal strength of 1. Nothing is drawn; study_template_statistics does that.

Writes one JSON: a row per binning and way to fit, and the binning of each way beyond which finer bins do not help.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.template_statistics_study import ScanBinningsSettings
from signedag.events.store_files import StoreFiles
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.statistics.binning_scan import best_binnings, scan_binning
from signedag.statistics.filling import Alternatives
from signedag.statistics.inputs import read_scale_factors
from signedag.statistics.redrawn_templates import own_templates, read_filled_events, rebinned
from signedag.statistics.signal_strength import Inputs
from signedag.statistics.template_study import fine_region
from signedag.statistics.true_analysis import TrueAnalysis


def work(arguments: argparse.Namespace) -> None:
    """Read events, fill templates, merge and evaluate them, save."""
    settings: ScanBinningsSettings = arguments.settings
    events = StoreFiles.of(arguments.events, Identity.of("events"))
    scores = StoreFiles.of(arguments.scores, Identity.of("combined scores", variant=arguments.variant))
    fine, edges = fine_region(settings, events, scores, f"scores of {arguments.variant}")
    alternatives = Alternatives(settings.shifts, settings.variations, settings.one_sided)
    own = own_templates(read_filled_events(events, scores, settings.samples, fine, alternatives), fine)
    factors = read_scale_factors(arguments.scale_factors, settings.model) if arguments.scale_factors else None
    source = events.path(next(iter(settings.samples)))
    rows = []
    for bins, coarse in edges.items():
        true = TrueAnalysis.of(Inputs(rebinned(own, coarse), (), factors, source), settings.model)
        rows += scan_binning(bins, true, settings.fits)
    for row in rows:
        log.info("%s", row.as_json())
    content = {
        "provenance": provenance(settings, "scan_binnings"),
        "variant": arguments.variant,
        "rows": [row.as_json() for row in rows],
        "best": best_binnings(rows),
    }
    write_json(arguments.output, content, Identity.of("scan of binnings", variant=arguments.variant))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, ScanBinningsSettings)
    parser.add_argument("--variant", required=True, help="the classifier whose scores these are")
    parser.add_argument("--events", type=Path, required=True, nargs="+", help="events, {sample}/{shift}.arrow")
    parser.add_argument("--scores", type=Path, required=True, nargs="+", help="their scores, {sample}/{shift}.arrow")
    parser.add_argument(
        "--scale-factors", type=Path, help="result of fit_scale_factors, where there are control regions"
    )
    parser.add_argument("--output", type=Path, required=True, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
