"""Bootstrap replicas of one classifier's numbers at several masses that are judged with the same background.

All masses share the background's events, so what they fluctuate by is correlated, and the error of their mean is larger
than errors added as if they were independent. Each replica therefore gives every background *event* one factor, the
same at all masses, and every signal event one of its own. Factors come from a stream per process of signal and one of
the background, in the order of events: two classifiers that judge the same events see the same replicas, so that their
differences are paired.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from signedag.metrics.estimate import Estimate, undefined
from signedag.metrics.paired import JudgedClasses, with_spread
from signedag.metrics.precision_recall import precision_recall_area
from signedag.metrics.roc import SignedRoc, SortedClasses, area
from signedag.metrics.significance import significance_ratios
from signedag.metrics.weighted_sample import Floats

AUC, PRECISION_RECALL, RATIO = "auc", "area_under_precision_recall", "significance_ratio"
METRICS = (AUC, PRECISION_RECALL, RATIO)
"""What is said at each mass, as results name it."""


def values_of(roc: SignedRoc, threshold: int) -> dict[str, float]:
    """Give each of `METRICS`, the significance ratio at one threshold; NaN where undefined.

    Args:
        roc: of one set of weights.
        threshold: index of the threshold.
    """
    ratio = math.nan if roc.defect else float(significance_ratios(roc)[threshold])
    return {AUC: area(roc), PRECISION_RECALL: precision_recall_area(roc), RATIO: ratio}


def best_threshold(roc: SignedRoc) -> int:
    """Give the index of the threshold with the largest significance ratio; the loosest where it is undefined."""
    return roc.thresholds.size - 1 if roc.defect else int(np.nanargmax(significance_ratios(roc)))


def replicas_of_masses(
    masses: Mapping[str, JudgedClasses], generator: Callable[..., np.random.Generator], replicas: int
) -> dict[str, dict[str, Floats]]:
    """Give replicas of each number at each mass, with one draw of the background for all masses.

    docs/physics.md, "Metrics by mass". Factors are standard exponential numbers, as for the AUC. The significance ratio
    of a replica is the one at the best threshold of the sample itself, as in its closed form: among thresholds of its
    own it would find one where background cancels by chance.

    Args:
        masses: by signal process, signal events, and all background events with their scores at that mass.
        generator: gives the stream of `signal` and a process, or of `background`.
        replicas: number of replicas.

    Returns:
        by signal process and metric, shape (replicas,); NaN where a replica has none.

    Raises:
        ValueError: two masses have different background events.
    """
    background = next(iter(masses.values())).background.weights
    for name, judged in masses.items():
        if not np.array_equal(judged.background.weights, background):
            raise ValueError(f"'{name}' is judged with other background than '{next(iter(masses))}'")
    ordered = {name: SortedClasses(judged.signal.values, judged.background.values) for name, judged in masses.items()}
    best = {
        name: best_threshold(ordered[name].roc(*(part.weights for part in judged))) for name, judged in masses.items()
    }
    streams = {name: generator("signal", name) for name in masses}
    of_background = generator("background")
    found = {name: {metric: np.empty(replicas) for metric in METRICS} for name in masses}
    for replica in range(replicas):
        redrawn = background * of_background.standard_exponential(background.size)
        for name, judged in masses.items():
            signal = judged.signal.weights * streams[name].standard_exponential(judged.signal.weights.size)
            for metric, value in values_of(ordered[name].roc(signal, redrawn), best[name]).items():
                found[name][metric][replica] = value
    return found


@dataclass(frozen=True)
class ReplicatedNumber:
    """A number with its bootstrap replicas; means and differences of such numbers keep their correlations."""

    value: float
    """NaN if undefined."""
    replicas: Floats
    """Shape (replicas,)."""
    reason: str = ""
    """Why it is undefined."""

    def estimate(self) -> Estimate:
        """Give the value with the spread of its replicas."""
        return undefined(self.reason) if self.reason else with_spread(self.value, self.replicas)


def mean_of(numbers: Mapping[str, ReplicatedNumber], none: str) -> ReplicatedNumber:
    """Give the mean over masses, replica by replica; undefined as soon as one of them is.

    Args:
        numbers: by mass, all with the same draws.
        none: why there is no mean where there is no mass.
    """
    reason = next((f"{name}: {one.reason}" for name, one in numbers.items() if one.reason), "")
    if reason or not numbers:
        return ReplicatedNumber(math.nan, np.zeros(0), reason or none)
    values: Sequence[ReplicatedNumber] = list(numbers.values())
    mean = float(np.mean([one.value for one in values]))
    return ReplicatedNumber(mean, np.mean([one.replicas for one in values], axis=0))
