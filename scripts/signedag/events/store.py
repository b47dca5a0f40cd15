"""The event store: one columnar Arrow IPC file per sample and shift, memory-mapped on reading.

The file made by the conversion fixes the rows. Every later stage adds a file of its own with the same rows in the
same order and notes the row key, a digest of the event numbers, which is checked whenever two are read together. A
stage may have a row for some of the events only; it then carries the row key of these.

A store says what it is (`signedag.identity`) and carries checksums (`signedag.events.store_contents`); whoever opens it
says what it should be, and every column is checked when it is first read.
"""

from __future__ import annotations

import hashlib
import json
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
from signedag.events.store_contents import Contents, DamagedStoreError, checksum_of_values, values_of
from signedag.files import whole_or_nothing
from signedag.identity import IDENTITY, Identity, check_identity

Columns = Mapping[str, NDArray[Any]]

EVENT_NUMBER = "event_number"
WEIGHT = "weight"
GENERATOR_WEIGHT = "generator_weight"
FOLD = "fold"
CALIBRATION_HALF = "calibration_half"
REGION_PREFIX = "region_"
VARIATION_PREFIX = "weight_"
ROW_KEY = "row_key"

_WHAT_DAMAGE_RAISES = (pa.ArrowException, OSError, ValueError, KeyError, IndexError, TypeError, MemoryError)
"""What Arrow and Python raise when they read a damaged file."""


def region_column(region: str) -> str:
    """Name the boolean column that tells which events are in `region`."""
    return REGION_PREFIX + region


def variation_column(variation: str, side: str) -> str:
    """Name the column of the signed weight under a weight variation; `side` is `up` or `down`."""
    return f"{VARIATION_PREFIX}{variation}_{side}"


class StoreWriter:
    """Appends batches of rows to a store that is being written (see `writing_store`)."""

    def __init__(self, temporary: Path, metadata: Mapping[str, str]) -> None:
        self._path = temporary
        self._metadata = dict(metadata)
        self._writer: pa.ipc.RecordBatchFileWriter | None = None
        self._schema: pa.Schema | None = None
        self._rows: list[int] = []
        self._checksums: dict[str, list[int]] = {}

    @property
    def rows(self) -> int:
        """Rows written so far."""
        return sum(self._rows)

    def append(self, columns: Columns) -> None:
        """Add rows: arrays of numbers or booleans of shape (rows,), the same names and types in every batch.

        No rows are fine.

        Raises:
            ValueError: a column holds something else.
        """
        batch = pa.record_batch({name: pa.array(values) for name, values in columns.items()})
        if self._writer is None:
            if others := [field.name for field in batch.schema if not pa.types.is_primitive(field.type)]:
                raise ValueError(f"{self._path}: column {others[0]} holds neither numbers nor booleans")
            self._schema = batch.schema.with_metadata(self._metadata)
            self._writer = pa.ipc.new_file(str(self._path), self._schema)
        self._writer.write_batch(batch)
        self._rows.append(batch.num_rows)
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            self._checksums.setdefault(name, []).append(checksum_of_values(array))

    def close(self) -> None:
        """Finish the file."""
        if self._writer is None or self._schema is None:
            raise ValueError(
                f"{self._path}: a store needs at least one batch, if only an empty one, to know its columns"
            )
        contents = Contents(tuple(self._rows), {name: tuple(values) for name, values in self._checksums.items()})
        nothing = pa.RecordBatch.from_arrays([pa.array([], field.type) for field in self._schema], schema=self._schema)
        self._writer.write_batch(nothing, custom_metadata=contents.as_metadata(self._schema))
        self._writer.close()


@contextmanager
def writing_store(path: Path, provenance: Mapping[str, str], identity: Identity) -> Iterator[StoreWriter]:
    """Write a store batch by batch; the file appears only when the block ends well.

    Args:
        path: the file to make.
        provenance: settings, code version, seed, ...; kept in the file's metadata.
        identity: what the file is.

    Raises:
        UserError: the file could not be written, naming it.
    """
    with whole_or_nothing(path) as temporary:
        writer = StoreWriter(temporary, {**provenance, IDENTITY: identity.as_text()})
        try:
            yield writer
        finally:
            if writer._writer is not None:
                writer.close()
        if writer._writer is None:
            writer.close()


def write_store(path: Path, columns: Columns, provenance: Mapping[str, str], identity: Identity) -> None:
    """Write a whole store at once; see `writing_store`."""
    with writing_store(path, provenance, identity) as writer:
        writer.append(columns)


