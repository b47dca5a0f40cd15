"""Isotonic calibration against scikit-learn, and its promise to be out of fold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from signedag.errors import UserError
from signedag.weights.calibration import calibrate_out_of_fold, fit_isotonic

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
    fold, half = np.arange(size) % 2, (np.arange(size) // 2) % 2
    raw = generator.integers(0, 10, size) / 10
    weight = generator.normal(0.5, 1, size)
    return raw, weight, fold.astype(np.int8), half.astype(np.int8), draw(st.integers(0, size - 1))


@given(samples())
@settings(deadline=None)
def test_the_own_sign_and_size_never_matter(drawn):
    raw, weight, fold, half, event = drawn
    before, _ = calibrate_out_of_fold(raw, weight, fold, half)
    for factor in (-1.0, 100.0, 0.0):
        changed = weight.copy()
        changed[event] *= factor
        after, _ = calibrate_out_of_fold(raw, changed, fold, half)
        assert after[event] == before[event]
        # Nor does anything of the event's own half, or of another fold.
        own = (fold != fold[event]) | (half == half[event])
        np.testing.assert_array_equal(after[own], before[own])


def test_each_half_gets_the_map_of_the_other_half():
    generator = np.random.default_rng(2)
    raw, weight = generator.random(400), generator.normal(0.5, 1, 400)
    fold, half = generator.integers(0, 3, 400), generator.integers(0, 2, 400)
    calibrated, maps = calibrate_out_of_fold(raw, weight, fold, half)
    assert sorted(maps) == [f"fold{number}_half{side}" for number in range(3) for side in range(2)]
    for number in range(3):
        for side in range(2):
            used = (fold == number) & (half != side)
            expected = fit_isotonic(raw[used], weight[used] > 0, np.abs(weight[used]))
            chosen = (fold == number) & (half == side)
            np.testing.assert_array_equal(calibrated[chosen], expected(raw[chosen]))
            np.testing.assert_array_equal(maps[f"fold{number}_half{side}"].values, expected.values)


def test_a_half_without_events_is_named():
    fold, half = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    with pytest.raises(UserError, match="fold 1 has no events in half 0 to calibrate with"):
        calibrate_out_of_fold(np.full(4, 0.5), np.ones(4), fold, half)
