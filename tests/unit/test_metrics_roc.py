"""ROC and AUC with signed weights."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from signedag.metrics.roc import (
    area,
    area_with_bootstrap_error,
    area_with_linear_error,
    bootstrap_areas,
    decimated_curve,
    signed_roc,
)
from signedag.metrics.weighted_sample import WeightedSample

COMMON = settings(deadline=None, derandomize=True, max_examples=60)
# Few distinct scores, so that ties are the rule, and weights whose sums are exact.
SCORES = st.integers(0, 8).map(lambda n: n / 8)
WEIGHTS = st.integers(-8, 8).filter(bool).map(lambda n: n / 4)
EVENTS = st.lists(st.tuples(SCORES, WEIGHTS), min_size=1, max_size=12)
PARTS = st.data()


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


def brute_force(signal, background):
    total = 0.0
    for score, weight in signal:
        for other_score, other_weight in background:
            total += weight * other_weight * ((score > other_score) + 0.5 * (score == other_score))
    return total / (sum(w for _, w in signal) * sum(w for _, w in background))


@COMMON
@given(POSITIVE, POSITIVE)
def test_area_is_the_pair_sum_with_exact_ties(signal, background):
    assert area(signed_roc(sample(signal), sample(background))) == pytest.approx(
        brute_force(signal, background), rel=1e-12, abs=1e-12
    )


@COMMON
@given(EVENTS, EVENTS)
def test_area_is_scikit_learns_for_positive_weights(signal, background):
    signal, background = ([(score, abs(weight)) for score, weight in events] for events in (signal, background))
    expected = roc_auc_score(
        [1] * len(signal) + [0] * len(background),
        [score for score, _ in signal + background],
        sample_weight=[weight for _, weight in signal + background],
    )
    assert area(signed_roc(sample(signal), sample(background))) == pytest.approx(expected, abs=1e-12)


@COMMON
@given(POSITIVE, POSITIVE, PARTS)
def test_splitting_an_event_into_halves_changes_nothing(signal, background, data):
    index = data.draw(st.integers(0, len(signal) - 1))
    score, weight = signal[index]
    split = [*signal[:index], (score, weight / 2), *signal[index + 1 :], (score, weight / 2)]
    before, after = (signed_roc(sample(events), sample(background)) for events in (signal, split))
    assert area(after) == pytest.approx(area(before), abs=1e-12)
    np.testing.assert_allclose(after.signal, before.signal, atol=1e-12)


@COMMON
@given(EVENTS, EVENTS, SCORES, WEIGHTS)
def test_a_cancelling_pair_changes_nothing(signal, background, score, weight):
    pair = [(score, weight), (score, -weight)]
    before = signed_roc(sample(signal), sample(background))
    for more_signal, more_background in ((pair, []), ([], pair)):
        after = signed_roc(sample(signal + more_signal), sample(background + more_background))
        assert bool(after.defect) == bool(before.defect)
        assert area(after) == pytest.approx(area(before), abs=1e-12, nan_ok=True)


@COMMON
@given(POSITIVE, POSITIVE)
def test_swapping_classes_mirrors_the_area(signal, background):
    one = area(signed_roc(sample(signal), sample(background)))
    other = area(signed_roc(sample(background), sample(signal)))
    assert one + other == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    ("signal", "background", "reason"),
    [
        ([(0.5, 1.0), (0.6, -1.0)], [(0.1, 1.0)], "signal has no positive sum"),
        ([(0.5, 1.0)], [(0.1, 1.0), (0.2, -3.0)], "background has no positive sum"),
        ([(0.5, 1.0)], [], "background has no events"),
        ([(0.5, 0.1), (0.6, 0.2), (0.7, -0.3)], [(0.1, 1.0)], "signal has no positive sum"),
    ],
)
def test_the_area_of_a_class_without_positive_sum_is_undefined_with_a_reason(signal, background, reason):
    classes = sample(signal), sample(background)
    roc = signed_roc(*classes)
    assert math.isnan(area(roc))
    for estimate in (
        area_with_linear_error(roc),
        area_with_bootstrap_error(*classes, np.random.default_rng(1), 5),
    ):
        assert math.isnan(estimate.value)
        assert reason in estimate.reason
        assert estimate.as_json()["value"] is None
    assert np.isnan(bootstrap_areas(*classes, np.random.default_rng(1), 5)).all()
    with pytest.raises(ValueError, match=reason):
        decimated_curve(roc)


def test_a_curve_that_is_not_monotone_is_left_as_it_is():
    signal = sample([(0.9, 2.0), (0.8, -1.0), (0.1, 1.0)])
    curve = decimated_curve(signed_roc(signal, sample([(0.5, 1.0), (0.2, 1.0)])))
    assert curve.thresholds.tolist() == [math.inf, 0.9, 0.8, 0.5, 0.2, 0.1]
    assert curve.signal_efficiency.tolist() == [0, 1, 0.5, 0.5, 0.5, 1]
    assert curve.background_efficiency.tolist() == [0, 0, 0, 0.5, 1, 1]


def gaussian_classes(generator, events=4000, negative=0.2):
    classes = []
    for shift in (0.7, 0.0):
        scores = 1 / (1 + np.exp(-generator.normal(shift, 1, events)))
        weights = generator.lognormal(0, 0.5, events) * np.where(generator.random(events) < negative, -1, 1)
        classes.append(WeightedSample(np.round(scores, 3), weights))
    return classes


def test_the_decimated_curve_keeps_ends_and_shape():
    signal, background = gaussian_classes(np.random.default_rng(3))
    roc = signed_roc(signal, background)
    curve = decimated_curve(roc, points=200)
    assert 150 < curve.thresholds.size <= 200
    for efficiency in (curve.signal_efficiency, curve.background_efficiency):
        assert efficiency[0] == 0
        assert efficiency[-1] == pytest.approx(1, abs=1e-12)
    for threshold, efficiency in zip(curve.thresholds[1:], curve.signal_efficiency[1:], strict=True):
        passing = signal.weights[signal.values >= threshold].sum() / signal.sum_of_weights
        assert efficiency == pytest.approx(passing, abs=1e-12)
    assert np.trapezoid(curve.signal_efficiency, curve.background_efficiency) == pytest.approx(area(roc), abs=2e-3)


@COMMON
@given(POSITIVE, POSITIVE)
def test_the_linear_error_is_the_variance_formula_over_events(signal, background):
    s, b = sample(signal), sample(background)
    ordering = (s.values[:, None] > b.values) + 0.5 * (s.values[:, None] == b.values)
    sum_s, sum_b = s.sum_of_weights, b.sum_of_weights
    value = s.weights @ ordering @ b.weights / (sum_s * sum_b)
    of_signal = s.weights * (ordering @ b.weights / sum_b - value) / sum_s
    of_background = b.weights * (s.weights @ ordering / sum_s - value) / sum_b
    of_pairs = s.weights[:, None] * b.weights * (ordering - value) / (sum_s * sum_b)
    expected = np.square(of_signal).sum() + np.square(of_background).sum() + np.square(of_pairs).sum()
    error = area_with_linear_error(signed_roc(s, b)).error
    assert error**2 == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_both_errors_are_the_spread_of_independent_samples():
    generator = np.random.default_rng(11)
    areas, linear = [], []
    for _ in range(300):
        estimate = area_with_linear_error(signed_roc(*gaussian_classes(generator, events=800)))
        areas.append(estimate.value)
        linear.append(estimate.error)
    spread = np.std(areas, ddof=1)  # known to 1/sqrt(2 * 300) = 4 %
    assert np.mean(linear) == pytest.approx(spread, rel=0.12)
    one = gaussian_classes(generator, events=800)
    bootstrap = area_with_bootstrap_error(*one, generator, 600)
    closed_form = area_with_linear_error(signed_roc(*one))
    assert bootstrap.value == closed_form.value
    assert bootstrap.error == pytest.approx(closed_form.error, rel=0.10)


def test_replicas_are_areas_of_reweighted_samples_and_follow_the_generator_alone():
    signal, background = gaussian_classes(np.random.default_rng(5), events=50)
    areas = bootstrap_areas(signal, background, np.random.default_rng(8), 3)
    generator = np.random.default_rng(8)
    for value in areas:
        replica = []
        for one in (signal, background):
            factors = generator.standard_exponential(one.weights.size)
            replica.append(WeightedSample(one.values, one.weights * factors))
        assert value == pytest.approx(area(signed_roc(*replica)), abs=1e-12)
    assert np.array_equal(areas, bootstrap_areas(signal, background, np.random.default_rng(8), 3))


def test_an_error_that_replicas_cannot_give_is_undefined_but_the_value_stays():
    signal = sample([(0.9, 1.0), (0.4, -0.9)])
    estimate = area_with_bootstrap_error(signal, sample([(0.5, 1.0)]), np.random.default_rng(1), 50)
    assert estimate.value == pytest.approx(1 / 0.1)
    assert math.isnan(estimate.error)
    assert "of 50 bootstrap replicas" in estimate.reason
