"""The score of fixed events as a function of a parameter: mean, quantiles, where it peaks and how smooth it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.estimate import Estimate, number, undefined
from signedag.metrics.quantiles import signed_quantiles
from signedag.metrics.weighted_sample import Floats, WeightedSample

FRACTIONS = (0.16, 0.5, 0.84)
"""Fractions of the quantiles."""


@dataclass(frozen=True)
class Smoothness:
    """Steps of a curve between neighbouring grid values, as shares of its range; NaN where undefined."""

    largest_step: float
    """The largest of all."""
    at_trained: float
    """The largest of those that begin at, end at or pass a trained value."""
    between_trained: float
    """The largest of the others."""
    reason: str = ""
    """Why something is undefined; empty if nothing is."""

    def as_json(self) -> dict[str, float | str | None]:
        """Give the three numbers and `reason`, with null for what is undefined."""
        steps = {key: number(value) for key, value in asdict(self).items() if key != "reason"}
        return {**steps, "reason": self.reason or None}


def smoothness(grid: Floats, curve: Floats, trained: Sequence[float]) -> Smoothness:
    """Measure the steps of a curve; docs/physics.md, "Parametric networks".

    A network that knows its trained points alone jumps there: the largest step at them is a large share of the curve's
    range, whatever the grid. Steps of a smooth curve become smaller with the grid, at trained values as between them.

    Args:
        grid: values of the parameter, increasing, shape (values,).
        curve: the score at each, shape (values,).
        trained: values that the network was trained at.

    >>> smoothness(np.arange(5.0), np.array([0.0, 0.1, 0.2, 0.9, 1.0]), [3.0]).at_trained
    0.7
    """
    if not np.isfinite(curve).all():
        return Smoothness(math.nan, math.nan, math.nan, "the curve is undefined")
    spread = float(np.ptp(curve))
    if spread <= 0:
        return Smoothness(math.nan, math.nan, math.nan, "the score does not change over the grid")
    steps = np.abs(np.diff(curve)) / spread
    at = np.zeros(len(steps), dtype=bool)
    for value in trained:
        at |= (grid[:-1] <= value) & (value <= grid[1:])
    reason = "" if 0 < at.sum() < len(at) else f"{'no' if not at.any() else 'every'} step is at a trained value"

    def largest(chosen: NDArray[np.bool_]) -> float:
        return float(steps[chosen].max()) if chosen.any() else math.nan

    return Smoothness(float(steps.max()), largest(at), largest(~at), reason)


def peak(grid: Floats, curve: Floats) -> Estimate:
    """Give the grid value at which a curve is largest, with the distance to the farther neighbour as its error.

    Args:
        grid: values of the parameter, increasing, shape (values,).
        curve: the score at each, shape (values,).

    >>> peak(np.array([1.0, 2.0, 4.0]), np.array([0.1, 0.8, 0.3]))
    Estimate(value=2.0, error=2.0, reason='')
    """
    if not np.isfinite(curve).all():
        return undefined("the curve is undefined")
    at = int(np.argmax(curve))
    if at in (0, len(grid) - 1):
        return Estimate(float(grid[at]), math.nan, "the curve is largest at the end of the grid")
    return Estimate(float(grid[at]), float(max(grid[at] - grid[at - 1], grid[at + 1] - grid[at])))


@dataclass(frozen=True)
class Curves:
    """What a set of events says at every value of a parameter, with signed weights."""

    mean: Floats
    """Mean score, shape (values,); NaN if undefined."""
    error: Floats
    """Its statistical error, shape (values,); that of two values is almost the same fluctuation."""
    quantiles: Floats
    """Quantiles of the score, shape (fractions, values)."""
    reason: str = ""
    """Why they are undefined; empty if they are defined."""

    def as_json(self) -> dict[str, Any]:
        """Give lists over the grid, with null for what is undefined."""
        by_fraction = {
            f"{fraction:g}": [number(one) for one in row]
            for fraction, row in zip(FRACTIONS, self.quantiles, strict=True)
        }
        return {
            "mean": [number(value) for value in self.mean],
            "mean_error": [number(value) for value in self.error],
            "quantiles": by_fraction,
            "reason": self.reason or None,
        }


def curves(scores: Floats, weights: Floats) -> Curves:
    """Summarise the scores of the same events at all values of a parameter.

    Args:
        scores: shape (values, events).
        weights: signed weights, shape (events,).
    """
    reason = WeightedSample(weights, weights).defect("the set of events")
    if reason:
        nothing = np.full(len(scores), math.nan)
        return Curves(nothing, nothing, np.full((len(FRACTIONS), len(scores)), math.nan), reason)
    total = weights.sum()
    mean = scores @ weights / total
    error = np.sqrt(np.square(scores - mean[:, None]) @ np.square(weights)) / total
    by_value = [signed_quantiles(WeightedSample(row, weights), FRACTIONS).values for row in scores]
    return Curves(mean, error, np.stack(by_value, axis=1))
