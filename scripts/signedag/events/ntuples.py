"""Reading ROOT files: opening with errors that name the thing and the fix, and chunks of bounded size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
from numpy.typing import NDArray

from signedag.config.base import suggestion
from signedag.errors import UserError
from signedag.events.exact import beyond_float64

Shape = str
FLAT, JAGGED = "one number per event", "a list per event"
_HEADER_BYTES = 20
_LARGE_FILE_VERSION = 1_000_000
_OTHER_FORMATS = {b"\x89HDF": "an HDF5 file", b"PAR1": "a Parquet file", b"ARROW1": "an Arrow file"}


@dataclass(frozen=True)
class Chunk:
    """Consecutive entries of a tree.

    Flat branches are arrays of shape (entries,): float64, or the branch's integers where float64 would round them, or
    int64 where they were asked for as integers; jagged branches are awkward arrays of that length.
    """

    file: str
    start: int
    stop: int
    flat: Mapping[str, NDArray[Any]]
    jagged: Mapping[str, ak.Array]

    @property
    def rows(self) -> int:
        """Number of entries."""
        return self.stop - self.start

    def entries_where(self, wrong: NDArray[np.bool_]) -> str:
        """Say where entries are wrong; `wrong` has shape (entries,) and at least one true element."""
        first = self.start + int(np.argmax(wrong))
        return f"{int(wrong.sum())} of the entries {self.start} to {self.stop - 1}, first at entry {first}"


def _check_header(path: Path) -> None:
    """Check that a local file is a ROOT file and as long as its header says."""
    if not path.exists():
        raise UserError(f"{path}: no such file; correct the path, or run the rule that makes it")
    if path.is_dir():
        raise UserError(f"{path}: is a folder; name the ROOT files in it")
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if header[:4] != b"root" or len(header) < _HEADER_BYTES:
        raise UserError(f"{path}: not a ROOT file{_other_format(header)}")
    version = int.from_bytes(header[4:8], "big")
    end = int.from_bytes(header[12:20] if version >= _LARGE_FILE_VERSION else header[12:16], "big")
    size = path.stat().st_size
    if size < end:
        raise UserError(f"{path}: truncated, {size} of {end} bytes are there; copy it again or make it again")


def _other_format(header: bytes) -> str:
    """Say what a file that is no ROOT file is, and the fix."""
    for magic, name in _OTHER_FORMATS.items():
        if header.startswith(magic):
            return f" but {name}; write its columns as a TTree, for example with uproot (recreate and mktree)"
    if len(header) == _HEADER_BYTES and header.isascii() and header.decode().replace("\n", " ").isprintable():
        return (
            " but text; write its columns as a TTree, for example with uproot (recreate and mktree), or fetch it again"
        )
    return " (it does not begin with 'root'); correct the path or fetch it again"


class Ntuple:
    """An open ROOT file; use it as a context manager.

    Args:
        location: path or URL of the file.

    Raises:
        UserError: the file is missing, is no ROOT file, or is truncated or damaged.
    """

    def __init__(self, location: str | Path) -> None:
        self.location = str(location)
        options: dict[str, Any] = {}
        if "://" not in self.location:
            _check_header(Path(self.location))
            # The default handler takes `::` and `~` for more than a name, and could read another file.
            options["handler"] = uproot.MultithreadedFileSource
        with reading(f"{self.location}:"):
            # As a plain string, a colon would end the file's name.
            self._file = uproot.open({self.location: None}, **options)

    def __enter__(self) -> Ntuple:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def identity(self) -> str:
        """The UUID that the file got when it was made; a copy or a renamed file keeps it."""
        return str(self._file.file.uuid)

    def tree(self, name: str, key: str = "events.tree") -> Tree:
        """Give a tree.

        Args:
            name: the tree's name, with its folder if it is in one.
            key: the settings key that names it, for messages.

        Raises:
            UserError: there is no such tree; the message lists those that there are.
        """
        with reading(f"{self.location}:"):
            classes = self._file.classnames(cycle=False)
            trees = sorted(known for known, kind in classes.items() if kind in ("TTree", "TNtuple", "TNtupleD"))
            if name in trees:
                return Tree(self, self._file[name])
        if "RNTuple" in classes.get(name, ""):
            raise UserError(
                f"{self.location}: '{name}' is an RNTuple, which is not read; write it as a TTree, for example with "
                f"RDataFrame's Snapshot (settings key {key})"
            )
        if name in classes:
            raise UserError(
                f"{self.location}: '{name}' is a {classes[name]}, no TTree; convert it (settings key {key})"
            )
        raise UserError(f"{self.location}: no tree '{name}'{suggestion(name, trees)} (settings key {key})")


class Tree:
    """A tree of an open file."""

    def __init__(self, ntuple: Ntuple, tree: Any) -> None:
        self.file = ntuple.location
        self.entries = int(tree.num_entries)
        self._tree = tree
        self._known = set(tree.keys()) | set(tree.keys(full_paths=False))

    def check(self, wanted: Mapping[str, tuple[Shape, str]]) -> None:
        """Check that branches are there and have the shape that is expected of them.

        Args:
            wanted: branch → its shape (`FLAT` or `JAGGED`) and the settings key that asks for it.

        Raises:
            UserError: a branch is missing, or has another shape.
        """
        for name, (shape, key) in wanted.items():
            if name not in self._known:
                raise UserError(
                    f"{self.file}: tree '{self._tree.name}' has no branch '{name}'{suggestion(name, self._known)} "
                    f"(settings key {key})"
                )
            with reading(f"{self.file}: branch '{name}'"):
                found, kind = _shape(self._tree[name].interpretation), self._tree[name].typename
            if found != shape:
                raise UserError(
                    f"{self.file}: branch '{name}' holds {found} (type {kind}), "
                    f"expected {shape}; name another branch (settings key {key})"
                )

    def check_integers(self, names: Sequence[str]) -> None:
        """Check that flat branches hold integers.

        Raises:
            UserError: a branch holds other numbers.
        """
        for name in names:
            with reading(f"{self.file}: branch '{name}'"):
                dtype = self._tree[name].interpretation.to_dtype
            if dtype.kind not in "iu":
                raise UserError(
                    f"{self.file}: branch '{name}' holds {dtype}, event numbers must be integers; "
                    "name another branch or set events.event_number to null"
                )

    def chunks(
        self, flat: Sequence[str], jagged: Sequence[str], integers: Sequence[str], events: int
    ) -> Iterator[Chunk]:
        """Read branches chunk by chunk, each entry once.

        Args:
            flat: branches to read as float64 (see `Chunk`).
            jagged: branches to read as jagged arrays.
            integers: flat branches to read as int64; see `check_integers`.
            events: most entries in a chunk.

        Yields:
            the chunks in order; one empty chunk if the tree has no entries.

        Raises:
            UserError: the bytes cannot be read, with the entries that were asked for.
        """
        names = sorted({*flat, *jagged, *integers})
        if not names:
            raise ValueError("name at least one branch")
        iterator = self._tree.iterate(names, step_size=events, how=dict, library="ak")
        start = 0
        while start < self.entries:
            stop = min(start + events, self.entries)
            arrays = self._next(iterator, start, stop)
            numbers = {name: _numbers(arrays[name]) for name in flat}
            numbers |= {name: self._whole(name, arrays[name]) for name in integers}
            yield Chunk(self.file, start, stop, numbers, {name: arrays[name] for name in jagged})
            start = stop
        if self.entries == 0:
            empty: NDArray[np.float64] = np.zeros(0)
            lists = ak.Array(np.zeros((0, 0)))
            whole = {name: empty.astype(np.int64) for name in integers}
            yield Chunk(self.file, 0, 0, dict.fromkeys(flat, empty) | whole, dict.fromkeys(jagged, lists))

    def _next(self, iterator: Iterator[Any], start: int, stop: int) -> dict[str, ak.Array]:
        entries = f"{self.file}: entries {start} to {stop - 1}"
        with reading(entries):
            arrays: dict[str, ak.Array] = next(iterator)
            lengths = {len(values) for values in arrays.values()}
        if lengths != {stop - start}:
            raise UserError(f"{entries} are not all there; copy the file again")
        return arrays

    def _whole(self, name: str, values: ak.Array) -> NDArray[np.int64]:
        numbers = np.asarray(ak.to_numpy(values))
        if numbers.dtype == np.uint64 and numbers.size and numbers.max() >= 2**63:
            raise UserError(
                f"{self.file}: branch '{name}' has event numbers of 2^63 and more; "
                "write them as signed integers or set events.event_number to null"
            )
        return numbers.astype(np.int64)


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn whatever uproot raises over damaged bytes, which can be anything, into one line about `what`.

    Raises:
        UserError: it cannot be read.
    """
    try:
        yield
    except (UserError, MemoryError):
        raise
    except Exception as error:
        first = (str(error).strip().splitlines() or [""])[0][:200]
        raise UserError(
            f"{what} cannot be read, the file is damaged ({type(error).__name__}: {first}); copy or make it again"
        ) from error


def _numbers(values: ak.Array) -> NDArray[Any]:
    """Give a flat branch as float64, or as it is where this would round its integers."""
    numbers = ak.to_numpy(values)
    return np.asarray(numbers) if beyond_float64(numbers) else np.asarray(numbers, dtype=np.float64)


def _shape(interpretation: Any) -> Shape:
    """Describe what a branch holds per event."""
    if isinstance(interpretation, uproot.AsJagged):
        content = interpretation.content
        return (
            JAGGED
            if isinstance(content, uproot.AsDtype) and content.to_dtype.shape == ()
            else "lists of something else"
        )
    if isinstance(interpretation, uproot.AsDtype):
        dtype = interpretation.to_dtype
        if dtype.shape != ():
            return f"a fixed number of values ({'x'.join(map(str, dtype.shape))}) per event"
        return FLAT if dtype.names is None else "a structure per event"
    return "something that is no number"
