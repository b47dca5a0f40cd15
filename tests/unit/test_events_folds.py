"""Folds: from the event number alone, balanced and independent."""

from __future__ import annotations

import uuid

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.events.folds import counted_event_numbers, folds_and_halves, hashed

NUMBERS = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=50)


@settings(deadline=None, derandomize=True)
@given(NUMBERS, st.integers(2, 10), st.randoms(use_true_random=False))
def test_an_event_keeps_its_fold_in_every_order(numbers, folds, random):
    order = list(range(len(numbers)))
    random.shuffle(order)
    array = np.array(numbers, dtype=np.int64)
    together = folds_and_halves(array, folds)
    shuffled = folds_and_halves(array[order], folds)
    for column, other in zip(together, shuffled, strict=True):
        assert np.array_equal(column[order], other)
        alone = [folds_and_halves(array[i : i + 1], folds) for i in range(len(numbers))]
    assert [int(one[0][0]) for one in alone] == together[0].tolist()
    assert set(together[0].tolist()) <= set(range(folds))
    assert set(together[1].tolist()) <= {0, 1}


@pytest.mark.parametrize("folds", [2, 3, 5])
@pytest.mark.parametrize("step", [1, 2, 1024, 1_000_003])
def test_folds_and_halves_are_balanced_and_independent_for_any_numbering(folds, step):
    events = 60_000
    fold, half = folds_and_halves(np.arange(events, dtype=np.int64) * step, folds)
    table = np.histogram2d(fold, half, bins=[folds, 2])[0]
    expected = events / (2 * folds)
    assert np.sum((table - expected) ** 2 / expected) < 4 * 2 * folds


def test_the_hash_is_the_published_one():
    """First outputs of SplitMix64 with seed 0, whose n-th state is n times the increment."""
    states = np.array([0, 1], dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    assert [hex(value) for value in hashed(states.view(np.int64))] == ["0xe220a8397b1dcdaf", "0x6e789e6aa1b965f4"]


def test_counted_numbers_belong_to_the_file():
    first, second = (counted_event_numbers(str(uuid.UUID(int=number)), 0, 1000) for number in (1, 2))
    assert not set(first.tolist()) & set(second.tolist())
    assert np.all(first >= 0)
    assert counted_event_numbers(str(uuid.UUID(int=1)), 500, 502).tolist() == first[500:502].tolist()
    for numbers in (first, second):
        fold, _ = folds_and_halves(numbers, 2)
        assert abs(fold.sum() - 500) < 4 * np.sqrt(250)