def write_stage(
    path: Path,
    events: EventStore,
    columns: Columns,
    provenance: Mapping[str, str],
    identity: Identity,
    rows: NDArray[np.bool_] | None = None,
) -> None:
    """Write one stage's columns for the rows of `events`, with their row key.

    Args:
        path: the file to make.
        events: the events that the columns belong to.
        columns: arrays of shape (number of chosen rows,).
        provenance: kept in the file's metadata.
        identity: what the file is.
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
    write_store(path, columns, {**provenance, ROW_KEY: key}, identity)


class EventStore:
    """A store opened for reading; nothing but its description is read until columns are asked for.

    Args:
        path: the file.
        expected: what it should be.

    Raises:
        UserError: the file is missing, is no store, was cut short or changed, or is not what is expected. So does
            reading a column whose values have been changed.
    """

    def __init__(self, path: Path, expected: Identity) -> None:
        self.path = Path(path)
        self._expected = expected
        try:
            self._open()
        except FileNotFoundError as error:
            raise UserError(f"{path}: no such event store; run the rule that makes it first") from error
        except DamagedStoreError as error:
            raise UserError(f"{path}: not a readable event store ({error}); {self._made_again()}") from error
        except _WHAT_DAMAGE_RAISES as error:
            reason = " ".join(str(error).split())[:200]
            raise UserError(f"{path}: not a readable event store ({reason}); {self._made_again()}") from error

    def _open(self) -> None:
        """Read and check everything but the values."""
        reader = pa.ipc.open_file(pa.memory_map(str(self.path), "r"))
        if not reader.num_record_batches:
            raise DamagedStoreError("has no rows and does not say so")
        last = reader.num_record_batches - 1
        self._schema = reader.schema
        self._contents = Contents.read(reader.get_batch_with_custom_metadata(last).custom_metadata, self._schema)
        self._batches = [reader.get_batch(number) for number in range(last)]
        if tuple(batch.num_rows for batch in self._batches) != self._contents.rows:
            raise DamagedStoreError("its batches do not have the rows that they should have")
        self.rows = sum(self._contents.rows)
        metadata = {key.decode(): value.decode() for key, value in (self._schema.metadata or {}).items()}
        written = json.loads(metadata.pop(IDENTITY, "null"))
        check_identity(self.path, written, self._expected)
        self.identity = Identity.read(written)
        self.provenance = metadata
        self._read: dict[str, pa.ChunkedArray] = {}

    def _made_again(self) -> str:
        return self._expected.made_again()

    @property
    def sample(self) -> str:
        """The sample that the events are of."""
        return self.identity.names["sample"]

    @property
    def names(self) -> list[str]:
        """The columns' names, in the order in which they were written."""
        return list(self._schema.names)

    def _values(self, name: str, number: int) -> pa.Array:
        """Give the values of one batch of a column, checked.

        Raises:
            UserError: they are not those that were written.
        """
        position = self._schema.get_field_index(name)
        try:
            written = self._batches[number].column(position)
            if len(written) != self._contents.rows[number]:
                raise DamagedStoreError("has not the rows that it should have")
            if checksum_of_values(written) != self._contents.columns[name][number]:
                raise DamagedStoreError("does not have the values that were written")
        except (DamagedStoreError, *_WHAT_DAMAGE_RAISES) as error:
            reason = " ".join(str(error).split())[:200]
            raise UserError(f"{self.path}: column '{name}' is damaged, it {reason}; {self._made_again()}") from error
        # Only the values: a damaged mask of missing values would be read past its end.
        return pa.Array.from_buffers(written.type, len(written), [None, pa.py_buffer(values_of(written))])

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
        if name not in self._schema.names:
            raise UserError(f"{self.path}: no column '{name}'{suggestion(name, self.names)}")
        if name not in self._read:
            parts = [self._values(name, number) for number in range(len(self._batches))]
            self._read[name] = pa.chunked_array(parts, type=self._schema.field(name).type)
        values: NDArray[Any] = self._read[name].to_numpy()
        return values

    def columns(self, names: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Read several columns, each of shape (rows,)."""
        return {name: self.column(name) for name in names}

    def batches(self) -> Iterator[dict[str, NDArray[Any]]]:
        """Give the rows batch by batch, as they were written, all columns each; memory holds one batch at a time."""
        for number in range(len(self._batches)):
            yield {name: self._values(name, number).to_numpy(zero_copy_only=False) for name in self.names}

    def types(self) -> dict[str, str]:
        """Give the columns' names and types, in the order in which they were written."""
        return {field.name: str(field.type) for field in self._schema}

    def matrix(self, names: Sequence[str]) -> NDArray[np.float32]:
        """Read several columns as one float32 matrix, shape (rows, len(names)): the input of a network."""
        matrix = np.empty((self.rows, len(names)), dtype=np.float32)
        for index, name in enumerate(names):
            matrix[:, index] = self.column(name)
        return matrix


def open_stage(path: Path, events: EventStore, expected: Identity, rows: NDArray[np.bool_] | None = None) -> EventStore:
    """Open a stage's file that must have the rows of `events`, or those that the mask `rows` (events.rows,) chooses.

    Args:
        path: the file.
        events: the events that it belongs to.
        expected: what it should be.
        rows: which of them it has; all of them if not given.

    Raises:
        ValueError: the mask has another shape than the events.
        UserError: row count or key differ: the file belongs to another conversion, or to other rows of this one.
    """
    stage = EventStore(path, expected)
    number, key = events.key_of(rows)
    if stage.rows != number or stage.row_key != key:
        raise UserError(
            f"{path}: its {stage.rows} rows are not those of {_described(events, rows)} ({number} rows); "
            f"it was made from another conversion or for other events, {stage._made_again()}"
        )
    return stage


def _digest(event_numbers: NDArray[np.int64]) -> str:
    """Digest event numbers in their order, shape (rows,)."""
    return hashlib.sha256(np.ascontiguousarray(event_numbers, dtype="<i8").tobytes()).hexdigest()[:16]


def _described(events: EventStore, rows: NDArray[np.bool_] | None) -> str:
    return str(events.path) if rows is None else f"the chosen part of {events.path}"
