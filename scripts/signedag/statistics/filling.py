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
from signedag.events.store import EVENT_NUMBER, WEIGHT, EventStore, region_column, variation_column
from signedag.events.store_files import StoreFiles
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import BinIndices, Edges, Floats, Template, empty_template, find_bins

log = logging.getLogger("signedag")

SCORE = "score"
UP, DOWN = SIDES = ("up", "down")


@dataclass(frozen=True, eq=False)
class FilledRegion:
    """Region and observables of which templates are filled."""

    region: str
    """Region whose events are filled."""
    columns: tuple[str, ...]
    """Observable of each axis; `score` is read from the scores."""
    edges: Edges
    """Bin edges of each axis."""
    observable: str | None = None
    """Set where it is another observable than the region's own; shifts and weight variations are left out there."""

    def __str__(self) -> str:
        return self.region if self.observable is None else f"{self.region} in {self.observable}"


@dataclass(frozen=True)
class Alternatives:
    """Alternative templates to fill."""

    shifts: tuple[str, ...]
    """Shifts, without sides: each side has a store of its own."""
    variations: Mapping[str, tuple[str, ...] | None]
    """Weight variations with the processes that they act on (`None`: all)."""
    one_sided: tuple[str, ...] = ()
    """Shifts that have an upward side alone; their downward templates are the nominal ones."""

    def sides_of(self, shift: str) -> tuple[str, ...]:
        """Give the sides of a shift that have events of their own."""
        return SIDES if shift not in self.one_sided else (UP,)

    def variations_of(self, process: str) -> list[str]:
        """Give the weight variations that act on a process."""
        return [name for name, processes in self.variations.items() if processes is None or process in processes]


@dataclass
class EventCounts:
    """How many events of a process, or of the data, the bins of a region hold and miss."""

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


class Filling:
    """Templates and counts of one region that grow sample by sample."""

    def __init__(self, into: FilledRegion) -> None:
        self.into = into
        self.counts: dict[str | None, EventCounts] = {}
        """Numbers of nominal events by process; `None` stands for data."""
        self._nominal: dict[str, Template] = {}
        self._sides: dict[tuple[str, str, str], Template] = {}
        self._data: Template | None = None

    def start(self, process: str) -> None:
        """Make room for a process, whether or not it has events."""
        self.counts.setdefault(process, EventCounts())
        self._nominal.setdefault(process, empty_template(self.into.edges))

    def add(self, process: str, indices: BinIndices, template: Template) -> None:
        """Add one sample's nominal events to those of its process, and their number."""
        self._nominal[process] = self._nominal[process] + template
        self._count(process, indices, template)

    def add_side(self, process: str, variation: str, side: str, template: Template) -> None:
        """Add one sample's events under one side of a shift or of a weight variation."""
        key = (process, variation, side)
        self._sides[key] = self._sides[key] + template if key in self._sides else template

    def set_data(self, indices: BinIndices, template: Template) -> None:
        """Set the data."""
        self._data = template
        self._count(None, indices, template)

    def _count(self, process: str | None, indices: BinIndices, template: Template) -> None:
        counts = self.counts.setdefault(process, EventCounts())
        counts.events += indices.flat.size - indices.outside_events
        counts.events_outside += indices.outside_events
        counts.sum_of_weights_outside += template.outside

    def templates(self) -> RegionTemplates:
        """Give what has been filled."""
        pairs = {
            (process, variation): (template, self._sides[process, variation, DOWN])
            for (process, variation, side), template in self._sides.items()
            if side == UP
        }
        into = self.into
        return RegionTemplates(into.region, into.edges, self._nominal, pairs, self._data, into.observable)

    def counts_as_json(self) -> list[dict[str, Any]]:
        """Give the numbers of events of each process."""
        filled = {"region": self.into.region, "observable": self.into.observable}
        return [{**filled, "process": process, **counts.as_json()} for process, counts in self.counts.items()]


def fill_samples(
    events: StoreFiles,
    scores: StoreFiles | None,
    samples: Mapping[str, str],
    regions: Sequence[FilledRegion],
    alternatives: Alternatives,
    data: str | None = None,
) -> list[Filling]:
    """Fill all templates of all samples, region by region.

    Args:
        events: the events, by sample and shift.
        scores: their scores; `None` if no axis is the score.
        samples: sample to process.
        regions: what to fill.
        alternatives: shifts and weight variations.
        data: the sample with observed or pseudo-data.

    Raises:
        UserError: a store, column or score is missing, a value is not finite, or a region has no simulated events.
    """
    fillings = [Filling(into) for into in regions]
    for sample, process in samples.items():
        for filling in fillings:
            filling.start(process)
        _fill_nominal(fillings, SampleStore(events, scores, sample, "nominal"), process, alternatives)
        for shift in alternatives.shifts:
            for side in alternatives.sides_of(shift):
                store = SampleStore(events, scores, sample, f"{shift}_{side}")
                for filling in fillings:
                    if filling.into.observable is None:
                        filling.add_side(process, shift, side, store.fill(filling.into)[1])
    refuse_empty(fillings)
    if data is not None:
        store = SampleStore(events, scores, data, "nominal")
        for filling in fillings:
            filling.set_data(*store.fill(filling.into))
    report_outside(fillings)
    return fillings


