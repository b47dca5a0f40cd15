"""Properties of the bins of closure and calibration checks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.weights.binning import bin_index, equal_weight_edges

values_and_sizes = st.lists(
    st.tuples(st.floats(-1e3, 1e3, width=32) | st.integers(-3, 3).map(float), st.floats(1e-3, 100)),
    min_size=1,
    max_size=80,
)


def unzip(drawn):
    values, size = (np.array(column) for column in zip(*drawn, strict=True))
    return values.astype(np.float32), size


def effective(size):
    return size.sum() ** 2 / np.square(size).sum()


@given(values_and_sizes, st.integers(1, 12), st.floats(0, 20))
@settings(deadline=None)
def test_edges_increase_cover_all_and_leave_no_thin_bin(drawn, bins, minimum):
    values, size = unzip(drawn)
    edges = equal_weight_edges(values, size, bins, minimum)
    assert 2 <= len(edges) <= bins + 1
    assert np.all(np.diff(edges) > 0)
    assert edges[0] == values.min() and edges[-1] >= values.max()
    index = bin_index(values, edges)
    sums = np.bincount(index, size, len(edges) - 1)
    assert sums.sum() == pytest.approx(size.sum())
    if len(edges) > 2:
        assert all(effective(size[index == number]) >= minimum * (1 - 1e-12) for number in range(len(edges) - 1))


@given(values_and_sizes, st.integers(1, 12), st.floats(0, 5), st.data())
@settings(deadline=None)
def test_each_counted_group_reaches_the_minimum_in_every_bin(drawn, bins, minimum, data):
    values, size = unzip(drawn)
    first = np.array(data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))))
    edges = equal_weight_edges(values, size, bins, minimum, (first, ~first))
    index = bin_index(values, edges)
    for number in range(len(edges) - 1) if len(edges) > 2 else ():
        for group in (first, ~first):
            inside = size[(index == number) & group]
            assert len(inside) and effective(inside) >= minimum * (1 - 1e-12)


def test_one_group_of_all_events_is_the_default():
    generator = np.random.default_rng(1)
    values, size = generator.normal(size=300), generator.exponential(size=300)
    everything = np.full(300, True)
    np.testing.assert_array_equal(
        equal_weight_edges(values, size, 10, 20.0), equal_weight_edges(values, size, 10, 20.0, (everything,))
    )


@given(values_and_sizes, st.integers(1, 12))
@settings(deadline=None)
def test_bin_index_by_hand(drawn, bins):
    values, size = unzip(drawn)
    edges = equal_weight_edges(values, size, bins)
    for value, index in zip(values.astype(np.float64), bin_index(values, edges), strict=True):
        last = index == len(edges) - 2
        assert edges[index] <= value and (value <= edges[index + 1] if last else value < edges[index + 1])


def test_values_outside_go_to_the_outer_bins():
    assert bin_index(np.array([-9.0, 0.0, 0.5, 1.0, 2.0, 9.0]), np.array([0.0, 1.0, 2.0])).tolist() == [
        0,
        0,
        0,
        1,
        1,
        1,
    ]


def test_bins_of_a_continuous_variable_hold_equal_sums():
    generator = np.random.default_rng(2)
    values, size = generator.normal(size=5000), generator.exponential(size=5000)
    edges = equal_weight_edges(values, size, 20)
    sums = np.bincount(bin_index(values, edges), size)
    assert len(sums) == 20
    assert np.max(np.abs(sums - size.sum() / 20)) <= 2 * size.max()


def test_edges_of_a_count_lie_between_its_values():
    values = np.repeat([0.0, 1.0, 2.0, 3.0], [50, 30, 15, 5])
    edges = equal_weight_edges(values, np.ones(100), 20)
    np.testing.assert_array_equal(edges, [0, 0.5, 1.5, 2.5, 3])
    assert equal_weight_edges(values, np.ones(100), 20, 10).tolist() == [0, 0.5, 1.5, 3]  # the last bin has only 5


def test_thin_bins_join_their_right_neighbour_and_the_last_its_left():
    values = np.arange(4.0)
    size = np.array([1.0, 1.0, 1.0, 1.0])
    assert equal_weight_edges(values, size, 4, 1).tolist() == [0, 0.5, 1.5, 2.5, 3]
    assert equal_weight_edges(values, size, 4, 2).tolist() == [0, 1.5, 3]
    assert equal_weight_edges(values, size, 4, 3).tolist() == [0, 3]
    assert equal_weight_edges(values, size, 4, 99).tolist() == [0, 3]


def test_a_heavy_event_does_not_make_a_bin_thick():
    values = np.arange(100.0)
    size = np.where(np.arange(100) == 10, 1e4, 1.0)
    edges = equal_weight_edges(values, size, 5, 10)
    index = bin_index(values, edges)
    assert len(edges) == 2 or all(effective(size[index == number]) >= 10 for number in range(len(edges) - 1))


@pytest.mark.parametrize("value", [0.0, 7.5, -1e30])
def test_a_constant_variable_has_one_bin(value):
    edges = equal_weight_edges(np.full(9, value, dtype=np.float32), np.ones(9), 20, 5.0)
    assert len(edges) == 2 and edges[0] < edges[1]
    assert np.all(bin_index(np.full(9, value, dtype=np.float32), edges) == 0)
