"""Sorting by bits against sorting by comparisons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.objectives.float_order import sorting_order

SPECIAL = [0.0, -0.0, 1.0, -1.0, 1e-45, -1e-45, 3.4e38, -3.4e38, float("inf"), float("-inf")]


@given(st.lists(st.floats(width=32, allow_nan=False) | st.sampled_from(SPECIAL), max_size=60))
@settings(deadline=None)
def test_it_sorts_and_keeps_the_order_of_equal_numbers(numbers: list[float]) -> None:
    values = np.array(numbers, dtype=np.float32)
    np.testing.assert_array_equal(sorting_order(values), np.argsort(values, kind="stable"))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_many_numbers_in_any_layout(kind: type) -> None:
    values = np.random.default_rng(1).normal(size=(20000, 2)).astype(kind)
    values[:1000] = np.round(values[:1000])
    np.testing.assert_array_equal(sorting_order(values[:, 1]), np.argsort(values[:, 1], kind="stable"))
