"""Isotonic calibration against scikit-learn, and its promise not to use an event's own sign."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

from signedag.errors import UserError
from signedag.events.folds import calibration_split
from signedag.weights.calibration import (
    METHODS,
    calibrate_by_the_others,
    calibrate_cross_fitted,
    fit_isotonic,
    fit_logistic,
)

# Outputs on a coarse grid, so that ties are the rule.
labelled = st.lists(
    st.tuples(st.integers(0, 16).map(lambda n: n / 16), st.booleans(), st.floats(0.01, 10)), min_size=1, max_size=60
)


@given(labelled)
@settings(deadline=None)
def test_equals_scikit_learn(drawn):
    raw, positive, size = (np.array(column) for column in zip(*drawn, strict=True))
    reference = IsotonicRegression(out_of_bounds="clip").fit(raw, positive.astype(float), sample_weight=size)
    asked = np.linspace(-0.1, 1.1, 97)
    found = fit_isotonic(raw, positive, size)
    np.testing.assert_allclose(found(asked), reference.predict(asked), atol=1e-10)
    assert np.all(np.diff(found.knots) > 0) and np.all(np.diff(found.values) >= 0)
    assert found.values.min() >= 0 and found.values.max() <= 1


def test_a_pooled_block_and_the_line_between_blocks():
    # 0.1 and 0.2 are in the wrong order: pooled to (1·2 + 0·1)/3; 0.6 stands alone.
    found = fit_isotonic(np.array([0.1, 0.2, 0.6]), np.array([True, False, True]), np.array([2.0, 1.0, 1.0]))
    np.testing.assert_allclose(found(np.array([0.0, 0.1, 0.15, 0.2, 0.4, 0.6, 1.0])), [2 / 3] * 4 + [5 / 6, 1, 1])


def test_the_weighted_mean_is_kept():
    generator = np.random.default_rng(1)
    raw, size = generator.random(500), generator.exponential(size=500)
    positive = generator.random(500) < 0.3 + 0.6 * raw
    fitted = fit_isotonic(raw, positive, size)(raw)
    assert np.average(fitted, weights=size) == pytest.approx(np.average(positive, weights=size), rel=1e-12)


def test_events_of_size_zero_have_no_say():
    raw, positive, size = np.array([0.1, 0.5, 0.9]), np.array([False, True, True]), np.array([1.0, 0.0, 1.0])
    assert fit_isotonic(raw, positive, size)(np.array([0.5]))[0] == pytest.approx(0.5)  # on the line, not at 1


def test_negative_sizes_are_refused():
    with pytest.raises(ValueError, match="non-negative"):
        fit_isotonic(np.array([0.1, 0.2]), np.array([True, False]), np.array([1.0, -1.0]))


@st.composite
def samples(draw):
    size = draw(st.integers(20, 60))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    raw = generator.integers(0, 10, size) / 10
    weight = generator.normal(0.5, 1, size)
    return raw, weight, generator.integers(0, 2**40, size), draw(st.integers(0, size - 1))


@pytest.mark.parametrize("method", METHODS)
@given(drawn=samples())
@settings(deadline=None)
def test_the_own_sign_and_size_never_matter(drawn, method):
    raw, weight, number, event = drawn
    before = calibrate_cross_fitted(raw, weight, number, 3, 2, method)
    for factor in (-1.0, 100.0, 0.0):
        changed = weight.copy()
        changed[event] *= factor
        assert calibrate_cross_fitted(raw, changed, number, 3, 2, method)[event] == before[event]


def test_each_split_gets_the_map_of_the_others():
    generator = np.random.default_rng(2)
    raw, weight, split = generator.random(400), generator.normal(0.5, 1, 400), generator.integers(0, 3, 400)
    calibrated = calibrate_by_the_others(raw, weight, split)
    for number in range(3):
        applied = split == number
        expected = fit_isotonic(raw[~applied], weight[~applied] > 0, np.abs(weight[~applied]))
        np.testing.assert_array_equal(calibrated[applied], expected(raw[applied]))


def test_logistic_calibration_finds_slope_and_offset():
    generator = np.random.default_rng(5)
    logit, size = generator.normal(0, 2, 100_000), generator.lognormal(0, 0.5, 100_000)
    positive = generator.random(100_000) < expit(0.7 * logit + 0.4)
    found = fit_logistic(expit(logit), positive, size)
    assert found.slope == pytest.approx(0.7, abs=0.03) and found.offset == pytest.approx(0.4, abs=0.03)
    # The derivative by the offset vanishes: the mean is the observed one, so that the yield has no bias.
    assert np.average(found(expit(logit)), weights=size) == pytest.approx(np.average(positive, weights=size), abs=1e-5)


@pytest.mark.parametrize("raw", [np.zeros(100), np.ones(100), np.repeat([0.0, 1.0], 50), np.linspace(0, 1, 100)])
def test_logistic_calibration_of_extreme_outputs_gives_the_observed_mean(raw):
    positive = np.arange(100) % 5 > 0
    found = fit_logistic(raw, positive, np.ones(100))
    assert found(raw).mean() == pytest.approx(0.8, abs=1e-4)
    alone = fit_logistic(raw, np.ones(100, dtype=bool), np.ones(100))
    assert np.all(np.isfinite(alone(raw))) and alone(raw).mean() > 0.99


def test_logistic_calibration_is_less_noisy_where_few_events_decide():
    """|w| with a tail of a hundred times the median: isotonic regression follows the events in it."""
    generator = np.random.default_rng(6)
    truth = generator.uniform(0.55, 0.9, 2000)
    size = np.where(generator.random(2000) < 0.01, 100.0, 1.0)
    weight = np.where(generator.random(2000) < truth, size, -size)
    errors = {
        method: np.mean(np.square(calibrate_cross_fitted(truth, weight, np.arange(2000), 5, 4, method) - truth))
        for method in METHODS
    }
    assert errors["logistic"] < 0.5 * errors["isotonic"]


def test_repetitions_split_anew_and_are_averaged():
    generator = np.random.default_rng(3)
    raw, weight, number = generator.random(600), generator.normal(0.5, 1, 600), np.arange(600)
    alone = [calibrate_by_the_others(raw, weight, calibration_split(number, 4, one)) for one in range(3)]
    assert not np.array_equal(alone[0], alone[1])
    np.testing.assert_allclose(calibrate_cross_fitted(raw, weight, number, 4, 3), np.mean(alone, axis=0), rtol=1e-14)


def test_repetitions_come_closer_to_the_truth():
    """The steps of isotonic regression are noise; their mean over splits has less of it."""
    generator = np.random.default_rng(4)
    truth = generator.uniform(0.6, 0.9, 4000)
    weight, number = np.where(generator.random(4000) < truth, 1.0, -1.0), np.arange(4000)
    once, often = (
        np.mean(np.square(calibrate_cross_fitted(truth, weight, number, 5, repetitions) - truth))
        for repetitions in (1, 8)
    )
    assert often < 0.95 * once


def test_one_split_alone_has_nothing_to_be_calibrated_by():
    with pytest.raises(UserError, match="all 4 events are in one calibration split"):
        calibrate_by_the_others(np.full(4, 0.5), np.ones(4), np.zeros(4, dtype=np.int8))
