"""Dependence of a score on a mass, all of it, under signed weights."""

from __future__ import annotations

import math
from dataclasses import dataclass

from signedag.metrics.weighted_sample import Floats
from signedag.objectives.distance_covariance_cpu import distance_covariances

NO_SPREAD = 1e-24
"""dCov² of a variable with itself, over its largest square, below which its spread is that of rounding."""


@dataclass(frozen=True)
class DistanceCorrelation:
    """dCorr of two variables."""

    value: float
    """0 for independent variables, 1 for linear ones; NaN if undefined."""
    reason: str = ""
    """Why it is undefined; empty if it is defined."""


def distance_correlation(scores: Floats, masses: Floats, weights: Floats) -> DistanceCorrelation:
    """Give dCorr, the root of dCorr², under signed weights; docs/physics.md, "Distance correlation".

    Args:
        scores: shape (events,).
        masses: shape (events,).
        weights: signed weights, shape (events,).

    >>> import numpy as np
    >>> mass = np.array([90.0, 100.0, 110.0, 120.0])
    >>> round(distance_correlation(mass / 200, mass, np.array([1.0, 2.0, 1.0, -0.5])).value, 12)
    1.0
    """
    if not weights.sum() > 0:
        return DistanceCorrelation(math.nan, "the sum of weights is not positive")
    joint, own_score, own_mass, *_ = distance_covariances(scores, masses, weights)
    for name, own, values in (("score", own_score, scores), ("mass", own_mass, masses)):
        if not own > NO_SPREAD * float((values**2).max()):
            return DistanceCorrelation(math.nan, f"the {name} does not vary under signed weights")
    if joint < 0:
        return DistanceCorrelation(math.nan, "the distance covariance is below zero under signed weights")
    return DistanceCorrelation(math.sqrt(joint / math.sqrt(own_score * own_mass)))
