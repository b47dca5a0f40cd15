"""ROC curve and AUC with signed weights.

With weights of both signs the curve need not be monotone and efficiencies may leave [0, 1]; nothing is repaired.
The AUC is the probability, in the signed measure, that a signal event scores above a background event, ties counting
one half:

    AUC = Σ_{i in S, j in B} w_i w_j (1[s_i > s_j] + 1/2 1[s_i = s_j]) / (Σ_S w Σ_B w)

It is undefined where a class has no positive sum of weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.estimate import Estimate, undefined
from signedag.metrics.weighted_sample import Floats, WeightedSample, distinct_values, first_defect


@dataclass(frozen=True)
class SignedRoc:
    """Sums of signed weights at each distinct score; everything about the ROC follows from them."""

    thresholds: Floats
    """Distinct scores, decreasing, shape (thresholds,). An event passes a threshold if its score is at least that."""
    signal: Floats
    """Σw of the signal events that have exactly this score, shape (thresholds,)."""
    background: Floats
    """The same for background."""
    signal_squares: Floats
    """Σw² of the signal events that have exactly this score, shape (thresholds,)."""
    background_squares: Floats
    """The same for background."""
    rounding: tuple[float, float]
    """Sums of signal and background weights below this cannot be told from zero."""
    defect: str
    """Why nothing normalised is defined; empty if both classes have a positive sum of weights."""


class Curve(NamedTuple):
    """Some points of a ROC curve, from the tightest threshold to the loosest."""

    thresholds: Floats
    """Scores; the first is +∞, which no event passes; shape (points,)."""
    signal_efficiency: Floats
    """Signed share of the signal that passes, shape (points,)."""
    background_efficiency: Floats
    """Signed share of the background that passes, shape (points,)."""


class SortedClasses:
    """Scores of both classes, sorted together once, whose ROC is asked for with many sets of weights."""

    def __init__(self, signal: Floats, background: Floats) -> None:
        """Sort the scores of signal, shape (signal events,), and background, shape (background events,)."""
        self._signal, self._background = signal, background
        self._groups = distinct_values(np.concatenate([signal, background]))

    def roc(self, signal: Floats, background: Floats) -> SignedRoc:
        """Add up weights at each distinct score.

        Args:
            signal: signed weights of signal, shape (signal events,).
            background: signed weights of background, shape (background events,).
        """
        groups = self._groups
        of_signal = np.concatenate([signal, np.zeros(background.size)])
        of_background = np.concatenate([np.zeros(signal.size), background])
        samples = WeightedSample(self._signal, signal), WeightedSample(self._background, background)
        return SignedRoc(
            thresholds=groups.values[::-1],
            signal=groups.sums(of_signal)[::-1],
            background=groups.sums(of_background)[::-1],
            signal_squares=groups.sums(np.square(of_signal))[::-1],
            background_squares=groups.sums(np.square(of_background))[::-1],
            rounding=(samples[0].rounding, samples[1].rounding),
            defect=first_defect(zip(("signal", "background"), samples, strict=True)),
        )


def signed_roc(signal: WeightedSample, background: WeightedSample) -> SignedRoc:
    """Sort both classes together, once, and add up their weights at each distinct score."""
    return SortedClasses(signal.values, background.values).roc(signal.weights, background.weights)


def area(roc: SignedRoc) -> float:
    """Give the AUC with exact ties; NaN if undefined. docs/physics.md, "Area under the ROC curve".

    >>> signal = WeightedSample(np.array([0.9, 0.5]), np.array([1.0, 1.0]))
    >>> area(signed_roc(signal, WeightedSample(np.array([0.7, 0.5, 0.1]), np.array([2.0, -1.0, 1.0]))))
    0.625
    """
    if roc.defect:
        return math.nan
    above = np.cumsum(roc.signal) - 0.5 * roc.signal
    return float((roc.background * above).sum() / (roc.signal.sum() * roc.background.sum()))


def area_with_linear_error(roc: SignedRoc) -> Estimate:
    """Give the AUC and the closed form of its error; docs/physics.md, "Area under the ROC curve".

    With every weight times an independent factor of mean and variance 1 (the bootstrap over events), the AUC has, to
    second order in the numerator and first order in the denominators, the variance

        Σ_S w_i² (A_i - AUC)² / (Σ_S w)²  +  Σ_B w_j² (C_j - AUC)² / (Σ_B w)²
        + Σ_ij w_i² w_j² (ψ_ij - AUC)² / (Σ_S w Σ_B w)²

    with ψ_ij the ordering of event i and j (1, 1/2 or 0), A_i the signed share of background below event i and C_j
    the signed share of signal above event j, ties counting one half (for unit weights: DeLong et al., Biometrics 44
    (1988) 837). It costs one pass over the sorted scores and has no noise of its own; it assumes that both sums of
    weights are known well, which heavy-tailed weights may spoil: compare `bootstrap_error`.
    """
    if roc.defect:
        return undefined(roc.defect)
    value = area(roc)
    signal_sum, background_sum = roc.signal.sum(), roc.background.sum()
    background_below = 1.0 - (np.cumsum(roc.background) - 0.5 * roc.background) / background_sum
    signal_above = (np.cumsum(roc.signal) - 0.5 * roc.signal) / signal_sum
    from_signal = (roc.signal_squares * np.square(background_below - value)).sum() / signal_sum**2
    from_background = (roc.background_squares * np.square(signal_above - value)).sum() / background_sum**2
    tied = roc.background_squares * roc.signal_squares
    won = roc.background_squares * (np.cumsum(roc.signal_squares) - roc.signal_squares)
    lost = roc.background_squares.sum() * roc.signal_squares.sum() - tied.sum() - won.sum()
    of_pairs = (1 - value) ** 2 * won.sum() + (0.5 - value) ** 2 * tied.sum() + value**2 * max(lost, 0.0)
    variance = from_signal + from_background + of_pairs / (signal_sum * background_sum) ** 2
    return Estimate(value, math.sqrt(variance))


class FixedScores:
    """Scores of both classes, sorted once, whose AUC is asked for with many sets of weights.

    With both classes in order, an event's rank in the other class does not depend on the weights, so the AUC of a set
    of weights is one cumulative sum and two look-ups.
    """

    def __init__(self, signal: Floats, background: Floats) -> None:
        """Sort the scores of signal, shape (signal events,), and background, shape (background events,)."""
        self._signal_order = np.argsort(signal, kind="stable")
        self._background_order = np.argsort(background, kind="stable")
        ordered, others = signal[self._signal_order], background[self._background_order]
        self._below = np.searchsorted(ordered, others, side="left")
        self._not_above = np.searchsorted(ordered, others, side="right")

    def area(self, signal: Floats, background: Floats, rounding: tuple[float, float] = (0.0, 0.0)) -> float:
        """Give the AUC, ties counting one half; NaN if undefined.

        Args:
            signal: signed weights of signal, shape (signal events,).
            background: signed weights of background, shape (background events,).
            rounding: sums of signal and background weights up to this cannot be told from zero.

        >>> scores = FixedScores(np.array([0.9, 0.5]), np.array([0.7, 0.5, 0.1]))
        >>> scores.area(np.array([1.0, 1.0]), np.array([2.0, -1.0, 1.0]))
        0.625
        """
        cumulative = np.zeros(signal.size + 1)
        np.cumsum(signal[self._signal_order], out=cumulative[1:])
        lost = background[self._background_order]
        signal_sum, background_sum = cumulative[-1], lost.sum()
        if not (signal_sum > rounding[0] and background_sum > rounding[1]):
            return math.nan
        lost *= 0.5 * (cumulative[self._below] + cumulative[self._not_above])
        return float(1.0 - lost.sum() / (signal_sum * background_sum))


def bootstrap_areas(
    signal: WeightedSample, background: WeightedSample, generator: np.random.Generator, replicas: int
) -> Floats:
    """Give the AUC of bootstrap replicas over events, shape (replicas,); NaN where a replica has none.

    docs/physics.md, "Area under the ROC curve". Each replica multiplies every weight by a standard exponential number
    (Rubin, Ann. Statist. 9 (1981) 130): mean and variance are 1 as for the Poisson counts of a resampled simulation, at
    an eighth of the cost. Signal and background are resampled independently.

    Numbers are drawn in the order of the events, not of their scores: two classifiers that judge the same events,
    each with a generator in the same state, see the same replicas (`signedag.metrics.paired`).
    """
    if first_defect([("signal", signal), ("background", background)]):
        return np.full(replicas, math.nan)
    scores = FixedScores(signal.values, background.values)
    rounding = (signal.rounding, background.rounding)
    areas = np.empty(replicas)
    for replica in range(replicas):
        of_signal = signal.weights * generator.standard_exponential(signal.weights.size)
        of_background = background.weights * generator.standard_exponential(background.weights.size)
        areas[replica] = scores.area(of_signal, of_background, rounding)
    return areas


def area_with_bootstrap_error(
    signal: WeightedSample, background: WeightedSample, generator: np.random.Generator, replicas: int
) -> Estimate:
    """Give the AUC with the standard deviation of its bootstrap replicas.

    The error itself is known to 1/√(2 replicas) of its size. It is undefined if any replica has a class without a
    positive sum of weights: then the sample is too small for its weights.
    """
    roc = signed_roc(signal, background)
    if roc.defect:
        return undefined(roc.defect)
    areas = bootstrap_areas(signal, background, generator, replicas)
    lost = int(np.isnan(areas).sum())
    if lost:
        reason = f"{lost} of {replicas} bootstrap replicas have a class without a positive sum of weights"
        return Estimate(area(roc), math.nan, reason)
    return Estimate(area(roc), float(areas.std(ddof=1)))


def decimated_curve(roc: SignedRoc, points: int = 400) -> Curve:
    """Give at most `points` points of the ROC, evenly spread along the curve, both ends included.

    Points are true points of the curve, not interpolated ones: between two of them a curve that is not monotone may
    do more than the figure shows.

    Raises:
        ValueError: the ROC is undefined.
    """
    chosen = spread_thresholds(roc, points - 1)
    return Curve(
        np.concatenate([[math.inf], roc.thresholds[chosen]]),
        np.concatenate([[0.0], (np.cumsum(roc.signal) / roc.signal.sum())[chosen]]),
        np.concatenate([[0.0], (np.cumsum(roc.background) / roc.background.sum())[chosen]]),
    )


def spread_thresholds(roc: SignedRoc, points: int) -> NDArray[np.int64]:
    """Give the indices of at most `points` thresholds that are evenly spread along the ROC, the last one included.

    Raises:
        ValueError: the ROC is undefined.
    """
    if roc.defect:
        raise ValueError(f"no ROC curve: {roc.defect}")
    length = np.cumsum(
        np.abs(roc.signal) / np.abs(roc.signal).sum() + np.abs(roc.background) / np.abs(roc.background).sum()
    )
    wanted = np.linspace(0, length[-1], points)
    return np.unique(np.minimum(np.searchsorted(length, wanted), length.size - 1))
