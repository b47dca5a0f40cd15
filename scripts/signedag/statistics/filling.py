"""From event stores to templates: nominal, shifted and reweighted, always with the signed weights."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.config.base import suggestion
from signedag.errors import UserError
from signedag.events.store import WEIGHT, EventStore, region_column, variation_column
from signedag.events.store_files import StoreFiles
from signedag.statistics.template_files import SEPARATOR
from signedag.statistics.templates import BinIndices, Edges, Floats, Template, empty_template, find_bins

log = logging.getLogger("signedag")

SCORE = "score"
SIDES = ("up", "down")


@dataclass(frozen=True)
class Folder:
    """What one folder of the template file holds."""

    name: str
    """The folder's name; the region's name if it is the region's own observable."""
    region: str
    """Region whose events are filled."""
    columns: tuple[str, ...]
    """Observable of each axis; `score` is read from the scores."""
    edges: Edges
    """Bin edges of each axis."""
    nominal_only: bool = False
    """Whether shifts and weight variations are left out."""


@dataclass(frozen=True)
class Alternatives:
    """Alternative templates to fill."""

    shifts: tuple[str, ...]
    """Shifts, without sides: each side has a store of its own."""
    variations: Mapping[str, tuple[str, ...] | None]
    """Weight variations with the processes that they act on (`None`: all)."""

    def variations_of(self, process: str) -> list[str]:
        """Give the weight variations that act on a process."""
        return [name for name, processes in self.variations.items() if processes is None or process in processes]


@dataclass
class EventCounts:
    """How many simulated events of a process a folder's bins hold and miss."""

    events: int = 0
    """Events inside the bins."""
    events_outside: int = 0
    """Events outside the range of any axis."""
    sum_of_weights_outside: float = 0.0
    """Their signed weights, expected events."""

    def as_json(self) -> dict[str, int | float]:
        """Give the fields."""
        return {
            "events": self.events,
            "events_outside": self.events_outside,
            "sum_of_weights_outside": self.sum_of_weights_outside,
        }


@dataclass
class Filling:
    """Templates and counts that grow sample by sample."""

    templates: dict[str, dict[str, Template]]
    """Templates by histogram name, by folder."""
    counts: dict[str, dict[str, EventCounts]]
    """Numbers of nominal events by process, by folder."""

    def add(self, folder: Folder, name: str, template: Template) -> None:
        """Add one sample's template to the histogram `name`."""
        templates = self.templates.setdefault(folder.name, {})
        templates[name] = templates[name] + template if name in templates else template

    def count(self, folder: Folder, process: str, indices: BinIndices, template: Template) -> None:
        """Add one sample's numbers of events to those of its process."""
        counts = self.counts.setdefault(folder.name, {}).setdefault(process, EventCounts())
        counts.events += indices.flat.size - indices.outside_events
        counts.events_outside += indices.outside_events
        counts.sum_of_weights_outside += template.outside

    def counts_as_json(self) -> dict[str, dict[str, dict[str, int | float]]]:
        """Give the numbers of events by folder and process."""
        return {
            folder: {process: counts.as_json() for process, counts in processes.items()}
            for folder, processes in self.counts.items()
        }


def fill_samples(
    events: StoreFiles,
    scores: StoreFiles | None,
    samples: Mapping[str, str],
    folders: Sequence[Folder],
    alternatives: Alternatives,
    data: str | None = None,
) -> Filling:
    """Fill all templates of all samples.

    Args:
        events: the events, by sample and shift.
        scores: their scores; `None` if no axis is the score.
        samples: sample to process.
        folders: what to fill.
        alternatives: shifts and weight variations.
        data: the sample with observed or pseudo-data, filled as the histogram `data`.

    Raises:
        UserError: a store, column or score is missing, a value is not finite, or a region has no simulated events.
    """
    filling = Filling({}, {})
    for sample, process in samples.items():
        for folder in folders:
            filling.add(folder, process, empty_template(folder.edges))
        _fill_store(filling, _Store(events, scores, sample, "nominal"), process, folders, alternatives)
        for shift in alternatives.shifts:
            for side in SIDES:
                store = _Store(events, scores, sample, f"{shift}_{side}")
                for folder in folders:
                    if not folder.nominal_only:
                        _, template = store.fill(folder)
                        filling.add(folder, f"{process}{SEPARATOR}{shift}{SEPARATOR}{side}", template)
    _refuse_empty(filling, folders)
    if data is not None:
        none = Alternatives((), {})
        _fill_store(filling, _Store(events, scores, data, "nominal"), "data", folders, none)
    _report_outside(filling)
    return filling


