"""Events that would count more than once: in the files twice, or in two regions that one likelihood holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.events.store import EVENT_NUMBER, WEIGHT, EventStore, region_column
from signedag.events.yields import Yield

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""An odd number whose multiples fill 64 bits evenly (2^64 over the golden ratio)."""


@dataclass(frozen=True)
class Repetitions:
    """Rows of a sample that look like others of it."""

    numbers: int
    """Rows whose event number an earlier row has, too."""
    events: int
    """Those of them that are equal to the earlier row in every column: most likely the same event again."""

    def as_json(self) -> dict[str, int]:
        """Give both counts."""
        return asdict(self)


@dataclass(frozen=True)
class Overlap:
    """Events that are in two regions."""

    regions: tuple[str, str]
    total: Yield
    """Events expected in data."""

    def as_json(self) -> dict[str, Any]:
        """Give the regions, the number of events and those expected in data."""
        return {
            "regions": list(self.regions),
            "events": self.total.events,
            "expected_events": self.total.sum_of_weights,
        }


def repetitions(events: EventStore) -> Repetitions:
    """Count repeated event numbers and repeated events of a sample."""
    numbers = events.column(EVENT_NUMBER)
    repeated = numbers.size - np.unique(numbers).size
    if not repeated:
        return Repetitions(0, 0)
    rows = np.flatnonzero(np.isin(numbers, _seen_again(numbers)))
    digests = _row_digests([events.column(name)[rows] for name in events.names])
    return Repetitions(int(repeated), int(rows.size - np.unique(digests).size))


def overlaps(events: EventStore, regions: Sequence[str]) -> Iterator[Overlap]:
    """Give the pairs of regions that share events, with their signed weights.

    Args:
        events: a sample's events.
        regions: names of the regions.
    """
    weights = events.column(WEIGHT)
    inside = {name: events.column(region_column(name)) for name in regions}
    for first, second in combinations(sorted(regions), 2):
        shared = inside[first] & inside[second]
        if shared.any():
            yield Overlap((first, second), Yield.of(weights[shared]))


def _seen_again(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the values that occur more than once."""
    values, counts = np.unique(numbers, return_counts=True)
    return values[counts > 1]


def _row_digests(columns: Sequence[NDArray[np.generic]]) -> NDArray[np.uint64]:
    """Give a number for each row, equal for rows that are equal in every column, shape (rows,).

    Two rows that differ get the same number with a probability of about 2^-64.
    """
    digests = np.zeros(columns[0].shape, dtype=np.uint64)
    for values in columns:
        bits = np.ascontiguousarray(values).view(f"u{values.dtype.itemsize}").astype(np.uint64)
        digests = (digests ^ bits) * MULTIPLIER
        digests ^= digests >> np.uint64(29)
    return digests
