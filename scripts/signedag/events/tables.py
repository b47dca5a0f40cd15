"""Reading CSV tables of events batch by batch: plain or gzip, with mistakes named by file, line and column."""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
from numpy.typing import NDArray

from signedag.config.base import suggestion
from signedag.config.tables import TableColumns
from signedag.errors import UserError

GZIP = b"\x1f\x8b"
BLOCK_BYTES = 8 << 20
"""Text to hold in memory at once."""
LONGEST_HEADER = 1 << 20
_WRONG_LENGTH = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")
_WRONG_VALUE = re.compile(r"In CSV column #(\d+): Row #(\d+): CSV conversion error to \w+: invalid value '(.*)'", re.S)


@dataclass(frozen=True)
class TableBatch:
    """Consecutive rows of a file; numbers are NaN where a field is empty."""

    file: Path
    first_row: int
    """Number of the first row, from 1; the header is line 1 of the file, so row 1 is line 2."""
    columns: TableColumns
    """What columns are called."""
    label: NDArray[np.float64]
    """Shape (rows,)."""
    mass: NDArray[np.float64] | None
    """Shape (rows,); None where the file has no such column."""
    process: pa.StringArray | None
    """Names of processes; None where the file has no such column or none was asked for."""
    weight: NDArray[np.float64] | None
    """Shape (rows,); None where none was asked for: each row has weight 1."""
    features: Mapping[str, NDArray[np.float64]]
    """By branch, each of shape (rows,)."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.label.size

    def line(self, row: int) -> str:
        """Name a row of the batch for messages: file and line."""
        return f"{self.file}: line {self.first_row + row + 1}"


def read_header(path: Path, columns: TableColumns) -> tuple[str, ...]:
    """Read the names of a file's columns, and check that those that every file needs are there.

    Raises:
        UserError: the file is missing, is no such table or lacks a column.
    """
    with _opened(path) as file:
        return _header(path, file, columns)


def batches(path: Path, columns: TableColumns) -> Iterator[TableBatch]:
    """Read a file, each row once and in order.

    Memory holds one batch, of about 8 MB of text.

    Args:
        path: a CSV file with a header, plain or compressed by gzip.
        columns: what its columns are called.

    Raises:
        UserError: the file is missing, damaged or no such table, a row has too few or too many fields, or a number is
            none.
    """
    with _opened(path) as file:
        header = _header(path, file, columns)
        if not file.peek(1):
            return
        wanted = list(_columns_by_key(columns).values())
        wanted += [name for name in (columns.mass, columns.process) if name is not None and name in header]
        types = {name: pa.string() if name == columns.process else pa.float64() for name in wanted}
        first_row = 1
        for batch in _arrow_batches(path, file, header, types):
            if batch.num_rows:
                yield _table_batch(path, first_row, columns, batch)
            first_row += batch.num_rows


def _arrow_batches(
    path: Path, file: IO[bytes], header: Sequence[str], types: Mapping[str, pa.DataType]
) -> Iterator[pa.RecordBatch]:
    """Parse the rows below the header; in one thread, so that pyarrow knows the number of a row that is wrong."""
    try:
        reader = arrow_csv.open_csv(
            file,
            arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=list(header)),
            arrow_csv.ParseOptions(ignore_empty_lines=False),
            arrow_csv.ConvertOptions(column_types=dict(types), include_columns=list(types)),
        )
        yield from reader
    except pa.ArrowInvalid as error:
        raise UserError(f"{path}: {_explained(str(error), header)}") from error


def _explained(message: str, header: Sequence[str]) -> str:
    """Say what pyarrow stumbled over: line, column, value and fix."""
    if wrong := _WRONG_LENGTH.search(message):
        return f"line {int(wrong[1]) + 1}: has {wrong[3]} fields, the header has {wrong[2]}; correct or remove the row"
    if wrong := _WRONG_VALUE.search(message):
        return (
            f"line {int(wrong[2]) + 1}: column '{header[int(wrong[1])]}' has '{_short(wrong[3])}', which is no number; "
            "correct the row, or name another column under tables.columns"
        )
    return f"cannot be read as CSV ({_short(message)}); correct or fetch it again"


def _short(text: str, longest: int = 100) -> str:
    line = "".join(character if character.isprintable() else "\ufffd" for character in text)
    return line if len(line) <= longest else f"{line[:longest]}…"


def _table_batch(path: Path, first_row: int, columns: TableColumns, batch: pa.RecordBatch) -> TableBatch:
    def numbers(name: str | None) -> NDArray[np.float64] | None:
        if name is None or name not in batch.schema.names:
            return None
        values: NDArray[np.float64] = batch.column(name).to_numpy(zero_copy_only=False)  # an empty field is NaN
        return values

    named = columns.process is not None and columns.process in batch.schema.names
    return TableBatch(
        file=path,
        first_row=first_row,
        columns=columns,
        label=batch.column(columns.label).to_numpy(zero_copy_only=False),
        mass=numbers(columns.mass),
        process=batch.column(columns.process) if named else None,
        weight=numbers(columns.weight),
        features={
            branch: batch.column(name).to_numpy(zero_copy_only=False) for branch, name in columns.features.items()
        },
    )


def _columns_by_key(columns: TableColumns) -> dict[str, str]:
    """Give the columns that every file must have, by settings key: mass and process are those of some rows alone."""
    keys = {"label": columns.label} | ({"weight": columns.weight} if columns.weight is not None else {})
    return keys | {f"features.{branch}": name for branch, name in columns.features.items()}


def _header(path: Path, file: IO[bytes], columns: TableColumns) -> tuple[str, ...]:
    """Read the first line of an open file, as `read_header` does."""
    line = file.readline(LONGEST_HEADER)
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: line 1 is no text; give a CSV file, plain or compressed by gzip") from error
    fields = next(csv.reader([text], skipinitialspace=True), [])
    if not fields:
        raise UserError(f"{path}: has no header in line 1; fetch it again, or write the names of the columns there")
    if all(map(_is_number, fields)):
        raise UserError(f"{path}: line 1 holds numbers, no header; write the names of the columns there")
    header = tuple(field.strip().removeprefix("#").strip() for field in fields)
    for key, name in _columns_by_key(columns).items():
        if name not in header:
            raise UserError(f"{path}: has no column '{name}'{suggestion(name, set(header))} (tables.columns.{key})")
    for name in header:
        if header.count(name) > 1 and name in {*_columns_by_key(columns).values(), columns.mass, columns.process}:
            raise UserError(f"{path}: its header in line 1 has the column '{name}' twice; rename one of them")
    return header


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a file for reading its text as bytes, whatever it is compressed with.

    Raises:
        UserError: there is no such file, or gzip cannot decompress it.
    """
    if not path.is_file():
        what = "is a folder; name the files in it" if path.is_dir() else "no such file; correct the path"
        raise UserError(f"{path}: {what} (tables.files)")
    try:
        with path.open("rb") as raw:
            compressed = raw.read(len(GZIP)) == GZIP
        if path.suffix == ".gz" and not compressed:
            raise UserError(f"{path}: is no gzip file, but named like one; fetch it again, or rename it if it is text")
        with gzip.open(path, "rb") if compressed else path.open("rb") as file:
            yield file
    except EOFError as error:
        raise UserError(f"{path}: is truncated, its gzip stream has no end; fetch it again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise UserError(f"{path}: is damaged, gzip cannot decompress it ({error}); fetch it again") from error
    except OSError as error:
        cause = error.strerror or error
        raise UserError(f"{path}: cannot be read ({cause}); check the disk and the permissions") from error
