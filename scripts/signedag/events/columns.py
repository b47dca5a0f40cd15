"""Which branches a column needs, and columns from branches: inputs, observables and the settings' expressions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from signedag.config.events import DijetReconstruction, Events
from signedag.config.observables import DIJET_INPUTS, DIJET_OBSERVABLES
from signedag.errors import UserError
from signedag.events.dijet import JetsAndMissing, reconstruct
from signedag.events.exact import as_numbers
from signedag.events.expressions import evaluate, in_order, in_short, names_in
from signedag.events.ntuples import FLAT, JAGGED, Chunk, Shape

JAGGED_INPUTS = tuple(name for name in DIJET_INPUTS if name.startswith("jet_"))


LARGEST = np.float64(1e100)
"""No value of an event is larger: sums of squares of any number of them are finite."""


@dataclass(frozen=True)
class Recipe:
    """How the wanted names follow from a file's branches.

    `flat` maps each name that is a branch of its own to the settings key that asks for it; `derived` holds the names
    and expressions of columns in an order in which each uses only earlier ones.
    """

    flat: Mapping[str, str]
    derived: tuple[tuple[str, str], ...]
    reconstruction: DijetReconstruction | None

    def branches(self, inputs: Mapping[str, str]) -> dict[str, tuple[Shape, str]]:
        """Give the branches to read: branch → shape and settings key.

        Args:
            inputs: input name → branch, for inputs whose branch has another name.

        Raises:
            UserError: a branch is used as a number per event and as a list per event.
        """
        wanted = {inputs.get(name, name): (FLAT, key) for name, key in self.flat.items()}
        for name in DIJET_INPUTS if self.reconstruction is not None else ():
            shape = JAGGED if name in JAGGED_INPUTS else FLAT
            wanted = joined(wanted, {inputs.get(name, name): (shape, f"events.branches.{name}")})
        return wanted


def joined(
    first: Mapping[str, tuple[Shape, str]], second: Mapping[str, tuple[Shape, str]]
) -> dict[str, tuple[Shape, str]]:
    """Put two sets of branches together.

    Raises:
        UserError: they differ in what a branch holds, naming both settings keys.
    """
    for name, (shape, key) in second.items():
        other, other_key = first.get(name, (shape, key))
        if other != shape:
            raise UserError(
                f"{other_key} takes branch '{name}' as {other}, {key} takes it as {shape}; expressions use {FLAT}"
            )
    return {**first, **second}


def recipe(events: Events, wanted: Iterable[tuple[str, str]]) -> Recipe:
    """Find out what the wanted expressions need.

    Args:
        events: the settings.
        wanted: expressions (or names) with the settings key of each, for messages.
    """
    observables = set(DIJET_OBSERVABLES) if events.reconstruction is not None else set()
    flat: dict[str, str] = {}
    derived: set[str] = set()
    waiting = [(name, key) for text, key in wanted for name in sorted(names_in(text))]
    for name, key in waiting:
        if name in derived or name in flat:
            continue
        if name in events.columns:
            derived.add(name)
            waiting += [(used, f"events.columns.{name}") for used in sorted(names_in(events.columns[name]))]
        elif name not in observables:
            flat[name] = f"events.branches.{name}" if name in events.branches else key
    ordered = tuple((name, events.columns[name]) for name in in_order(events.columns) if name in derived)
    return Recipe(flat, ordered, events.reconstruction)


@dataclass(frozen=True)
class Table:
    """Columns of some entries of a chunk: `rows` (rows,) are positions in the chunk, `columns` have shape (rows,)."""

    rows: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]

    def at(self, positions: NDArray[np.int64]) -> Table:
        """Give some of the rows; `positions` has shape (rows kept,)."""
        return Table(self.rows[positions], {name: values[positions] for name, values in self.columns.items()})

    def evaluate(self, text: str, key: str) -> NDArray[Any]:
        """Evaluate an expression of the columns, shape (rows,); `key` is the settings key that holds it."""
        try:
            return evaluate(text, self.columns, self.rows.size)
        except UserError as error:
            raise UserError(f"{key}: {error}") from error

    def numbers(self, text: str, key: str) -> NDArray[np.float64]:
        """Evaluate an expression to float64, shape (rows,); integers that this type lacks are refused."""
        return as_numbers(self.evaluate(text, key), f"{key}: '{in_short(text)}'")

    def passes(self, text: str, key: str) -> NDArray[np.bool_]:
        """Tell which rows pass a selection, shape (rows,); a selection that is NaN is not passed."""
        values = self.evaluate(text, key)
        passed: NDArray[np.bool_] = (values != 0) & ~np.isnan(values)
        return passed


def make_table(chunk: Chunk, how: Recipe, inputs: Mapping[str, str], given: JetsAndMissing | None) -> Table:
    """Compute the columns of a chunk.

    Args:
        chunk: the entries.
        how: what to compute.
        inputs: input name → branch, for inputs whose branch has another name.
        given: jets and missing momentum of all entries; `None` without a reconstruction.

    Returns:
        the columns of the entries with enough selected jets, or of all entries without a reconstruction.
    """
    rows = np.arange(chunk.rows)
    columns: dict[str, NDArray[Any]] = {}
    if how.reconstruction is not None and given is not None:
        rows, observables = reconstruct(given, how.reconstruction)
        columns.update(observables)
    for name in how.flat:
        columns[name] = chunk.flat[inputs.get(name, name)][rows]
    for name, text in how.derived:
        columns[name] = evaluate(text, columns, rows.size)
    return Table(rows, columns)


def jets_and_missing(chunk: Chunk, inputs: Mapping[str, str]) -> JetsAndMissing:
    """Take the reconstruction's inputs from a chunk.

    Args:
        chunk: the entries.
        inputs: input name → branch, for inputs whose branch has another name.

    Raises:
        UserError: an input is NaN or infinite, or jets' branches differ in length; the message names the entries.
    """
    jagged = {name: chunk.jagged[inputs.get(name, name)] for name in JAGGED_INPUTS}
    counts = {name: np.asarray(ak.num(values), dtype=np.int64) for name, values in jagged.items()}
    number = counts[JAGGED_INPUTS[0]]
    for name, own in counts.items():
        if not np.array_equal(number, own):
            first, other = inputs.get(JAGGED_INPUTS[0], JAGGED_INPUTS[0]), inputs.get(name, name)
            where = chunk.entries_where(number != own)
            raise UserError(f"{chunk.file}: branches '{first}' and '{other}' differ in their number of jets in {where}")
    event_of_jet = np.repeat(np.arange(chunk.rows), number)
    values = {}
    for name in DIJET_INPUTS:
        branch = inputs.get(name, name)
        if name in JAGGED_INPUTS:
            values[name] = np.asarray(ak.to_numpy(ak.flatten(jagged[name])), dtype=np.float64)
            rows = event_of_jet
        else:
            values[name] = np.asarray(chunk.flat[branch], dtype=np.float64)
            rows = np.arange(chunk.rows)
        fix = f"mend the ntuple or name another branch (settings key events.branches.{name})"
        check_finite(chunk, rows, values[name], f"branch '{branch}'", fix)
    return JetsAndMissing(
        number,
        values["jet_pt_gev"],
        values["jet_eta"],
        values["jet_phi"],
        values["jet_mass_gev"],
        values["jet_btag"],
        values["met_gev"],
        values["met_phi"],
    )


def check_finite(chunk: Chunk, rows: NDArray[np.int64], values: NDArray[Any], what: str, fix: str) -> None:
    """Check that values that belong to entries of a chunk are numbers of which squares can be added up.

    Args:
        chunk: the entries.
        rows: position in the chunk that each value belongs to, shape (values,).
        values: shape (values,).
        what: what they are, for messages.
        fix: how to mend it, for messages.

    Raises:
        UserError: some are NaN, infinite or beyond `LARGEST`, naming file and entries.
    """
    for wrong, how in (
        (~np.isfinite(values), "is NaN or infinite"),
        (np.abs(values) > LARGEST, f"is larger than {LARGEST:g}"),
    ):
        if wrong.any():
            entries = np.zeros(chunk.rows, dtype=np.bool_)
            entries[rows[wrong]] = True
            raise UserError(f"{chunk.file}: {what} {how} in {chunk.entries_where(entries)}; {fix}")
