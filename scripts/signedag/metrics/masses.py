"""How good a classifier is at each mass, and in the mean over masses, with signed weights: what `masses.json` holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from signedag.config.masses import MassPoint
from signedag.metrics.estimate import Estimate, number
from signedag.metrics.mass_replicas import (
    AUC,
    METRICS,
    PRECISION_RECALL,
    RATIO,
    ReplicatedNumber,
    mean_of,
    replicas_of_masses,
)
from signedag.metrics.paired import JudgedClasses
from signedag.metrics.precision_recall import precision_recall, precision_recall_with_linear_error
from signedag.metrics.roc import SignedRoc, area_with_linear_error, signed_roc, spread_thresholds
from signedag.metrics.seed_spread import SeedSpread
from signedag.metrics.significance import significance_ratio, significance_ratios
from signedag.metrics.weighted_sample import WeightedSample

CURVE_POINTS = 400

GROUPS = {"trained": "no mass is trained", "held_out": "no mass is held out", "all": "there is no mass"}
"""Groups of masses that means are taken over, and what is said of a mean over none."""

DEFINITIONS = {
    "auc": "signed weights, ties count one half",
    "area_under_precision_recall": "signed weights, both classes normalised to equal sums; 1/2 is no separation",
    "significance_ratio": "largest AMS over thresholds, as a share of that of all signal without background",
    "error": "bootstrap over events with one draw of the background for all masses; of a seed the closed form",
}


@dataclass(frozen=True)
class Judged:
    """One score at one mass."""

    estimates: Mapping[str, Estimate]
    """By metric, with the closed form of the error."""
    threshold: float
    """Where the significance ratio is reached; NaN if undefined."""
    share_at_negative_sums: float
    """Of the signal, see `signedag.metrics.precision_recall`; NaN if undefined."""

    def as_json(self) -> dict[str, Any]:
        """Give each number with its error, and what stands beside it."""
        content: dict[str, Any] = {metric: estimate.as_json() for metric, estimate in self.estimates.items()}
        content[RATIO] |= {"threshold": number(self.threshold)}
        content[PRECISION_RECALL] |= {"share_at_negative_sums": number(self.share_at_negative_sums)}
        return content


@dataclass(frozen=True)
class MassPerformance:
    """A classifier at one mass."""

    point: MassPoint
    combined: Judged
    """Of the combined score."""
    replicated: Mapping[str, ReplicatedNumber]
    """Of the combined score, by metric."""
    per_seed: Mapping[int, Judged]
    roc: SignedRoc
    """Of the combined score."""
    signal: WeightedSample

    def as_json(self) -> dict[str, Any]:
        """Give everything, with null and a reason for what is undefined."""
        content = self.combined.as_json()
        for metric in METRICS:
            closed_form = content[metric]["error"]
            content[metric] |= self.replicated[metric].estimate().as_json() | {"error_closed_form": closed_form}
        return content | {
            "parameters": dict(self.point.parameters),
            "trained": self.point.trained,
            "column": self.point.column,
            "per_seed": {str(seed): judged.as_json() for seed, judged in self.per_seed.items()},
            "curve": curve_of(self.roc),
            "signal": sums_of(self.signal),
            "replicas": {
                metric: [number(value) for value in one.replicas.tolist()] for metric, one in self.replicated.items()
            },
        }


@dataclass(frozen=True)
class MeanOverMasses:
    """One number in the mean over some masses."""

    combined: ReplicatedNumber
    """Of the combined score."""
    per_seed: Mapping[int, float | None]
    """Of each seed; None where it is undefined at one of the masses."""

    def as_json(self) -> dict[str, Any]:
        """Give the mean of the combined score, and the seeds' means with their spread."""
        spread = SeedSpread(tuple(self.per_seed.values()))
        per_seed = {str(seed): value for seed, value in self.per_seed.items()}
        return {**self.combined.estimate().as_json(), "over_seeds": {**spread.as_json(), "per_seed": per_seed}}


