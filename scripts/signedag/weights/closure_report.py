"""All closure comparisons of one sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.config.weights import CheckWeightClosureSettings
from signedag.events.store import WEIGHT, EventStore
from signedag.weights.binning import bin_index
from signedag.weights.closure import closure_edges, compare_weights, compare_with_truth
from signedag.weights.transformation import transformed_weight

TRUTH = "positive_probability"


def closure_report(
    events: EventStore,
    truth: EventStore | None,
    weights: Mapping[str, NDArray[np.float64]],
    settings: CheckWeightClosureSettings,
) -> dict[str, Any]:
    """Compare training with signed weights in every configured variable, and p̂ with the truth where there is one.

    Returns:
        `closure.{calibrated|uncalibrated}.{variable}` as `compare_weights` gives it plus `is_input`,
        `truth.{calibrated|uncalibrated}` as `compare_with_truth` gives it (empty without truth), and
        `negative_fraction.{variable}` per bin. Strategies other than `transformed` have `calibrated` alone: their
        training weights as they are.
    """
    signed = events.column(WEIGHT)
    kinds = {"calibrated": (weights["training_weight"], True)}
    if "raw_positive_probability" in weights:
        raw = transformed_weight(signed, weights["raw_positive_probability"])
        kinds["uncalibrated"] = (raw, False)
    closure: dict[str, dict[str, Any]] = {kind: {} for kind in kinds}
    negative: dict[str, Any] = {}
    for variable in dict.fromkeys((*settings.inputs, *settings.closure.other_variables)):
        values = events.column(variable)
        edges = closure_edges(values, signed, settings.closure.bins, settings.closure.minimum_effective_events)
        for kind, (training, same_sum) in kinds.items():
            compared = compare_weights(values, signed, training, edges, same_sum)
            closure[kind][variable] = compared | {"is_input": variable in settings.inputs}
        negative[variable] = negative_fraction_in_bins(values, signed, edges)
    return {"closure": closure, "truth": _truth_report(truth, weights, signed, settings), "negative_fraction": negative}


def negative_fraction_in_bins(
    values: NDArray[np.floating], signed: NDArray[np.float64], edges: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Give the share of |w| in negative events per bin, with its binomial error √(Σw² f(1 - f)) / Σ|w|."""
    index = bin_index(values, edges)
    bins = len(edges) - 1
    size = np.abs(signed)
    total = np.bincount(index, size, bins)
    fraction = np.bincount(index, size * (signed < 0), bins) / total
    spread = np.bincount(index, np.square(size), bins) * fraction * (1 - fraction)
    return {"edges": edges, "fraction": fraction, "error": np.sqrt(spread) / total}


def _truth_report(
    truth: EventStore | None,
    weights: Mapping[str, NDArray[np.float64]],
    signed: NDArray[np.float64],
    settings: CheckWeightClosureSettings,
) -> dict[str, Any]:
    if truth is None or TRUTH not in truth.names:
        return {}
    columns = {"calibrated": "positive_probability", "uncalibrated": "raw_positive_probability"}
    return {
        kind: compare_with_truth(
            truth.column(TRUTH),
            weights[column],
            signed,
            settings.closure.truth_bins,
            settings.closure.minimum_effective_events,
        )
        for kind, column in columns.items()
        if column in weights
    }
