"""Damaged event stores: each is one line that refuses it, or gives the values that were written.

python tests/fuzz/fuzz_stores.py --cases 8000 --seed 1
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from forked import DIFFERENT, REFUSED, SAME, counted_cases, report
from mutations import mutated

from signedag.errors import UserError
from signedag.events.store import EventStore, writing_store
from signedag.identity import Identity

CASES = 8000
DTYPES = ("i8", "i1", "?", "f4", "f8", "u2")
EVENTS = Identity.of("events", sample="tt", shift="nominal")


def write_stores(folder: Path, seed: int) -> list[bytes]:
    """Write stores of different batches, columns and sizes, and give their bytes."""
    generator = np.random.default_rng(seed)
    written = []
    for number, batches in enumerate([(40,), (0,), (17, 0, 23), (1, 300, 9), (2000,)]):
        path = folder / f"{number}.arrow"
        with writing_store(path, {"settings": '{"seed":1}', "sample": "tt"}, EVENTS) as writer:
            for rows in batches:
                columns = {
                    f"column_{dtype}": generator.integers(0, 2 if dtype == "?" else 100, rows).astype(dtype)
                    for dtype in DTYPES
                }
                writer.append({"event_number": generator.integers(0, 2**60, rows), **columns})
        written.append(path.read_bytes())
    return written


def read_all(path: Path) -> list[object]:
    """Read all that a store holds."""
    store = EventStore(path, EVENTS)
    columns = [(name, values.dtype.str, values.tobytes()) for name, values in store.columns(store.names).items()]
    batches = [[values.tobytes() for values in batch.values()] for batch in store.batches()]
    return [store.rows, store.provenance, store.types(), store.row_key, columns, batches]


def main() -> int:
    """Run the cases."""
    arguments = counted_cases(__doc__, CASES)
    with tempfile.TemporaryDirectory() as folder:
        whole, damaged = Path(folder) / "whole.arrow", Path(folder) / "damaged.arrow"
        stores = write_stores(Path(folder), arguments.seed)
        expected: dict[int, list[object]] = {}

        def case(number: int) -> tuple[int, str, bytes]:
            source = random.Random(f"{arguments.seed} {number}")
            store = source.randrange(len(stores))
            return store, *mutated(source, stores[store])

        def run(number: int) -> tuple[str, str]:
            store, how, content = case(number)
            if store not in expected:
                whole.write_bytes(stores[store])
                expected[store] = read_all(whole)
            damaged.unlink(missing_ok=True)  # another file: the one before may still be mapped
            damaged.write_bytes(content)
            try:
                found = read_all(damaged)
            except UserError as error:
                return ("several lines", str(error)) if "\n" in str(error) else (REFUSED, how)
            return (SAME, how) if found == expected[store] else (DIFFERENT, f"store {store}, {how}")

        def keep(number: int) -> None:
            if arguments.keep:
                arguments.keep.mkdir(parents=True, exist_ok=True)
                (arguments.keep / f"store_{number}.arrow").write_bytes(case(number)[2])

        return report("stores", run, arguments.cases, keep)


if __name__ == "__main__":
    sys.exit(main())
