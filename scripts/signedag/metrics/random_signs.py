"""The probability of a Kolmogorov-Smirnov distance between two parts of a sample with signed weights, by random signs.

The null hypothesis is that the *signed* densities of both parts have one shape. It says nothing of single events: share
and size of negative weights may depend on the mass, on the score that divides the sample, and on both at once.
Permutations of the division assume that an event's (mass, weight) does not depend on its part, those of the masses that
(score, weight) does not depend on the mass; where weights depend on either one of them fails. What holds for any
weights: events are independent, and the difference of both cumulative distributions is a sum with one term per event.
A random sign in front of each term keeps the covariance of that sum, and takes out what it is where the shapes differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.weighted_sample import Floats, WeightedSample, distinct_values

NEAR_A_THRESHOLD = (1e-4, 0.2)
"""Asymptotic probabilities between these are looked at with random signs."""
DRAWS_AT_ONCE = 4_000_000
"""Random signs that are held in memory."""


@dataclass(frozen=True)
class RandomSigns:
    """How many replicas to draw, and from what."""

    replicas: int
    generator: np.random.Generator

    def wanted(self, asymptotic: float) -> bool:
        """Tell whether an asymptotic probability is near enough to a threshold to be looked at."""
        low, high = NEAR_A_THRESHOLD
        return self.replicas > 0 and low < asymptotic < high

    def probability(self, sample: WeightedSample, inside: NDArray[np.bool_], distance: float) -> float:
        """Give the probability of a distance at least as large if both parts have one shape.

        docs/physics.md, "Kolmogorov-Smirnov with random signs". (1 + k)/(1 + n) for k of n replicas at or beyond it.

        Args:
            sample: values and signed weights of both parts.
            inside: which events are in the first part, shape (events,).
            distance: the observed D = max |F₁ - F₂|.
        """
        groups = distinct_values(sample.values)
        ends = np.append(groups.starts[1:], sample.values.size) - 1
        inclusive = np.cumsum(groups.sums(sample.weights)) / sample.sum_of_weights
        first, second = sample.weights[inside].sum(), sample.weights[~inside].sum()
        terms = (sample.weights / np.where(inside, first, -second))[groups.order]
        chunk = max(1, DRAWS_AT_ONCE // terms.size)
        beyond = sum(
            int((_distances(terms, inclusive, ends, self.generator, count) >= distance).sum())
            for count in _chunks(self.replicas, chunk)
        )
        return (1 + beyond) / (1 + self.replicas)


def _chunks(total: int, size: int) -> list[int]:
    """Divide a number into parts of at most some size.

    >>> _chunks(7, 3)
    [3, 3, 1]
    """
    return [min(size, total - start) for start in range(0, total, size)]


def _distances(
    terms: Floats, inclusive: Floats, ends: NDArray[np.int64], generator: np.random.Generator, count: int
) -> Floats:
    """Draw distances: max over t of |Σ ± c (1[value ≤ t] - F(t))|, shape (count,).

    Args:
        terms: c of each event in the order of values, w over the signed sum of its part, negative in the second.
        inclusive: F at distinct values, shape (groups,).
        ends: last event of each distinct value.
        generator: of the signs.
        count: number of replicas.
    """
    signs = generator.integers(0, 2, size=(count, terms.size), dtype=np.int8)
    cumulative = np.cumsum(np.where(signs == 1, terms, -terms), axis=1)
    deviations = cumulative[:, ends] - cumulative[:, -1:] * inclusive
    distances: Floats = np.abs(deviations).max(axis=1)
    return distances
