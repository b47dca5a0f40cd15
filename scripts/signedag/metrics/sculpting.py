"""Does a cut on the score change the background's mass shape?

The background of a region is cut into quantiles of its own signed score. The mass shape in each is compared with the
inclusive one and with the rest. Every number is of the events whose mass lies on the configured axis.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.dependence import DistanceCorrelation, distance_correlation
from signedag.metrics.distances import (
    ChiSquare,
    JensenShannon,
    KolmogorovSmirnov,
    chi2_to_complement,
    chi2_to_inclusive,
    jensen_shannon,
    kolmogorov_smirnov,
    pair_of_shapes,
)
from signedag.metrics.estimate import number
from signedag.metrics.map_halves import Halves, compare_within_halves, no_halves, p_values, per_degree
from signedag.metrics.mass_shapes import described_template, mass_template
from signedag.metrics.quantiles import Quantiles, signed_quantiles
from signedag.metrics.random_signs import RandomSigns
from signedag.metrics.scored_events import ScoredEvents
from signedag.metrics.weighted_sample import Floats
from signedag.statistics.templates import Template

JENSEN_SHANNON_EFFICIENCY = 0.5


@dataclass(frozen=True)
class QuantileOfScore:
    """The mass of the background in one quantile of its score, against the inclusive background and the rest."""

    events: int
    sum_of_weights: float
    """Σw of the quantile."""
    fraction: float
    """Its share of the background's Σw."""
    mass: Template
    """Its mass, signed weights."""
    compared_edges: Floats
    """Edges of the bins that the χ² compares, sparse ones merged."""
    to_inclusive: ChiSquare
    """Against the inclusive background, whose events it shares."""
    to_complement: ChiSquare
    """Against the rest of the background."""
    test: KolmogorovSmirnov
    """Against the rest of the background, unbinned."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields, with null for what is undefined."""
        return {
            "events": self.events,
            "sum_of_weights": self.sum_of_weights,
            "fraction": self.fraction,
            "mass": described_template(self.mass),
            "compared_edges": self.compared_edges.tolist(),
            "chi2_to_inclusive": self.to_inclusive.as_json(),
            "chi2_to_complement": self.to_complement.as_json(),
            "ks_to_complement": self.test.as_json(),
        }


@dataclass(frozen=True)
class Sculpting:
    """The comparison of all quantiles of the background's score."""

    asked: int
    """How many quantiles were asked for."""
    edges: Quantiles
    """The scores between them."""
    inclusive: Template
    """The mass of the whole background."""
    quantiles: tuple[QuantileOfScore, ...]
    """From the lowest score up; empty if the background cannot be divided."""
    dependence: DistanceCorrelation
    """Of score and mass."""
    halves: Halves
    """The same χ² within each half that a score map was not fitted on."""
    reason: str = ""
    """Why it cannot be divided; empty if it can."""

    @property
    def chi2_reason(self) -> str:
        """Why there is no mean χ²: one undefined quantile is enough, or the others would flatter the result."""
        return self.reason or _first_reason([quantile.to_inclusive.reason for quantile in self.quantiles])

    @property
    def chi2_mean(self) -> float | None:
        """Mean χ²/ndf over the quantiles against the inclusive background; `None` if any is undefined."""
        if self.chi2_reason:
            return None
        return float(np.mean([quantile.to_inclusive.per_degree for quantile in self.quantiles]))

    @property
    def test_reason(self) -> str:
        """Why there is no worst Kolmogorov-Smirnov test."""
        return self.reason or _first_reason([quantile.test.reason for quantile in self.quantiles])

    @property
    def worst_chi2(self) -> int | None:
        """The quantile whose χ² has the smallest p-value, of equal ones the one with the largest χ²/ndf."""
        if self.chi2_reason:
            return None
        return min(range(len(self.quantiles)), key=lambda index: _rank(self.quantiles[index].to_inclusive))

    @property
    def worst_quantile(self) -> int | None:
        """The quantile with the smallest probability, of equal ones that with the largest √n_eff D; or `None`."""
        if self.test_reason:
            return None
        tests = [quantile.test for quantile in self.quantiles]
        return min(
            range(len(tests)),
            key=lambda index: (
                tests[index].probability,
                -tests[index].distance * math.sqrt(tests[index].effective_events),
            ),
        )

    def as_json(self) -> dict[str, Any]:
        """Give the headline numbers and every quantile; what is undefined is null with the reason beside it."""
        edges = [number(edge) for edge in self.edges.values]
        worst = None if self.worst_quantile is None else self.quantiles[self.worst_quantile].test
        worst_chi2 = None if self.worst_chi2 is None else self.quantiles[self.worst_chi2].to_inclusive
        bounds = zip([None, *edges], [*edges, None], self.quantiles, strict=True) if self.quantiles else ()
        undefined: list[float | None] = [None] * self.asked
        return {
            "quantile_edges": edges,
            "quantile_edges_first_crossing": [number(edge) for edge in self.edges.first_crossings],
            "inclusive": described_template(self.inclusive),
            "quantiles": [
                {"score_above": low, "score_up_to": high, **quantile.as_json()} for low, high, quantile in bounds
            ],
            "chi2_per_quantile": per_degree([quantile.to_inclusive for quantile in self.quantiles]) or undefined,
            "chi2_p_per_quantile": p_values([quantile.to_inclusive for quantile in self.quantiles]) or undefined,
            "chi2_mean": self.chi2_mean,
            "chi2_p_smallest": None if worst_chi2 is None else worst_chi2.p_value,
            "chi2_worst_quantile": self.worst_chi2,
            "chi2_reason": self.chi2_reason or None,
            **self.halves.as_json(),
            "ks_distance": None if worst is None else worst.distance,
            "ks_probability": None if worst is None else worst.probability,
            "ks_probability_per_quantile": [number(quantile.test.probability) for quantile in self.quantiles]
            or undefined,
            "ks_worst_quantile": self.worst_quantile,
            "ks_reason": self.test_reason or None,
            "distance_correlation": number(self.dependence.value),
            "distance_correlation_reason": self.dependence.reason or None,
        }


