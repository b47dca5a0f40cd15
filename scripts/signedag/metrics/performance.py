"""The performance of a classifier with signed weights: everything that `performance.json` holds but its provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from signedag.metrics.estimate import number
from signedag.metrics.roc import (
    area_with_bootstrap_error,
    area_with_linear_error,
    decimated_curve,
    signed_roc,
)
from signedag.metrics.scored_events import ScoredEvents, joined
from signedag.metrics.significance import binned_significance, significance_ratio
from signedag.metrics.weighted_sample import WeightedSample
from signedag.seeds import stream
from signedag.statistics.templates import Template, find_bins

UNIFORM_BINS = 50
CURVE_POINTS = 400

Samples = Mapping[str, ScoredEvents]


def score_template(events: WeightedSample, edges: Sequence[float]) -> Template:
    """Fill a template of one observable with signed weights; `edges` increase."""
    return find_bins([events.values], (np.asarray(edges, dtype=np.float64),)).fill(events.weights)


def described_area(
    signal: WeightedSample, background: WeightedSample, generator: np.random.Generator, replicas: int
) -> dict[str, Any]:
    """Give the AUC with its bootstrap error and, beside it, the closed form of the error."""
    estimate = area_with_bootstrap_error(signal, background, generator, replicas)
    closed_form = area_with_linear_error(signed_roc(signal, background))
    return {**estimate.as_json(), "error_closed_form": number(closed_form.error)}


def discrimination(
    signal: WeightedSample,
    background: WeightedSample,
    score_edges: Sequence[float],
    generator: np.random.Generator,
    replicas: int,
) -> dict[str, Any]:
    """Give AUC, significance ratio and binned significance of one score.

    Args:
        signal: scores of the signal, signed weights in expected events.
        background: scores of the background.
        score_edges: bins of the binned significance, increasing.
        generator: draws the bootstrap replicas.
        replicas: number of bootstrap replicas for the error of the AUC.
    """
    roc = signed_roc(signal, background)
    ratio = significance_ratio(roc)
    binned = binned_significance(score_template(signal, score_edges), score_template(background, score_edges))
    return {
        "auc": described_area(signal, background, generator, replicas),
        "significance_ratio": {**ratio.ratio.as_json(), "threshold": number(ratio.threshold)},
        "binned_significance": binned.as_json(),
        "signal_squared_over_total": binned.signal_squared_over_total.as_json(),
    }


def roc_points(signal: WeightedSample, background: WeightedSample) -> dict[str, Any]:
    """Give at most 400 points of the ROC; lists are empty, with the reason, if there is no curve.

    The first threshold is null: nothing passes it.
    """
    roc = signed_roc(signal, background)
    if roc.defect:
        return {"threshold": [], "signal_efficiency": [], "background_efficiency": [], "reason": roc.defect}
    curve = decimated_curve(roc, CURVE_POINTS)
    return {
        "threshold": [None, *curve.thresholds[1:].tolist()],
        "signal_efficiency": curve.signal_efficiency.tolist(),
        "background_efficiency": curve.background_efficiency.tolist(),
        "reason": None,
    }


def sums(events: ScoredEvents) -> dict[str, float | int | None]:
    """Give the number of events, Σw, Σw², the share of negative events and the effective events (Σw)²/Σw²."""
    sample = events.scores()
    size = sample.weights.size
    squares = sample.sum_of_weights_squared
    return {
        "events": size,
        "sum_of_weights": sample.sum_of_weights,
        "sum_of_weights_squared": squares,
        "negative_fraction": float(np.mean(sample.weights < 0)) if size else None,
        "effective_events": sample.sum_of_weights**2 / squares if squares > 0 else None,
    }


def histograms(samples: Samples, edges: Sequence[float]) -> dict[str, Any]:
    """Give each sample's score histogram: values (Σw) and variances (Σw²) per bin."""
    filled = {}
    for name, events in samples.items():
        template = score_template(events.scores(), edges)
        filled[name] = {"values": template.values.tolist(), "variances": template.variances.tolist()}
    return {"edges": list(edges), "samples": filled}


def classifier_performance(
    signal: Samples,
    background: Samples,
    per_seed: Mapping[int, tuple[WeightedSample, WeightedSample]],
    score_edges: Sequence[float],
    seed: int,
    variant: str,
    replicas: int,
) -> dict[str, Any]:
    """Judge a classifier on the events of one region.

    Every event was scored by a network that did not see it, so there is no training sample to compare with; the AUC
    per fold says instead whether the networks of the folds, each judged on the fold that it did not see, are equally
    good.

    Args:
        signal: events with the combined score, by signal sample.
        background: the same for background.
        per_seed: scores of signal and of background, by initialisation.
        score_edges: bins of the binned significance, increasing.
        seed: the analysis seed.
        variant: the classifier's name; with the seed it fixes the bootstrap.
        replicas: number of bootstrap replicas.
    """
    all_signal, all_background = joined(signal.values()), joined(background.values())
    result = discrimination(
        all_signal.scores(),
        all_background.scores(),
        score_edges,
        stream(seed, "check_classifier", variant, "combined"),
        replicas,
    )
    result["per_seed"] = {
        str(initialisation): discrimination(
            scores[0],
            scores[1],
            score_edges,
            stream(seed, "check_classifier", variant, "seed", initialisation),
            replicas,
        )
        for initialisation, scores in per_seed.items()
    }
    result["per_fold"] = {}
    for fold in np.unique(np.concatenate([all_signal.fold, all_background.fold])).tolist():
        of_signal = all_signal.where(all_signal.fold == fold).scores()
        of_background = all_background.where(all_background.fold == fold).scores()
        generator = stream(seed, "check_classifier", variant, "fold", fold)
        result["per_fold"][str(fold)] = {"auc": described_area(of_signal, of_background, generator, replicas)}
    result["roc"] = roc_points(all_signal.scores(), all_background.scores())
    result["sums"] = {
        "signal": sums(all_signal),
        "background": sums(all_background),
        "samples": {name: sums(events) for name, events in {**signal, **background}.items()},
    }
    result["score_histograms"] = {
        "configured": histograms({**signal, **background}, score_edges),
        "uniform": histograms({**signal, **background}, np.linspace(0, 1, UNIFORM_BINS + 1).tolist()),
    }
    return result
