"""Settings leaf by leaf, and replicas under other seeds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signedag.config.analysis import Analysis
from signedag.config.base import Settings
from signedag.config.chosen_modules import chosen_modules
from signedag.config.example import examples
from signedag.config.leaves import leaves
from signedag.config.replicas import replica_name, replica_of


class Anything(Settings):
    """A block with free content."""

    content: Any = None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_leaves_differ_exactly_if_the_settings_do(first: Any, second: Any) -> None:
    same = json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    assert (leaves(Anything(content=first)) == leaves(Anything(content=second))) is same


def test_a_changed_key_is_one_leaf() -> None:
    before, after = (Analysis.model_validate(examples()[0] | {"bootstrap": value}) for value in (10, 20))
    changed = dict(set(leaves(after).items()) - set(leaves(before).items()))
    assert changed == {"bootstrap": "20"}


def analysis() -> Analysis:
    """Give the example analysis."""
    return Analysis.model_validate(examples()[0])


def test_a_replica_differs_by_name_and_seed() -> None:
    name = replica_name(analysis(), 7)
    assert name == "example_seed7"
    changed = dict(set(leaves(replica_of(analysis(), name)).items()) - set(leaves(analysis()).items()))
    assert changed == {"analysis": '"example_seed7"', "seed": "7"}
    assert replica_of(analysis(), "example") == analysis()


@pytest.mark.parametrize("name", ["other", "example_seed", "example_seedx", "other_seed1", "example_seed1_seed2"])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no replica of analysis 'example'"):
        replica_of(analysis(), name)


def test_the_modules_of_objectives_and_architectures_are_found_in_settings() -> None:
    tuned = analysis().classifiers["tuned"]
    assert {"signedag.objectives.joint_cross_entropy", "signedag.config.objectives.sign_cross_entropy"} <= set(
        chosen_modules(tuned)
    )
    assert "signedag.networks.architectures.dense" in chosen_modules(tuned)
    assert chosen_modules(None) == ()
