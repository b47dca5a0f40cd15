"""Rows of tables as ROOT files, one for each sample, like those of simulated events."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import uproot
from numpy.typing import NDArray

from signedag.config.tables import EVENT, TREE, WEIGHT, ReadTableSettings
from signedag.errors import UserError
from signedag.events.table_rows import SKIPPED, RowSorter
from signedag.events.tables import TableBatch, batches
from signedag.files import whole_or_nothing
from signedag.root_files import reproducible_root_file
from signedag.seeds import entropy

log = logging.getLogger("signedag")

FIRST_NUMBER_OF_FILE = 1_000_000_000
BASKET_EVENTS = 50_000
"""Events that are written at once."""


@dataclass(frozen=True)
class TableCounts:
    """How many rows there were."""

    rows: tuple[int, ...]
    """Rows of each file."""
    events: Mapping[str, int]
    """Rows of each sample."""
    skipped: int
    """Rows that were passed over."""

    def as_json(self, files: Sequence[Path]) -> dict[str, Any]:
        """Give the counts with the files that they are of."""
        read = [{"file": str(file), "rows": rows} for file, rows in zip(files, self.rows, strict=True)]
        return {"files": read, "events": dict(self.events), "skipped_rows": self.skipped}


def write_samples(files: Sequence[Path], settings: ReadTableSettings, folder: Path) -> TableCounts:
    """Write the rows of each sample to `<sample>.root`.

    Each has a tree `events` with `event`, `generator_weight` and the features. The event number is the row's number
    within its file, from 1, plus 10^9 for each file before it, so it is another one in every row. The bytes follow from
    the content of the files and their order. Memory holds a batch of text and some events of each sample.

    Args:
        files: the CSV files.
        settings: what they hold, and which rows are whose.
        folder: where the ROOT files go.

    Raises:
        UserError: a file or a row is wrong (see `batches` and `RowSorter`), a feature or a weight is no finite number,
            or a sample has no rows; nothing is left behind.
    """
    sorter = RowSorter(settings)
    rows_of_files, skipped = [], 0
    with ExitStack() as stack:
        writers = [stack.enter_context(_written(folder / f"{name}.root", name)) for name in settings.samples]
        for number, file in enumerate(files):
            rows = 0
            for batch in batches(file, settings.columns):
                samples = sorter.samples_of(batch)
                branches = _branches(batch, samples != SKIPPED, number)
                for index, writer in enumerate(writers):
                    own = np.flatnonzero(samples == index)
                    writer.append({name: values[own] for name, values in branches.items()})
                rows += batch.rows
                skipped += int((samples == SKIPPED).sum())
            rows_of_files.append(rows)
            log.info("%s: %d rows", file, rows)
        events = {name: writer.events for name, writer in zip(settings.samples, writers, strict=True)}
        _check_rows(events, files, settings)
    return TableCounts(tuple(rows_of_files), events, skipped)


def _check_rows(events: Mapping[str, int], files: Sequence[Path], settings: ReadTableSettings) -> None:
    lines = [
        f"sample '{name}': no row with {settings.samples[name].described()} in {', '.join(map(str, files))}; correct "
        f"samples.{name}.table, or remove it there to leave the sample out"
        for name, count in events.items()
        if not count
    ]
    if lines:
        raise UserError("\n".join(lines))


def _branches(batch: TableBatch, kept: NDArray[np.bool_], number: int) -> dict[str, NDArray[Any]]:
    """Give the branches of a batch, each of shape (rows,), and check that kept rows have numbers."""
    first = number * FIRST_NUMBER_OF_FILE + batch.first_row
    weight = np.ones(batch.rows) if batch.weight is None else batch.weight
    branches: dict[str, NDArray[Any]] = {EVENT: np.arange(first, first + batch.rows, dtype=np.int64), WEIGHT: weight}
    with np.errstate(over="ignore"):
        branches |= {name: values.astype(np.float32) for name, values in batch.features.items()}
    columns = {**batch.columns.features, WEIGHT: batch.columns.weight}
    originals = {**batch.features, WEIGHT: weight}
    for name, values in originals.items():
        wrong = kept & ~np.isfinite(branches[name])
        if wrong.any():
            row = int(np.argmax(wrong))
            said = "is empty or NaN" if np.isnan(values[row]) else f"is {values[row]:g}"
            raise UserError(
                f"{batch.line(row)}: column '{columns[name]}' {said}, expected a finite number; correct or remove "
                "the row"
            )
    return branches


@contextmanager
def _written(path: Path, sample: str) -> Iterator[_SampleWriter]:
    """Open the ROOT file of a sample; if anything goes wrong, nothing of it is left."""
    identity = uuid.UUID(int=entropy(0, "read_table", sample))
    with whole_or_nothing(path) as temporary, reproducible_root_file(temporary, identity, uproot.LZ4(4)) as file:
        writer = _SampleWriter(file)
        yield writer
        writer.flush()


class _SampleWriter:
    """The tree of an open ROOT file, whose events are written once there are enough of them."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._tree: Any = None
        self._waiting: list[dict[str, NDArray[Any]]] = []
        self._rows = 0
        self.events = 0

    def append(self, branches: dict[str, NDArray[Any]]) -> None:
        """Add events, each branch of shape (events,)."""
        rows = branches[EVENT].size
        if rows:
            self._waiting.append(branches)
            self._rows += rows
            self.events += rows
        if self._rows >= BASKET_EVENTS:
            self.flush()

    def flush(self) -> None:
        """Write the events that wait."""
        if not self._waiting:
            return
        whole = {name: np.concatenate([one[name] for one in self._waiting]) for name in self._waiting[0]}
        if self._tree is None:
            self._tree = self._file.mktree(TREE, {name: values.dtype for name, values in whole.items()})
        self._tree.extend(whole)
        self._waiting, self._rows = [], 0
