"""The events outside a fold, with weights that know nothing of the fold's signs.

What scores fold k is a function of the other events alone. Their expected events are w · sigma · L / D, and the
denominator D of the cross-section is a sum over all entries, fold k's among them: one sign redrawn there scales every
weight. Outside fold k they are therefore normalised to the sum over the other folds' entries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from signedag.errors import UserError
from signedag.events.store import FOLD, GENERATOR_WEIGHT, EventStore

FACTORS = "weight_factor_without_fold"


def factors_as_metadata(factors: Sequence[float | None]) -> dict[str, str]:
    """Give what a store's metadata say about the factors of the generator weights, one per fold that is left out."""
    return {FACTORS: json.dumps(list(factors))}


def rows_without_fold(events: EventStore, fold: int) -> NDArray[np.bool_]:
    """Tell which events are outside a fold, shape (events.rows,)."""
    outside: NDArray[np.bool_] = events.column(FOLD) != fold
    return outside


def signed_weight_without_fold(events: EventStore, fold: int) -> NDArray[np.float64]:
    """Give the signed weights of the events outside a fold, normalised without it, shape (events outside the fold,).

    docs/physics.md, "Normalisation". They add up to the events expected in the share of the simulation that they are,
    so that samples keep their relative yields.

    Args:
        events: a sample's nominal events as `merge_sample` wrote them.
        fold: the fold that is left out.

    Raises:
        UserError: the file does not say how to normalise without the fold, or the other folds' weights do not add up
            to something positive.
    """
    factors = json.loads(events.provenance.get(FACTORS, "[]"))
    if not 0 <= fold < len(factors):
        raise UserError(
            f"{events.path}: does not say how its weights are normalised without fold {fold}; "
            "delete it and run merge_sample again"
        )
    if factors[fold] is None:
        raise UserError(
            f"{events.path}: the normalisation's sum over all folds but {fold} is not positive; simulate more events, "
            "use fewer folds, or give the number itself under the sample's normalisation.value"
        )
    weight = np.asarray(events.column(GENERATOR_WEIGHT)[rows_without_fold(events, fold)], dtype=np.float64)
    return weight * float(factors[fold])


def check_folds(events: EventStore, files: Mapping[str, Sequence[Path]]) -> None:
    """Check that there is one file for every fold of the events.

    Args:
        events: a sample's nominal events.
        files: the files by the argument that gives them, one per fold that is left out.

    Raises:
        UserError: an argument gives too few files or too many.
    """
    folds = number_of_folds(events)
    for argument, paths in files.items():
        if len(paths) != folds:
            raise UserError(f"{argument} gives {len(paths)} files, {events.path} has {folds} folds; give one per fold")


def number_of_folds(events: EventStore) -> int:
    """Give the number of folds that the nominal events of a sample were cut into."""
    return len(json.loads(events.provenance.get(FACTORS, "[]")))


def mean_over_folds(
    outside: Sequence[NDArray[np.bool_]], values: Sequence[NDArray[np.floating]]
) -> NDArray[np.float64]:
    """Give each event's mean over the folds that it is outside of, shape (events,).

    With two folds every event is outside exactly one.

    Args:
        outside: for each fold that is left out, which events are outside it, shape (events,).
        values: for each such fold, a number for each of these events.

    >>> mean_over_folds([np.array([True, False]), np.array([False, True])], [np.array([1.0]), np.array([2.0])]).tolist()
    [1.0, 2.0]
    """
    total, count = np.zeros(len(outside[0])), np.zeros(len(outside[0]))
    for rows, numbers in zip(outside, values, strict=True):
        total[rows] += numbers
        count[rows] += 1
    return total / count
