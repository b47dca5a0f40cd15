"""Quantiles of samples with signed weights."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.metrics.quantiles import signed_quantiles
from signedag.metrics.weighted_sample import WeightedSample

COMMON = settings(deadline=None, derandomize=True, max_examples=60)
VALUES = st.integers(0, 10).map(float)
WEIGHTS = st.integers(-6, 8).filter(bool).map(lambda n: n / 4)
EVENTS = st.lists(st.tuples(VALUES, WEIGHTS), min_size=1, max_size=15)
FRACTIONS = st.integers(1, 15).map(lambda n: n / 16)


def lifted(events):
    """Give events whose sum of weights is positive: signs are turned over where it is not."""
    total = sum(weight for _, weight in events)
    if total < 0:
        return [(value, -weight) for value, weight in events]
    return [(events[0][0], 1.0), *events] if total == 0 else events


POSITIVE = EVENTS.map(lifted)


def sample(events):
    values = np.array(events, dtype=np.float64).reshape(-1, 2)
    return WeightedSample(values[:, 0], values[:, 1])


def cumulative(events, threshold):
    total = sum(weight for _, weight in events)
    return sum(weight for value, weight in events if value <= threshold) / total


@COMMON
@given(POSITIVE, FRACTIONS)
def test_from_the_quantile_on_the_cumulative_sum_stays_above_the_fraction(events, fraction):
    found = signed_quantiles(sample(events), [fraction])
    values = sorted({value for value, _ in events})
    edge = found.values[0]
    assert edge in values
    assert found.reached[0] == pytest.approx(cumulative(events, edge))
    assert all(cumulative(events, value) >= fraction - 1e-9 for value in values if value >= edge)
    before = [value for value in values if value < edge]
    assert not before or cumulative(events, before[-1]) < fraction
    assert found.first_crossings[0] == min(v for v in values if cumulative(events, v) >= fraction - 1e-9)


@COMMON
@given(EVENTS, FRACTIONS)
def test_positive_weights_give_the_inverse_of_the_distribution_function(events, fraction):
    events = [(value, abs(weight)) for value, weight in events]
    one = sample(events)
    expected = np.quantile(one.values, fraction, method="inverted_cdf", weights=one.weights)
    found = signed_quantiles(one, [fraction])
    assert found.values[0] == found.first_crossings[0] == expected


@COMMON
@given(EVENTS, FRACTIONS, st.data())
def test_neither_halves_nor_cancelling_pairs_move_it(events, fraction, data):
    before = signed_quantiles(sample(events), [fraction])
    index = data.draw(st.integers(0, len(events) - 1))
    value, weight = events[index]
    halves = [*events[:index], *events[index + 1 :], (value, weight / 2), (value, weight / 2)]
    pair = data.draw(VALUES)
    for changed in (halves, [*events, (pair, weight), (pair, -weight)]):
        after = signed_quantiles(sample(changed), [fraction])
        np.testing.assert_array_equal(after.values, before.values)
        np.testing.assert_array_equal(after.first_crossings, before.first_crossings)


@COMMON
@given(POSITIVE)
def test_larger_fractions_never_give_smaller_quantiles_and_monotone_maps_commute(events):
    fractions = [0.1, 0.25, 0.5, 0.75, 0.9]
    one = sample(events)
    found = signed_quantiles(one, fractions)
    assert np.all(np.diff(found.values) >= 0)
    mapped = signed_quantiles(WeightedSample(np.exp(one.values), one.weights), fractions)
    np.testing.assert_array_equal(mapped.values, np.exp(found.values))


def test_the_last_of_several_crossings_is_taken_and_the_first_is_told():
    found = signed_quantiles(sample([(1, 3.0), (2, -2.0), (3, 3.0)]), [0.5])
    assert (found.values[0], found.first_crossings[0], found.reached[0]) == (3, 1, 1)


def test_a_fraction_reached_exactly_is_not_missed_by_rounding():
    ten = WeightedSample(np.arange(10.0), np.full(10, 0.1))
    assert signed_quantiles(ten, [0.3, 0.6, 0.8]).values.tolist() == [2, 5, 7]


@pytest.mark.parametrize(("events", "reason"), [([], "no events"), ([(1, 1.0), (2, -2.0)], "no positive sum")])
def test_without_a_positive_sum_they_are_undefined_with_a_reason(events, reason):
    found = signed_quantiles(sample(events), [0.25, 0.5])
    assert reason in found.reason
    assert all(math.isnan(value) for row in found[:3] for value in row)


@pytest.mark.parametrize("fraction", [0, 1, -0.1])
def test_fractions_outside_the_open_interval_are_refused(fraction):
    with pytest.raises(ValueError, match="between 0 and 1"):
        signed_quantiles(sample([(1, 1.0)]), [fraction])
