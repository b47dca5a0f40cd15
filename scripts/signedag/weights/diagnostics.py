"""What to know of a sample's negative weights before a strategy is chosen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.distances import (
    ChiSquare,
    KolmogorovSmirnov,
    PairOfShapes,
    chi2_to_complement,
    kolmogorov_smirnov,
)
from signedag.metrics.weighted_sample import Floats, WeightedSample
from signedag.weights.binning import bin_index
from signedag.weights.clipping import ClippedPart, clipped_part
from signedag.weights.closure import closure_edges
from signedag.weights.separation import sign_separation
from signedag.weights.transformation import effective_size_factor, negative_fraction

BATCH_SIZES = tuple(2**power for power in range(2, 15))
SAFE_PROBABILITY = 1e-3
"""A batch size is called safe if fewer batches than this have a negative sum."""


@dataclass(frozen=True)
class SignComparison:
    """Positive events against |negative| ones in one variable."""

    chi2: ChiSquare
    """χ² of the two unit-normalised histograms, which share no event."""
    ks: KolmogorovSmirnov
    """Kolmogorov-Smirnov test of the two unbinned samples."""
    edges: Floats
    """Edges of the bins, shape (bins + 1,)."""

    def as_json(self) -> dict[str, Any]:
        """Give `chi2`, `ndf`, `p_value`, `reason`, `ks` and `edges`."""
        return self.chi2.as_json() | {"ks": self.ks.as_json(), "edges": self.edges}


def compare_signs(
    values: NDArray[np.floating], signed_weight: NDArray[np.float64], bins: int, minimum_effective_events: float
) -> SignComparison:
    """Compare the distribution of positive events with that of |negative| ones in one variable.

    χ² is that of two disjoint sets, `metrics.distances.chi2_to_complement`: dividing each histogram by its own sum
    correlates the bins, the more the more a few heavy bins hold (docs/physics.md, "Signs of a sample").

    Args:
        values: shape (events,).
        signed_weight: shape (events,).
        bins: bins with equal sums of |w|.
        minimum_effective_events: bins with fewer effective events of either sign are merged.
    """
    size = np.abs(signed_weight)
    edges = closure_edges(values, signed_weight, bins, minimum_effective_events)
    index = bin_index(values, edges)
    positive, negative = signed_weight > 0, signed_weight < 0
    contents = [
        np.bincount(index[sign], np.power(size[sign], power), len(edges) - 1).astype(np.float64)
        for sign in (positive, negative)
        for power in (1, 2)
    ]
    first, second = (WeightedSample(values[sign].astype(np.float64), size[sign]) for sign in (positive, negative))
    if not (positive.any() and negative.any()):
        defect = "the sample has one sign only"
    elif len(edges) < 3:
        defect = f"fewer than two bins have {minimum_effective_events:g} effective events of each sign"
    else:
        defect = ""
    pair = PairOfShapes(contents[0], contents[1], contents[2], contents[3], edges, defect)
    ks = kolmogorov_smirnov(first, second, names=("the positive part", "the negative part"))
    return SignComparison(chi2_to_complement(pair), ks, edges)


def negative_batch_probability(
    signed_weight: NDArray[np.float64],
    generator: np.random.Generator,
    sizes: Sequence[int] = BATCH_SIZES,
    batches: int = 4000,
) -> dict[str, Any]:
    """How likely is a mini-batch whose sum of signed weights is negative?

    docs/physics.md, "Signs of a sample". Batches are drawn with replacement; beside the simulated share stands the
    Gaussian limit Φ(-√n mean/σ), which heavy tails break.

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
        "sign_auc": sign_separation(probability, signed_weight).as_json(),
        "batches": negative_batch_probability(signed_weight, generator),
        "variables": {
            name: compare_signs(values, signed_weight, bins, minimum_effective_events).as_json()
            for name, values in columns.items()
        },
    }


@dataclass(frozen=True)
class Transformability:
    """Whether non-negative weights can describe a sample."""

    clipped: ClippedPart
    """The events whose estimated signed density is not positive."""
    limit: float
    """Largest share of |w| that may be clipped."""
    verdict: str
    """`yes`, or `no` and what to do instead."""

    def as_json(self) -> dict[str, Any]:
        """Give `clipped_fraction`, `clipped_signed_share`, `limit` and `verdict`."""
        return self.clipped.as_json() | {"limit": self.limit, "verdict": self.verdict}


def transformability(
    signed_weight: NDArray[np.float64], positive_probability: NDArray[np.float64], limit: float
) -> Transformability:
    """Say whether non-negative weights can describe the sample.

    Args:
        signed_weight: shape (events,).
        positive_probability: shape (events,), calibrated, made without the event's own sign.
        limit: largest share of |w| that may be clipped.
    """
    clipped = clipped_part(signed_weight, positive_probability)
    if math.fsum(signed_weight) <= 0 or (clipped.fraction > limit and clipped.net_negative):
        verdict = "no: transform the sum of the samples that interfere instead"
    elif clipped.fraction > limit:
        verdict = "no: the estimate is not positive in too many events, though their own signs are not net negative"
    else:
        verdict = "yes"
    return Transformability(clipped, limit, verdict)
