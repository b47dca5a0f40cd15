"""Distances between two shapes with signed weights: χ², Kolmogorov-Smirnov, Jensen-Shannon.

A distance of something empty or net negative is undefined and says why; it is never 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, kolmogorov

from signedag.metrics.estimate import number
from signedag.metrics.weighted_sample import Floats, WeightedSample, distinct_values, first_defect
from signedag.statistics.templates import Template


@dataclass(frozen=True)
class ChiSquare:
    """A χ² with its degrees of freedom, or why there is none."""

    chi2: float
    """χ²; NaN if undefined."""
    ndf: int
    """Degrees of freedom."""
    p_value: float
    """Probability of a larger χ² for equal shapes; NaN if undefined."""
    reason: str = ""
    """Why it is undefined; empty if it is defined."""

    @property
    def per_degree(self) -> float:
        """χ²/ndf; NaN if undefined."""
        return self.chi2 / self.ndf if self.ndf else math.nan

    def as_json(self) -> dict[str, float | str | None]:
        """Give the fields, with null for what is undefined."""
        return {
            "chi2": number(self.chi2),
            "ndf": self.ndf if self.ndf else None,
            "p_value": number(self.p_value),
            "reason": self.reason or None,
        }


def chi_square(chi2: float, ndf: int) -> ChiSquare:
    """Give a χ² with its p-value."""
    return ChiSquare(chi2, ndf, float(chdtrc(ndf, chi2)))


def no_chi_square(reason: str) -> ChiSquare:
    """Give an undefined χ² with the reason for it."""
    return ChiSquare(math.nan, 0, math.nan, reason)


@dataclass(frozen=True)
class PairOfShapes:
    """Two disjoint sets of events in common bins, sparse bins merged."""

    subset: Floats
    """Σw of the first set per bin, shape (bins,)."""
    subset_variances: Floats
    """Σw² of the first set per bin."""
    complement: Floats
    """Σw of the second set per bin."""
    complement_variances: Floats
    """Σw² of the second set per bin."""
    edges: Floats
    """Bin edges after merging, shape (bins + 1,)."""
    defect: str
    """Why the shapes cannot be compared; empty if they can."""


def pair_of_shapes(subset: Template, complement: Template, effective_events: float) -> PairOfShapes:
    """Merge neighbouring bins until each has a positive sum and enough effective events in both sets.

    docs/physics.md, "Mass in quantiles of the score". A χ² follows its distribution only where bins are nearly
    Gaussian, and a unit-normalised shape with negative bins has no Jensen-Shannon divergence. Merging runs from the
    lowest bin up; what is left over joins the last bin.

    Args:
        subset: one-dimensional template of the first set.
        complement: template of the second set, which shares no event with the first, in the same bins.
        effective_events: smallest (Σw)²/Σw² of a merged bin.
    """
    stacked = np.stack([subset.values, subset.variances, complement.values, complement.variances])
    starts, running = [0], np.zeros(4)
    for index in range(stacked.shape[1]):
        running += stacked[:, index]
        if _well_filled(running, effective_events):
            starts.append(index + 1)
            running = np.zeros(4)
    merged = np.add.reduceat(stacked, starts[:-1] or [0], axis=1)
    while merged.shape[1] > 1 and not _well_filled(merged[:, -1], effective_events):
        merged = np.column_stack([merged[:, :-2], merged[:, -2] + merged[:, -1]])
    starts = starts[: merged.shape[1]]
    edges = np.append(subset.edges[0][starts], subset.edges[0][-1])
    defect = _shape_defect("the selection", subset) or _shape_defect("the rest", complement)
    if not defect and len(starts) < 2:
        defect = f"fewer than two bins have {effective_events:g} effective events in the selection and in the rest"
    return PairOfShapes(merged[0], merged[1], merged[2], merged[3], edges, defect)


def _well_filled(contents: Floats, effective_events: float) -> bool:
    """Tell whether both sets, as (Σw, Σw²) pairs in `contents` of shape (4,), have enough effective events."""
    values, variances = contents[::2], contents[1::2]
    return bool(np.all(values > 0) and np.all(np.square(values) >= effective_events * variances))


def _shape_defect(name: str, template: Template) -> str:
    """Say why a template has no unit-normalised shape."""
    total, variance = float(template.values.sum()), float(template.variances.sum())
    if variance == 0:
        return f"{name} is empty"
    return "" if total > 0 else f"{name} has no positive sum of weights ({total:.6g})"


def chi2_to_complement(pair: PairOfShapes) -> ChiSquare:
    """Compare the unit-normalised shapes a/A and c/C of two disjoint sets.

    docs/physics.md, "Mass in quantiles of the score": χ² = dᵀ V⁻¹ d with d = a/A - c/C and V propagated linearly from
    Σw², normalisation included; V has rank bins - 1, so one bin is dropped (which one does not matter) and
    ndf = bins - 1.

    >>> a, c = np.array([60.0, 40.0]), np.array([40.0, 60.0])  # unit weights: d = ±0.2, V = 2 · 0.6 · 0.4 / 100
    >>> round(chi2_to_complement(PairOfShapes(a, a, c, c, np.arange(3.0), "")).chi2, 3)
    8.333
    """
    if pair.defect:
        return no_chi_square(pair.defect)
    first, second = pair.subset / pair.subset.sum(), pair.complement / pair.complement.sum()
    unit = np.eye(first.size)
    by_subset = (unit - first[:, None]) / pair.subset.sum()
    by_complement = -(unit - second[:, None]) / pair.complement.sum()
    return _chi2_of_difference(pair, first - second, by_subset, by_complement)


def chi2_to_inclusive(pair: PairOfShapes) -> ChiSquare:
    """Compare the unit-normalised shape of a subset with the inclusive one, whose events it shares.

    docs/physics.md, "Mass in quantiles of the score". As `chi2_to_complement` with d = a/A - (a + c)/(A + C); the
    overlap is in the covariance, since both terms of d are propagated from the independent a and c. As d is
    (1 - A/(A + C)) times the difference to the complement, both χ² agree where the shapes agree; they differ in second
    order of the sculpting.
    """
    if pair.defect:
        return no_chi_square(pair.defect)
    inclusive = pair.subset + pair.complement
    total = inclusive.sum()
    first, second = pair.subset / pair.subset.sum(), inclusive / total
    unit = np.eye(first.size)
    by_complement = -(unit - second[:, None]) / total
    by_subset = (unit - first[:, None]) / pair.subset.sum() + by_complement
    return _chi2_of_difference(pair, first - second, by_subset, by_complement)


def _chi2_of_difference(pair: PairOfShapes, difference: Floats, by_subset: Floats, by_complement: Floats) -> ChiSquare:
    """Give dᵀ V⁻¹ d, with V from the derivatives of d by the bins of both sets, each of shape (bins, bins)."""
    covariance = (by_subset * pair.subset_variances) @ by_subset.T
    covariance += (by_complement * pair.complement_variances) @ by_complement.T
    kept = slice(0, difference.size - 1)
    solved = np.linalg.solve(covariance[kept, kept], difference[kept])
    return chi_square(float(difference[kept] @ solved), difference.size - 1)


@dataclass(frozen=True)
class KolmogorovSmirnov:
    """Result of a weighted two-sample Kolmogorov-Smirnov test."""

    distance: float
    """D = max |F₁ - F₂|; NaN if undefined."""
    effective_events: float
    """n_eff = 1/(Σw₁²/(Σw₁)² + Σw₂²/(Σw₂)²)."""
    asymptotic: float
    """Kolmogorov's probability of a larger √n_eff D; conservative with negative weights."""
    reason: str = ""
    """Why it is undefined; empty if it is defined."""
    by_random_signs: float = math.nan
    """The probability by random signs; NaN where the asymptotic one is far from every threshold."""

    @property
    def probability(self) -> float:
        """The probability by random signs where there is one, else the asymptotic one."""
        return self.asymptotic if math.isnan(self.by_random_signs) else self.by_random_signs

    def as_json(self) -> dict[str, float | str | None]:
        """Give the fields, with null for what is undefined."""
        return {
            "distance": number(self.distance),
            "effective_events": number(self.effective_events),
            "probability": number(self.probability),
            "probability_asymptotic": number(self.asymptotic),
            "probability_by_random_signs": number(self.by_random_signs),
            "reason": self.reason or None,
        }


