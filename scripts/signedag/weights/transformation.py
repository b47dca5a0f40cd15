"""From signed to training weights: the transformation by the positive probability, and the simple strategies."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from signedag.errors import UserError
from signedag.weights.clipping import ClippedPart, clipped_part


@dataclass(frozen=True)
class Transformed:
    """Transformed weights of one sample."""

    training_weight: NDArray[np.float64]
    """Shape (events,), non-negative, with the sum of the signed weights."""
    renormalisation: float
    """The factor that restored the sum."""
    clipped: ClippedPart
    """The events whose estimated density 2p̂ - 1 is negative and was clipped to zero."""

    @property
    def clipped_fraction(self) -> float:
        """Their share of |w|."""
        return self.clipped.fraction


def transformed_weight(
    signed_weight: NDArray[np.float64], positive_probability: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give |w| max(0, 2p - 1), shape (events,), without any renormalisation; docs/physics.md, "The transformed weight".

    >>> weight = np.array([1.0, 1.0, 1.0, -1.0, 1.0])  # at x = 15, 23, 15, 15, 90: two of the three at 15 are positive
    >>> transformed_weight(weight, np.array([2 / 3, 1.0, 2 / 3, 2 / 3, 1.0])).round(3).tolist()
    [0.333, 1.0, 0.333, 0.333, 1.0]
    """
    return np.abs(signed_weight) * np.maximum(0.0, 2 * positive_probability - 1)


def transform(
    sample: str,
    signed_weight: NDArray[np.float64],
    positive_probability: NDArray[np.float64],
    clipped_fraction_limit: float = 1.0,
) -> Transformed:
    """Transform a sample's weights: w' = |w| max(0, 2p - 1), scaled so that the sum of w' is the sum of w.

    docs/physics.md, "The transformed weight".

    Args:
        sample: the sample's name, for messages.
        signed_weight: shape (events,).
        positive_probability: shape (events,), P(w > 0 | x) in [0, 1].
        clipped_fraction_limit: largest share of |w| that may be clipped.

    Raises:
        UserError: the sample's signed sum is not positive, or the estimated density of too much of it is not positive.
    """
    clipped = clipped_part(signed_weight, positive_probability)
    if clipped.fraction > clipped_fraction_limit:
        advice = (
            "no non-negative weights describe it; transform the sum of the samples that interfere instead "
            "(one sample with signal, interference and continuum)"
            if clipped.net_negative
            else "that is not net negative: give the sign network more events or other inputs"
        )
        raise UserError(
            f"sample '{sample}': the estimated signed density is not positive for {clipped.fraction:.1%} of |w|, more "
            f"than weights.calibration.clipped_fraction_limit = {clipped_fraction_limit:.1%}; {clipped.measured()}: "
            f"{advice}, or raise the limit if you know why"
        )
    total = math.fsum(signed_weight)
    if total <= 0:
        raise UserError(
            f"sample '{sample}': its signed weights add up to {total:.6g}; non-negative weights cannot have that sum: "
            "transform it together with the sample that it interferes with"
        )
    raw = transformed_weight(signed_weight, positive_probability)
    if not np.any(raw):
        raise UserError(
            f"sample '{sample}': no event has a positive probability above one half, though its signed weights add up "
            f"to {total:.6g}; train the sign network for longer or on more events"
        )
    factor = total / math.fsum(raw)
    return Transformed(raw * factor, factor, clipped)


def yield_bias(signed_weight: NDArray[np.float64], probability: NDArray[np.float64]) -> float:
    """Give Σ|w| max(0, 2p - 1) / Σw - 1: the relative error of the yield if nothing restored the sum."""
    return math.fsum(transformed_weight(signed_weight, probability)) / math.fsum(signed_weight) - 1


def effective_size_factor(weights: NDArray[np.float64]) -> float:
    """Give (Σw)² / (N Σw²): the share of events that an unweighted sample of equal precision would need.

    docs/physics.md, "Effective events": (1 - 2f)² for weights of one size, a share f of them negative.

    >>> effective_size_factor(np.array([1.0, 1.0, 1.0, -1.0]))
    0.25
    """
    return float(math.fsum(weights) ** 2 / (len(weights) * math.fsum(np.square(weights))))


def negative_fraction(weights: NDArray[np.float64]) -> float:
    """Give the share of |w| in events with negative weight."""
    size = np.abs(weights)
    return math.fsum(size[weights < 0]) / math.fsum(size)