def _fill_store(
    filling: Filling, store: _Store, process: str, folders: Sequence[Folder], alternatives: Alternatives
) -> None:
    for folder in folders:
        indices, template = store.fill(folder)
        filling.add(folder, process, template)
        filling.count(folder, process, indices, template)
        if folder.nominal_only:
            continue
        for variation in alternatives.variations_of(process):
            for side in SIDES:
                weights = store.weights(folder, variation_column(variation, side))
                filling.add(folder, f"{process}{SEPARATOR}{variation}{SEPARATOR}{side}", indices.fill(weights))


class _Store:
    """One sample under one shift: events and, where an axis needs them, their scores."""

    def __init__(self, events: StoreFiles, scores: StoreFiles | None, sample: str, shift: str) -> None:
        self._events = events.open(sample, shift)
        self._scores = None if scores is None else scores.open_for(self._events)

    def _rows(self, folder: Folder) -> NDArray[np.bool_]:
        column = region_column(folder.region)
        if column not in self._events.names:
            known = [name.removeprefix(region_column("")) for name in self._events.names if name.startswith("region_")]
            raise UserError(f"{self._events.path}: no region '{folder.region}'{suggestion(folder.region, known)}")
        rows: NDArray[np.bool_] = self._events.column(column)
        return rows

    def _coordinate(self, column: str, rows: NDArray[np.bool_]) -> NDArray[np.floating]:
        if column != SCORE or self._scores is None:
            return _finite(self._events, column, rows)
        scores = _finite(self._scores, column, rows)
        wrong = np.flatnonzero((scores < 0) | (scores > 1))
        if wrong.size:
            raise UserError(
                f"{self._scores.path}: score {scores[wrong[0]]} is not between 0 and 1; run score_events again"
            )
        return scores

    def weights(self, folder: Folder, column: str) -> Floats:
        """Give signed weights of the region's events, shape (events in the region,)."""
        return _finite(self._events, column, self._rows(folder)).astype(np.float64)

    def fill(self, folder: Folder) -> tuple[BinIndices, Template]:
        """Make the template of the store's own weights and tell which bins its events are in."""
        rows = self._rows(folder)
        indices = find_bins([self._coordinate(column, rows) for column in folder.columns], folder.edges)
        return indices, indices.fill(self.weights(folder, WEIGHT))


def _finite(store: EventStore, column: str, rows: NDArray[np.bool_]) -> NDArray[Any]:
    values = store.column(column)[rows]
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        row = np.flatnonzero(rows)[bad[0]]
        raise UserError(
            f"{store.path}: column '{column}' is {values[bad[0]]} in row {row} and in {bad.size - 1} more rows; "
            "mend the branch or cut these events away in the selection"
        )
    return values


def _refuse_empty(filling: Filling, folders: Sequence[Folder]) -> None:
    for folder in folders:
        if not sum(counts.events for counts in filling.counts[folder.name].values()):
            raise UserError(
                f"no simulated event is in region '{folder.region}' within the range of "
                f"{' and '.join(folder.columns)}; check the region's selection and the bin edges"
            )


def _report_outside(filling: Filling) -> None:
    for folder, processes in filling.counts.items():
        for process, counts in processes.items():
            if counts.events_outside:
                log.info(
                    "%s: %d of %d events of %s (sum of weights %.6g) are outside the bins; kept in the flow bins",
                    folder,
                    counts.events_outside,
                    counts.events + counts.events_outside,
                    process,
                    counts.sum_of_weights_outside,
                )