def _rank(test: ChiSquare) -> tuple[float, float]:
    return test.p_value, -test.per_degree


def _first_reason(reasons: Sequence[str]) -> str:
    return next((f"quantile {index}: {reason}" for index, reason in enumerate(reasons) if reason), "")


@dataclass(frozen=True)
class DivergenceAtEfficiency:
    """Jensen-Shannon divergence of the background that passes and fails a cut on the score."""

    signal_efficiency: float
    """Signed share of the signal that passes; NaN if undefined."""
    threshold: float
    """Events above it pass; NaN if undefined."""
    divergence: JensenShannon | None
    """`None` where there is no threshold."""
    reason: str = ""
    """Why there is none; empty if there is one."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields, with null for what is undefined."""
        cut = {"signal_efficiency": number(self.signal_efficiency), "threshold": number(self.threshold)}
        if self.divergence is None:
            return cut | {"divergence": None, "inverse": None, "floor": None, "edges": [], "reason": self.reason}
        return cut | self.divergence.as_json()


def quantile_of_score(scores: Floats, edges: Floats) -> NDArray[np.int64]:
    """Number each event by its quantile: k holds edges[k-1] < score <= edges[k]; shape (events,)."""
    return np.searchsorted(edges, scores, side="left")


def compare_quantiles(
    background: ScoredEvents,
    mass_edges: Floats,
    quantiles: int,
    effective_events: float,
    random_signs: RandomSigns | None = None,
) -> Sculpting:
    """Compare the background's mass in quantiles of its score with the inclusive background.

    docs/physics.md, "Mass in quantiles of the score".

    Args:
        background: background events with mass on the axis.
        mass_edges: bins of the mass, shape (bins + 1,).
        quantiles: number of quantiles.
        effective_events: smallest number of effective events of a bin of the χ²; sparser ones are merged.
        random_signs: replicas for Kolmogorov-Smirnov tests near a threshold, if there are to be any.
    """
    edges = signed_quantiles(background.scores(), [index / quantiles for index in range(1, quantiles)])
    inclusive = mass_template(background.masses(), mass_edges)
    dependence = distance_correlation(background.score, background.mass, background.weight)
    if edges.reason:
        reason = edges.reason.replace("the sample", "background")
        return Sculpting(quantiles, edges, inclusive, (), dependence, no_halves(reason), reason)
    quantile = quantile_of_score(background.score, edges.values)
    compared = tuple(
        _compare_one(background, quantile == index, mass_edges, effective_events, random_signs)
        for index in range(quantiles)
    )
    halves = compare_within_halves(background, quantile, quantiles, mass_edges, effective_events)
    return Sculpting(quantiles, edges, inclusive, compared, dependence, halves)


def _compare_one(
    background: ScoredEvents,
    inside: NDArray[np.bool_],
    mass_edges: Floats,
    effective_events: float,
    random_signs: RandomSigns | None,
) -> QuantileOfScore:
    """Compare one selection of the background with the inclusive background and with the rest."""
    masses = background.masses()
    selected, rest = masses.where(inside), masses.where(~inside)
    template = mass_template(selected, mass_edges)
    pair = pair_of_shapes(template, mass_template(rest, mass_edges), effective_events)
    test = kolmogorov_smirnov(selected, rest, ("the selection", "the rest"))
    if random_signs is not None and random_signs.wanted(test.asymptotic):
        test = replace(test, by_random_signs=random_signs.probability(masses, inside, test.distance))
    return QuantileOfScore(
        events=int(inside.sum()),
        sum_of_weights=selected.sum_of_weights,
        fraction=selected.sum_of_weights / masses.sum_of_weights,
        mass=template,
        compared_edges=pair.edges,
        to_inclusive=chi2_to_inclusive(pair),
        to_complement=chi2_to_complement(pair),
        test=test,
    )


def compare_at_signal_efficiency(
    background: ScoredEvents,
    signal: ScoredEvents,
    mass_edges: Floats,
    effective_events: float,
    generator: np.random.Generator,
    replicas: int,
) -> DivergenceAtEfficiency:
    """Give the Jensen-Shannon divergence of the background that passes and fails a cut that keeps half the signal."""
    cut = signed_quantiles(signal.scores(), [1 - JENSEN_SHANNON_EFFICIENCY])
    efficiency, threshold = 1 - float(cut.reached[0]), float(cut.values[0])
    if cut.reason:
        return DivergenceAtEfficiency(efficiency, threshold, None, cut.reason.replace("the sample", "signal"))
    passing = background.score > cut.values[0]
    masses = background.masses()
    pair = pair_of_shapes(
        mass_template(masses.where(passing), mass_edges),
        mass_template(masses.where(~passing), mass_edges),
        effective_events,
    )
    return DivergenceAtEfficiency(efficiency, threshold, jensen_shannon(pair, generator, replicas))
