"""Optimism: what a score gains because it knows signs of the events that judge it.

The scores stay as they are, and the signs of the events are drawn again from their truth. A score that knows nothing of
its own event's sign does as well with the actual signs as with redrawn ones; what it does better is optimism.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.json_blocks import Block
from signedag.metrics.estimate import number
from signedag.metrics.redrawn_signs import EventsWithTruth, RedrawnWeights, redraw
from signedag.metrics.roc import FixedScores, area_with_linear_error, signed_roc
from signedag.metrics.weighted_sample import Floats, WeightedSample

AUC = "auc"
AUC_WITHIN_FOLDS = "auc_within_folds"
SIGMA_MU = "sigma_mu"

Error = Callable[[Floats], float]
"""Gives the error of the signal strength from signed weights, shape (events,); NaN if undefined."""


@dataclass(frozen=True)
class Optimism:
    """A quantity of the actual signs against its distribution over redrawn ones; docs/physics.md, "Optimism"."""

    actual: float
    """Its value with the actual signs; NaN if undefined."""
    mean: float
    """Its mean over redrawn signs; NaN if undefined."""
    spread: float
    """Its standard deviation over redrawn signs: what the fluctuation of the signs alone does; NaN if undefined."""
    redraws: int
    """Number of redraws."""
    reason: str = ""
    """Why something is undefined; empty if everything is defined."""

    @property
    def value(self) -> float:
        """The optimism: actual less mean."""
        return self.actual - self.mean

    @property
    def error(self) -> float:
        """What the value of one simulation fluctuates by, the redraws' own number included."""
        return self.spread * math.sqrt(1 + 1 / self.redraws)

    @property
    def pull(self) -> float:
        """Value over error; NaN where there is no fluctuation to compare with."""
        return self.value / self.error if self.error > 0 else math.nan

    def as_json(self) -> dict[str, Any]:
        """Give the fields and what follows from them, with null for what is undefined."""
        return {
            "actual": number(self.actual),
            "mean": number(self.mean),
            "spread": number(self.spread),
            "redraws": self.redraws,
            "value": number(self.value),
            "error": number(self.error),
            "pull": number(self.pull),
            "reason": self.reason or None,
        }

    @classmethod
    def read(cls, content: Block) -> Optimism:
        """Read what `as_json` gave."""
        numbers = (content.number_or_none(key) for key in ("actual", "mean", "spread"))
        actual, mean, spread = (math.nan if number is None else number for number in numbers)
        return cls(actual, mean, spread, content.count("redraws"), content.text_or_empty("reason"))


def optimism(actual: float, redrawn: Floats) -> Optimism:
    """Compare the value of the actual signs with those of redrawn ones, shape (redraws,).

    >>> compared = optimism(0.75, np.array([0.70, 0.72]))
    >>> round(compared.value, 3), round(compared.spread, 4)
    (0.04, 0.0141)
    """
    lost = int(np.isnan(redrawn).sum())
    if math.isnan(actual) or lost:
        signs = "the actual signs" if math.isnan(actual) else f"{lost} of {redrawn.size} redraws of the signs"
        return Optimism(actual, math.nan, math.nan, redrawn.size, f"it is not defined with {signs}")
    return Optimism(actual, float(redrawn.mean()), float(redrawn.std(ddof=1)), redrawn.size)


@dataclass(frozen=True)
class ScoreOptimism:
    """The optimism of one score, by quantity."""

    quantities: Mapping[str, Optimism]
    """`auc` over all pairs, `auc_within_folds` over pairs of one fold, and `sigma_mu` where there is a fit."""

    def as_json(self) -> dict[str, Any]:
        """Give the quantities."""
        return {name: quantity.as_json() for name, quantity in self.quantities.items()}


