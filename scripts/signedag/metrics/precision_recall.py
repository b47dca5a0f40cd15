"""Precision against recall with signed weights, and the area under that curve.

Both classes are normalised to equal sums of weights, so that the precision does not depend on cross-sections: with
a(t) and b(t) the signed shares of signal and background that pass a threshold t,

    recall(t) = a(t),        precision(t) = a(t) / (a(t) + b(t)),        area = Σ_{i in S} w_i precision(s_i) / Σ_S w

so the area is the signed mean, over signal events, of the precision at their own score (the average precision). It is
1/2 for a score without separation and 1 for a perfect one.

Weights of both signs make sums that pass fall in between, and negative ones at tight thresholds. Recall goes back where
the signal does, and what it takes back counts with its own sign. A share that is negative counts as none in the
precision, which so stays within [0, 1]: unrepaired it has a pole where a + b = 0, near which one event would decide on
the area. Where both are not positive nothing is selected: these events count at the next looser threshold that
selects something. How much signal is at thresholds with a negative share is given beside the area.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.estimate import Estimate, number, undefined
from signedag.metrics.roc import SignedRoc
from signedag.metrics.weighted_sample import Floats


class PrecisionRecall(NamedTuple):
    """Precision and recall at each threshold, from the tightest to the loosest."""

    recall: Floats
    """Signed share of the signal that passes, shape (thresholds,)."""
    precision: Floats
    """In [0, 1], shape (thresholds,)."""
    selects: NDArray[np.bool_]
    """Whether a threshold selects something; where not, its precision is that of the next looser one that does."""


class PrecisionRecallArea(NamedTuple):
    """The area under precision against recall."""

    area: Estimate
    """With the closed form of its error."""
    share_at_negative_sums: float
    """Share of Σ|w| of the signal at thresholds that signal or background of negative sum passes; NaN if undefined."""

    def as_json(self) -> dict[str, float | str | None]:
        """Give area, error and share, with null for what is undefined."""
        return {**self.area.as_json(), "share_at_negative_sums": number(self.share_at_negative_sums)}


def precision_recall(roc: SignedRoc) -> PrecisionRecall:
    """Give precision and recall at each distinct score. docs/physics.md, "Area under the precision-recall curve".

    Raises:
        ValueError: a class has no positive sum of weights.
    """
    if roc.defect:
        raise ValueError(f"no precision: {roc.defect}")
    signal, background = _passing_shares(roc)
    total = np.maximum(signal, 0) + np.maximum(background, 0)
    selects = total > 0
    precision = np.divide(np.maximum(signal, 0), total, out=np.zeros_like(total), where=selects)
    return PrecisionRecall(signal, precision[_next_selecting(selects)], selects)


def precision_recall_area(roc: SignedRoc) -> float:
    """Give the area; NaN if undefined. docs/physics.md, "Area under the precision-recall curve".

    >>> from signedag.metrics.roc import signed_roc
    >>> from signedag.metrics.weighted_sample import WeightedSample
    >>> signal = WeightedSample(np.array([0.9, 0.5]), np.array([1.0, 1.0]))
    >>> precision_recall_area(signed_roc(signal, WeightedSample(np.array([0.7, 0.1]), np.array([1.0, 1.0]))))
    0.8333333333333333
    """
    if roc.defect:
        return math.nan
    return float((roc.signal * precision_recall(roc).precision).sum() / roc.signal.sum())


def precision_recall_with_linear_error(roc: SignedRoc) -> PrecisionRecallArea:
    """Give the area with its error by linear propagation. docs/physics.md, "Area under the precision-recall curve".

    The area's derivative by each weight w_i, squared and summed with w_i²: what every weight times an independent
    factor of mean and variance 1 gives to first order. It costs one pass over the sorted scores and has no noise of
    its own.
    """
    if roc.defect:
        return PrecisionRecallArea(undefined(roc.defect), math.nan)
    signal, background = _passing_shares(roc)
    curve = precision_recall(roc)
    area = precision_recall_area(roc)
    signal_sum, background_sum = roc.signal.sum(), roc.background.sum()
    counted_at = _next_selecting(curve.selects)
    counted = np.bincount(counted_at, weights=roc.signal, minlength=signal.size) / signal_sum
    total = np.where(curve.selects, np.maximum(signal, 0) + np.maximum(background, 0), 1.0)
    by_signal = np.where(signal > 0, counted * np.maximum(background, 0) / np.square(total), 0.0)
    by_background = np.where(background > 0, -counted * np.maximum(signal, 0) / np.square(total), 0.0)
    of_signal = (curve.precision - area + _looser(by_signal) - (by_signal * signal).sum()) / signal_sum
    of_background = (_looser(by_background) - (by_background * background).sum()) / background_sum
    variance = (roc.signal_squares * np.square(of_signal)).sum()
    variance += (roc.background_squares * np.square(of_background)).sum()
    repaired = (signal < 0) | (background < 0)
    share = np.abs(roc.signal)[repaired].sum() / np.abs(roc.signal).sum()
    return PrecisionRecallArea(Estimate(area, math.sqrt(variance)), float(share))


def _passing_shares(roc: SignedRoc) -> tuple[Floats, Floats]:
    """Give the signed shares that pass each threshold; those that rounding explains are zero."""
    signal, background = np.cumsum(roc.signal), np.cumsum(roc.background)
    return (
        np.where(np.abs(signal) > roc.rounding[0], signal, 0.0) / roc.signal.sum(),
        np.where(np.abs(background) > roc.rounding[1], background, 0.0) / roc.background.sum(),
    )


def _next_selecting(selects: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Give for each threshold the index of the first one from there on that selects something; the last one does."""
    indices = np.where(selects, np.arange(selects.size), selects.size - 1)
    return np.minimum.accumulate(indices[::-1])[::-1]


def _looser(values: Floats) -> Floats:
    """Add up what stands at each threshold and at all looser ones."""
    return np.cumsum(values[::-1])[::-1]
