"""The area under precision against recall with signed weights: brute force, closed forms, properties, its error."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from signedag.metrics.precision_recall import (
    precision_recall,
    precision_recall_area,
    precision_recall_with_linear_error,
)
from signedag.metrics.roc import SortedClasses, signed_roc
from signedag.metrics.weighted_sample import WeightedSample

COMMON = settings(deadline=None, derandomize=True, max_examples=80)
SCORES = st.integers(0, 12).map(lambda n: n / 12)
WEIGHTS = st.integers(-4, 12).filter(bool).map(lambda n: n / 4)


def lifted(events):
    """Give events whose sum of weights is positive: signs are turned over where it is not."""
    total = sum(weight for _, weight in events)
    if total < 0:
        return [(value, -weight) for value, weight in events]
    return [(events[0][0], 1.0), *events] if total == 0 else events


EVENTS = st.lists(st.tuples(SCORES, WEIGHTS), min_size=1, max_size=15).map(lifted)
POSITIVE = st.lists(st.tuples(SCORES, st.floats(0.1, 3)), min_size=1, max_size=15)


def sample(events):
    values = np.array(events, dtype=np.float64).reshape(-1, 2)
    return WeightedSample(values[:, 0], values[:, 1])


def roc_of(signal, background):
    return signed_roc(sample(signal), sample(background))


def brute_force(signal, background):
    """Average the precision over signal events, each threshold summed anew; events at none move to the next looser."""
    totals = [sum(weight for _, weight in events) for events in (signal, background)]
    thresholds = sorted({score for score, _ in signal + background}, reverse=True)

    def precision(threshold):
        shares = [
            sum(weight for score, weight in events if score >= threshold) / total
            for events, total in zip((signal, background), totals, strict=True)
        ]
        kept = [share if share > 1e-12 else 0.0 for share in shares]
        return kept[0] / sum(kept) if sum(kept) > 0 else None

    def counted(score):
        return next(value for t in thresholds if t <= score and (value := precision(t)) is not None)

    return sum(weight * counted(score) for score, weight in signal) / totals[0]


@COMMON
@given(EVENTS, EVENTS)
def test_the_area_is_the_brute_force_one(signal, background):
    assert precision_recall_area(roc_of(signal, background)) == pytest.approx(brute_force(signal, background), abs=1e-9)


@COMMON
@given(POSITIVE, POSITIVE)
def test_for_positive_weights_it_is_the_average_precision_of_balanced_classes(signal, background):
    one, other = sample(signal), sample(background)
    expected = average_precision_score(
        np.concatenate([np.ones(one.values.size), np.zeros(other.values.size)]),
        np.concatenate([one.values, other.values]),
        sample_weight=np.concatenate(
            [one.weights / one.sum_of_weights, other.weights / other.sum_of_weights],
        ),
    )
    found = precision_recall_area(signed_roc(one, other))
    assert found == pytest.approx(expected, abs=1e-9)
    assert 0 < found <= 1 + 1e-12


@pytest.mark.parametrize(("power", "expected"), [(1, 0.5), (2, math.log(2)), (3, math.pi / 4)])
def test_closed_forms_of_background_efficiencies_that_are_powers(power, expected):
    """With b = a^k the area is ∫ da / (1 + a^(k-1))."""
    shares = np.linspace(0, 1, 20001)
    scores = 1 - 0.5 * (shares[1:] + shares[:-1])
    signal = WeightedSample(scores, np.diff(shares))
    background = WeightedSample(scores, np.diff(shares**power))
    assert precision_recall_area(signed_roc(signal, background)) == pytest.approx(expected, abs=1e-4)


def test_no_separation_is_one_half_and_a_perfect_one_is_one():
    same = [(0.5, 1.0), (0.5, -0.4)]
    assert precision_recall_area(roc_of(same, same)) == pytest.approx(0.5)
    assert precision_recall_area(roc_of([(0.9, 1.0)], [(0.1, 2.0)])) == 1.0


@COMMON
@given(EVENTS, EVENTS, SCORES, WEIGHTS, st.floats(0.1, 10))
def test_halves_pairs_and_cross_sections_change_nothing(signal, background, score, weight, factor):
    before = precision_recall_area(roc_of(signal, background))
    halves = [(value, part / 2) for value, part in background for _ in range(2)]
    pair = [*background, (score, weight), (score, -weight)]
    scaled = [(value, factor * part) for value, part in background]
    for changed in (halves, pair, scaled):
        assert precision_recall_area(roc_of(signal, changed)) == pytest.approx(before, abs=1e-9)


@COMMON
@given(EVENTS, EVENTS)
def test_any_rising_map_of_the_score_gives_the_same(signal, background):
    def mapped(events):
        return [(value**3 / 2, weight) for value, weight in events]

    assert precision_recall_area(roc_of(mapped(signal), mapped(background))) == precision_recall_area(
        roc_of(signal, background)
    )


@COMMON
@given(EVENTS, EVENTS)
def test_precision_stays_a_share_and_recall_ends_at_one(signal, background):
    curve = precision_recall(roc_of(signal, background))
    assert ((curve.precision >= 0) & (curve.precision <= 1)).all()
    assert curve.recall[-1] == pytest.approx(1) and curve.selects[-1]
    assert curve.precision[-1] == pytest.approx(0.5)


def test_what_negative_sums_do():
    # At 0.9 background is net negative: it counts as none, so the precision is 1 there.
    roc = roc_of([(0.9, 1.0), (0.5, 1.0)], [(0.9, -1.0), (0.5, 3.0)])
    np.testing.assert_allclose(precision_recall(roc).precision, [1.0, 0.5])
    found = precision_recall_with_linear_error(roc)
    assert found.area.value == pytest.approx(0.75)
    assert found.share_at_negative_sums == 0.5
    # At 0.9 nothing is selected: the negative signal event counts at 0.5.
    roc = roc_of([(0.9, -1.0), (0.5, 3.0)], [(0.9, -1.0), (0.2, 3.0)])
    curve = precision_recall(roc)
    np.testing.assert_array_equal(curve.selects, [False, True, True])
    np.testing.assert_allclose(curve.precision, [1.0, 1.0, 0.5])
    assert precision_recall_area(roc) == pytest.approx(1.0)
    # Signal that is taken back at low precision pushes the area above 1.
    assert precision_recall_area(roc_of([(0.9, 3.0), (0.1, -1.0)], [(0.1, 1.0)])) == pytest.approx(3 / 2 - 1 / 4)


@COMMON
@given(POSITIVE, POSITIVE)
def test_the_closed_form_of_the_error_is_linear_propagation(signal, background):
    one, other = sample(signal), sample(background)
    ordered = SortedClasses(one.values, other.values)

    def derivative(index):
        sides, step = [], 1e-6
        for sign in (1, -1):
            weights = np.concatenate([one.weights, other.weights])
            weights[index] *= 1 + sign * step
            sides.append(precision_recall_area(ordered.roc(weights[: one.weights.size], weights[one.weights.size :])))
        return (sides[0] - sides[1]) / (2 * step)

    total = math.sqrt(sum(derivative(index) ** 2 for index in range(one.weights.size + other.weights.size)))
    found = precision_recall_with_linear_error(signed_roc(one, other)).area.error
    assert found == pytest.approx(total, rel=1e-4, abs=1e-7)


def test_the_error_is_the_spread_over_simulated_samples():
    generator = np.random.default_rng(4)
    values, errors = [], []
    for _ in range(300):
        classes = []
        for mean, shift in ((400, 1.0), (2000, 0.0)):
            size = generator.poisson(mean)
            weights = np.where(generator.random(size) < 0.15, -1.0, 1.0)
            classes.append(WeightedSample(generator.normal(shift, 1, size), weights))
        found = precision_recall_with_linear_error(signed_roc(*classes)).area
        values.append(found.value)
        errors.append(found.error)
    assert np.mean(errors) == pytest.approx(np.std(values, ddof=1), rel=0.15)


def test_a_class_without_positive_sum_is_undefined():
    roc = roc_of([(0.5, 1.0)], [(0.1, -1.0)])
    found = precision_recall_with_linear_error(roc)
    assert math.isnan(precision_recall_area(roc)) and math.isnan(found.area.value)
    assert "background has no positive sum" in found.area.reason
    assert found.as_json()["share_at_negative_sums"] is None
    with pytest.raises(ValueError, match="no precision: background"):
        precision_recall(roc)
