"""Does a cut on the classifier's score change the background's mass shape? With signed weights, in one region.

Reads events and the scores of the same events. Cuts the background into quantiles of its score and compares the mass
in each with the inclusive background (χ² with the overlap in its covariance) and with the rest (χ²,
Kolmogorov-Smirnov); gives the Jensen-Shannon divergence at 50 % signal efficiency with its floor; looks for the peak of
resonant backgrounds in the top quantile of the signal, and repeats the comparison without them. Writes one JSON. What
is undefined is null, with the reason beside it.
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
from signedag.metrics.resonance import check_resonance
from signedag.metrics.scored_events import ScoredEvents, joined, read_scored_events, refuse_empty
from signedag.metrics.sculpting import compare_at_signal_efficiency, compare_quantiles, on_axis, share_off_axis
from signedag.metrics.weighted_sample import Floats
from signedag.seeds import stream

Samples = dict[str, ScoredEvents]


def read_class(
    settings: CheckSculptingSettings, arguments: argparse.Namespace, names: tuple[str, ...], role: str, edges: Floats
) -> tuple[Samples, dict[str, float | None]]:
    """Read the events of some samples on the mass axis, and say which share of each is off it."""
    region, mass = settings.sculpting.region, settings.sculpting.mass
    events = StoreFiles.of(arguments.events, Identity.of("events"))
    scores = StoreFiles.of(arguments.scores, Identity.of("combined scores", variant=arguments.variant))
    samples = {name: read_scored_events(events, scores, name, region, mass) for name in names}
    refuse_empty(role, samples, region)
    return {name: on_axis(own, edges) for name, own in samples.items()}, share_off_axis(samples, edges)


def resonance(settings: CheckSculptingSettings, signal: Samples, background: Samples, edges: Floats) -> dict[str, Any]:
    """Look for the resonant samples in the top signal quantile, and for sculpting without them, if there are any.

    A decorrelated score that keeps the resonance makes it part of the mass shape in the top quantile; sculpting of
    the other backgrounds must be told from that.
    """
    asked = settings.sculpting
    resonant = [events for name, events in background.items() if name in settings.resonant_samples]
    smooth = [events for name, events in background.items() if name not in settings.resonant_samples]
    if not resonant or not smooth:
        reason = f"no background sample is {'non-' * bool(resonant)}resonant (processes.*.resonant)"
        return {"resonance": None, "resonance_reason": reason, "non_resonant": None}
    all_signal, all_resonant, all_smooth = joined(signal.values()), joined(resonant), joined(smooth)
    peak = check_resonance(all_signal, all_resonant, all_smooth, edges, asked.top_signal_fraction)
    without = compare_quantiles(all_smooth, edges, asked.quantiles, asked.effective_events_per_bin)
    return {
        "resonance": peak.as_json() | {"samples": list(settings.resonant_samples)},
        "resonance_reason": None,
        "non_resonant": without.as_json(),
    }


def check(arguments: argparse.Namespace) -> None:
    """Read events with scores, compare shapes, and write the result."""
    settings: CheckSculptingSettings = arguments.settings
    asked = settings.sculpting
    edges = np.asarray(asked.axis.all_edges(), dtype=np.float64)
    background, background_off = read_class(settings, arguments, settings.background_samples, "background", edges)
    signal, signal_off = read_class(settings, arguments, settings.signal_samples, "signal", edges)
    all_background, all_signal = joined(background.values()), joined(signal.values())
    generator = stream(settings.seed, "check_sculpting", arguments.variant)
    divergence = compare_at_signal_efficiency(
        all_background, all_signal, edges, asked.effective_events_per_bin, generator, settings.bootstrap
    )
    sculpting = compare_quantiles(all_background, edges, asked.quantiles, asked.effective_events_per_bin)
    described = {
        "provenance": provenance(settings, "check_sculpting", seed=settings.seed, variant=arguments.variant),
        "variant": arguments.variant,
        "region": asked.region,
        "mass": asked.mass,
        "mass_edges": edges.tolist(),
        "share_off_axis": background_off | signal_off,
        "jensen_shannon": divergence.as_json(),
    }
    peak = resonance(settings, signal, background, edges)
    content = described | sculpting.as_json() | peak
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
