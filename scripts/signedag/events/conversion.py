"""From one ROOT file to columns: every chunk is read once and gives the rows of all shifts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.config.events import ConvertNtupleSettings
from signedag.config.normalisation import TreeSum
from signedag.events.columns import Recipe, Table, check_finite, jets_and_missing, make_table
from signedag.events.dijet import JetsAndMissing, scaled_jet_energy
from signedag.events.expressions import names_in
from signedag.events.folds import counted_event_numbers, folds_and_halves
from signedag.events.layout import NOMINAL, SUMMARY_FILE, TRUTH, store_file
from signedag.events.ntuples import JAGGED, Chunk, Ntuple
from signedag.events.plan import Plan, ShiftPlan, make_plan
from signedag.events.store import (
    CALIBRATION_HALF,
    EVENT_NUMBER,
    FOLD,
    GENERATOR_WEIGHT,
    WEIGHT,
    StoreWriter,
    region_column,
    variation_column,
    writing_store,
)
from signedag.events.yields import SumsPerFold, Yield
from signedag.files import write_json


@dataclass
class ShiftTotals:
    """What one shift's events add up to."""

    rows: int = 0
    undefined: int = 0
    cutflow: dict[str, Yield] = field(default_factory=dict)
    regions: dict[str, Yield] = field(default_factory=dict)

    def add_step(self, step: str, weights: NDArray[np.float64]) -> None:
        """Add signed weights to a step of the cutflow."""
        self.cutflow[step] = self.cutflow.get(step, Yield()) + Yield.of(weights)

    def add_region(self, region: str, weights: NDArray[np.float64]) -> None:
        """Add signed weights to a region."""
        self.regions[region] = self.regions.get(region, Yield()) + Yield.of(weights)

    def as_json(self) -> dict[str, Any]:
        """Give the totals."""
        return {
            "rows": self.rows,
            "undefined_in_selection": self.undefined,
            "cutflow": [{"step": step, **total.as_json()} for step, total in self.cutflow.items()],
            "regions": {name: total.as_json() for name, total in self.regions.items()},
        }


def convert(
    location: str, settings: ConvertNtupleSettings, sample: str, part: int, folder: Path, provenance: Mapping[str, str]
) -> dict[str, Any]:
    """Convert one ROOT file to a store per shift, the truth and a summary.

    Args:
        location: path or URL of the ROOT file.
        settings: the stage's settings.
        sample: the sample's name.
        part: number of the file within the sample, from 0.
        folder: where `<shift>.arrow`, `truth.arrow` (if the settings name any truth) and `summary.json` go.
        provenance: kept in every file.

    Returns:
        the content of `summary.json`.

    Raises:
        UserError: something in the file or the settings is wrong; nothing is left behind.
    """
    plan = make_plan(settings)
    events = settings.events
    with Ntuple(location) as ntuple, ExitStack() as stack:
        tree = ntuple.tree(events.tree)
        wanted = plan.branches()
        tree.check(wanted)
        jagged = tuple(name for name, (shape, _) in wanted.items() if shape == JAGGED)
        flat = tuple(name for name in wanted if name not in jagged and name not in plan.integers())
        stores = [shift.name for shift in plan.shifts] + [TRUTH] * plan.has_truth
        writers = {name: stack.enter_context(writing_store(folder / store_file(name), provenance)) for name in stores}
        conversion = _Conversion(plan, ntuple.identity, writers)
        for chunk in tree.chunks(flat, jagged, plan.integers(), events.chunk_events):
            conversion.add(chunk)
        summary = conversion.summary()
        if settings.other_tree is not None:
            summary["denominator"] = sum_over_tree(ntuple, settings.other_tree, events.chunk_events)
    summary |= {"sample": sample, "part": part, "input": Path(location).name, "provenance": dict(provenance)}
    write_json(folder / SUMMARY_FILE, summary)
    return summary


