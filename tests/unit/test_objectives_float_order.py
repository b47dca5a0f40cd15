"""Sorting by bits against sorting by comparisons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.objectives.float_order import bits_of, order_of_bits

SPECIAL = [0.0, -0.0, 1.0, -1.0, 1e-45, -1e-45, 3.4e38, -3.4e38, float("inf"), float("-inf")]


@given(st.lists(st.floats(width=32, allow_nan=False) | st.sampled_from(SPECIAL), max_size=60))
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@settings(deadline=None)
def test_it_sorts_and_keeps_the_order_of_equal_numbers(kind: type, numbers: list[float]) -> None:
    values = np.array(numbers, dtype=kind)
    np.testing.assert_array_equal(order_of_bits(bits_of(values)), np.argsort(values, kind="stable"))


@given(st.lists(st.floats(allow_nan=False), max_size=60))
@settings(deadline=None)
def test_any_numbers_of_double_precision(numbers: list[float]) -> None:
    values = np.array(numbers)
    np.testing.assert_array_equal(order_of_bits(bits_of(values)), np.argsort(values, kind="stable"))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_many_numbers(kind: type) -> None:
    values = np.random.default_rng(1).normal(size=20000).astype(kind)
    values[:1000] = np.round(values[:1000])
    np.testing.assert_array_equal(order_of_bits(bits_of(values)), np.argsort(values, kind="stable"))
