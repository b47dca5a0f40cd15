"""Dense scans of a parameter: fixed events, each scored at every value of a grid by the network not trained on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.config.parameter_scan import ScanParameterSettings
from signedag.errors import UserError
from signedag.events.store import EVENT_NUMBER, FOLD, WEIGHT, EventStore, region_column
from signedag.events.store_files import StoreFiles
from signedag.metrics.parameter_scan import curves, peak, smoothness
from signedag.metrics.weighted_sample import Floats
from signedag.networks.saved import SavedNetworks, cross_evaluate


@dataclass(frozen=True)
class ScannedEvents:
    """The events of one process whose score is scanned."""

    features: NDArray[np.float32]
    """Inputs of the networks, shape (events, inputs)."""
    weight: Floats
    """Signed weights, shape (events,)."""
    fold: NDArray[np.int64]
    """Folds, shape (events,)."""
    number: NDArray[np.int64]
    """Event numbers, shape (events,)."""
    sample: tuple[str, ...]
    """The sample of each."""


def scan_process(
    models: Sequence[SavedNetworks], events: ScannedEvents, settings: ScanParameterSettings, process: str
) -> dict[str, Any]:
    """Scan the parameter for the events of one process.

    docs/physics.md, "Parametric networks".

    Args:
        models: one per fold.
        events: the process's events.
        settings: the grid, and the values of the other parameters.
        process: its name.

    Returns:
        the process's block of the result.
    """
    grid = np.array(settings.grid, dtype=np.float64)
    scores = np.stack(
        [
            cross_evaluate(models, events.features, events.fold, point).mean(axis=0)
            for point in points_along(models[0], settings)
        ]
    )
    summary = curves(scores, events.weight)
    own = settings.own.get(process)
    return {
        "own_value": own,
        "events": len(events.weight),
        "sum_of_weights": float(events.weight.sum()),
        **summary.as_json(),
        "peak": peak(grid, summary.mean).as_json(),
        "smoothness": smoothness(grid, summary.mean, settings.trained).as_json(),
        "single_events": [
            {
                "sample": events.sample[row],
                "event_number": int(events.number[row]),
                "fold": int(events.fold[row]),
                "weight": float(events.weight[row]),
                "score": scores[:, row].tolist(),
                "peak": peak(grid, scores[:, row]).as_json(),
                "smoothness": smoothness(grid, scores[:, row], settings.trained).as_json(),
            }
            for row in _spread_over(len(events.weight), settings.single_events)
        ],
    }


def points_along(model: SavedNetworks, settings: ScanParameterSettings) -> list[tuple[float, ...]]:
    """Give the point of all parameters, in the networks' order, for each value of the grid.

    Raises:
        UserError: the networks have no such parameter, take it from events, or have others without a value.
    """
    names = model.asked_at
    if not names:
        what = (
            f"takes {', '.join(model.conditioned_on)} from each event" if model.conditioned_on else "has no parameters"
        )
        raise UserError(
            f"the classifier '{settings.variant}' {what}; scan one that is conditioned on signals' parameters"
        )
    given = {settings.parameter, *settings.others}
    if given != set(names) or settings.parameter in settings.others:
        raise UserError(
            f"the classifier '{settings.variant}' is conditioned on {', '.join(names)}, the scan gives "
            f"'{settings.parameter}' and fixed {', '.join(settings.others) or 'none'}; scan one and fix all others"
        )
    return [
        tuple(value if name == settings.parameter else settings.others[name] for name in names)
        for value in settings.grid
    ]


def read_scanned_events(
    files: StoreFiles, settings: ScanParameterSettings, inputs: Sequence[str]
) -> dict[str, ScannedEvents]:
    """Read the first events of each process in the region, each sample with its share.

    Args:
        files: nominal events, by sample.
        settings: the samples of each process, and how many events of each it gets.
        inputs: columns that the networks see.

    Raises:
        UserError: a process has no event in the region, or a file or column is missing.
    """
    of_process: dict[str, list[EventStore]] = {}
    for sample, process in sorted(settings.samples.items()):
        of_process.setdefault(process, []).append(files.open(sample))
    return {process: _first_events(stores, settings, process, inputs) for process, stores in sorted(of_process.items())}


def _first_events(
    stores: Sequence[EventStore], settings: ScanParameterSettings, process: str, inputs: Sequence[str]
) -> ScannedEvents:
    inside = [np.flatnonzero(store.column(region_column(settings.region))) for store in stores]
    counts = shares_of([len(rows) for rows in inside], settings.events_per_process)
    if not sum(counts):
        names = ", ".join(store.sample for store in stores)
        raise UserError(
            f"region '{settings.region}' holds no event of '{process}' (samples: {names}); loosen its selection, or "
            "leave the process out of the scan"
        )
    rows = [found[:count] for found, count in zip(inside, counts, strict=True)]
    columns: Mapping[str, NDArray[Any]] = {
        name: np.concatenate([store.column(name)[chosen] for store, chosen in zip(stores, rows, strict=True)])
        for name in (WEIGHT, FOLD, EVENT_NUMBER)
    }
    return ScannedEvents(
        np.concatenate([store.matrix(inputs)[chosen] for store, chosen in zip(stores, rows, strict=True)]),
        columns[WEIGHT].astype(np.float64),
        columns[FOLD].astype(np.int64),
        columns[EVENT_NUMBER].astype(np.int64),
        tuple(store.sample for store, count in zip(stores, counts, strict=True) for _ in range(count)),
    )


def shares_of(available: Sequence[int], wanted: int) -> list[int]:
    """Share a number of events among samples by how many each has; all of them where there are not so many.

    >>> shares_of([300, 100], 10), shares_of([3, 1], 10), shares_of([2, 2, 2], 4)
    ([8, 2], [3, 1], [2, 1, 1])
    """
    total = sum(available)
    if total <= wanted:
        return list(available)
    counts = [wanted * count // total for count in available]
    remainders = [wanted * count % total for count in available]
    largest_first = sorted(range(len(available)), key=lambda index: (-remainders[index], index))
    for index in largest_first[: wanted - sum(counts)]:
        counts[index] += 1
    return counts


def _spread_over(events: int, wanted: int) -> list[int]:
    """Give rows from the first one on at equal distances."""
    return [number * events // min(wanted, events) for number in range(min(wanted, events))]
