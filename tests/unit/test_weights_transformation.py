"""Transformed weights against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from signedag.errors import UserError
from signedag.weights.calibration import fit_isotonic
from signedag.weights.transformation import (
    effective_size_factor,
    negative_fraction,
    transform,
    transformed_weight,
)

X = np.array([15.0, 23.0, 15.0, 15.0, 90.0])
W = np.array([1.0, 1.0, 1.0, -1.0, 1.0])


def bin_mean_probability():
    """The positive fraction of |w| at each value of x."""
    return np.array([np.mean(W[x == X] > 0) for x in X])


def isotonic_probability():
    """The same by isotonic regression on a distorted, but ordered, network output."""
    raw = np.sqrt(X / 100)
    return fit_isotonic(raw, W > 0, np.abs(W))(raw)


@pytest.mark.parametrize("probability", [bin_mean_probability, isotonic_probability])
def test_worked_example(probability):
    found = transform("example", W, probability())
    np.testing.assert_allclose(found.training_weight, [1 / 3, 1, 1 / 3, 1 / 3, 1], rtol=1e-15)
    assert found.renormalisation == pytest.approx(1, rel=1e-15)
    assert found.clipped_fraction == 0
    edges = [0, 20, 50, 100]
    np.testing.assert_allclose(
        np.histogram(X, edges, weights=found.training_weight)[0], np.histogram(X, edges, weights=W)[0], rtol=1e-15
    )


events = st.integers(2, 40).flatmap(
    lambda size: st.tuples(
        arrays(np.float64, size, elements=st.floats(-1e3, 1e3, allow_subnormal=False).filter(lambda w: abs(w) > 1e-3)),
        arrays(np.float64, size, elements=st.floats(0, 1)),
    )
)


@given(events)
@settings(deadline=None)
def test_transform_keeps_sum_and_shape_and_is_never_negative(drawn):
    weight, probability = drawn
    raw = np.abs(weight) * np.maximum(0, 2 * probability - 1)
    assume(weight.sum() > 1e-3 and raw.sum() > 1e-3)
    found = transform("sample", weight, probability)
    assert np.all(found.training_weight >= 0)
    assert found.training_weight.sum() == pytest.approx(weight.sum(), rel=1e-7)
    np.testing.assert_allclose(found.training_weight, raw * weight.sum() / raw.sum(), rtol=1e-6)
    clipped = np.abs(weight)[probability < 0.5].sum() / np.abs(weight).sum()
    assert found.clipped_fraction == pytest.approx(clipped, rel=1e-12)


def test_transformed_weight_of_the_local_mean_is_the_local_sum():
    """In a cell with the positive fraction p of |w| = 1, Σ|w|(2p - 1) is the number of positive less negative."""
    for positive, negative in ((7, 2), (100, 99), (3, 0)):
        size = np.ones(positive + negative)
        probability = np.full(positive + negative, positive / (positive + negative))
        assert transformed_weight(size, probability).sum() == pytest.approx(positive - negative, rel=1e-12)


def test_too_much_clipped_is_refused_and_says_what_to_do():
    weight = np.repeat([1.0, -3.0, 4.0, 8.0], 20)
    probability = np.repeat([0.4, 0.3, 0.9, 1.0], 20)
    assert transform("interference", weight, probability, 0.26).clipped_fraction == 0.25
    with pytest.raises(UserError) as caught:
        transform("interference", weight, probability, 0.05)
    message = str(caught.value)
    assert message.startswith("sample 'interference': the estimated signed density is not positive for 25.0% of |w|")
    assert "their own signs give Σw/Σ|w| = -0.500 ± 0.177" in message
    assert "weights.calibration.clipped_fraction_limit = 5.0%" in message
    assert "transform the sum of the samples that interfere instead" in message
    assert "\n" not in message


def test_clipped_events_that_are_not_net_negative_are_not_called_interference():
    weight = np.repeat([1.0, -1.0, 2.0, 4.0], 20)
    probability = np.repeat([0.4, 0.3, 0.9, 1.0], 20)
    with pytest.raises(UserError, match=r"Σw/Σ\|w\| = \+0.000 ± 0.158: that is not net negative") as caught:
        transform("noisy", weight, probability, 0.05)
    assert "interfere" not in str(caught.value)


@pytest.mark.parametrize("weight", [[1.0, -2.0], [1.0, -1.0]])
def test_a_sum_that_is_not_positive_is_refused(weight):
    with pytest.raises(UserError, match=r"sample 'bad': its signed weights add up to .*cannot have that sum"):
        transform("bad", np.array(weight), np.array([0.9, 0.9]))


def test_a_sample_without_any_positive_density_is_refused():
    with pytest.raises(UserError, match="sample 'flat': no event has a positive probability above one half"):
        transform("flat", np.array([2.0, -1.0]), np.array([0.5, 0.5]))


def test_effective_size_factor():
    assert effective_size_factor(np.full(7, 0.3)) == pytest.approx(1)
    for negative in (0.1, 0.25, 0.4):  # equal sizes: (1 - 2f)²
        weight = np.where(np.arange(1000) < 1000 * negative, -2.0, 2.0)
        assert effective_size_factor(weight) == pytest.approx((1 - 2 * negative) ** 2)
    assert effective_size_factor(np.array([1.0, 3.0])) == pytest.approx(16 / 20)


def test_negative_fraction_counts_sizes_and_not_events():
    assert negative_fraction(np.array([1.0, 1.0, -2.0])) == pytest.approx(0.5)
    assert negative_fraction(np.array([1.0, 2.0])) == 0
