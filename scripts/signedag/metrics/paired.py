"""Differences of the AUC between classifiers that judge the same events.

Two classifiers see the same simulated events, so most of what fluctuates in one AUC fluctuates in the other as well.
The error of their difference comes from a paired bootstrap: each replica gives every *event* one factor, the same for
all classifiers, and the difference is taken replica by replica. For two AUCs of errors e1, e2 and correlation ρ it is
√(e1² + e2² - 2ρ e1 e2); errors that are added in quadrature as if the events were independent are several times too
large where classifiers are alike.

It is the error of the finite simulation that judges. That another initialisation would have trained another classifier
is not in it; where a classifier has several seeds, their spread says how large that is.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from signedag.metrics.estimate import Estimate, number, undefined
from signedag.metrics.roc import area, bootstrap_areas, signed_roc
from signedag.metrics.weighted_sample import Floats, WeightedSample


class JudgedClasses(NamedTuple):
    """The events that judge a classifier, with its scores; the same events in the same order for each classifier."""

    signal: WeightedSample
    """Scores and signed weights of the signal events."""
    background: WeightedSample
    """The same for background."""


@dataclass(frozen=True)
class PairedDifference:
    """The AUC of one classifier minus that of another."""

    first: str
    """The classifier that is compared."""
    second: str
    """The classifier whose AUC is subtracted."""
    difference: Estimate
    """AUC(first) - AUC(second) with the standard deviation of the paired bootstrap."""
    unpaired_error: float
    """Both errors in quadrature, what two independent samples of events would give; NaN if undefined."""
    correlation: float
    """Correlation of the two AUCs over the replicas; NaN if undefined."""
    training_error: float
    """Error of the difference from the initialisations, √(s1²/n1 + s2²/n2); NaN if one has fewer than two seeds."""

    def as_json(self) -> dict[str, Any]:
        """Give names, the difference as value, error and reason, and what stands beside it; null where undefined."""
        return {
            "first": self.first,
            "second": self.second,
            **self.difference.as_json(),
            "unpaired_error": number(self.unpaired_error),
            "correlation": number(self.correlation),
            "training_error": number(self.training_error),
        }


def paired_areas(
    classifiers: Mapping[str, JudgedClasses], generator: Callable[[], np.random.Generator], replicas: int
) -> dict[str, Floats]:
    """Give the bootstrap replicas of every classifier's AUC, with the same resampled events for all.

    Args:
        classifiers: the same events with each classifier's scores.
        generator: makes a generator, each time in the same state.
        replicas: number of replicas.

    Returns:
        by classifier, shape (replicas,); NaN where a replica has no AUC.

    Raises:
        ValueError: the events of two classifiers differ.
    """
    first = next(iter(classifiers.values()))
    for name, judged in classifiers.items():
        for one, other in zip(first, judged, strict=True):
            if not np.array_equal(one.weights, other.weights):
                raise ValueError(f"'{name}' judges other events than '{next(iter(classifiers))}'")
    return {name: bootstrap_areas(*judged, generator(), replicas) for name, judged in classifiers.items()}


def paired_differences(
    classifiers: Mapping[str, JudgedClasses],
    per_seed: Mapping[str, Sequence[float]],
    generator: Callable[[], np.random.Generator],
    replicas: int,
) -> tuple[dict[str, Estimate], list[PairedDifference]]:
    """Compare the AUC of each classifier with that of each one before it.

    docs/physics.md, "Difference of two classifiers".

    Args:
        classifiers: the same events with each classifier's scores, in the order of comparison.
        per_seed: by classifier, the AUC of each of its seeds that has one.
        generator: makes a generator, each time in the same state.
        replicas: number of bootstrap replicas.

    Returns:
        each classifier's AUC with the error of the same replicas, and the differences, later minus earlier.

    Raises:
        ValueError: the events of two classifiers differ.
    """
    rocs = {name: signed_roc(*judged) for name, judged in classifiers.items()}
    replicated = paired_areas(classifiers, generator, replicas)
    areas = {
        name: undefined(roc.defect) if roc.defect else with_spread(area(roc), replicated[name])
        for name, roc in rocs.items()
    }
    differences = []
    for second, first in itertools.combinations(classifiers, 2):
        reason = rocs[first].defect or rocs[second].defect
        differences.append(
            PairedDifference(
                first,
                second,
                difference=undefined(reason)
                if reason
                else with_spread(areas[first].value - areas[second].value, replicated[first] - replicated[second]),
                unpaired_error=math.hypot(areas[first].error, areas[second].error),
                correlation=_correlation(replicated[first], replicated[second]),
                training_error=math.hypot(_error_of_mean(per_seed[first]), _error_of_mean(per_seed[second])),
            )
        )
    return areas, differences


def with_spread(value: float, replicas: Floats) -> Estimate:
    """Give a value with the standard deviation of its replicas, shape (replicas,); undefined if one of them is NaN."""
    lost = int(np.isnan(replicas).sum())
    if lost:
        reason = f"{lost} of {replicas.size} bootstrap replicas have a class without a positive sum of weights"
        return Estimate(value, math.nan, reason)
    return Estimate(value, float(replicas.std(ddof=1)))


def _correlation(one: Floats, other: Floats) -> float:
    """Give the correlation of two sets of replicas; NaN if one of them is undefined or does not vary."""
    # A NaN fails both comparisons.
    if not (one.std() > 0 and other.std() > 0):
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])


def _error_of_mean(areas: Sequence[float]) -> float:
    """Give the error of the mean over seeds; NaN for fewer than two."""
    return float(np.std(areas, ddof=1)) / math.sqrt(len(areas)) if len(areas) > 1 else math.nan
