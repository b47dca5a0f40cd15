"""Can positive and negative events of one sample be told apart?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.estimate import Estimate, undefined
from signedag.metrics.roc import area_with_linear_error, signed_roc
from signedag.metrics.weighted_sample import WeightedSample


@dataclass(frozen=True)
class SignSeparation:
    """How well a sign network's output separates positive from negative events."""

    auc: Estimate
    """Area under the ROC curve of positive against negative events under |w|: 0.5 means alike."""
    verdict: Literal["separable", "alike", "undefined"]
    """`separable` if the area is above 0.5 by two errors; `alike` if not, and then dropping or flipping signs distorts
    nothing but statistics; `undefined` if the sample has one sign only."""

    def as_json(self) -> dict[str, float | str | None]:
        """Give `value`, `error`, `reason` and `verdict`, with null for what is undefined."""
        return self.auc.as_json() | {"verdict": self.verdict}


def sign_separation(probability: NDArray[np.float64], signed_weight: NDArray[np.float64]) -> SignSeparation:
    """Separate positive from negative events by the sign network's output; docs/physics.md, "Signs of a sample".

    Args:
        probability: shape (events,), output of networks that did not see the events.
        signed_weight: shape (events,).

    >>> sign_separation(np.array([0.9, 0.8, 0.6]), np.array([1.0, 2.0, -1.0])).auc.value
    1.0
    """
    positive, negative = (
        WeightedSample(probability[chosen], np.abs(signed_weight[chosen]))
        for chosen in (signed_weight > 0, signed_weight < 0)
    )
    if not len(positive.values) or not len(negative.values):
        return SignSeparation(undefined("the sample has one sign only"), "undefined")
    area = area_with_linear_error(signed_roc(positive, negative))
    return SignSeparation(area, "separable" if area.value - 0.5 > 2 * area.error else "alike")
