"""A set of events seen by a metric: one value and one signed weight each, and when its sum of weights is usable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Sums of signed weights closer to zero than this share of Σ|w| are rounding, not physics.
ROUNDING = 1e-12


@dataclass(frozen=True)
class WeightedSample:
    """Values of one observable with their signed weights."""

    values: Floats
    """The observable, for example a score or a mass, shape (events,), no NaN."""
    weights: Floats
    """Signed weights, shape (events,)."""

    @property
    def sum_of_weights(self) -> float:
        """Σw, by pairwise summation."""
        return float(self.weights.sum())

    @property
    def sum_of_weights_squared(self) -> float:
        """Σw², the statistical variance of Σw."""
        return float(np.square(self.weights).sum())

    @property
    def rounding(self) -> float:
        """Size below which a sum of some of the weights cannot be told from zero."""
        return ROUNDING * float(np.abs(self.weights).sum())

    def defect(self, name: str) -> str:
        """Say why a normalised quantity of these events is undefined; empty if Σw > 0.

        >>> WeightedSample(np.array([0.1, 0.2]), np.array([1.0, -2.0])).defect("background")
        'background has no positive sum of weights (-1 in 2 events)'
        """
        if self.weights.size == 0:
            return f"{name} has no events"
        if self.sum_of_weights <= self.rounding:
            return f"{name} has no positive sum of weights ({self.sum_of_weights:.6g} in {self.weights.size} events)"
        return ""

    def where(self, mask: NDArray[np.bool_]) -> WeightedSample:
        """Give the events for which `mask`, shape (events,), is true."""
        return WeightedSample(self.values[mask], self.weights[mask])


def first_defect(samples: Iterable[tuple[str, WeightedSample]]) -> str:
    """Give the first reason why one of some named samples cannot be normalised; empty if all can."""
    return next((reason for name, sample in samples if (reason := sample.defect(name))), "")


@dataclass(frozen=True)
class DistinctValues:
    """Events grouped by value, so that ties are exact."""

    values: Floats
    """Distinct values, increasing, shape (groups,)."""
    starts: NDArray[np.int64]
    """Index of each group's first event in the sorted order, shape (groups,)."""
    order: NDArray[np.int64]
    """The sorting permutation, shape (events,)."""

    def sums(self, weights: Floats) -> Floats:
        """Add up `weights`, shape (events,), in each group: shape (groups,)."""
        result: Floats = np.add.reduceat(weights[self.order], self.starts) if self.starts.size else np.zeros(0)
        return result


def distinct_values(values: Floats) -> DistinctValues:
    """Sort and group values, shape (events,).

    >>> groups = distinct_values(np.array([0.3, 0.1, 0.3]))
    >>> groups.values.tolist(), groups.sums(np.array([1.0, 5.0, -2.0])).tolist()
    ([0.1, 0.3], [5.0, -1.0])
    """
    # A stable sort fixes the order of summation inside a tie, on every processor.
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if values.size else order
    return DistinctValues(ordered[starts], starts, order)