def kolmogorov_smirnov(
    first: WeightedSample, second: WeightedSample, names: tuple[str, str] = ("the first sample", "the second sample")
) -> KolmogorovSmirnov:
    """Compare two unbinned samples with signed weights.

    docs/physics.md, "Kolmogorov-Smirnov with signed weights". D is taken from the signed cumulative sums at distinct
    values, so ties are exact; the probability is that of the Kolmogorov distribution at √n_eff D, an asymptotic form.
    With 15 % negative weights it is somewhat conservative under the null (P(p < 0.05) between 0.02 and 0.045, depending
    on the spectrum of the weights): near a threshold use random signs (`signedag.metrics.random_signs`).

    >>> first = WeightedSample(np.array([1.0, 2.0, 3.0]), np.array([1.0, -1.0, 2.0]))  # F₁ = 1/2, 0, 1
    >>> second = WeightedSample(np.array([2.0, 3.0]), np.array([1.0, 1.0]))  # F₂ = 0, 1/2, 1
    >>> kolmogorov_smirnov(first, second).distance
    0.5
    """
    reason = first_defect(zip(names, (first, second), strict=True))
    if reason:
        return KolmogorovSmirnov(math.nan, math.nan, math.nan, reason)
    groups = distinct_values(np.concatenate([first.values, second.values]))
    steps = np.concatenate([first.weights / first.sum_of_weights, -second.weights / second.sum_of_weights])
    distance = float(np.abs(np.cumsum(groups.sums(steps))).max())
    relative_variances = [sample.sum_of_weights_squared / sample.sum_of_weights**2 for sample in (first, second)]
    effective_events = 1 / sum(relative_variances)
    return KolmogorovSmirnov(distance, effective_events, float(kolmogorov(math.sqrt(effective_events) * distance)))


