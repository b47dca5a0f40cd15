"""Folds: from the event number alone, balanced and independent."""

from __future__ import annotations

import uuid

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.events.folds import (
    calibration_split,
    counted_event_numbers,
    folds_and_halves,
    hashed,
    inner_part,
    uniform_by_event,
)

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


@pytest.mark.parametrize("step", [1, 2, 1024, 1_000_003])
def test_inner_parts_and_calibration_splits_are_independent_of_folds_and_halves(step):
    number = np.arange(60_000, dtype=np.int64) * step
    cuts = [*folds_and_halves(number, 3), inner_part(number, 3)]
    cuts += [calibration_split(number, 5, repetition) for repetition in range(2)]
    for first in range(len(cuts)):
        for second in range(first):
            table = np.histogram2d(cuts[first], cuts[second], bins=[cuts[first].max() + 1, cuts[second].max() + 1])[0]
            expected = len(number) / table.size
            assert np.sum((table - expected) ** 2 / expected) < 4 * table.size, (first, second)


@settings(deadline=None, derandomize=True)
@given(NUMBERS, st.integers(2, 10), st.integers(0, 2**63 - 1))
def test_parts_splits_and_draws_belong_to_the_event(numbers, parts, salt):
    array = np.array(numbers, dtype=np.int64)
    for of_events in (
        lambda events: inner_part(events, parts),
        lambda events: calibration_split(events, parts, 3),
        lambda events: uniform_by_event(events, salt),
    ):
        together = of_events(array)
        assert together.tolist() == [of_events(array[i : i + 1])[0] for i in range(len(array))]
        assert np.all((together >= 0) & (together < parts))


def test_draws_are_uniform_and_differ_between_salts():
    number = np.arange(50_000)
    first, second = uniform_by_event(number, 1), uniform_by_event(number, 2)
    for drawn in (first, second):
        assert np.all((drawn >= 0) & (drawn < 1))
        distance = np.max(np.abs(np.sort(drawn) - (number + 0.5) / len(number)))
        assert distance < 1.95 / np.sqrt(len(number))  # Kolmogorov-Smirnov, p = 0.001
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(len(number))
