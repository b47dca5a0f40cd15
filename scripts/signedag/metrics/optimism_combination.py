"""The optimism over several simulations: its mean, and whether it matters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from signedag.json_blocks import Block
from signedag.metrics.estimate import number
from signedag.metrics.optimism import AUC_WITHIN_FOLDS, Optimism

Grade = Literal["good", "marginal", "bad", "undefined"]

COMPATIBLE = 2.0
"""A mean within this many errors of zero is compatible with it."""
SHARE_OF_AUC_ERROR = 0.25
"""Optimism below this share of the AUC's own error does not matter."""


@dataclass(frozen=True)
class MeanOptimism:
    """One quantity's optimism over simulations."""

    by_seed: Mapping[int, Optimism]
    """What each simulation gave, by its seed; at least two."""

    @property
    def mean(self) -> float:
        """The mean over simulations; NaN if it is undefined in one of them."""
        return float(np.mean([one.value for one in self.by_seed.values()]))

    @property
    def error(self) -> float:
        """The error of the mean from the fluctuation of the signs: known better than the scatter of a few numbers."""
        return math.sqrt(math.fsum(one.error**2 for one in self.by_seed.values())) / len(self.by_seed)

    @property
    def scatter(self) -> float:
        """The standard deviation of the simulations' values."""
        return float(np.std([one.value for one in self.by_seed.values()], ddof=1))

    def as_json(self) -> dict[str, Any]:
        """Give mean, errors and the values by seed, with null for what is undefined."""
        return {
            "mean": number(self.mean),
            "error": number(self.error),
            "scatter": number(self.scatter),
            "error_from_scatter": number(self.scatter / math.sqrt(len(self.by_seed))),
            "by_seed": {str(seed): one.as_json() for seed, one in self.by_seed.items()},
        }


@dataclass(frozen=True)
class OptimismVerdict:
    """Whether the AUC's optimism is compatible with zero and small against the AUC's own error."""

    grade: Grade
    value: float
    """The mean; NaN if undefined."""
    error: float
    """Its error; NaN if undefined."""
    limit: float
    """A quarter of the AUC's own error; NaN if undefined."""
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Give the fields, with null for what is undefined."""
        return {
            "grade": self.grade,
            "value": number(self.value),
            "error": number(self.error),
            "limit": number(self.limit),
            "reason": self.reason,
        }


@dataclass(frozen=True)
class CombinedOptimism:
    """The optimism of a classifier over several simulations."""

    score: Mapping[str, MeanOptimism]
    """Of its score, by quantity."""
    reference: Mapping[str, MeanOptimism]
    """Of the classifier trained on the true weights; empty if there is none."""
    difference: Mapping[str, MeanOptimism]
    """Of the score less that reference; empty if there is none."""
    auc_error: float
    """The AUC's own statistical error in one simulation, root mean square; NaN if undefined."""

    def verdict(self) -> OptimismVerdict:
        """Grade the optimism of the AUC within folds, less the reference's where there is one: it is known better.

        Pairs of different folds would not do: each event's score knows the other one's sign, rightly, and so the AUC of
        all pairs is not free of optimism but slightly pessimistic.
        """
        return grade((self.difference or self.score)[AUC_WITHIN_FOLDS], self.auc_error)

    def as_json(self) -> dict[str, Any]:
        """Give everything, with null for what is undefined."""

        def described(quantities: Mapping[str, MeanOptimism]) -> dict[str, Any] | None:
            return {name: mean.as_json() for name, mean in quantities.items()} or None

        return {
            "score": described(self.score),
            "reference": described(self.reference),
            "difference": described(self.difference),
            "auc_error": number(self.auc_error),
            "verdict": self.verdict().as_json(),
        }


def grade(mean: MeanOptimism, auc_error: float) -> OptimismVerdict:
    """Hold the mean optimism of the AUC against zero and against the AUC's own error; docs/physics.md, "Optimism"."""
    value, error, limit = mean.mean, mean.error, SHARE_OF_AUC_ERROR * auc_error
    if math.isnan(value) or math.isnan(error) or math.isnan(limit):
        why = next((one.reason for one in mean.by_seed.values() if one.reason), "the AUC's own error is not defined")
        return OptimismVerdict("undefined", value, error, limit, why)
    compatible, small = abs(value) <= COMPATIBLE * error, abs(value) <= limit
    if compatible and small:
        return OptimismVerdict(
            "good", value, error, limit, "compatible with zero and below a quarter of the AUC's error"
        )
    if small:
        reason = "not zero, but below a quarter of the AUC's error"
        return OptimismVerdict("marginal", value, error, limit, reason)
    if compatible:
        reason = "compatible with zero, but known too badly to be below a quarter of the AUC's error; add seeds"
        return OptimismVerdict("marginal", value, error, limit, reason)
    reason = "not zero, and above a quarter of the AUC's error: scores know signs of the events that judge them"
    return OptimismVerdict("bad", value, error, limit, reason)


def combine_optimism(measured: Sequence[tuple[int, Block]]) -> CombinedOptimism:
    """Combine what several simulations gave.

    Args:
        measured: seed and content of the result of each, as `MeasuredOptimism.as_json` gave it; at least two.

    Raises:
        UserError: a result lacks something, such as a quantity of the first one.
    """

    def combined(kind: str) -> dict[str, MeanOptimism]:
        quantities = measured[0][1].blocks(kind)
        return {
            name: MeanOptimism({seed: Optimism.read(content.block(kind).block(name)) for seed, content in measured})
            for name in quantities
        }

    known = [content.number_or_none("auc_error") for _, content in measured]
    errors = [math.nan if error is None else error for error in known]
    auc_error = float(np.sqrt(np.mean(np.square(errors))))
    return CombinedOptimism(combined("score"), combined("reference"), combined("difference"), auc_error)
