"""Events whose estimated signed density is not positive: how many there are, and what their own signs say."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.estimate import Estimate, undefined

SIGNIFICANT = 2.0
"""Errors below zero from which on a measured signed share is called net negative."""


@dataclass(frozen=True)
class ClippedPart:
    """The events with 2p̂ - 1 < 0, which a non-negative weight sets to zero."""

    fraction: float
    """Their share of |w|."""
    signed_share: Estimate
    """Their Σw / Σ|w| by their own signs, which did not enter their p̂: an estimate below zero may be noise, this tells
    whether the density is net negative. Undefined if nothing is clipped."""

    @property
    def net_negative(self) -> bool:
        """Whether their own signs add up to less than zero by more than two errors."""
        share = self.signed_share
        return share.value < -SIGNIFICANT * share.error

    def measured(self) -> str:
        """Say what the events' own signs add up to.

        >>> ClippedPart(0.13, Estimate(0.009, 0.039)).measured()
        'their own signs give Σw/Σ|w| = +0.009 ± 0.039'
        >>> ClippedPart(0.0, undefined("nothing is clipped")).measured()
        'nothing is clipped'
        """
        share = self.signed_share
        return share.reason or f"their own signs give Σw/Σ|w| = {share.value:+.3f} ± {share.error:.3f}"

    def as_json(self) -> dict[str, Any]:
        """Give `clipped_fraction` and `clipped_signed_share`."""
        return {"clipped_fraction": self.fraction, "clipped_signed_share": self.signed_share.as_json()}


def clipped_part(signed_weight: NDArray[np.float64], positive_probability: NDArray[np.float64]) -> ClippedPart:
    """Measure the signed share Σw / Σ|w| = r of the events with p̂ < 1/2; docs/physics.md, "The transformed weight".

    Its error is √Σw² / Σ|w|, that of signs which are even at given |w|.

    Args:
        signed_weight: shape (events,).
        positive_probability: shape (events,), from networks and calibrations that did not use the event's own sign.

    >>> part = clipped_part(np.array([1.0, -1.0, 2.0]), np.array([0.4, 0.4, 0.9]))
    >>> part.fraction, part.signed_share.value, round(part.signed_share.error, 3)
    (0.5, 0.0, 0.707)
    """
    size = np.abs(signed_weight)
    clipped = positive_probability < 0.5
    total, below = math.fsum(size), math.fsum(size[clipped])
    if below == 0:
        return ClippedPart(0.0, undefined("nothing is clipped"))
    error = math.sqrt(math.fsum(np.square(size[clipped]))) / below
    return ClippedPart(below / total, Estimate(math.fsum(signed_weight[clipped]) / below, error))
