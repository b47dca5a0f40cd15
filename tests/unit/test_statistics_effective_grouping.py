"""Bins with few effective events join their neighbours: enough everywhere, nothing lost, groups that hang together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signedag.statistics.effective_grouping import effective_events, group_until_effective
from signedag.statistics.grouping import group_until_positive, merge_labels, neighbours, neighbours_of_groups


def grid(seed: int, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Give totals and Σw² of a grid that signed events have filled."""
    generator = np.random.default_rng(seed)
    bins = generator.integers(0, shape[0] * shape[1], 4 * shape[0] * shape[1])
    weights = generator.choice([-1.0, 1.0], bins.size, p=[0.2, 0.8])
    size = shape[0] * shape[1]
    return np.bincount(bins, weights, size).astype(np.float64), np.bincount(bins, weights**2, size).astype(np.float64)


def test_effective_events_are_those_of_kish_and_none_where_nothing_positive_is() -> None:
    totals, variances = np.array([6.0, -2.0, 3.0, 0.0]), np.array([12.0, 4.0, 0.0, 0.0])
    assert effective_events(totals, variances).tolist() == [3.0, 0.0, np.inf, np.inf]


def test_the_worst_bin_joins_what_leaves_the_group_small() -> None:
    totals = np.array([20.0, 1.0, 3.0, 5.0])  # unit weights: as many effective events
    assert group_until_effective(totals, totals, neighbours((4,)), 4.0).tolist() == [0, 1, 1, 2]
    # none is enough: the neighbour with most, and then whatever is there
    assert group_until_effective(totals, totals, neighbours((4,)), 22.0).tolist() == [0, 0, 0, 0]


@given(st.integers(0, 10_000), st.sampled_from([0.0, 1.0, 3.0, 10.0, 1e6]))
def test_every_group_has_enough_hangs_together_and_stays_positive(seed: int, least: float) -> None:
    shape = (5, 6)
    totals, variances = grid(seed, shape)
    first = merge_labels(totals[None], shape, variances)
    assert first is not None
    sums, squares = (np.bincount(first, values).astype(np.float64) for values in (totals, variances))
    touching = neighbours_of_groups(neighbours(shape), first)
    labels = group_until_effective(sums, squares, touching, least)
    assert labels.shape == sums.shape
    grouped, grouped_squares = (np.bincount(labels, values).astype(np.float64) for values in (sums, squares))
    assert grouped.sum() == pytest.approx(totals.sum()) and (grouped > 0).all()
    if grouped.size > 1:
        assert (effective_events(grouped, grouped_squares) >= least).all()
    assert np.array_equal(np.unique(labels, return_index=True)[1], np.sort(np.unique(labels, return_index=True)[1]))
    for group in range(grouped.size):
        members = set(np.flatnonzero(labels == group).tolist())
        seen, waiting = set[int](), [min(members)]
        while waiting:
            one = waiting.pop()
            seen.add(one)
            waiting += [other for other in touching[one] if other in members and other not in seen]
        assert seen == members
    if least == 0:
        assert grouped.size == sums.size


@given(st.integers(0, 10_000))
def test_groups_of_a_grid_are_grouped_like_its_bins(seed: int) -> None:
    """With every bin its own group, the two ways to say which bins touch are one."""
    shape = (4, 5)
    totals, variances = grid(seed, shape)
    alone = neighbours_of_groups(neighbours(shape), np.arange(20))
    assert alone == [sorted(others) for others in neighbours(shape)]
    one, other = merge_labels(totals[None], shape, variances), group_until_positive(totals[None], alone, variances)
    assert one is not None and other is not None and one.tolist() == other.tolist()
