"""The performance of a classifier with signed weights: everything that `performance.json` holds but its provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from signedag.metrics.estimate import Estimate, number
from signedag.metrics.roc import (
    Curve,
    area_with_bootstrap_error,
    area_with_linear_error,
    decimated_curve,
    signed_roc,
)
from signedag.metrics.scored_events import ScoredEvents, joined
from signedag.metrics.significance import (
    BinnedSignificance,
    SignificanceRatio,
    binned_significance,
    significance_ratio,
)
from signedag.metrics.weighted_sample import WeightedSample
from signedag.seeds import stream
from signedag.statistics.templates import Template, find_bins

UNIFORM_BINS = 50
CURVE_POINTS = 400

Samples = Mapping[str, ScoredEvents]


@dataclass(frozen=True)
class AreaUnderCurve:
    """The AUC with two estimates of its error."""

    bootstrap: Estimate
    """The AUC with the standard deviation of its bootstrap replicas."""
    closed_form_error: float
    """The error by linear propagation; NaN if undefined."""

    def as_json(self) -> dict[str, float | str | None]:
        """Give the fields, with null for what is undefined."""
        return {**self.bootstrap.as_json(), "error_closed_form": number(self.closed_form_error)}


@dataclass(frozen=True)
class Discrimination:
    """How well one score tells signal from background."""

    auc: AreaUnderCurve
    significance_ratio: SignificanceRatio
    binned: BinnedSignificance

    def as_json(self) -> dict[str, Any]:
        """Give the headline numbers, with null for what is undefined."""
        return {
            "auc": self.auc.as_json(),
            "significance_ratio": self.significance_ratio.as_json(),
            "binned_significance": self.binned.as_json(),
            "signal_squared_over_total": self.binned.signal_squared_over_total.as_json(),
        }


@dataclass(frozen=True)
class CurvePoints:
    """Some points of the ROC, or why there is no curve."""

    curve: Curve | None
    reason: str = ""
    """Why there is none; empty if there is one."""

    def as_json(self) -> dict[str, Any]:
        """Give the points; the first threshold, which nothing passes, is null. Lists are empty if there is no curve."""
        if self.curve is None:
            return {"threshold": [], "signal_efficiency": [], "background_efficiency": [], "reason": self.reason}
        return {
            "threshold": [None, *self.curve.thresholds[1:].tolist()],
            "signal_efficiency": self.curve.signal_efficiency.tolist(),
            "background_efficiency": self.curve.background_efficiency.tolist(),
            "reason": None,
        }


@dataclass(frozen=True)
class SumsOfWeights:
    """How many events a sample has, and what their weights make of them."""

    events: int
    sum_of_weights: float
    """Σw, expected events."""
    sum_of_weights_squared: float
    """Σw²."""
    negative_fraction: float | None
    """Share of events with negative weight; `None` without events."""

    @property
    def effective_events(self) -> float | None:
        """n_eff = (Σw)²/Σw²: how many unweighted events would know Σw as well; `None` where Σw² is 0.

        docs/physics.md, "Effective events".
        """
        squares = self.sum_of_weights_squared
        return self.sum_of_weights**2 / squares if squares > 0 else None

    def as_json(self) -> dict[str, float | int | None]:
        """Give the fields and the effective events."""
        return {
            "events": self.events,
            "sum_of_weights": self.sum_of_weights,
            "sum_of_weights_squared": self.sum_of_weights_squared,
            "negative_fraction": self.negative_fraction,
            "effective_events": self.effective_events,
        }


@dataclass(frozen=True)
class ScoreHistograms:
    """The score of each sample in common bins."""

    edges: Sequence[float]
    templates: Mapping[str, Template]
    """Signed weights, by sample."""

    def as_json(self) -> dict[str, Any]:
        """Give values (Σw) and variances (Σw²) per bin."""
        return {
            "edges": list(self.edges),
            "samples": {
                name: {"values": template.values.tolist(), "variances": template.variances.tolist()}
                for name, template in self.templates.items()
            },
        }


@dataclass(frozen=True)
class Performance:
    """Everything that is said about a classifier in one region."""

    combined: Discrimination
    """Of the combined score."""
    per_seed: Mapping[int, Discrimination]
    """Of each initialisation's score."""
    per_fold: Mapping[int, AreaUnderCurve]
    """Of the combined score in each fold: are the networks of all folds equally good?"""
    roc: CurvePoints
    signal: SumsOfWeights
    background: SumsOfWeights
    samples: Mapping[str, SumsOfWeights]
    configured: ScoreHistograms
    """In the bins of the binned significance."""
    uniform: ScoreHistograms
    """In bins of equal width."""

    def as_json(self) -> dict[str, Any]:
        """Give everything, with null and a reason for what is undefined."""
        return {
            **self.combined.as_json(),
            "per_seed": {str(seed): item.as_json() for seed, item in self.per_seed.items()},
            "per_fold": {str(fold): {"auc": item.as_json()} for fold, item in self.per_fold.items()},
            "roc": self.roc.as_json(),
            "sums": {
                "signal": self.signal.as_json(),
                "background": self.background.as_json(),
                "samples": {name: item.as_json() for name, item in self.samples.items()},
            },
            "score_histograms": {"configured": self.configured.as_json(), "uniform": self.uniform.as_json()},
        }


