"""Comparing strategies: paired differences of two strategies, training against signed weights."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.estimate import number
from signedag.metrics.seed_spread import SeedSpread
from signedag.weights.transformation import effective_size_factor

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AucDifference:
    """The difference of two strategies' AUC with the errors that pairing leaves."""

    value: float
    """Mean over the seeds of the difference at equal seed; NaN with fewer than two seeds."""
    seed_error: float
    """Its error from the initialisations."""
    event_error: float
    """Its error from the events that both were judged on: the spread of the difference in common bootstrap replicas."""

    @property
    def error(self) -> float:
        """Both errors in quadrature: initialisations and events fluctuate independently."""
        return math.hypot(self.seed_error, self.event_error)

    def as_json(self) -> dict[str, Any]:
        """Give the fields and `error`, null where undefined."""
        reason = None if math.isfinite(self.value) else "fewer than two seeds have a value in both"
        names = ("value", "error", "seed_error", "event_error")
        return {name: number(getattr(self, name)) for name in names} | {"reason": reason}


def paired_difference(
    first: SeedSpread, second: SeedSpread, first_replicas: Floats, second_replicas: Floats
) -> AucDifference:
    """Give the AUC of the first strategy less that of the second; docs/physics.md, "Choice of a strategy".

    Args:
        first: AUC of each seed.
        second: the same of the other strategy, seed by seed.
        first_replicas: AUC in common bootstrap replicas over events, shape (replicas,).
        second_replicas: the same of the other strategy.

    >>> replicas = np.array([0.70, 0.80, 0.75])
    >>> found = paired_difference(SeedSpread((0.8, 0.9)), SeedSpread((0.7, 0.8)), replicas + 0.1, replicas)
    >>> round(found.value, 6), round(found.error, 6)
    (0.1, 0.0)
    """
    over_seeds = first.paired_with(second, operator.sub)
    return AucDifference(over_seeds.mean, over_seeds.error, float(np.std(first_replicas - second_replicas, ddof=1)))


@dataclass(frozen=True)
class WeightSummary:
    """Training against signed weights of one sample."""

    yield_bias: float
    """Σw'/Σw - 1."""
    sum_of_weights_squared_ratio: float
    """Σw'²/Σw²."""
    effective_size_gain: float
    """(Σw')²/(N Σw'²) over (Σw)²/(N Σw²)."""
    negative_events: float
    """Share of events with a negative training weight."""

    def as_json(self) -> dict[str, float]:
        """Give the fields."""
        return dict(self.__dict__)


def weight_summary(signed_weight: Floats, training_weight: Floats) -> WeightSummary:
    """Compare the training weights of one sample with its signed ones, both of shape (events,)."""
    return WeightSummary(
        yield_bias=math.fsum(training_weight) / math.fsum(signed_weight) - 1,
        sum_of_weights_squared_ratio=math.fsum(np.square(training_weight)) / math.fsum(np.square(signed_weight)),
        effective_size_gain=effective_size_factor(training_weight) / effective_size_factor(signed_weight),
        negative_events=float(np.mean(training_weight < 0)),
    )


def mean_summary(summaries: Sequence[WeightSummary]) -> WeightSummary:
    """Give the mean of each number, over training sets or samples."""
    return WeightSummary(
        *(float(np.mean(values)) for values in zip(*(s.__dict__.values() for s in summaries), strict=True))
    )
