"""How good a calibration is: the reliability curve before and after, and the yield bias that it removed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.weights.binning import bin_index, equal_weight_edges
from signedag.weights.calibration import IsotonicCalibration
from signedag.weights.transformation import (
    Transformed,
    effective_size_factor,
    negative_fraction,
    transformed_weight,
)

RELIABILITY_BINS = 20


def reliability_curve(
    probability: NDArray[np.float64], signed_weight: NDArray[np.float64], bins: int = RELIABILITY_BINS
) -> dict[str, NDArray[np.float64]]:
    """Give the observed positive fraction in bins of the estimated one, all weighted by |w|.

    Returns:
        arrays of shape (bins,): `estimated` mean, `observed` fraction, binomial `error` √(Σw² p(1 - p)) / Σ|w| and
        `size`, the sum of |w|.
    """
    size = np.abs(signed_weight)
    edges = equal_weight_edges(probability, size, bins, minimum_effective_events=10.0)
    index = bin_index(probability, edges)
    count = len(edges) - 1
    total = np.bincount(index, size, count).astype(np.float64)
    observed = np.bincount(index, size * (signed_weight > 0), count) / total
    spread = np.bincount(index, np.square(size), count) * observed * (1 - observed)
    return {
        "estimated": np.bincount(index, size * probability, count) / total,
        "observed": observed,
        "error": np.sqrt(spread) / total,
        "size": total,
    }


def yield_bias(signed_weight: NDArray[np.float64], probability: NDArray[np.float64]) -> float:
    """Give Σ|w| max(0, 2p - 1) / Σw - 1: the relative error of the yield if nothing restored the sum."""
    return math.fsum(transformed_weight(signed_weight, probability)) / math.fsum(signed_weight) - 1


def calibration_report(
    signed_weight: NDArray[np.float64],
    raw: NDArray[np.float64],
    calibrated: NDArray[np.float64],
    members: NDArray[np.float64],
    transformed: Transformed,
    maps: Mapping[str, IsotonicCalibration],
) -> dict[str, Any]:
    """Collect what a physicist asks of a calibration.

    Args:
        signed_weight: shape (events,).
        raw: the networks' mean output, shape (events,).
        calibrated: after calibration, shape (events,).
        members: each network's output, shape (members, events).
        transformed: the training weights.
        maps: the isotonic maps by fold and half.
    """
    size = np.abs(signed_weight)
    total = math.fsum(signed_weight)
    difference = transformed_weight(signed_weight, calibrated) - signed_weight
    spread = float(np.average(members.std(axis=0, ddof=1), weights=size)) if len(members) > 1 else None
    return {
        "negative_fraction": negative_fraction(signed_weight),
        "effective_size_factor": {
            "signed": effective_size_factor(signed_weight),
            "transformed": effective_size_factor(transformed.training_weight),
        },
        "largest_over_median": float(size.max() / np.median(size)),
        "renormalisation": transformed.renormalisation,
        **transformed.clipped.as_json(),
        "yield_bias": {
            "uncalibrated": yield_bias(signed_weight, raw),
            "calibrated": yield_bias(signed_weight, calibrated),
            # Σ(w' - w) fluctuates by √Σ(w' - w)² with the signs: a bias within it says nothing.
            "statistical_error": math.sqrt(math.fsum(np.square(difference))) / total,
        },
        "ensemble_spread": spread,
        "reliability": {
            "uncalibrated": reliability_curve(raw, signed_weight),
            "calibrated": reliability_curve(calibrated, signed_weight),
        },
        "maps": {name: {"knots": found.knots, "values": found.values} for name, found in maps.items()},
    }