def sum_over_tree(ntuple: Ntuple, wanted: TreeSum, chunk_events: int) -> float:
    """Add up an expression of flat branches over all entries of another tree.

    Raises:
        UserError: tree or branch are missing, or a value is NaN or infinite.
    """
    tree = ntuple.tree(wanted.tree, "normalisation.other_tree.tree")
    key = "normalisation.other_tree.sum_of"
    how = Recipe(dict.fromkeys(names_in(wanted.sum_of), key), (), None)
    tree.check(how.branches({}))
    total = 0.0
    for chunk in tree.chunks(tuple(how.flat), (), (), chunk_events):
        table = make_table(chunk, how, {}, None)
        values = table.evaluate(wanted.sum_of, key)
        check_finite(chunk, table.rows, values, f"'{wanted.sum_of}'", f"mend the ntuple (settings key {key})")
        total += float(np.sum(values))
    return total


class _Conversion:
    """The conversion of one file, with totals that grow chunk by chunk."""

    def __init__(self, plan: Plan, file_identity: str, writers: Mapping[str, StoreWriter]) -> None:
        self._plan = plan
        self._events = plan.settings.events
        self._file_identity = file_identity
        self._writers = writers
        self._entries = 0
        self._generated = Yield()
        folds = plan.settings.folds
        self._denominator = SumsPerFold((0,) * folds, (0.0,) * folds)
        self._totals = {shift.name: ShiftTotals() for shift in plan.shifts}

    def add(self, chunk: Chunk) -> None:
        """Convert a chunk for all shifts."""
        numbers = self._event_numbers(chunk)
        weights = self._weights(chunk, numbers)
        self._entries += chunk.rows
        self._generated += Yield.of(weights)
        measured: dict[tuple[tuple[str, str], ...], JetsAndMissing] = {}
        for shift in self._plan.shifts:
            given = None
            if self._events.reconstruction is not None:
                key = tuple(sorted(shift.inputs.items()))
                if key not in measured:
                    measured[key] = jets_and_missing(chunk, shift.inputs)
                given = scaled_jet_energy(measured[key], shift.jet_energy_scale)
            table = make_table(chunk, self._plan.recipe(shift), shift.inputs, given)
            self._add_shift(chunk, shift, table, weights, numbers)

    def _weights(self, chunk: Chunk, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate weights and denominator of all entries, shape (entries,)."""
        settings = self._plan.settings
        table = make_table(chunk, self._plan.weights, self._events.branches, None)
        weights = np.ones(chunk.rows)
        if not settings.is_data:
            weights = np.asarray(table.evaluate(self._events.weight, "events.weight"), dtype=np.float64)
            what = f"the weight '{self._events.weight}'"
            check_finite(chunk, table.rows, weights, what, "mend the ntuple or the settings key events.weight")
        if settings.denominator is not None:
            key = "normalisation.sum_of"
            values = table.evaluate(settings.denominator, key)
            what = f"the denominator '{settings.denominator}'"
            check_finite(chunk, table.rows, values, what, f"mend the ntuple (settings key {key})")
            fold, _ = folds_and_halves(numbers, settings.folds)
            self._denominator += SumsPerFold.of(np.asarray(values, dtype=np.float64), fold, settings.folds)
        return weights

    def _event_numbers(self, chunk: Chunk) -> NDArray[np.int64]:
        if self._events.event_number is None:
            return counted_event_numbers(self._file_identity, chunk.start, chunk.stop)
        return chunk.flat[self._events.event_number]

    def _add_shift(
        self, chunk: Chunk, shift: ShiftPlan, table: Table, weights: NDArray[np.float64], numbers: NDArray[np.int64]
    ) -> None:
        """Select rows of one shift, count them and append them to its store."""
        events, totals = self._events, self._totals[shift.name]
        row_weights = weights[table.rows]
        selected = table.passes(events.selection, "events.selection")
        regions = {
            name: selected & table.passes(region.selection, f"events.regions.{name}.selection")
            for name, region in events.regions.items()
        }
        kept = np.logical_or.reduce(list(regions.values()))
        totals.add_step("all entries", weights)
        if events.reconstruction is not None:
            totals.add_step(f"at least {events.reconstruction.minimum_jets} selected jets", row_weights)
        totals.add_step("events.selection", row_weights[selected])
        totals.add_step("in any region", row_weights[kept])
        for name, inside in regions.items():
            totals.add_region(name, row_weights[inside])
        totals.rows += int(kept.sum())
        totals.undefined += self._count_undefined(table)
        here = np.flatnonzero(kept)
        self._write(
            chunk, shift, table.at(here), {name: inside[here] for name, inside in regions.items()}, weights, numbers
        )

    def _count_undefined(self, table: Table) -> int:
        """Count the rows where a column that a selection uses is NaN: such comparisons are false."""
        undefined = np.zeros(table.rows.size, dtype=np.bool_)
        for name in self._plan.selecting:
            undefined |= np.isnan(table.columns[name])
        return int(undefined.sum())

    def _write(
        self,
        chunk: Chunk,
        shift: ShiftPlan,
        table: Table,
        regions: Mapping[str, NDArray[np.bool_]],
        weights: NDArray[np.float64],
        numbers: NDArray[np.int64],
    ) -> None:
        """Append the rows of one shift to its store, and the truth of nominal ones to theirs."""
        event_number, weight = numbers[table.rows], weights[table.rows]
        fold, half = folds_and_halves(event_number, self._plan.settings.folds)
        columns: dict[str, NDArray[Any]] = {
            EVENT_NUMBER: event_number,
            FOLD: fold,
            CALIBRATION_HALF: half,
            WEIGHT: weight,
        }
        values = {name: _finite(chunk, table, name, "events.features", "f4") for name in self._events.features}
        values |= {name: _finite(chunk, table, name, "events.spectators") for name in self._events.spectators}
        if shift.name == NOMINAL:
            columns[GENERATOR_WEIGHT] = weight
            columns |= self._variations(chunk, table, weight)
        columns |= values
        columns |= {region_column(name): inside for name, inside in regions.items()}
        self._writers[shift.name].append(columns)
        if shift.name == NOMINAL and self._plan.has_truth:
            truth = {
                name: _finite(chunk, table, text, f"events.truth.{name}") for name, text in self._events.truth.items()
            }
            self._writers[TRUTH].append({EVENT_NUMBER: event_number, **truth})

    def _variations(self, chunk: Chunk, table: Table, weight: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        columns = {}
        for name, variation in self._plan.settings.variations.items():
            for side in ("up", "down"):
                key = f"uncertainties.variations.{name}.{side}"
                columns[variation_column(name, side)] = weight * _finite(chunk, table, getattr(variation, side), key)
        return columns

    def summary(self) -> dict[str, Any]:
        """Give entries, sums of weights, denominator and cutflows so far."""
        settings = self._plan.settings
        return {
            "is_data": settings.is_data,
            "entries": self._entries,
            "folds": settings.folds,
            "numbered_by_file": self._file_identity if self._events.event_number is None else None,
            "denominator": self._denominator.total if settings.denominator is not None else None,
            "denominator_per_fold": self._denominator.as_json() if settings.denominator is not None else None,
            "generated": self._generated.as_json(),
            "selection": self._events.selection,
            "shifts": {name: totals.as_json() for name, totals in self._totals.items()},
            "has_truth": self._plan.has_truth,
        }


def _finite(chunk: Chunk, table: Table, text: str, key: str, kind: str = "f8") -> NDArray[Any]:
    """Evaluate a column of kept rows and check that it is a number, shape (rows,)."""
    with np.errstate(over="ignore"):
        values = np.asarray(table.evaluate(text, key)).astype(kind)
    check_finite(
        chunk, table.rows, values, f"'{text}'", f"mend the ntuple or select such events away (settings key {key})"
    )
    return values
