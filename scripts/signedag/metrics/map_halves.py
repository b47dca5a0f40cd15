"""Sculpting of a mapped score within each of the halves that its map was fitted on in turn.

A score map takes an event through the distribution function of the other half of its fold. What one half has too much
of somewhere, the map takes away from the other half there, so fluctuations of both cancel in their sum: a χ² over both
is below its degrees of freedom even for perfect independence. Within one half nothing cancels, and the fluctuations of
the other one, as large as its own, come on top: 2 per degree for a map that is not smoothed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.distances import ChiSquare, chi2_to_inclusive, pair_of_shapes
from signedag.metrics.estimate import number
from signedag.metrics.mass_shapes import mass_template
from signedag.metrics.scored_events import ScoredEvents
from signedag.metrics.weighted_sample import Floats


@dataclass(frozen=True)
class Halves:
    """χ² of each quantile against the inclusive background, within each half."""

    tests: Mapping[int, tuple[ChiSquare, ...]]
    """By half; empty if the score is not a mapped one."""
    reason: str = ""
    """Why there are none; empty if there are."""

    def as_json(self) -> dict[str, Any]:
        """Give χ²/ndf and p-values by half; null with the reason if there are none."""
        return {
            "chi2_per_quantile_by_half": {str(half): per_degree(tests) for half, tests in self.tests.items()} or None,
            "chi2_p_per_quantile_by_half": {str(half): p_values(tests) for half, tests in self.tests.items()} or None,
            "by_half_reason": self.reason or None,
        }


def no_halves(reason: str) -> Halves:
    """Say why there are no halves."""
    return Halves({}, reason)


def per_degree(tests: Iterable[ChiSquare]) -> list[float | None]:
    """Give χ²/ndf of each, null where it is undefined."""
    return [number(test.per_degree) for test in tests]


def p_values(tests: Iterable[ChiSquare]) -> list[float | None]:
    """Give the p-value of each, null where it is undefined."""
    return [number(test.p_value) for test in tests]


def compare_within_halves(
    background: ScoredEvents, quantile: NDArray[np.int64], quantiles: int, mass_edges: Floats, effective_events: float
) -> Halves:
    """Compare the mass in each quantile with the inclusive one, events of one half with events of the same half.

    docs/physics.md, "Mass in quantiles of the score". Quantiles are those of the whole background.

    Args:
        background: background events with mass on the axis.
        quantile: of each event's score, shape (events,).
        quantiles: number of quantiles.
        mass_edges: bins of the mass, shape (bins + 1,).
        effective_events: smallest number of effective events of a bin of the χ²; sparser ones are merged.
    """
    if background.map_half is None:
        return no_halves("the score is not a mapped one: it has no halves")
    tests = {}
    for half in np.unique(background.map_half).tolist():
        own = background.map_half == half
        masses, own_quantile = background.masses().where(own), quantile[own]
        tests[half] = tuple(
            chi2_to_inclusive(
                pair_of_shapes(
                    mass_template(masses.where(own_quantile == index), mass_edges),
                    mass_template(masses.where(own_quantile != index), mass_edges),
                    effective_events,
                )
            )
            for index in range(quantiles)
        )
    return Halves(tests)