@dataclass(frozen=True)
class MassesPerformance:
    """A classifier at all masses."""

    masses: Mapping[str, MassPerformance]
    """By signal process."""
    background: WeightedSample

    def group(self, group: str) -> dict[str, MassPerformance]:
        """Give the masses of one of `GROUPS`."""
        trained = group == "trained"
        return {name: one for name, one in self.masses.items() if group == "all" or one.point.trained == trained}

    def mean(self, group: str, metric: str) -> MeanOverMasses:
        """Give a metric's mean over a group of masses."""
        masses = self.group(group)
        seeds = {seed: None for one in self.masses.values() for seed in one.per_seed}
        return MeanOverMasses(
            mean_of({name: one.replicated[metric] for name, one in masses.items()}, GROUPS[group]),
            {seed: _mean([one.per_seed[seed].estimates[metric].value for one in masses.values()]) for seed in seeds},
        )

    def as_json(self) -> dict[str, Any]:
        """Give the masses and the means over those that are trained, held out, and all."""
        means = {
            group: {"processes": list(self.group(group))}
            | {metric: self.mean(group, metric).as_json() for metric in METRICS}
            for group in GROUPS
        }
        return {
            "definitions": DEFINITIONS,
            "processes": {name: one.as_json() for name, one in self.masses.items()},
            "means": means,
            "background": sums_of(self.background),
        }


def judge(roc: SignedRoc) -> Judged:
    """Give all numbers of one score at one mass with the closed forms of their errors."""
    below, ratio = precision_recall_with_linear_error(roc), significance_ratio(roc)
    estimates = {AUC: area_with_linear_error(roc), PRECISION_RECALL: below.area, RATIO: ratio.ratio}
    return Judged(estimates, ratio.threshold, below.share_at_negative_sums)


def performance_by_mass(
    points: Mapping[str, MassPoint],
    combined: Mapping[str, JudgedClasses],
    per_seed: Mapping[int, Mapping[str, JudgedClasses]],
    generator: Callable[..., np.random.Generator],
    replicas: int,
) -> MassesPerformance:
    """Judge a classifier at each mass with all background; docs/physics.md, "Metrics by mass".

    Args:
        points: the signal processes.
        combined: by signal process, signal events and all background events with the combined score at that mass.
        per_seed: the same with the score of each initialisation.
        generator: gives the stream of `signal` and a process, or of `background`.
        replicas: number of bootstrap replicas.
    """
    redrawn = replicas_of_masses(combined, generator, replicas)
    masses = {}
    for name, point in points.items():
        roc = signed_roc(*combined[name])
        judged = judge(roc)
        masses[name] = MassPerformance(
            point,
            judged,
            {
                metric: ReplicatedNumber(estimate.value, redrawn[name][metric], roc.defect)
                for metric, estimate in judged.estimates.items()
            },
            {seed: judge(signed_roc(*scores[name])) for seed, scores in per_seed.items()},
            roc,
            combined[name].signal,
        )
    return MassesPerformance(masses, next(iter(combined.values())).background)


def curve_of(roc: SignedRoc) -> dict[str, Any]:
    """Give at most 400 points of ROC, precision and significance ratio, tightest threshold first.

    Points are spread evenly along the ROC; that of the largest significance ratio is one of them. Empty lists and the
    reason if a class has no positive sum of weights; null where a significance ratio is undefined.
    """
    names = ("threshold", "signal_efficiency", "background_efficiency", "precision", "significance_ratio")
    if roc.defect:
        return {name: [] for name in names} | {"reason": roc.defect}
    ratios = significance_ratios(roc)
    chosen = np.union1d(spread_thresholds(roc, CURVE_POINTS - 1), [int(np.nanargmax(ratios))])
    columns = (
        roc.thresholds,
        np.cumsum(roc.signal) / roc.signal.sum(),
        np.cumsum(roc.background) / roc.background.sum(),
        precision_recall(roc).precision,
        ratios,
    )
    curve = {
        name: [number(value) for value in column[chosen].tolist()] for name, column in zip(names, columns, strict=True)
    }
    return curve | {"reason": None}


def sums_of(sample: WeightedSample) -> dict[str, float | int | None]:
    """Give how many events a class has, and what their weights make of them."""
    squares = sample.sum_of_weights_squared
    return {
        "events": sample.weights.size,
        "sum_of_weights": sample.sum_of_weights,
        "negative_fraction": float(np.mean(sample.weights < 0)) if sample.weights.size else None,
        "effective_events": sample.sum_of_weights**2 / squares if squares > 0 else None,
    }


def _mean(values: list[float]) -> float | None:
    """Give the mean; None where one value is undefined, or there is none."""
    return number(float(np.mean(values))) if values else None
