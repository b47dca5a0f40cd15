"""Trainings as jobs: everything once, nothing before what it starts from."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signedag.config.classifier import Variant
from signedag.config.grouping import (
    GroupMember,
    Member,
    Training,
    judging_groups,
    read_members,
    scoring_groups,
    training_groups,
)
from signedag.errors import UserError


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


@given(st.integers(0, 6), st.integers(2, 3), st.integers(1, 12))
def test_every_variant_is_judged_once(count: int, folds: int, size: int) -> None:
    variants = {f"v{number}": variant(seeds=tuple(range(1, number + 2))) for number in range(count)}
    groups = judging_groups(variants, folds, size)
    assert [name for group in groups for (name,) in group] == sorted(variants)
    networks = [[folds * len(variants[name].seeds) for (name,) in group] for group in groups]
    assert all(sum(group) <= size or len(group) == 1 for group in networks)
    assert all(sum(group) + following[0] > size for group, following in pairwise(networks)), "no group could take more"


def test_members_are_read_with_what_their_stage_needs() -> None:
    text = '[{"variant": "a", "settings": {"networks_per_job": 3}}, {"variant": "b", "fold": 1, "settings": {}}]'
    assert read_members(text, "--trainings", Training) == [
        GroupMember("a", 0, 0, Training(networks_per_job=3)),
        GroupMember("b", 0, 1, Training()),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "--trainings: not valid JSON"),
        ("[" * 100_000, "--trainings: not valid JSON"),
        ("{}", "--trainings: must be a list"),
        ("[3]", "--trainings: "),
        ('[{"variant": "a"}]', "--trainings: settings"),
        ('[{"variant": "a", "settings": {"networks_per_job": 0}}]', "--trainings: a: networks_per_job"),
    ],
)
def test_wrong_members_are_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read_members(text, "--trainings", Training)
    assert str(caught.value).startswith(message) and len(str(caught.value).splitlines()) == 1


def test_what_others_start_from_is_in_an_earlier_group() -> None:
    variants = {"a": variant("c"), "b": variant(), "c": variant("b"), "d": variant()}
    groups = training_groups(variants, 2, 100)
    assert [{member.variant for member in group} for group in groups] == [{"b", "d"}, {"c"}, {"a"}]
