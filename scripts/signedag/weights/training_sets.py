"""The weights that classifiers really train with: one training set per fold that is left out, and all pooled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from signedag.errors import UserError
from signedag.events.store import EventStore, open_stage
from signedag.events.without_fold import mean_over_folds, rows_without_fold, signed_weight_without_fold
from signedag.identity import Identity

Floats = NDArray[np.float64]


class ClosureEvents(Protocol):
    """What closure asks of events: a store has it, and so have several samples together."""

    @property
    def rows(self) -> int:
        """Number of events."""

    def column(self, name: str) -> NDArray[Any]:
        """Give a column, shape (rows,)."""


@dataclass(frozen=True)
class TrainingSet:
    """The events outside one fold, with the weights that the classifiers which score that fold train with."""

    fold: int
    """The fold that is left out."""
    rows: NDArray[np.bool_]
    """Which of the sample's events these are, shape (events of the sample,)."""
    signed_weight: Floats
    """Shape (events outside the fold,), normalised without the fold."""
    columns: Mapping[str, Floats]
    """What the strategy wrote for them: `training_weight` and more, each of shape (events outside the fold,)."""


def read_training_sets(events: EventStore, paths: Sequence[Path], expected: Identity) -> tuple[TrainingSet, ...]:
    """Read a strategy's weights of one sample.

    Args:
        events: the sample's nominal events.
        paths: one store per fold that is left out, in the order of the folds.
        expected: what the stores are, but for sample and fold.

    Raises:
        UserError: the number of stores is not that of the folds, or a store has other events than those outside its
            fold, or other columns than the first one.
    """
    sets: list[TrainingSet] = []
    for fold, path in enumerate(paths):
        rows = rows_without_fold(events, fold)
        stage = open_stage(path, events, expected.of_more(sample=events.sample, fold=fold), rows)
        columns = {name: np.asarray(stage.column(name), dtype=np.float64) for name in stage.names}
        if sets and columns.keys() != sets[0].columns.keys():
            raise UserError(
                f"{path}: its columns {sorted(columns)} are not those of {paths[0]} ({sorted(sets[0].columns)}); "
                "run the rule that makes both again"
            )
        sets.append(TrainingSet(fold, rows, signed_weight_without_fold(events, fold), columns))
    return tuple(sets)


def pooled(sets: Sequence[TrainingSet], number: Callable[[TrainingSet], Floats]) -> Floats:
    """Give each event's mean over the training sets that it is in, shape (events of the sample,).

    Every event is in all sets but that of its own fold, so a difference of two such means is, up to a common factor,
    the sum of the differences over the sets.

    Args:
        sets: one per fold.
        number: gives a number for each event of a set.

    >>> first = TrainingSet(0, np.array([False, True]), np.array([2.0]), {})
    >>> second = TrainingSet(1, np.array([True, False]), np.array([1.0]), {})
    >>> pooled([first, second], lambda training: training.signed_weight).tolist()
    [1.0, 2.0]
    """
    return mean_over_folds([training.rows for training in sets], [number(training) for training in sets])


@dataclass(frozen=True)
class RegionOfSamples:
    """The events of several samples in one region, one sample after the other."""

    samples: tuple[tuple[EventStore, NDArray[np.bool_]], ...]
    """Each sample's nominal events, and which of them are in the region."""

    @property
    def rows(self) -> int:
        """Number of events in the region."""
        return sum(int(inside.sum()) for _, inside in self.samples)

    def column(self, name: str) -> NDArray[Any]:
        """Give a column, shape (rows,)."""
        return np.concatenate([events.column(name)[inside] for events, inside in self.samples])

    def join(self, sets: Sequence[Sequence[TrainingSet]]) -> tuple[TrainingSet, ...]:
        """Put the training sets of the samples together, fold by fold, for the events in the region.

        Args:
            sets: for each sample, one set per fold.
        """
        joined = []
        for of_fold in zip(*sets, strict=True):
            kept = [inside[own.rows] for own, (_, inside) in zip(of_fold, self.samples, strict=True)]
            pairs = list(zip(of_fold, kept, strict=True))
            joined.append(
                TrainingSet(
                    of_fold[0].fold,
                    np.concatenate([own.rows[inside] for own, (_, inside) in zip(of_fold, self.samples, strict=True)]),
                    np.concatenate([own.signed_weight[chosen] for own, chosen in pairs]),
                    {
                        name: np.concatenate([own.columns[name][chosen] for own, chosen in pairs])
                        for name in of_fold[0].columns
                    },
                )
            )
        return tuple(joined)