def fill_data(events: StoreFiles, scores: StoreFiles | None, sample: str, into: FilledRegion) -> Template:
    """Fill the data of one region, and count and log nothing.

    Raises:
        UserError: a store, column or score is missing, or a value is not finite.
    """
    return SampleStore(events, scores, sample, "nominal").fill(into)[1]


def _fill_nominal(fillings: Sequence[Filling], store: SampleStore, process: str, alternatives: Alternatives) -> None:
    """Fill the nominal templates of a sample and those of its weight variations."""
    for filling in fillings:
        indices, template = store.fill(filling.into)
        filling.add(process, indices, template)
        if filling.into.observable is not None:
            continue
        for shift in alternatives.one_sided:
            filling.add_side(process, shift, DOWN, template)
        for variation in alternatives.variations_of(process):
            for side in SIDES:
                weights = store.weights(filling.into, variation_column(variation, side))
                filling.add_side(process, variation, side, indices.fill(weights))


class SampleStore:
    """One sample under one shift: events and, where an axis needs them, their scores."""

    def __init__(self, events: StoreFiles, scores: StoreFiles | None, sample: str, shift: str) -> None:
        self._events = events.open(sample, shift)
        self._scores = None if scores is None else scores.open_for(self._events)

    def _rows(self, into: FilledRegion) -> NDArray[np.bool_]:
        return rows_of_region(self._events, into.region)

    def _coordinate(self, column: str, rows: NDArray[np.bool_]) -> NDArray[np.floating]:
        if column != SCORE or self._scores is None:
            return finite_column(self._events, column, rows)
        return checked_scores(self._scores, rows)

    def weights(self, into: FilledRegion, column: str) -> Floats:
        """Give signed weights of the region's events, shape (events in the region,)."""
        return finite_column(self._events, column, self._rows(into)).astype(np.float64)

    def event_numbers(self, into: FilledRegion) -> NDArray[np.int64]:
        """Give the numbers of the region's events, shape (events in the region,)."""
        numbers: NDArray[np.int64] = self._events.column(EVENT_NUMBER)[self._rows(into)].astype(np.int64)
        return numbers

    def bins(self, into: FilledRegion) -> BinIndices:
        """Tell which bins the region's events are in."""
        rows = self._rows(into)
        return find_bins([self._coordinate(column, rows) for column in into.columns], into.edges)

    def fill(self, into: FilledRegion) -> tuple[BinIndices, Template]:
        """Make the template of the store's own weights and tell which bins its events are in."""
        indices = self.bins(into)
        return indices, indices.fill(self.weights(into, WEIGHT))


def rows_of_region(events: EventStore, region: str) -> NDArray[np.bool_]:
    """Tell which events are in a region, shape (events,).

    Raises:
        UserError: there is no such region.
    """
    column = region_column(region)
    if column not in events.names:
        known = [name.removeprefix(region_column("")) for name in events.names if name.startswith("region_")]
        raise UserError(f"{events.path}: no region '{region}'{suggestion(region, known)}")
    rows: NDArray[np.bool_] = events.column(column)
    return rows


def checked_scores(scores: EventStore, rows: NDArray[np.bool_]) -> NDArray[np.floating]:
    """Give some rows of the scores, shape (chosen rows,).

    Raises:
        UserError: a score is not from 0 to 1.
    """
    values: NDArray[np.floating] = finite_column(scores, SCORE, rows)
    wrong = np.flatnonzero((values < 0) | (values > 1))
    if wrong.size:
        raise UserError(f"{scores.path}: score {values[wrong[0]]} is not between 0 and 1; run score_events again")
    return values


def finite_column(store: EventStore, column: str, rows: NDArray[np.bool_]) -> NDArray[Any]:
    """Give some rows of a column, shape (chosen rows,).

    Raises:
        UserError: a value is not finite.
    """
    values = store.column(column)[rows]
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        row = np.flatnonzero(rows)[bad[0]]
        raise UserError(
            f"{store.path}: column '{column}' is {values[bad[0]]} in row {row} and in {bad.size - 1} more rows; "
            "mend the branch or cut these events away in the selection"
        )
    return values


def refuse_empty(fillings: Sequence[Filling]) -> None:
    """Check that every region has a simulated event within its bins.

    Raises:
        UserError: one has none.
    """
    for filling in fillings:
        if not sum(counts.events for counts in filling.counts.values()):
            raise UserError(
                f"no simulated event is in region '{filling.into.region}' within the range of "
                f"{' and '.join(filling.into.columns)}; check the region's selection and the bin edges"
            )


def report_outside(fillings: Sequence[Filling]) -> None:
    """Log how many events are outside the bins."""
    for filling in fillings:
        for process, counts in filling.counts.items():
            if counts.events_outside:
                log.info(
                    "%s: %d of %d events of %s (sum of weights %.6g) are outside the bins; kept in the flow bins",
                    filling.into,
                    counts.events_outside,
                    counts.events + counts.events_outside,
                    "data" if process is None else process,
                    counts.sum_of_weights_outside,
                )
