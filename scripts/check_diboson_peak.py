"""Does a background that differs from the signal in its mass alone survive a cut on the score? With signed weights.

Reads events and the scores of the same events in one region. In the top quantile of the signal's score the mass of the
background, with and without the resonant samples, is held against a smooth background that is fitted beside the peak:
with them a peak must stand out, without them nothing may. Gives the excess with the simulation's error, the
significance that data would give it, and how far the scores of the resonant samples and of the signal differ. Writes
one JSON. What is undefined is null, with the reason beside it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.diboson_peak import CheckDibosonPeakSettings
from signedag.events.store_files import StoreFiles
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.metrics.mass_shapes import ScoreFiles
from signedag.metrics.resonance import check_resonance
from signedag.metrics.scored_events import joined


def check(arguments: argparse.Namespace) -> None:
    """Read events with scores, look for the peak, and write the result."""
    settings: CheckDibosonPeakSettings = arguments.settings
    asked = settings.diboson_peak
    edges = np.asarray(asked.axis.all_edges(), dtype=np.float64)
    events = StoreFiles.of(arguments.events, Identity.of("events"))
    scores = StoreFiles.of(arguments.scores, Identity.of("combined scores", variant=arguments.variant))
    files = ScoreFiles(events, scores, asked.region, asked.mass, edges)
    signal, signal_off = files.read("signal", settings.signal_samples)
    resonant, resonant_off = files.read("resonant", settings.resonant_samples)
    smooth, smooth_off = files.read("non-resonant background", settings.other_samples)
    checked = check_resonance(
        joined(signal.values()),
        joined(resonant.values()),
        joined(smooth.values()),
        edges,
        asked.top_signal_fraction,
        asked.luminosity_factor,
    )
    described = {
        "provenance": provenance(settings, "check_diboson_peak", variant=arguments.variant),
        "variant": arguments.variant,
        "region": asked.region,
        "mass": asked.mass,
        "mass_edges": edges.tolist(),
        "share_off_axis": signal_off | resonant_off | smooth_off,
        "luminosity_fb": settings.luminosity_fb,
        "luminosity_factor": asked.luminosity_factor,
        "samples": list(settings.resonant_samples),
    }
    write_json(arguments.output, described | checked.as_json(), Identity.of("diboson peak", variant=arguments.variant))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CheckDibosonPeakSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name")
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="events, {sample}/nominal.arrow")
    parser.add_argument("--scores", required=True, type=Path, nargs="+", help="their scores, {sample}/nominal.arrow")
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return run_command(parser, check, argv)


if __name__ == "__main__":
    sys.exit(main())
