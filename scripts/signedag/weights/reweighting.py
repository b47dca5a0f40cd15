"""Training weights from a density ratio (strategy `reweighted`) and by resampling (strategy `resampled`)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.errors import UserError

QUANTILES = (0.0, 0.001, 0.01, 0.5, 0.99, 0.999, 1.0)


@dataclass(frozen=True)
class Reweighted:
    """Training weights of one sample with what there is to say about them."""

    training_weight: NDArray[np.float64]
    """Shape (events,), non-negative, with the sum of the signed weights."""
    report: dict[str, Any]
    """Renormalisation and how far the weights stray."""


def mean_weight(probability: NDArray[np.float64], unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give E[w | x] = unit p/(1 - p), shape (events,), from the output p of a ratio network.

    docs/physics.md, "Strategies".

    >>> mean_weight(np.array([0.5, 0.375]), np.array([2.0, 2.0])).tolist()
    [2.0, 1.2]

    Args:
        probability: shape (events,), the network's output in [0, 1].
        unit: shape (events,), the mean |w| that the network's training weights were divided by.

    Raises:
        UserError: the network is certain (p = 1), so the ratio is infinite.
    """
    if np.any(probability >= 1):
        raise UserError("the density ratio is infinite for some events; train the ratio network with fewer epochs")
    return unit * probability / (1 - probability)


def reweight(sample: str, signed_weight: NDArray[np.float64], mean_weight: NDArray[np.float64]) -> Reweighted:
    """Turn the density ratio E[w | x] into training weights with the signed sum; docs/physics.md, "Strategies".

    The density ratio as a weight: arXiv:2007.11586.

    Args:
        sample: the sample's name, for messages.
        signed_weight: shape (events,).
        mean_weight: shape (events,), the learned E[w | x], non-negative.

    Raises:
        UserError: a sum of weights is not positive.
    """
    total, raw_total = math.fsum(signed_weight), math.fsum(mean_weight)
    if total <= 0 or raw_total <= 0:
        raise UserError(
            f"sample '{sample}': its signed weights add up to {total:.6g} and its reweighted ones to {raw_total:.6g}; "
            "both must be positive"
        )
    factor = total / raw_total
    size = np.abs(signed_weight)
    unit = math.fsum(size) / len(size)
    strays = np.quantile(mean_weight * factor / unit, QUANTILES)
    report = {
        "renormalisation": factor,
        "yield_bias": raw_total / total - 1,
        "quantiles_over_mean_size": dict(zip(map(str, QUANTILES), strays.tolist(), strict=True)),
        # No local mean of w exceeds the local mean of |w|; beyond the largest |w| the ratio is certainly wrong.
        "fraction_above_largest_size": float(np.mean(mean_weight * factor > size.max())),
    }
    return Reweighted(mean_weight * factor, report)


def resample(
    signed_weight: NDArray[np.float64], transformed_weight: NDArray[np.float64], uniform: NDArray[np.float64]
) -> Reweighted:
    """Keep each event with probability k = w'²/w² and give it the weight w'/k; docs/physics.md, "Strategies".

    The resampling of arXiv:2505.03724. At w' = w/2 a quarter of the events is kept, with twice the size:

    >>> weight, uniform = np.array([1.0, 1.0, -1.0, 1.0]), np.array([0.1, 0.3, 0.6, 0.9])
    >>> resample(weight, np.full(4, 0.5), uniform).training_weight.tolist()
    [2.0, 0.0, 0.0, 0.0]

    E[kept weight] = w' and E[kept weight²] = w², so first and second moments of the signed sample are kept by fewer
    events with non-negative weights. k <= 1 is a condition: events that break it are kept with w', which keeps the
    first moment alone, and are reported.

    Args:
        signed_weight: shape (events,).
        transformed_weight: shape (events,), w' of the strategy `transformed`.
        uniform: shape (events,), each event's own draw from [0, 1).
    """
    ratio = np.divide(
        transformed_weight, np.abs(signed_weight), out=np.zeros_like(signed_weight), where=signed_weight != 0
    )
    keep_probability = np.square(ratio)
    broken = keep_probability > 1
    kept = (uniform < keep_probability) & (ratio > 0)
    training = np.zeros_like(signed_weight)
    divisor = np.minimum(keep_probability, 1.0)
    training[kept] = transformed_weight[kept] / divisor[kept]
    size = np.abs(signed_weight)
    report = {
        "kept_fraction": float(np.mean(kept)),
        "condition_broken_fraction": math.fsum(size[broken]) / math.fsum(size),
        "largest_keep_probability": float(keep_probability.max()),
        "sum_of_weights": {"signed": math.fsum(signed_weight), "resampled": math.fsum(training)},
        "sum_of_weights_squared": {
            "signed": math.fsum(np.square(signed_weight)),
            "resampled": math.fsum(np.square(training)),
        },
    }
    return Reweighted(training, report)
