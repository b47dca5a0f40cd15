"""Does a cut on the score change the background's mass shape?

The background of a region is cut into quantiles of its own signed score. The mass shape in each is compared with the
inclusive one and with the rest. Every number is of the events whose mass lies on the configured axis.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.distances import (
    ChiSquare,
    KolmogorovSmirnov,
    chi2_to_complement,
    chi2_to_inclusive,
    jensen_shannon,
    kolmogorov_smirnov,
    pair_of_shapes,
)
from signedag.metrics.estimate import number
from signedag.metrics.quantiles import signed_quantiles
from signedag.metrics.scored_events import ScoredEvents
from signedag.metrics.weighted_sample import Floats, WeightedSample
from signedag.statistics.templates import Template, find_bins

JENSEN_SHANNON_EFFICIENCY = 0.5


def mass_template(masses: WeightedSample, edges: Floats) -> Template:
    """Fill the template of a mass with signed weights; `edges` has shape (bins + 1,)."""
    return find_bins([masses.values], (edges,)).fill(masses.weights)


def described_template(template: Template) -> dict[str, list[float]]:
    """Give a one-dimensional template's values (Σw) and variances (Σw²)."""
    return {"values": template.values.tolist(), "variances": template.variances.tolist()}


def on_axis(events: ScoredEvents, edges: Floats) -> ScoredEvents:
    """Give the events whose mass lies on the axis, its upper end included."""
    return events.where((events.mass >= edges[0]) & (events.mass <= edges[-1]))


def quantile_of_score(scores: Floats, edges: Floats) -> NDArray[np.int64]:
    """Number each event by its quantile: k holds edges[k-1] < score <= edges[k]; shape (events,)."""
    return np.searchsorted(edges, scores, side="left")


def compare_quantiles(
    background: ScoredEvents, mass_edges: Floats, quantiles: int, effective_events: float
) -> dict[str, Any]:
    """Compare the background's mass in quantiles of its score with the inclusive background.

    Args:
        background: background events with mass on the axis.
        mass_edges: bins of the mass, shape (bins + 1,).
        quantiles: number of quantiles.
        effective_events: smallest number of effective events of a bin of the χ²; sparser ones are merged.

    Returns:
        the comparison of each quantile and the headline numbers over all of them; undefined ones are null with the
        reason beside them.
    """
    found = signed_quantiles(background.scores(), [index / quantiles for index in range(1, quantiles)])
    result: dict[str, Any] = {
        "quantile_edges": [number(edge) for edge in found.values],
        "quantile_edges_first_crossing": [number(edge) for edge in found.first_crossings],
        "inclusive": described_template(mass_template(background.masses(), mass_edges)),
    }
    if found.reason:
        reason = found.reason.replace("the sample", "background")
        return result | {"quantiles": [], "chi2_per_quantile": [None] * quantiles} | _headlines([], [], reason)
    places = quantile_of_score(background.score, found.values)
    chi_squares, tests, described = [], [], []
    for index in range(quantiles):
        inside = places == index
        chi2, complement_chi2, test, entry = _compare_one(background, inside, mass_edges, effective_events)
        bounds = [None, *result["quantile_edges"], None]
        described.append({"score_above": bounds[index], "score_up_to": bounds[index + 1], **entry})
        described[-1] |= {
            "chi2_to_inclusive": chi2.as_json(),
            "chi2_to_complement": complement_chi2.as_json(),
            "ks_to_complement": test.as_json(),
        }
        chi_squares.append(chi2)
        tests.append(test)
    result["quantiles"] = described
    result["chi2_per_quantile"] = [number(chi2.per_degree) for chi2 in chi_squares]
    return result | _headlines(chi_squares, tests, "")


def _compare_one(
    background: ScoredEvents, inside: NDArray[np.bool_], mass_edges: Floats, effective_events: float
) -> tuple[ChiSquare, ChiSquare, KolmogorovSmirnov, dict[str, Any]]:
    """Compare one selection of the background with the inclusive background and with the rest."""
    masses = background.masses()
    selected, rest = masses.where(inside), masses.where(~inside)
    template = mass_template(selected, mass_edges)
    pair = pair_of_shapes(template, mass_template(rest, mass_edges), effective_events)
    entry = {
        "events": int(inside.sum()),
        "sum_of_weights": selected.sum_of_weights,
        "fraction": selected.sum_of_weights / masses.sum_of_weights,
        "mass": described_template(template),
        "compared_edges": pair.edges.tolist(),
    }
    test = kolmogorov_smirnov(selected, rest, ("the selection", "the rest"))
    return chi2_to_inclusive(pair), chi2_to_complement(pair), test, entry


def _headlines(chi_squares: Sequence[ChiSquare], tests: Sequence[KolmogorovSmirnov], reason: str) -> dict[str, Any]:
    """Give the mean χ²/ndf and the worst KS; undefined if any quantile is, or the others would flatter the result."""
    chi2_reason = reason or _first_reason([chi2.reason for chi2 in chi_squares])
    test_reason = reason or _first_reason([test.reason for test in tests])
    headlines: dict[str, Any] = {
        "chi2_mean": None if chi2_reason else float(np.mean([chi2.per_degree for chi2 in chi_squares])),
        "chi2_reason": chi2_reason or None,
        "ks_distance": None,
        "ks_probability": None,
        "ks_worst_quantile": None,
        "ks_reason": test_reason or None,
    }
    if not test_reason:
        worst = int(np.argmax([test.distance * math.sqrt(test.effective_events) for test in tests]))
        headlines |= {
            "ks_distance": tests[worst].distance,
            "ks_probability": tests[worst].probability,
            "ks_worst_quantile": worst,
        }
    return headlines


def _first_reason(reasons: Sequence[str]) -> str:
    return next((f"quantile {index}: {reason}" for index, reason in enumerate(reasons) if reason), "")


def compare_at_signal_efficiency(
    background: ScoredEvents,
    signal: ScoredEvents,
    mass_edges: Floats,
    effective_events: float,
    generator: np.random.Generator,
    replicas: int,
) -> dict[str, Any]:
    """Give the Jensen-Shannon divergence of the background that passes and fails a cut that keeps half the signal."""
    found = signed_quantiles(signal.scores(), [1 - JENSEN_SHANNON_EFFICIENCY])
    result: dict[str, Any] = {
        "signal_efficiency": number(1 - float(found.reached[0])),
        "threshold": number(float(found.values[0])),
    }
    if found.reason:
        reason = found.reason.replace("the sample", "signal")
        return result | {"divergence": None, "inverse": None, "floor": None, "edges": [], "reason": reason}
    passing = background.score > found.values[0]
    masses = background.masses()
    pair = pair_of_shapes(
        mass_template(masses.where(passing), mass_edges),
        mass_template(masses.where(~passing), mass_edges),
        effective_events,
    )
    return result | jensen_shannon(pair, generator, replicas).as_json()


def share_off_axis(samples: Mapping[str, ScoredEvents], mass_edges: Floats) -> dict[str, float | None]:
    """Give each sample's signed share of the region whose mass is not on the axis; null where it has no sum."""
    shares: dict[str, float | None] = {}
    for name, events in samples.items():
        total = events.masses().sum_of_weights
        inside = on_axis(events, mass_edges).masses().sum_of_weights
        shares[name] = 1 - inside / total if total > 0 else None
    return shares
