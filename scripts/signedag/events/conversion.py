"""From one ROOT file to columns: the nominal events, or those of all shifts, in one pass over the file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.config.events import ConvertNtupleSettings, ConvertShiftsSettings
from signedag.config.normalisation import TreeSum
from signedag.events.columns import Recipe, Table, check_finite, jets_and_missing, make_table
from signedag.events.dijet import JetsAndMissing, scaled_jets
from signedag.events.expressions import names_in
from signedag.events.folds import counted_event_numbers, folds_and_halves
from signedag.events.layout import NOMINAL, SHIFTS_FILE, SUMMARY_FILE, TRUTH, store_file
from signedag.events.ntuples import FLAT, JAGGED, Chunk, Ntuple, Tree
from signedag.events.plan import Plan, ShiftPlan, nominal_plan, shifts_plan
from signedag.events.smearing import smearing
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
from signedag.events.summaries import NtupleSummary, ShiftsSummary, StoreTotals
from signedag.events.yields import SumsPerFold, Yield
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.seeds import entropy

SUM_OF = "normalisation.other_tree.sum_of"


def convert(
    location: str, settings: ConvertNtupleSettings, sample: str, part: int, folder: Path, provenance: Mapping[str, str]
) -> NtupleSummary:
    """Convert one ROOT file to the store of its nominal events, the truth and a summary.

    Args:
        location: path or URL of the ROOT file.
        settings: the stage's settings.
        sample: the sample's name.
        part: number of the file within the sample, from 0.
        folder: where `nominal.arrow`, `truth.arrow` (if the settings name any truth) and `summary.json` go.
        provenance: kept in every file.

    Returns:
        the content of `summary.json`.

    Raises:
        UserError: something in the file or the settings is wrong; nothing is left behind.
    """
    plan = nominal_plan(settings)
    with Ntuple(location) as ntuple:
        totals = _converted(ntuple, plan, folder, provenance, Identity.of("converted events", sample=sample, part=part))
        denominator = totals.denominator.total if settings.denominator is not None else None
        if settings.other_tree is not None:
            denominator = sum_over_tree(ntuple, settings.other_tree, plan.events.chunk_events)
        summary = NtupleSummary(
            sample=sample,
            part=part,
            input=Path(location).name,
            is_data=settings.is_data,
            entries=totals.entries,
            folds=settings.folds,
            numbered_by_file=ntuple.identity if plan.events.event_number is None else None,
            denominator=denominator,
            denominator_per_fold=totals.denominator if settings.denominator is not None else None,
            generated=totals.generated,
            selection=plan.events.selection,
            nominal=totals.stores[NOMINAL],
            has_truth=bool(plan.truth),
            provenance=provenance,
        )
    write_json(folder / SUMMARY_FILE, summary.as_json(), Identity.of("conversion summary", sample=sample, part=part))
    return summary


def convert_shifts(
    location: str, settings: ConvertShiftsSettings, sample: str, part: int, folder: Path, provenance: Mapping[str, str]
) -> ShiftsSummary:
    """Convert one ROOT file to a store per shift, `<shift>_up.arrow` and `<shift>_down.arrow`, and `shifts.json`.

    Arguments are those of `convert`.

    Raises:
        UserError: something in the file or the settings is wrong; nothing is left behind.
    """
    with Ntuple(location) as ntuple:
        identity = Identity.of("converted events", sample=sample, part=part)
        totals = _converted(ntuple, shifts_plan(settings), folder, provenance, identity)
    summary = ShiftsSummary(sample, (part,), totals.entries, totals.stores, provenance)
    write_json(folder / SHIFTS_FILE, summary.as_json(), Identity.of("shifts of a part", sample=sample, part=part))
    return summary


def branches_of_sum(ntuple: Ntuple, wanted: TreeSum) -> tuple[Tree, dict[str, str]]:
    """Give the other tree of a normalisation and the branches that its sum takes, each with its settings key.

    Raises:
        UserError: tree or branch are missing, or a branch holds no number.
    """
    tree = ntuple.tree(wanted.tree, "normalisation.other_tree.tree")
    branches = dict.fromkeys(sorted(names_in(wanted.sum_of)), SUM_OF)
    tree.check({name: (FLAT, key) for name, key in branches.items()})
    return tree, branches


def sum_over_tree(ntuple: Ntuple, wanted: TreeSum, chunk_events: int) -> float:
    """Add up an expression of flat branches over all entries of another tree.

    Raises:
        UserError: tree or branch are missing, or a value is NaN or infinite.
    """
    tree, branches = branches_of_sum(ntuple, wanted)
    how = Recipe(branches, (), None)
    key = SUM_OF
    total = 0.0
    for chunk in tree.chunks(tuple(how.flat), (), (), chunk_events):
        table = make_table(chunk, how, {}, None)
        values = table.numbers(wanted.sum_of, key)
        check_finite(chunk, table.rows, values, f"'{wanted.sum_of}'", f"mend the ntuple (settings key {key})")
        total += float(np.sum(values))
    return total


def _converted(
    ntuple: Ntuple, plan: Plan, folder: Path, provenance: Mapping[str, str], identity: Identity
) -> _Conversion:
    """Read the file chunk by chunk and write the stores of the plan."""
    tree = ntuple.tree(plan.events.tree)
    wanted = plan.branches()
    tree.check(wanted)
    tree.check_integers(plan.integers())
    jagged = tuple(name for name, (shape, _) in wanted.items() if shape == JAGGED)
    flat = tuple(name for name in wanted if name not in jagged and name not in plan.integers())
    names = [shift.name for shift in plan.shifts] + [TRUTH] * bool(plan.truth)
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(
                writing_store(folder / store_file(name), provenance, identity.of_more(shift=name))
            )
            for name in names
        }
        conversion = _Conversion(plan, ntuple.identity, writers)
        for chunk in tree.chunks(flat, jagged, plan.integers(), plan.events.chunk_events):
            conversion.add(chunk)
    return conversion


class _Conversion:
    """The conversion of one file, with totals that grow chunk by chunk."""

    def __init__(self, plan: Plan, file_identity: str, writers: Mapping[str, StoreWriter]) -> None:
        self._plan = plan
        self._events = plan.events
        self._file_identity = file_identity
        self._writers = writers
        self.entries = 0
        self.generated = Yield()
        self.denominator = SumsPerFold((0,) * plan.folds, (0.0,) * plan.folds)
        self.stores = {shift.name: StoreTotals() for shift in plan.shifts}

    def add(self, chunk: Chunk) -> None:
        """Convert a chunk for all shifts of the plan."""
        numbers = self._event_numbers(chunk)
        weights = self._weights(chunk, numbers)
        self.entries += chunk.rows
        self.generated += Yield.of(weights)
        measured: dict[tuple[tuple[str, str], ...], JetsAndMissing] = {}
        for shift in self._plan.shifts:
            given = None
            if self._events.reconstruction is not None:
                key = tuple(sorted(shift.inputs.items()))
                if key not in measured:
                    measured[key] = jets_and_missing(chunk, shift.inputs)
                given = scaled_jets(measured[key], self._scales(shift, measured[key], numbers))
            table = make_table(chunk, self._plan.columns, shift.inputs, given)
            self._add_shift(chunk, shift, table, weights, numbers)

    @staticmethod
    def _scales(shift: ShiftPlan, given: JetsAndMissing, numbers: NDArray[np.int64]) -> float | NDArray[np.float64]:
        """Give what multiplies the jets' momenta under a shift: one factor, or one per jet."""
        if not shift.jet_resolution:
            return shift.jet_energy_scale
        return smearing(given, numbers, shift.jet_resolution, salt=entropy(0, "convert_shifts", shift.name))

    def _weights(self, chunk: Chunk, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate the weights of all entries, shape (entries,), and add up the denominator fold by fold."""
        plan = self._plan
        table = make_table(chunk, plan.weights, self._events.branches, None)
        weights = np.ones(chunk.rows)
        if not plan.is_data:
            weights = table.numbers(self._events.weight, "events.weight")
            what = f"the weight '{self._events.weight}'"
            check_finite(chunk, table.rows, weights, what, "mend the ntuple or the settings key events.weight")
        if plan.denominator is not None:
            key = "normalisation.sum_of"
            values = table.numbers(plan.denominator, key)
            what = f"the denominator '{plan.denominator}'"
            check_finite(chunk, table.rows, values, what, f"mend the ntuple (settings key {key})")
            fold, _ = folds_and_halves(numbers, plan.folds)
            self.denominator += SumsPerFold.of(values, fold, plan.folds)
        return weights

    def _event_numbers(self, chunk: Chunk) -> NDArray[np.int64]:
        if self._events.event_number is None:
            return counted_event_numbers(self._file_identity, chunk.start, chunk.stop)
        return chunk.flat[self._events.event_number]

    def _add_shift(
        self, chunk: Chunk, shift: ShiftPlan, table: Table, weights: NDArray[np.float64], numbers: NDArray[np.int64]
    ) -> None:
        """Select rows of one shift, count them and append them to its store."""
        events = self._events
        row_weights = weights[table.rows]
        selected = table.passes(events.selection, "events.selection")
        regions = {
            name: selected & table.passes(region.selection, f"events.regions.{name}.selection")
            for name, region in events.regions.items()
        }
        kept = np.logical_or.reduce(list(regions.values()))
        steps = {"all entries": Yield.of(weights)}
        if events.reconstruction is not None:
            steps[f"at least {events.reconstruction.minimum_jets} selected jets"] = Yield.of(row_weights)
        steps["events.selection"] = Yield.of(row_weights[selected])
        steps["in any region"] = Yield.of(row_weights[kept])
        inside = {name: Yield.of(row_weights[members]) for name, members in regions.items()}
        fold, _ = folds_and_halves(numbers[table.rows], self._plan.folds)
        folds = {
            name: tuple(np.bincount(fold[members], minlength=self._plan.folds).tolist())
            for name, members in regions.items()
        }
        self.stores[shift.name] += StoreTotals(int(kept.sum()), self._count_undefined(table), steps, inside, folds)
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
        fold, half = folds_and_halves(event_number, self._plan.folds)
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
        if self._plan.truth:
            truth = {
                name: _finite(chunk, table, text, f"events.truth.{name}") for name, text in self._plan.truth.items()
            }
            self._writers[TRUTH].append({EVENT_NUMBER: event_number, **truth})

    def _variations(self, chunk: Chunk, table: Table, weight: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        columns = {}
        for name, variation in self._plan.variations.items():
            for side in ("up", "down"):
                key = f"uncertainties.variations.{name}.{side}"
                text = getattr(variation, side)
                varied = weight * _finite(chunk, table, text, key)
                check_finite(chunk, table.rows, varied, f"the weight times '{text}'", f"mend the ntuple ({key})")
                columns[variation_column(name, side)] = varied
        return columns


def _finite(chunk: Chunk, table: Table, text: str, key: str, kind: str = "f8") -> NDArray[Any]:
    """Evaluate a column of kept rows and check that it is a number, shape (rows,)."""
    with np.errstate(over="ignore"):
        values = table.numbers(text, key).astype(kind)
    check_finite(
        chunk, table.rows, values, f"'{text}'", f"mend the ntuple or select such events away (settings key {key})"
    )
    return values
