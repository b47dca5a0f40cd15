"""Strategies without a network against their closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from signedag.config.strategies import SIMPLE_STRATEGIES
from signedag.errors import UserError
from signedag.weights.simple import simple_training_weight

W = np.array([2.0, -1.0, 3.0, -0.5, 1.5])  # sum 5, sum of sizes 8, sum of positive ones 6.5


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("signed", W),
        ("paired", W),
        ("joint", W),
        ("unit", np.ones(5)),
        ("absolute", np.abs(W) * 5 / 8),
        ("positive_only", np.array([2, 0, 3, 0, 1.5]) * 5 / 6.5),
    ],
)
def test_closed_forms(strategy, expected):
    np.testing.assert_allclose(simple_training_weight(strategy, W), expected, rtol=1e-14)


def test_every_simple_strategy_is_known():
    for strategy in SIMPLE_STRATEGIES:
        assert simple_training_weight(strategy, W).shape == W.shape


@given(
    st.sampled_from(SIMPLE_STRATEGIES),
    arrays(np.float64, st.integers(1, 30), elements=st.floats(-100, 100, allow_subnormal=False)),
)
@settings(deadline=None)
def test_the_signed_sum_is_kept(strategy, weight):
    assume(weight.sum() > 1e-3)
    before = weight.copy()
    found = simple_training_weight(strategy, weight)
    assert found.sum() == pytest.approx(weight.sum(), rel=1e-7)
    assert strategy in ("signed", "paired", "joint") or np.all(found >= 0)
    found += 1  # a strategy that hands the weights on must hand on a copy
    np.testing.assert_array_equal(weight, before)


@pytest.mark.parametrize("strategy", ["unit", "absolute", "positive_only"])
def test_a_sum_that_is_not_positive_is_refused(strategy):
    with pytest.raises(UserError, match=f"strategy '{strategy}': the signed weights add up to -1;"):
        simple_training_weight(strategy, np.array([1.0, -2.0]))
