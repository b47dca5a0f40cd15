"""The event store: one columnar Arrow IPC file per sample and shift, memory-mapped on reading.

The file made by the conversion fixes the rows. Every later stage adds a file of its own with the same rows in the
same order and notes the row key, a digest of the event numbers, which is checked whenever two are read together. A
stage may have a row for some of the events only; it then carries the row key of these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from signedag.config.base import suggestion
from signedag.errors import UserError
from signedag.files import whole_or_nothing

Columns = Mapping[str, NDArray[Any]]

EVENT_NUMBER = "event_number"
WEIGHT = "weight"
GENERATOR_WEIGHT = "generator_weight"
FOLD = "fold"
CALIBRATION_HALF = "calibration_half"
REGION_PREFIX = "region_"
VARIATION_PREFIX = "weight_"
ROW_KEY = "row_key"


def region_column(region: str) -> str:
    """Name the boolean column that tells which events are in `region`."""
    return REGION_PREFIX + region


def variation_column(variation: str, side: str) -> str:
    """Name the column of the signed weight under a weight variation; `side` is `up` or `down`."""
    return f"{VARIATION_PREFIX}{variation}_{side}"


class StoreWriter:
    """Appends batches of rows to a store that is being written (see `writing_store`)."""

    def __init__(self, temporary: Path, provenance: Mapping[str, str]) -> None:
        self.rows = 0
        self._path = temporary
        self._provenance = dict(provenance)
        self._writer: pa.ipc.RecordBatchFileWriter | None = None

    def append(self, columns: Columns) -> None:
        """Add rows: arrays of shape (rows,), the same names and types in every batch; no rows are fine."""
        batch = pa.record_batch({name: pa.array(values) for name, values in columns.items()})
        if self._writer is None:
            self._writer = pa.ipc.new_file(str(self._path), batch.schema.with_metadata(self._provenance))
        self._writer.write_batch(batch)
        self.rows += batch.num_rows

    def close(self) -> None:
        """Finish the file."""
        if self._writer is None:
            raise ValueError(
                f"{self._path}: a store needs at least one batch, if only an empty one, to know its columns"
            )
        self._writer.close()


@contextmanager
def writing_store(path: Path, provenance: Mapping[str, str]) -> Iterator[StoreWriter]:
    """Write a store batch by batch; the file appears only when the block ends well.

    Args:
        path: the file to make.
        provenance: settings, code version, seed, ...; kept in the file's metadata.

    Raises:
        UserError: the file could not be written, naming it.
    """
    with whole_or_nothing(path) as temporary:
        writer = StoreWriter(temporary, provenance)
        try:
            yield writer
        finally:
            if writer._writer is not None:
                writer.close()
        if writer._writer is None:
            writer.close()


def write_store(path: Path, columns: Columns, provenance: Mapping[str, str]) -> None:
    """Write a whole store at once; see `writing_store`."""
    with writing_store(path, provenance) as writer:
        writer.append(columns)


def write_stage(
    path: Path,
    events: EventStore,
    columns: Columns,
    provenance: Mapping[str, str],
    rows: NDArray[np.bool_] | None = None,
) -> None:
    """Write one stage's columns for the rows of `events`, with their row key.

    Args:
        path: the file to make.
        events: the events that the columns belong to.
        columns: arrays of shape (number of chosen rows,).
        provenance: kept in the file's metadata.
        rows: mask of the rows that the stage has, shape (events.rows,); all of them if not given.

    Raises:
        ValueError: a column's length is not the number of chosen rows, or the mask's not that of `events`.
        UserError: the file could not be written.
    """
    expected, key = events.key_of(rows)
    for name, values in columns.items():
        if values.shape != (expected,):
            raise ValueError(
                f"{path}: column {name} has shape {values.shape}, {_described(events, rows)} has {expected} rows"
            )
    write_store(path, columns, {**provenance, ROW_KEY: key})


class EventStore:
    """A store opened for reading; nothing but its footer is read until columns are asked for.

    Raises:
        UserError: the file is missing, or no store, or was cut short.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        try:
            self._reader = pa.ipc.open_file(pa.memory_map(str(self.path), "r"))
        except FileNotFoundError as error:
            raise UserError(f"{path}: no such event store; run the rule that makes it first") from error
        except pa.ArrowInvalid as error:
            raise UserError(
                f"{path}: not a readable event store ({error}); delete it and run its rule again"
            ) from error
        metadata = self._reader.schema.metadata or {}
        self.provenance = {key.decode(): value.decode() for key, value in metadata.items()}
        self._table = self._reader.read_all()
        self.rows: int = self._table.num_rows

    @property
    def names(self) -> list[str]:
        """The columns' names, in the order in which they were written."""
        return list(self._table.column_names)

    @cached_property
    def row_key(self) -> str:
        """Digest of the event numbers in row order; a stage's file carries the one of the events it was made from."""
        if ROW_KEY in self.provenance:
            return str(self.provenance[ROW_KEY])
        return _digest(self.column(EVENT_NUMBER))

    def key_of(self, rows: NDArray[np.bool_] | None) -> tuple[int, str]:
        """Give the number and the row key of some of the rows.

        Args:
            rows: mask of the rows, shape (rows,); all of them if not given.

        Raises:
            ValueError: the mask has another shape or is not boolean.
            UserError: the store has no event numbers to tell its rows by.
        """
        if rows is None:
            return self.rows, self.row_key
        if rows.shape != (self.rows,) or rows.dtype != np.bool_:
            raise ValueError(f"{self.path}: a mask of type {rows.dtype} and shape {rows.shape} for {self.rows} rows")
        return int(rows.sum()), _digest(self.column(EVENT_NUMBER)[rows])

    def column(self, name: str) -> NDArray[Any]:
        """Read one column, shape (rows,).

        Raises:
            UserError: there is no such column.
        """
        if name not in self._table.column_names:
            raise UserError(f"{self.path}: no column '{name}'{suggestion(name, self.names)}")
        values: NDArray[Any] = self._table.column(name).to_numpy()
        return values

    def columns(self, names: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Read several columns, each of shape (rows,)."""
        return {name: self.column(name) for name in names}

    def batches(self) -> Iterator[dict[str, NDArray[Any]]]:
        """Give the rows batch by batch, as they were written, all columns each; memory holds one batch at a time."""
        for batch in self._table.to_batches():
            yield {name: batch.column(name).to_numpy(zero_copy_only=False) for name in batch.schema.names}

    def types(self) -> dict[str, str]:
        """Give the columns' names and types, in the order in which they were written."""
        return {field.name: str(field.type) for field in self._table.schema}

    def matrix(self, names: Sequence[str]) -> NDArray[np.float32]:
        """Read several columns as one float32 matrix, shape (rows, len(names)): the input of a network."""
        matrix = np.empty((self.rows, len(names)), dtype=np.float32)
        for index, name in enumerate(names):
            matrix[:, index] = self.column(name)
        return matrix


def open_stage(path: Path, events: EventStore, rows: NDArray[np.bool_] | None = None) -> EventStore:
    """Open a stage's file that must have the rows of `events`, or those that the mask `rows` (events.rows,) chooses.

    Raises:
        ValueError: the mask has another shape than the events.
        UserError: row count or key differ: the file belongs to another conversion, or to other rows of this one.
    """
    stage = EventStore(path)
    expected, key = events.key_of(rows)
    if stage.rows != expected or stage.row_key != key:
        raise UserError(
            f"{path}: its {stage.rows} rows are not those of {_described(events, rows)} ({expected} rows); "
            "it was made from another conversion or for other events, delete it and run its rule again"
        )
    return stage


def _digest(event_numbers: NDArray[np.int64]) -> str:
    """Digest event numbers in their order, shape (rows,)."""
    return hashlib.sha256(np.ascontiguousarray(event_numbers, dtype="<i8").tobytes()).hexdigest()[:16]


def _described(events: EventStore, rows: NDArray[np.bool_] | None) -> str:
    return str(events.path) if rows is None else f"the chosen part of {events.path}"