def score_template(events: WeightedSample, edges: Sequence[float]) -> Template:
    """Fill a template of one observable with signed weights; `edges` increase."""
    return find_bins([events.values], (np.asarray(edges, dtype=np.float64),)).fill(events.weights)


def area_under_curve(
    signal: WeightedSample, background: WeightedSample, generator: np.random.Generator, replicas: int
) -> AreaUnderCurve:
    """Give the AUC with its bootstrap error and, beside it, the closed form of the error."""
    bootstrap = area_with_bootstrap_error(signal, background, generator, replicas)
    return AreaUnderCurve(bootstrap, area_with_linear_error(signed_roc(signal, background)).error)


def discrimination(
    signal: WeightedSample,
    background: WeightedSample,
    score_edges: Sequence[float],
    generator: np.random.Generator,
    replicas: int,
) -> Discrimination:
    """Give AUC, significance ratio and binned significance of one score.

    Args:
        signal: scores of the signal, signed weights in expected events.
        background: scores of the background.
        score_edges: bins of the binned significance, increasing.
        generator: draws the bootstrap replicas.
        replicas: number of bootstrap replicas for the error of the AUC.
    """
    return Discrimination(
        area_under_curve(signal, background, generator, replicas),
        significance_ratio(signed_roc(signal, background)),
        binned_significance(score_template(signal, score_edges), score_template(background, score_edges)),
    )


def roc_points(signal: WeightedSample, background: WeightedSample) -> CurvePoints:
    """Give at most 400 points of the ROC, or the reason why there is no curve."""
    roc = signed_roc(signal, background)
    return CurvePoints(None, roc.defect) if roc.defect else CurvePoints(decimated_curve(roc, CURVE_POINTS))


def sums_of_weights(events: ScoredEvents) -> SumsOfWeights:
    """Add up a sample's weights.

    One negative event among four of unit size leaves (3 - 1)²/4 effective ones:

    >>> sums_of_weights(ScoredEvents(*(np.array([1.0, 1.0, -1.0, 1.0]) for _ in range(4)))).effective_events
    1.0
    """
    sample = events.scores()
    negative_fraction = float(np.mean(sample.weights < 0)) if sample.weights.size else None
    return SumsOfWeights(sample.weights.size, sample.sum_of_weights, sample.sum_of_weights_squared, negative_fraction)


def histograms(samples: Samples, edges: Sequence[float]) -> ScoreHistograms:
    """Fill each sample's score histogram with signed weights."""
    return ScoreHistograms(edges, {name: score_template(events.scores(), edges) for name, events in samples.items()})


def classifier_performance(
    signal: Samples,
    background: Samples,
    per_seed: Mapping[int, tuple[WeightedSample, WeightedSample]],
    score_edges: Sequence[float],
    seed: int,
    variant: str,
    replicas: int,
) -> Performance:
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

    def judge(scores: tuple[WeightedSample, WeightedSample], *names: str | int) -> Discrimination:
        return discrimination(*scores, score_edges, stream(seed, "check_classifier", variant, *names), replicas)

    def judge_fold(fold: int) -> AreaUnderCurve:
        in_fold = [part.where(part.fold == fold).scores() for part in (all_signal, all_background)]
        generator = stream(seed, "check_classifier", variant, "fold", fold)
        return area_under_curve(in_fold[0], in_fold[1], generator, replicas)

    folds: list[int] = np.unique(np.concatenate([all_signal.fold, all_background.fold])).tolist()
    samples = {**signal, **background}
    return Performance(
        combined=judge((all_signal.scores(), all_background.scores()), "combined"),
        per_seed={number: judge(scores, "seed", number) for number, scores in per_seed.items()},
        per_fold={fold: judge_fold(fold) for fold in folds},
        roc=roc_points(all_signal.scores(), all_background.scores()),
        signal=sums_of_weights(all_signal),
        background=sums_of_weights(all_background),
        samples={name: sums_of_weights(events) for name, events in samples.items()},
        configured=histograms(samples, score_edges),
        uniform=histograms(samples, np.linspace(0, 1, UNIFORM_BINS + 1).tolist()),
    )
