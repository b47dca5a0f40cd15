"""Events that would count twice are counted: in the files, and in two regions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from event_stores import opened, write_events
from hypothesis import given
from hypothesis import strategies as st

from signedag.events.repetition import Overlap, Repetitions, _row_digests, overlaps, repetitions
from signedag.events.store import EventStore
from signedag.events.yields import Yield


def store(folder: Path, **columns: list[float] | list[bool] | list[int]) -> EventStore:
    arrays = {name: np.array(values) for name, values in columns.items()}
    write_events(folder / "nominal.arrow", arrays)
    return opened(folder / "nominal.arrow")


def test_the_same_event_again_is_told_from_the_same_number(tmp_path: Path) -> None:
    """Event 1 is in the files three times; number 2 belongs to two events that differ in one column."""
    numbers, mass, inside = (
        [1, 2, 1, 2, 3, 1],
        [90.0, 91.0, 90.0, 91.0, 90.0, 90.0],
        [True, True, True, False, True, True],
    )
    events = store(tmp_path, event_number=numbers, m_jj_gev=mass, region_sr=inside)
    assert repetitions(events) == Repetitions(numbers=3, events=2)


def test_numbers_of_their_own_are_no_repetition(tmp_path: Path) -> None:
    assert repetitions(store(tmp_path, event_number=[1, 2, 3], weight=[1.0, 1.0, 1.0])) == Repetitions(0, 0)


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.sampled_from([0.0, 1.0, 1.0 + 2**-52, 1e300]))))
def test_digests_are_equal_where_rows_are(rows: list[tuple[int, bool, float]]) -> None:
    if rows:
        columns = [np.array(values) for values in zip(*rows, strict=True)]
        assert np.unique(_row_digests(columns)).size == len(set(rows))


def test_shared_events_are_given_with_their_weights(tmp_path: Path) -> None:
    events = store(
        tmp_path,
        weight=[1.0, -2.0, 4.0],
        region_a=[True, True, False],
        region_b=[False, True, True],
        region_c=[False, False, False],
    )
    (shared,) = overlaps(events, ["b", "a", "c"])
    assert shared == Overlap(("a", "b"), Yield.of(np.array([-2.0])))
    assert shared.total.sum_of_weights == pytest.approx(-2.0)
