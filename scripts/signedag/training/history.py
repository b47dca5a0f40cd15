"""The course of a training: what each epoch did, which epoch was kept, and what went wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Epoch:
    """What one epoch did."""

    phase: int
    """Number of the phase, from 0."""
    epoch: int
    """Number of the epoch in its phase, from 1."""
    training: float
    """Mean objective of the last update over the epoch's mini-batches."""
    validation: float
    """The same objective on the validation events after the epoch; terms with a target do not count in it."""
    terms: Mapping[str, Mapping[str, float]]
    """Each term's unweighted `training` mean and `validation` value, by update and name."""
    factors: Mapping[str, float]
    """Factors of terms that are scheduled or learned, after the epoch."""
    smallest_class_sum: float
    """Smallest sum of one class's training weights in any mini-batch of the epoch."""


@dataclass(frozen=True)
class ScoreState:
    """What the score says on the validation events, under training weights."""

    auc: float
    """Area under the ROC curve of class 1 against class 0; NaN if undefined."""
    auc_error: float
    """Its statistical error; NaN if undefined."""
    spread: float
    """Standard deviation of the score of all events."""
    dependence: Mapping[str, float]
    """dCorr² of the background's score and each spectator of which it is to be independent."""


@dataclass(frozen=True)
class History:
    """The course of a training."""

    epochs: tuple[Epoch, ...]
    best_epochs: tuple[int, ...]
    """For each phase, the epoch whose parameters were kept."""
    diverged: str | None = None
    """Why the training was stopped as diverged; None if it was not."""
    failed: str | None = None
    """Why what was kept is worth nothing, though nothing diverged; None if it is worth something."""
    warnings: tuple[str, ...] = field(default=())
    """What the user should know of how it went."""
    before: ScoreState | None = None
    """The score before anything acted on its dependence on spectators; None if nothing did, or from the start on."""
    after: ScoreState | None = None
    """The score at the end, where anything acted on its dependence on spectators."""

    def as_json(self) -> dict[str, Any]:
        """Give the history as plain JSON values; a value that is not finite becomes null."""
        plain: dict[str, Any] = _finite(asdict(self))
        return plain


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
