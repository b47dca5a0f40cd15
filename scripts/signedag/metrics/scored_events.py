"""Reading the events of a region together with their scores, checked row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.errors import UserError
from signedag.events.layout import NOMINAL
from signedag.events.store import FOLD, WEIGHT, region_column
from signedag.events.store_files import StoreFiles
from signedag.metrics.weighted_sample import Floats, WeightedSample

SCORE = "score"
MAP_HALF = "map_half"
"""Column of mapped scores: the half of its fold that an event is in; the map was fitted on the other one."""


@dataclass(frozen=True)
class ScoredEvents:
    """Events of one region, from one or several samples."""

    score: Floats
    """Classifier score in [0, 1], shape (events,)."""
    weight: Floats
    """Signed weight, expected events, shape (events,)."""
    fold: NDArray[np.int64]
    """Fold of the cross-evaluation, shape (events,)."""
    mass: Floats
    """Mass column, shape (events,); NaN where none was asked for."""
    map_half: NDArray[np.int8] | None = None
    """Half of its fold, 0 or 1, that a mapped score's map was not fitted on, shape (events,); `None` if not mapped."""

    def scores(self) -> WeightedSample:
        """Give the scores with their signed weights."""
        return WeightedSample(self.score, self.weight)

    def masses(self) -> WeightedSample:
        """Give the masses with their signed weights."""
        return WeightedSample(self.mass, self.weight)

    def where(self, mask: NDArray[np.bool_]) -> ScoredEvents:
        """Give the events for which `mask`, shape (events,), is true."""
        half = None if self.map_half is None else self.map_half[mask]
        return ScoredEvents(self.score[mask], self.weight[mask], self.fold[mask], self.mass[mask], half)


def read_scored_events(
    event_files: StoreFiles,
    score_files: StoreFiles,
    sample: str,
    region: str,
    mass: str | None = None,
    shift: str = NOMINAL,
    column: str = SCORE,
) -> ScoredEvents:
    """Read one sample's events of a region with their scores.

    Args:
        event_files: events with weights, folds and regions, by sample.
        score_files: stores of scores, row by row the same events.
        sample: the sample's name.
        region: the region's name.
        mass: the mass column, if one is needed.
        shift: the nominal events or shifted ones.
        column: the column of the store that is the score.

    Raises:
        UserError: a file or column is missing, the rows differ, a score is not in [0, 1] or a mass is not finite.
    """
    events = event_files.open(sample, shift)
    scores = score_files.open_for(events)
    inside = events.column(region_column(region)).astype(bool)
    score = scores.column(column).astype(np.float64)[inside]
    masses = events.column(mass).astype(np.float64)[inside] if mass else np.full(score.size, np.nan)
    # A NaN fails both comparisons, so it is refused here as well.
    _refuse_rows(scores.path, column, ~((score >= 0) & (score <= 1)), inside, "a number from 0 to 1")
    if mass:
        _refuse_rows(events.path, mass, ~np.isfinite(masses), inside, "finite")
    weight = events.column(WEIGHT).astype(np.float64)[inside]
    fold = events.column(FOLD).astype(np.int64)[inside]
    mapped = MAP_HALF in scores.names
    half = scores.column(MAP_HALF).astype(np.int8)[inside] if mapped else None
    return ScoredEvents(score, weight, fold, masses, half)


def _refuse_rows(path: Path, column: str, wrong: NDArray[np.bool_], inside: NDArray[np.bool_], expected: str) -> None:
    if wrong.any():
        row = int(np.flatnonzero(inside)[np.argmax(wrong)])
        raise UserError(
            f"{path}: column '{column}' is not {expected} in {int(wrong.sum())} rows of the region, first in row {row};"
            " delete the file and run its rule again"
        )


def joined(parts: Iterable[ScoredEvents]) -> ScoredEvents:
    """Put the events of several samples together, in the order given."""
    some: Sequence[ScoredEvents] = list(parts)
    columns: dict[str, NDArray[Any]] = {
        name: np.concatenate([getattr(part, name) for part in some]) for name in ("score", "weight", "fold", "mass")
    }
    halves = [part.map_half for part in some if part.map_half is not None]
    return ScoredEvents(**columns, map_half=np.concatenate(halves) if len(halves) == len(some) else None)


def refuse_empty(role: str, samples: Mapping[str, ScoredEvents], region: str) -> None:
    """Check that a class has events in the region.

    Raises:
        UserError: it has none, or no samples; names region, samples and fix.
    """
    if not any(part.score.size for part in samples.values()):
        names = ", ".join(samples) or "none named"
        raise UserError(
            f"region '{region}' holds no {role} events (samples: {names}); "
            f"loosen events.regions.{region}.selection or choose another region"
        )
