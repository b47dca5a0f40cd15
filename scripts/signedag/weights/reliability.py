"""How good a calibration is: the reliability curve before and after, and the yield bias that it removed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.events.without_fold import mean_over_folds
from signedag.weights.binning import bin_index, equal_weight_edges
from signedag.weights.clipping import clipped_part
from signedag.weights.fold_weights import FoldWeights
from signedag.weights.separation import sign_separation
from signedag.weights.transformation import (
    effective_size_factor,
    negative_fraction,
    transformed_weight,
    yield_bias,
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


def calibration_report(signed_weight: NDArray[np.float64], folds: Sequence[FoldWeights]) -> dict[str, Any]:
    """Collect what a physicist asks of a calibration.

    Reliability and yield bias are those of each event's mean over the outer folds; other numbers are the mean of the
    folds' own, which are in `folds`.

    Args:
        signed_weight: shape (events,), all events of the sample.
        folds: the training weights outside each fold, in order.
    """
    size = np.abs(signed_weight)
    outside = [fold.output.rows for fold in folds]
    raw = mean_over_folds(outside, [fold.output.mean for fold in folds])
    calibrated = mean_over_folds(outside, [fold.probability for fold in folds])
    difference = transformed_weight(signed_weight, calibrated) - signed_weight
    effective = [effective_size_factor(fold.transformed.training_weight) for fold in folds]
    return {
        "sign_auc": sign_separation(raw, signed_weight).as_json(),
        "negative_fraction": negative_fraction(signed_weight),
        "effective_size_factor": {
            "signed": effective_size_factor(signed_weight),
            "transformed": float(np.mean(effective)),
        },
        "largest_over_median": float(size.max() / np.median(size)),
        "renormalisation": float(np.mean([fold.transformed.renormalisation for fold in folds])),
        **clipped_part(signed_weight, calibrated).as_json(),
        "yield_bias": {
            "uncalibrated": yield_bias(signed_weight, raw),
            "calibrated": yield_bias(signed_weight, calibrated),
            # Σ(w' - w) fluctuates by √Σ(w' - w)² with the signs: a bias within it says nothing.
            "statistical_error": math.sqrt(math.fsum(np.square(difference))) / math.fsum(signed_weight),
        },
        "ensemble_spread": _ensemble_spread(size, folds),
        "reliability": {
            "uncalibrated": reliability_curve(raw, signed_weight),
            "calibrated": reliability_curve(calibrated, signed_weight),
        },
        "folds": {str(fold.output.fold): fold.as_json() for fold in folds},
    }


def _ensemble_spread(size: NDArray[np.float64], folds: Sequence[FoldWeights]) -> float | None:
    """Give the mean standard deviation of the members under |w|; None for single networks."""
    if len(folds[0].output.members) < 2:
        return None
    spreads = [fold.output.members.std(axis=0, ddof=1) for fold in folds]
    return float(np.average(mean_over_folds([fold.output.rows for fold in folds], spreads), weights=size))
