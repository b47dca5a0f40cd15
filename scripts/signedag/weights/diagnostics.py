"""What to know of a sample's negative weights before a strategy is chosen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2 as chi2_distribution

from signedag.metrics.distances import kolmogorov_smirnov
from signedag.metrics.roc import area_with_linear_error, signed_roc
from signedag.metrics.weighted_sample import WeightedSample
from signedag.weights.binning import bin_index
from signedag.weights.closure import closure_edges
from signedag.weights.transformation import effective_size_factor, negative_fraction

BATCH_SIZES = tuple(2**power for power in range(2, 15))
SAFE_PROBABILITY = 1e-3
"""A batch size is called safe if fewer batches than this have a negative sum."""


def sign_separation(probability: NDArray[np.float64], signed_weight: NDArray[np.float64]) -> dict[str, Any]:
    """Can positive and negative events be told apart?

    The AUC of the sign network's output, positive against negative events under |w|, with its error: 0.5 means alike,
    and then the strategy `absolute` distorts nothing but statistics.

    Args:
        probability: shape (events,), output of networks that did not see the events.
        signed_weight: shape (events,).

    Returns:
        value, error (null with `reason` if one sign is missing) and the verdict `alike`, `separable` or `undefined`.
    """
    size = np.abs(signed_weight)
    positive = WeightedSample(probability[signed_weight > 0], size[signed_weight > 0])
    negative = WeightedSample(probability[signed_weight < 0], size[signed_weight < 0])
    if not len(positive.values) or not len(negative.values):
        return {"value": None, "error": None, "reason": "the sample has one sign only", "verdict": "undefined"}
    estimate = area_with_linear_error(signed_roc(positive, negative))
    verdict = "separable" if estimate.value - 0.5 > 2 * estimate.error else "alike"
    return estimate.as_json() | {"verdict": verdict}


def compare_signs(
    values: NDArray[np.floating], signed_weight: NDArray[np.float64], bins: int, minimum_effective_events: float
) -> dict[str, Any]:
    """Compare the distribution of positive events with that of |negative| ones in one variable.

    Args:
        values: shape (events,).
        signed_weight: shape (events,).
        bins: bins with equal sums of |w|.
        minimum_effective_events: bins with fewer effective events of either sign are merged.

    Returns:
        chi2, ndf, p_value of the two unit-normalised histograms (independent events), ks, and the negative fraction
        per bin with its binomial error.
    """
    size = np.abs(signed_weight)
    edges = closure_edges(values, signed_weight, bins, minimum_effective_events)
    index = bin_index(values, edges)
    count = len(edges) - 1
    shapes, variances = [], []
    for chosen in (signed_weight > 0, signed_weight < 0):
        total = math.fsum(size[chosen])
        shapes.append(np.bincount(index[chosen], size[chosen], count) / total if total else np.zeros(count))
        squares = np.bincount(index[chosen], np.square(size[chosen]), count)
        variances.append(squares / total**2 if total else np.zeros(count))
    spread = variances[0] + variances[1]
    tested = spread > 0
    ks = kolmogorov_smirnov(
        WeightedSample(values[signed_weight > 0].astype(np.float64), size[signed_weight > 0]),
        WeightedSample(values[signed_weight < 0].astype(np.float64), size[signed_weight < 0]),
    )
    result: dict[str, Any] = {"ks": ks.as_json(), "edges": edges}
    if not (shapes[0].any() and shapes[1].any()) or tested.sum() < 2:
        return result | {"chi2": None, "ndf": 0, "p_value": None, "reason": "one sign is missing or there is one bin"}
    return result | _chi2(shapes[0] - shapes[1], spread, tested)


def _chi2(
    difference: NDArray[np.float64], variance: NDArray[np.float64], tested: NDArray[np.bool_]
) -> dict[str, float | int]:
    chi2 = float(np.sum(np.square(difference[tested]) / variance[tested]))
    ndf = int(tested.sum()) - 1
    return {"chi2": chi2, "ndf": ndf, "p_value": float(chi2_distribution.sf(chi2, ndf))}


def negative_batch_probability(
    signed_weight: NDArray[np.float64],
    generator: np.random.Generator,
    sizes: Sequence[int] = BATCH_SIZES,
    batches: int = 4000,
) -> dict[str, Any]:
    """How likely is a mini-batch whose sum of signed weights is negative?

    Batches are drawn with replacement; beside the simulated share stands the Gaussian limit Φ(-√n mean/σ), which heavy
    tails break.

    Args:
        signed_weight: shape (events,).
        generator: the stage's random stream.
        sizes: batch sizes, increasing.
        batches: batches to draw per size.

    Returns:
        `sizes`, `probability`, its binomial `error`, `gaussian`, and `smallest_safe_size`: the first size from which on
        fewer than SAFE_PROBABILITY of the batches are negative (null with `reason` if none is).
    """
    mean, spread = float(signed_weight.mean()), float(signed_weight.std())
    probability, gaussian = [], []
    for size in sizes:
        sums = np.zeros(batches)
        for start in range(0, size, 256):  # bounded memory whatever the size
            drawn = generator.integers(len(signed_weight), size=(batches, min(256, size - start)))
            sums += signed_weight[drawn].sum(axis=1)
        probability.append(float(np.mean(sums < 0)))
        gaussian.append(0.5 * math.erfc(math.sqrt(size / 2) * mean / spread) if spread else float(mean < 0))
    error = [math.sqrt(max(p * (1 - p), 1 / batches) / batches) for p in probability]
    unsafe = [index for index, p in enumerate(probability) if p >= SAFE_PROBABILITY]
    first_safe = unsafe[-1] + 1 if unsafe else 0
    result: dict[str, Any] = {
        "sizes": list(sizes),
        "probability": probability,
        "error": error,
        "gaussian": gaussian,
        "safe_probability": SAFE_PROBABILITY,
    }
    if first_safe == len(sizes):
        return result | {"smallest_safe_size": None, "reason": f"more than {sizes[-1]} events are needed"}
    return result | {"smallest_safe_size": sizes[first_safe]}


def diagnose(
    columns: Mapping[str, NDArray[np.floating]],
    signed_weight: NDArray[np.float64],
    probability: NDArray[np.float64],
    generator: np.random.Generator,
    bins: int,
    minimum_effective_events: float,
) -> dict[str, Any]:
    """Collect the diagnostics of one sample.

    Args:
        columns: variables by name, each of shape (events,).
        signed_weight: shape (events,).
        probability: shape (events,), the sign networks' output, cross-evaluated.
        generator: the stage's random stream.
        bins: bins per variable.
        minimum_effective_events: thinner bins are merged.
    """
    size = np.abs(signed_weight)
    return {
        "events": len(signed_weight),
        "negative_fraction": negative_fraction(signed_weight),
        "effective_size_factor": effective_size_factor(signed_weight),
        "largest_over_median": float(size.max() / np.median(size)),
        "sign_auc": sign_separation(probability, signed_weight),
        "batches": negative_batch_probability(signed_weight, generator),
        "variables": {
            name: compare_signs(values, signed_weight, bins, minimum_effective_events)
            for name, values in columns.items()
        },
    }


def transformability(
    signed_weight: NDArray[np.float64], positive_probability: NDArray[np.float64], limit: float
) -> dict[str, Any]:
    """Say whether non-negative weights can describe the sample.

    Args:
        signed_weight: shape (events,).
        positive_probability: shape (events,), calibrated.
        limit: largest share of |w| with a net-negative density that may be clipped.

    Returns:
        `clipped_fraction`, the share of |w| where 2p - 1 < 0, and the verdict `yes` or what to do instead.
    """
    size = np.abs(signed_weight)
    clipped = math.fsum(size[positive_probability < 0.5]) / math.fsum(size)
    advice = "no: transform the sum of the samples that interfere instead"
    fine = clipped <= limit and math.fsum(signed_weight) > 0
    return {"clipped_fraction": clipped, "limit": limit, "verdict": "yes" if fine else advice}
