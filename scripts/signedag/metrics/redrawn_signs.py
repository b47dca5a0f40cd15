"""Simulated events whose signs are drawn again from their known truth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from signedag.errors import UserError
from signedag.metrics.weighted_sample import Floats


@dataclass(frozen=True)
class EventsWithTruth:
    """Simulated events of several samples, with the probability of their signs."""

    names: tuple[str, ...]
    """Names of the samples."""
    sample: NDArray[np.int64]
    """Number of each event's sample, shape (events,)."""
    signal: NDArray[np.bool_]
    """Which events are of class 1, shape (events,)."""
    fold: NDArray[np.int64]
    """Fold of the cross-evaluation, from 0 on, shape (events,)."""
    weight: Floats
    """Signed weight, expected events, shape (events,)."""
    positive_probability: Floats
    """Probability of a positive weight given the event, in [0, 1], shape (events,)."""
    expected_events: Floats
    """Events that all entries of a sample stand for, those outside these included; NaN where the normalisation does not
    follow the signs; shape (samples,)."""

    @cached_property
    def size(self) -> Floats:
        """|w|, shape (events,)."""
        return np.abs(self.weight)

    @property
    def folds(self) -> int:
        """Number of folds."""
        return int(self.fold.max()) + 1 if self.fold.size else 1


@dataclass(frozen=True)
class RedrawnWeights:
    """Signed weights of all events, normalised as the analysis would have normalised them."""

    weight: Floats
    """The signs of all folds are redrawn, shape (events,)."""
    weight_within_folds: Floats
    """For each event the signs of its own fold alone are redrawn, shape (events,): these are weights of several
    redraws, one per fold, to be used fold by fold."""


def redraw(events: EventsWithTruth, generator: np.random.Generator) -> RedrawnWeights:
    """Draw each event's sign from its truth, independently, and keep its |w|; docs/physics.md, "Optimism".

    The cross-section's denominator is the sum of all signed weights, so it follows the signs: a sample's weights are
    multiplied by Y / (Y + Σ(w_redrawn - w)), Y being the events that all of its entries stand for.

    Raises:
        UserError: a sample's weights no longer add up to something positive.
    """
    positive = generator.random(events.size.size) < events.positive_probability
    drawn = np.where(positive, events.size, -events.size)
    sample_and_fold = events.sample * events.folds + events.fold
    changes = np.bincount(sample_and_fold, weights=drawn - events.weight, minlength=len(events.names) * events.folds)
    excess: Floats = changes.astype(np.float64).reshape(len(events.names), events.folds)
    together = _factors(events, excess.sum(axis=1))
    apart = np.stack([_factors(events, excess[:, fold]) for fold in range(events.folds)], axis=1)
    return RedrawnWeights(drawn * together[events.sample], drawn * apart[events.sample, events.fold])


def _factors(events: EventsWithTruth, excess: Floats) -> Floats:
    """Give what each sample's weights are multiplied by, shape (samples,), if their sum changes by `excess`."""
    follows = ~np.isnan(events.expected_events)
    before = np.where(follows, events.expected_events, 1.0)
    after = np.where(follows, events.expected_events + excess, 1.0)
    for name, sum_of_weights in zip(events.names, after, strict=True):
        if not sum_of_weights > 0:
            raise UserError(
                f"sample '{name}': with redrawn signs its weights add up to {sum_of_weights:.6g} expected events; "
                "its sum of weights is not known well enough, simulate more events"
            )
    factors: Floats = before / after
    return factors
