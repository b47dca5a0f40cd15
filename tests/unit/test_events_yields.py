"""Counts and sums of signed weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.events.yields import Yield
from signedag.json_blocks import Block

WEIGHTS = st.lists(st.integers(-20, 20).map(lambda n: n / 4), max_size=30)


@settings(deadline=None, derandomize=True)
@given(WEIGHTS, st.integers(0, 30))
def test_parts_add_up_to_the_whole(weights, cut):
    array = np.array(weights, dtype=float)
    assert Yield.of(array[:cut]) + Yield.of(array[cut:]) == Yield.of(array)
    assert Yield.read(Block(json.loads(json.dumps(Yield.of(array).as_json())), Path("summary.json"), "")) == Yield.of(
        array
    )


def test_a_worked_example():
    content = Yield.of(np.array([1.0, 1.0, -1.0, 3.0])).as_json()
    assert content == {
        "events": 4,
        "negative_events": 1,
        "sum_of_weights": 4.0,
        "sum_of_absolute_weights": 6.0,
        "sum_of_weights_squared": 12.0,
        "negative_fraction": pytest.approx(1 / 6),
        "effective_size_factor": pytest.approx(16 / 48),
    }


@pytest.mark.parametrize(("weights", "reason"), [([], "no events"), ([0.0, 0.0], "all weights are zero")])
def test_what_is_undefined_is_null_with_a_reason(weights, reason):
    content = Yield.of(np.array(weights)).as_json()
    assert content["negative_fraction"] is None
    assert content["effective_size_factor"] is None
    assert content["undefined_because"] == reason
