"""Does a cut on the classifier's score change the background's mass shape? With signed weights, in one region.

Reads events and the scores of the same events. Cuts the background into quantiles of its score and compares the mass
in each with the inclusive background (χ² with the overlap in its covariance) and with the rest (χ²,
Kolmogorov-Smirnov, near a threshold by random signs), within each half of a mapped score's fold, and again without the
resonant samples; gives the Jensen-Shannon divergence at 50 % signal
efficiency with its floor, and the distance correlation. Writes one JSON. What is undefined is null, with the reason
beside it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.sculpting import CheckSculptingSettings
from signedag.events.store_files import StoreFiles
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.metrics.mass_shapes import Samples, ScoreFiles
from signedag.metrics.random_signs import RandomSigns
from signedag.metrics.scored_events import ScoredEvents, joined
from signedag.metrics.sculpting import Sculpting, compare_at_signal_efficiency, compare_quantiles
from signedag.metrics.weighted_sample import Floats
from signedag.seeds import stream


def compare(
    settings: CheckSculptingSettings, variant: str, background: ScoredEvents, edges: Floats, name: str
) -> Sculpting:
    """Compare the background's mass in quantiles of its score; `name` tells random streams apart."""
    asked = settings.sculpting
    signs = RandomSigns(asked.ks_replicas, stream(settings.seed, "check_sculpting", variant, "random signs", name))
    return compare_quantiles(background, edges, asked.quantiles, asked.effective_events_per_bin, signs)


def without_resonant(
    settings: CheckSculptingSettings, variant: str, background: Samples, edges: Floats
) -> dict[str, Any]:
    """Look for sculpting without the resonant samples, if there are any.

    A decorrelated score that keeps the resonance makes it part of the mass shape in the top quantile; sculpting of
    the other backgrounds must be told from that.
    """
    smooth = [events for name, events in background.items() if name not in settings.resonant_samples]
    if not 0 < len(smooth) < len(background):
        reason = f"no background sample is {'non-' * (not smooth)}resonant (processes.*.resonant)"
        return {"non_resonant": None, "non_resonant_reason": reason}
    compared = compare(settings, variant, joined(smooth), edges, "non-resonant")
    return {"non_resonant": compared.as_json(), "non_resonant_reason": None}


def check(arguments: argparse.Namespace) -> None:
    """Read events with scores, compare shapes, and write the result."""
    settings: CheckSculptingSettings = arguments.settings
    asked = settings.sculpting
    edges = np.asarray(asked.axis.all_edges(), dtype=np.float64)
    events = StoreFiles.of(arguments.events, Identity.of("events"))
    scores = StoreFiles.of(arguments.scores, Identity.of("combined scores", variant=arguments.variant))
    files = ScoreFiles(events, scores, asked.region, asked.mass, edges)
    background, background_off = files.read("background", settings.background_samples)
    signal, signal_off = files.read("signal", settings.signal_samples)
    all_background = joined(background.values())
    generator = stream(settings.seed, "check_sculpting", arguments.variant)
    divergence = compare_at_signal_efficiency(
        all_background,
        joined(signal.values()),
        edges,
        asked.effective_events_per_bin,
        generator,
        settings.bootstrap,
    )
    sculpting = compare(settings, arguments.variant, all_background, edges, "all")
    described = {
        "provenance": provenance(settings, "check_sculpting", seed=settings.seed, variant=arguments.variant),
        "variant": arguments.variant,
        "region": asked.region,
        "mass": asked.mass,
        "mass_edges": edges.tolist(),
        "share_off_axis": background_off | signal_off,
        "jensen_shannon": divergence.as_json(),
    }
    content = described | sculpting.as_json() | without_resonant(settings, arguments.variant, background, edges)
    write_json(arguments.output, content, Identity.of("sculpting", variant=arguments.variant))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CheckSculptingSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name; it fixes the floor's random stream")
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="events, {sample}/nominal.arrow")
    parser.add_argument("--scores", required=True, type=Path, nargs="+", help="their scores, {sample}/nominal.arrow")
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return run_command(parser, check, argv)


if __name__ == "__main__":
    sys.exit(main())
