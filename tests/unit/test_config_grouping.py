"""Trainings as jobs: everything once, nothing before what it starts from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signedag.config.classifier import Variant
from signedag.config.grouping import Member, scoring_groups, training_groups


def variant(origin: str | None = None, seeds: tuple[int, ...] = (1,)) -> Variant:
    return Variant.model_validate({"region": "sr", "seeds": seeds, "phases": [{"epochs": 1, "starts_from": origin}]})


@given(st.integers(1, 4), st.integers(2, 3), st.integers(1, 12))
def test_every_training_is_in_one_group(count: int, folds: int, size: int) -> None:
    variants = {f"v{number}": variant(seeds=tuple(range(1, number + 2))) for number in range(count)}
    expected = [
        Member(name, seed, fold) for name, one in variants.items() for seed in one.seeds for fold in range(folds)
    ]
    groups = training_groups(variants, folds, size)
    assert sorted(member for group in groups for member in group) == sorted(expected)
    assert all(len(group) <= size for group in groups) and sum(len(group) < size for group in groups) <= 1
    scorings = scoring_groups(variants, folds, size)
    assert sorted((name, seed) for group in scorings for name, seed, _ in group) == sorted(
        {(name, seed) for name, seed, _ in expected}
    )
    assert all(len(group) * folds <= max(size, folds) for group in scorings)


def test_what_others_start_from_is_in_an_earlier_group() -> None:
    variants = {"a": variant("c"), "b": variant(), "c": variant("b"), "d": variant()}
    groups = training_groups(variants, 2, 100)
    assert [{member.variant for member in group} for group in groups] == [{"b", "d"}, {"c"}, {"a"}]
