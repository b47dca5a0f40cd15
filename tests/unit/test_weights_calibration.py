"""Isotonic calibration against scikit-learn, and its promise not to use an event's own sign."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from signedag.errors import UserError
from signedag.events.folds import calibration_split
from signedag.weights.calibration import calibrate_by_the_others, calibrate_cross_fitted, fit_isotonic

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
    size = draw(st.integers(8, 60))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    raw = generator.integers(0, 10, size) / 10
    weight = generator.normal(0.5, 1, size)
    return raw, weight, generator.integers(0, 2**40, size), draw(st.integers(0, size - 1))


@given(samples())
@settings(deadline=None)
def test_the_own_sign_and_size_never_matter(drawn):
    raw, weight, number, event = drawn
    before = calibrate_cross_fitted(raw, weight, number, 3, 2)
    for factor in (-1.0, 100.0, 0.0):
        changed = weight.copy()
        changed[event] *= factor
        assert calibrate_cross_fitted(raw, changed, number, 3, 2)[event] == before[event]


def test_each_split_gets_the_map_of_the_others():
    generator = np.random.default_rng(2)
    raw, weight, split = generator.random(400), generator.normal(0.5, 1, 400), generator.integers(0, 3, 400)
    calibrated = calibrate_by_the_others(raw, weight, split)
    for number in range(3):
        applied = split == number
        expected = fit_isotonic(raw[~applied], weight[~applied] > 0, np.abs(weight[~applied]))
        np.testing.assert_array_equal(calibrated[applied], expected(raw[applied]))


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