@dataclass(frozen=True)
class JensenShannon:
    """Jensen-Shannon divergence of two shapes and what statistics alone would give."""

    divergence: float
    """Natural logarithm, between 0 and ln 2; NaN if undefined."""
    floor_mean: float
    """Mean divergence of replicas that share the inclusive shape: what equal shapes show."""
    floor_upper_95: float
    """95 % of those replicas are below this."""
    edges: Floats
    """Edges of the bins that were compared."""
    reason: str = ""
    """Why it is undefined; empty if it is defined."""

    def as_json(self) -> dict[str, object]:
        """Give the fields and inverses, with null for what is undefined."""
        return {
            "divergence": number(self.divergence),
            "inverse": _inverse(self.divergence),
            "floor": {
                "mean": number(self.floor_mean),
                "upper_95": number(self.floor_upper_95),
                "inverse_mean": _inverse(self.floor_mean),
            },
            "edges": self.edges.tolist(),
            "reason": self.reason or None,
        }


def _inverse(value: float) -> float | None:
    return 1 / value if value > 0 else None


def jensen_shannon_divergence(first: Floats, second: Floats) -> NDArray[np.float64]:
    """Give ½ Σ p ln(p/m) + ½ Σ q ln(q/m), m = (p + q)/2, of non-negative contents along the last axis.

    docs/physics.md, "Jensen-Shannon divergence" (Lin, IEEE Trans. Inf. Theory 37 (1991) 145, eq. 4.1 with equal
    weights). Contents are normalised here; between 0 for equal shapes and ln 2 for shapes without overlap.

    >>> float(jensen_shannon_divergence(np.array([1.0, 0.0]), np.array([0.0, 1.0])))  # ln 2
    0.6931471805599453
    """
    p = first / first.sum(axis=-1, keepdims=True)
    q = second / second.sum(axis=-1, keepdims=True)
    middle = (p + q) / 2
    terms = [part * np.log(np.where(part > 0, part, 1) / np.where(part > 0, middle, 1)) for part in (p, q)]
    result: NDArray[np.float64] = 0.5 * (terms[0] + terms[1]).sum(axis=-1)
    return result


def jensen_shannon(pair: PairOfShapes, generator: np.random.Generator, replicas: int) -> JensenShannon:
    """Compare two disjoint sets by their Jensen-Shannon divergence, with the floor that statistics set.

    docs/physics.md, "Jensen-Shannon divergence". Each replica of the floor draws both sets' bins from the inclusive
    shape with their own Σw², from gamma distributions (positive, with that mean and variance), and takes the divergence
    of the two draws.
    """
    if pair.defect:
        return JensenShannon(math.nan, math.nan, math.nan, pair.edges, pair.defect)
    inclusive = (pair.subset + pair.complement) / (pair.subset.sum() + pair.complement.sum())
    draws = []
    for values, variances in (
        (pair.subset, pair.subset_variances),
        (pair.complement, pair.complement_variances),
    ):
        mean = inclusive * values.sum()
        draws.append(generator.gamma(mean**2 / variances, variances / mean, size=(replicas, mean.size)))
    floor = jensen_shannon_divergence(draws[0], draws[1])
    divergence = float(jensen_shannon_divergence(pair.subset, pair.complement))
    return JensenShannon(divergence, float(floor.mean()), float(np.quantile(floor, 0.95)), pair.edges)
