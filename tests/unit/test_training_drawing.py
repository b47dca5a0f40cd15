"""Mini-batches: every event once an epoch; paired batches are never negative."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from signedag.errors import UserError
from signedag.training.drawing import full_batch, grouped_batches, shuffled_batches, stratified_batches
from signedag.training.pairing import pair_negative_events


def batches_of(epoch):
    """Give the events of each batch."""
    assert sum(epoch.sizes) == len(epoch.events)
    return np.split(epoch.events, np.cumsum(epoch.sizes)[:-1])


@given(st.integers(1, 100), st.integers(1, 40), st.integers(0, 2**32))
@settings(deadline=None)
def test_shuffled_batches_hold_every_event_once(events, size, seed):
    sampler = shuffled_batches(events, size)
    generator = np.random.default_rng(seed)
    first, second = batches_of(sampler(generator)), batches_of(sampler(generator))
    for plan in (first, second):
        assert sorted(np.concatenate(plan).tolist()) == list(range(events))
        assert [len(batch) for batch in plan[:-1]] == [size] * (len(plan) - 1) and 0 < len(plan[-1]) <= size
    again = batches_of(sampler(np.random.default_rng(seed)))
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))


def test_every_epoch_has_its_own_order():
    sampler, generator = shuffled_batches(1000, 100), np.random.default_rng(1)
    assert not np.array_equal(sampler(generator).events, sampler(generator).events)


def test_the_full_batch_holds_everything_in_order():
    (batch,) = batches_of(full_batch(7)(np.random.default_rng(1)))
    np.testing.assert_array_equal(batch, np.arange(7))


@given(st.lists(st.integers(1, 60), min_size=1, max_size=5), st.integers(5, 40), st.integers(0, 2**32))
@settings(deadline=None)
def test_stratified_batches_hold_equal_numbers_of_each_stratum(counts, size, seed):
    strata = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    batches = batches_of(stratified_batches(strata, size)(np.random.default_rng(seed)))
    assert len(batches) == max(1, round(len(strata) / size))
    for batch in batches:
        drawn = np.bincount(strata[batch], minlength=len(counts))
        assert drawn.sum() == size and drawn.max() - drawn.min() <= 1
    times = np.bincount(np.concatenate(batches), minlength=len(strata))
    for stratum in range(len(counts)):
        own = times[strata == stratum]
        assert own.max() - own.min() <= 1  # no event is drawn more often than its peers, up to one


def test_a_large_stratum_shows_other_events_in_the_next_epoch():
    strata = np.array([0] * 900 + [1] * 100)
    drawing, generator = stratified_batches(strata, 100), np.random.default_rng(3)
    first, second = ({*drawing(generator).events.tolist()} for _ in range(2))
    assert first != second
    assert len([event for event in first if event >= 900]) == 100


@st.composite
def signed_events(draw):
    """Events of two classes whose sums are not negative, with weights that often repeat and often cancel exactly."""
    size = draw(st.integers(2, 40))
    weight = st.sampled_from([1.0, -1.0, 0.1, 0.2, -0.3, 5.0]) | st.floats(-2, 3)
    weights = np.array(draw(st.lists(weight, min_size=size, max_size=size)))
    classes = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    for value in (True, False):
        assume(weights[classes == value].sum() >= 0)
    features = np.random.default_rng(draw(st.integers(0, 2**32))).normal(size=(size, 2)).astype(np.float32)
    return features, weights, classes


def members_of(groups):
    return np.split(groups.members, groups.starts[1:])


@given(signed_events(), st.integers(1, 20), st.integers(1, 4))
@settings(deadline=None, max_examples=200)
def test_no_class_sum_of_a_paired_batch_is_negative(drawn, size, neighbours):
    features, weights, classes = drawn
    groups = pair_negative_events(features, weights, classes, neighbours)
    rounding = 1e-12 * np.abs(weights).sum()
    assert sorted(groups.members.tolist()) == list(range(len(weights)))
    for group in members_of(groups):
        assert len(np.unique(classes[group])) == 1
        assert weights[group].sum() >= -rounding
    plan = batches_of(grouped_batches(groups, size)(np.random.default_rng(1)))
    assert sorted(np.concatenate(plan).tolist()) == list(range(len(weights)))
    for batch in plan:
        for value in (True, False):
            assert weights[batch][classes[batch] == value].sum() >= -rounding


def test_groups_stay_together_and_batches_have_about_the_size():
    generator = np.random.default_rng(2)
    weights = np.where(generator.random(3000) < 0.3, -1.0, 1.0)
    features = generator.normal(size=(3000, 2)).astype(np.float32)
    groups = pair_negative_events(features, weights, generator.random(3000) < 0.5)
    plan = batches_of(grouped_batches(groups, 100)(generator))
    home = {event: number for number, batch in enumerate(plan) for event in batch.tolist()}
    for group in members_of(groups):
        assert len({home[event] for event in group.tolist()}) == 1
    longest = max(len(group) for group in members_of(groups))
    assert len(plan) == 30
    assert all(abs(len(batch) - 100) <= longest for batch in plan)


def test_partners_are_the_nearest_positive_events_of_the_class():
    """A negative event of weight -2.5 among positive ones at growing distance takes the three nearest of its class."""
    position = np.array([0.0, 0.1, -0.2, 0.3, 0.4, 0.05])
    weights = np.array([-2.5, 1.0, 1.0, 1.0, 1.0, 1.0])
    classes = np.array([True, True, True, True, True, False])
    groups = pair_negative_events(position[:, np.newaxis].astype(np.float32), weights, classes)
    paired = [set(group.tolist()) for group in members_of(groups) if len(group) > 1]
    assert paired == [{0, 1, 2, 3}]


def test_no_group_joins_events_that_are_far_apart():
    generator = np.random.default_rng(3)
    cluster = generator.integers(0, 4, 2000)
    features = (generator.normal(size=(2000, 2)) + 100 * np.stack([cluster, cluster % 2], axis=1)).astype(np.float32)
    weights = np.where(np.arange(2000) % 3 == 0, -0.9, 1.0) * generator.uniform(0.9, 1.1, 2000)
    groups = pair_negative_events(features, weights, np.full(2000, True))
    assert all(len(np.unique(cluster[group])) == 1 for group in members_of(groups))


def test_large_features_do_not_decide_alone_who_is_near():
    """The same positions in other units give the same groups."""
    generator = np.random.default_rng(4)
    features = generator.normal(size=(200, 2)).astype(np.float32)
    weights = np.where(generator.random(200) < 0.3, -1.0, 1.0)
    first = pair_negative_events(features, weights, np.full(200, True))
    second = pair_negative_events(features * np.float32(1024) ** np.array([0, 1]), weights, np.full(200, True))
    np.testing.assert_array_equal(first.members, second.members)


def test_heavy_negative_events_take_what_they_need():
    generator = np.random.default_rng(5)
    weights = np.concatenate([np.ones(500), [-170.0]])
    groups = pair_negative_events(generator.normal(size=(501, 3)).astype(np.float32), weights, np.full(501, True))
    assert sorted(len(group) for group in members_of(groups))[-1] == 171


def test_classes_that_cancel_exactly():
    """1.4 + 0.3 + 0.3 - 2 is above or below zero by rounding, depending on the order."""
    generator = np.random.default_rng(6)
    for _ in range(300):
        positive = generator.integers(1, 20, generator.integers(1, 6)) / 10
        weights = generator.permutation([*positive, -positive.sum()])
        if weights.sum() >= 0:
            features = generator.normal(size=(len(weights), 1)).astype(np.float32)
            groups = pair_negative_events(features, weights, np.full(len(weights), True))
            assert sorted(groups.members.tolist()) == list(range(len(weights)))
            assert all(weights[group].sum() > -1e-12 for group in members_of(groups))


def test_a_negative_class_is_refused():
    with pytest.raises(UserError, match="strategy 'paired': the signed weights of a class add up to -1 "):
        pair_negative_events(
            np.zeros((3, 1), dtype=np.float32), np.array([1.0, -2.0, 1.0]), np.array([True] * 2 + [False])
        )
