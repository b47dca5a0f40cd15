"""The maps of a classifier's score: one for each fold and half, fitted on the other half of the same fold.

The events of a fold were all scored by the networks that did not see them, so a map that one half gives fits the other
half's scores. Fitted on another fold, whose scores other networks gave, it does not; fitted on the same events, it
would know their signs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.config.score_maps import FitScoreMapSettings
from signedag.errors import UserError
from signedag.events.store import CALIBRATION_HALF, FOLD, WEIGHT, EventStore, region_column
from signedag.events.store_files import StoreFiles
from signedag.metrics.scored_events import SCORE
from signedag.score_maps.conditional import ConditionalMap, FittedMap, Floats, SparseNodeError, fit_conditional_map

HALVES = (0, 1)

Maps = Mapping[tuple[int, int], ConditionalMap]
"""By fold and by the half that they are applied to."""


@dataclass(frozen=True, eq=False)
class ScoredBackground:
    """Events that maps are fitted to."""

    score: Floats
    """Shape (events,), in [0, 1]."""
    weight: Floats
    """Signed weights, shape (events,)."""
    fold: NDArray[np.int64]
    """Shape (events,)."""
    half: NDArray[np.int64]
    """Shape (events,), 0 or 1."""
    spectators: tuple[Floats, ...]
    """Columns of shape (events,)."""


def read_background(events: StoreFiles, scores: StoreFiles, settings: FitScoreMapSettings) -> ScoredBackground:
    """Read the background of a region with its scores.

    Raises:
        UserError: a file or column is missing, a score is not in [0, 1] or a spectator not finite.
    """
    parts: list[tuple[Floats, ...]] = []
    for sample in settings.samples:
        own = events.open(sample)
        inside = own.column(region_column(settings.region)).astype(bool)
        given = score_column(scores.open_for(own), settings.score_map.column())
        columns = [given, own.column(WEIGHT), own.column(FOLD), own.column(CALIBRATION_HALF)]
        columns += spectator_columns(own, tuple(settings.score_map.spectators), inside)
        parts.append(tuple(column[inside].astype(np.float64) for column in columns))
    score, weight, fold, half, *spectators = (np.concatenate(column) for column in zip(*parts, strict=True))
    return ScoredBackground(score, weight, fold.astype(np.int64), half.astype(np.int64), tuple(spectators))


def score_column(scores: EventStore, name: str = SCORE) -> Floats:
    """Give the scores of a store, or those at a point, shape (rows,).

    Raises:
        UserError: there is no such column, or one is not a number from 0 to 1.
    """
    values = scores.column(name).astype(np.float64)
    wrong = np.flatnonzero(~((values >= 0) & (values <= 1)))
    if wrong.size:
        raise UserError(f"{scores.path}: {name} {values[wrong[0]]} in row {wrong[0]} is not between 0 and 1")
    return values


def spectator_columns(events: EventStore, names: Sequence[str], rows: NDArray[np.bool_] | None = None) -> list[Floats]:
    """Give the spectators of a store, shape (rows of the store,) each.

    Args:
        events: the store.
        names: the columns.
        rows: the rows that must have finite values, shape (rows of the store,); all of them if not given.

    Raises:
        UserError: there is no such column, or a value is not finite.
    """
    columns = []
    for name in names:
        values = events.column(name).astype(np.float64)
        wrong = np.flatnonzero(~np.isfinite(values) & (True if rows is None else rows))
        if wrong.size:
            raise UserError(
                f"{events.path}: column '{name}' is {values[wrong[0]]} in row {wrong[0]}, where a score map needs it; "
                "cut these events away in events.selection"
            )
        columns.append(values)
    return columns


def fit_maps(
    background: ScoredBackground, settings: FitScoreMapSettings, source: str
) -> dict[tuple[int, int], FittedMap]:
    """Fit a map for each fold and half, on the other half of the fold.

    Args:
        background: the events of all folds.
        settings: nodes, thresholds and the least number of events.
        source: where the settings stand, for messages.

    Raises:
        UserError: a fold and half has no events, or too few around a node.
    """
    asked = settings.score_map
    nodes = [np.asarray(axis.all_edges(), dtype=np.float64) for axis in asked.spectators.values()]
    fitted = {}
    for fold in range(settings.folds):
        for half in HALVES:
            chosen = (background.fold == fold) & (background.half == 1 - half)
            spectators = [column[chosen] for column in background.spectators]
            try:
                fitted[fold, half] = fit_conditional_map(
                    background.score[chosen],
                    background.weight[chosen],
                    spectators,
                    nodes,
                    asked.effective_events,
                    asked.thresholds,
                )
            except SparseNodeError as error:
                names = ", ".join(asked.spectators)
                raise UserError(
                    f"{source}: half {1 - half} of fold {fold} has only {error} in {names}; use wider bins, fewer "
                    "spectators or a range that has background, or lower 'effective_events'"
                ) from error
    return fitted


def maps_as_columns(maps: Maps) -> dict[str, NDArray[Any]]:
    """Give the columns of the store of some maps: a row per fold, half and threshold, a column per node."""
    rows: dict[str, list[NDArray[Any]]] = {"fold": [], "half": [], "threshold": []}
    for (fold, half), one in maps.items():
        number = one.thresholds.size
        rows["fold"].append(np.full(number, fold, dtype=np.int32))
        rows["half"].append(np.full(number, half, dtype=np.int32))
        rows["threshold"].append(one.thresholds)
        for node, values in enumerate(one.values.reshape(number, -1).T):
            rows.setdefault(f"node_{node}", []).append(values)
    return {name: np.concatenate(parts) for name, parts in rows.items()}


def maps_from_store(store: EventStore, nodes: Sequence[Floats], folds: int) -> Maps:
    """Read the maps of all folds and halves.

    Args:
        store: the store that `maps_as_columns` describes.
        nodes: nodes of each spectator, as they were when the maps were fitted.
        folds: number of folds.

    Raises:
        UserError: it is not such a store, or of other nodes or folds.
    """
    shape = tuple(len(axis) for axis in nodes)
    names = [f"node_{number}" for number in range(int(np.prod(shape)))]
    if [name for name in store.names if name.startswith("node_")] != names:
        raise UserError(f"{store.path}: is a map with other nodes; {store.identity.made_again()}")
    fold, half, threshold = (store.column(name) for name in ("fold", "half", "threshold"))
    values = np.column_stack([store.column(name) for name in names])
    maps, again = {}, store.identity.made_again()
    for key in ((number, side) for number in range(folds) for side in HALVES):
        chosen = (fold == key[0]) & (half == key[1])
        if chosen.sum() < 2:
            raise UserError(f"{store.path}: has no map for half {key[1]} of fold {key[0]}; {again}")
        maps[key] = ConditionalMap(tuple(nodes), threshold[chosen], values[chosen].reshape(-1, *shape))
    return maps


def mapped_scores(
    maps: Maps, score: Floats, spectators: Sequence[Floats], fold: NDArray[Any], half: NDArray[Any]
) -> Floats:
    """Map each event's score by the map of its fold and half.

    Args:
        maps: by fold and half.
        score: shape (events,).
        spectators: columns of shape (events,).
        fold: shape (events,).
        half: shape (events,).
    """
    mapped = np.empty(score.size)
    for key, one in maps.items():
        chosen = (fold == key[0]) & (half == key[1])
        mapped[chosen] = one(score[chosen], [column[chosen] for column in spectators])
    return mapped