@dataclass(frozen=True)
class MeasuredOptimism:
    """The optimism of a classifier in one simulation."""

    score: ScoreOptimism
    reference: ScoreOptimism | None
    """Of the same classifier trained on the true weights, which know no sign; `None` if there is none."""
    difference: ScoreOptimism | None
    """Of the score less the reference, sign by sign; `None` if there is no reference."""
    auc_error: float
    """Statistical error of the AUC with the actual signs; NaN if undefined."""

    def as_json(self) -> dict[str, Any]:
        """Give everything, with null for what is undefined."""
        return {
            "score": self.score.as_json(),
            "reference": None if self.reference is None else self.reference.as_json(),
            "difference": None if self.difference is None else self.difference.as_json(),
            "auc_error": number(self.auc_error),
        }


class JudgedScore:
    """A score that is judged again and again, with other signs each time."""

    def __init__(
        self, events: EventsWithTruth, score: Floats, judged: NDArray[np.bool_], sigma_mu: Error | None = None
    ) -> None:
        """Sort once.

        Args:
            events: all events.
            score: their scores, shape (events,).
            judged: which of them the AUC is of, shape (events,).
            sigma_mu: gives the fit's error from the signed weights of all events; `None` without a fit.
        """
        self._classes = [np.flatnonzero(judged & (events.signal == signal)) for signal in (True, False)]
        self._all = _Pairs(score, *self._classes)
        within = [[rows[events.fold[rows] == fold] for rows in self._classes] for fold in range(events.folds)]
        self._within = [_Pairs(score, *rows) for rows in within]
        self._score = score
        self._sigma_mu = sigma_mu

    def quantities(self, weights: RedrawnWeights) -> dict[str, float]:
        """Give the quantities, by name, with some signs; NaN where undefined."""
        areas = {
            AUC: self._all.area(weights.weight),
            AUC_WITHIN_FOLDS: float(np.mean([pairs.area(weights.weight_within_folds) for pairs in self._within])),
        }
        return areas if self._sigma_mu is None else areas | {SIGMA_MU: self._sigma_mu(weights.weight)}

    def auc_error(self, weight: Floats) -> float:
        """Give the statistical error of the AUC, signs being one of its causes; NaN if undefined."""
        signal, background = (WeightedSample(self._score[rows], weight[rows]) for rows in self._classes)
        return area_with_linear_error(signed_roc(signal, background)).error


class _Pairs:
    """Signal and background events whose pairs the AUC counts."""

    def __init__(self, score: Floats, signal: NDArray[np.intp], background: NDArray[np.intp]) -> None:
        self._scores = FixedScores(score[signal], score[background])
        self._signal, self._background = signal, background

    def area(self, weight: Floats) -> float:
        return self._scores.area(weight[self._signal], weight[self._background])


def measure_optimism(
    events: EventsWithTruth,
    score: JudgedScore,
    reference: JudgedScore | None,
    redraws: int,
    generator: np.random.Generator,
) -> MeasuredOptimism:
    """Redraw the signs and compare the actual ones with them; docs/physics.md, "Optimism".

    Args:
        events: simulated events with their truth.
        score: the score to judge.
        reference: a score that is known to know no sign, judged with the same redrawn signs.
        redraws: how often.
        generator: draws the signs.
    """
    judged = [score] if reference is None else [score, reference]
    actual = RedrawnWeights(events.weight, events.weight)
    with_actual = [one.quantities(actual) for one in judged]
    with_redrawn: list[list[dict[str, float]]] = [[] for _ in judged]
    for _ in range(redraws):
        weights = redraw(events, generator)
        for one, values in zip(judged, with_redrawn, strict=True):
            values.append(one.quantities(weights))
    results = [_compared(*pair) for pair in zip(with_actual, with_redrawn, strict=True)]
    difference = None
    if reference is not None:
        of_redraws = [_less(*pair) for pair in zip(*with_redrawn, strict=True)]
        difference = _compared(_less(*with_actual), of_redraws)
    return MeasuredOptimism(
        results[0], results[1] if reference is not None else None, difference, score.auc_error(events.weight)
    )


def _compared(actual: Mapping[str, float], redrawn: Sequence[Mapping[str, float]]) -> ScoreOptimism:
    return ScoreOptimism(
        {name: optimism(value, np.array([values[name] for values in redrawn])) for name, value in actual.items()}
    )


def _less(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: value - other[name] for name, value in one.items()}
