"""Quantiles of a sample with signed weights.

The cumulative sum F(t) = Σ_{values <= t} w / Σw rises from 0 to 1 but need not be monotone, so it may reach a
fraction q several times. The quantile is the smallest value from which on F stays at or above q: the *last* crossing.
Then F >= q for every looser threshold, quantiles of increasing q never decrease, and for weights of one sign it is
the usual empirical quantile (the inverse of F). The first crossing is given beside it: where both differ, the sample
does not determine the quantile better than that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from signedag.metrics.weighted_sample import Floats, WeightedSample, distinct_values


class Quantiles(NamedTuple):
    """Quantiles of one sample."""

    values: Floats
    """The quantile of each fraction (last crossing), shape (fractions,); NaN if undefined."""
    first_crossings: Floats
    """Smallest value at which F reaches the fraction at all, shape (fractions,)."""
    reached: Floats
    """F at the quantile; above the fraction by at most the weight at that value, shape (fractions,)."""
    reason: str
    """Why they are undefined; empty if they are defined."""


def signed_quantiles(sample: WeightedSample, fractions: Sequence[float]) -> Quantiles:
    """Find quantiles of the values of a sample; docs/physics.md, "Quantiles with signed weights".

    Args:
        sample: values with signed weights.
        fractions: each in (0, 1).

    Raises:
        ValueError: a fraction is not between 0 and 1.

    >>> ten = WeightedSample(np.arange(1.0, 11.0), np.ones(10))
    >>> signed_quantiles(ten, [0.25, 0.5]).values.tolist()
    [3.0, 5.0]
    """
    if any(not 0 < fraction < 1 for fraction in fractions):
        raise ValueError(f"fractions must lie between 0 and 1, got {list(fractions)}")
    reason = sample.defect("the sample")
    if reason:
        unknown = np.full(len(fractions), math.nan)
        return Quantiles(unknown, unknown, unknown, reason)
    groups = distinct_values(sample.values)
    cumulative = np.cumsum(groups.sums(sample.weights))
    total = sample.sum_of_weights
    last, first = [], []
    for fraction in fractions:
        # The allowance keeps a fraction that is reached exactly from being missed by rounding.
        reached = cumulative >= fraction * total - sample.rounding
        reached[-1] = True
        missed = np.flatnonzero(~reached)
        last.append(int(missed[-1]) + 1 if missed.size else 0)
        first.append(int(np.argmax(reached)))
    return Quantiles(groups.values[last], groups.values[first], cumulative[last] / total, "")
