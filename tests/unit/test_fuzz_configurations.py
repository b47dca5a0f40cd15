"""A few of the random configurations of `make fuzz`."""

from __future__ import annotations

import random

import pytest
from fuzz_configurations import outcome, random_case


@pytest.mark.parametrize("start", [1, 51, 101, 151])
def test_mistakes_are_refused_in_lines_and_nonsense_is_never_accepted(start: int) -> None:
    for seed in range(start, start + 50):
        case = random_case(random.Random(seed))
        found = outcome(case)
        assert found.kind != "failed", f"seed {seed}: {case.what}\n{found.said}"
        assert not (case.nonsense and found.kind == "accepted"), f"seed {seed}: {case.what}"
