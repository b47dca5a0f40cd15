"""The networks behind training weights, on samples whose truth is a formula."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.weights import SignNetwork
from signedag.errors import UserError
from signedag.training.weight_networks import cross_fit, train_weight_network

SETTINGS = SignNetwork(
    inputs=("x", "noise"),
    architecture=Dense(hidden_layers=(16,)),
    epochs=25,
    patience=6,
    batch_size=200,
    learning_rate=0.01,
)


def sample(events=6000, seed=1):
    """p(x) = 1 - 0.4 sigmoid(2x); the sizes do not depend on x, and are far from one."""
    generator = np.random.default_rng(seed)
    x = generator.uniform(-2, 2, events)
    probability = 1 - 0.4 / (1 + np.exp(-2 * x))
    size = 1e-3 * np.exp(0.3 * generator.normal(size=events))
    features = np.stack([x, generator.normal(size=events)], axis=1).astype(np.float32)
    return features, np.where(generator.random(events) < probability, size, -size), probability


GRID = np.stack([np.linspace(-1.5, 1.5, 9), np.zeros(9)], axis=1).astype(np.float32)
GRID_PROBABILITY = 1 - 0.4 / (1 + np.exp(-2 * np.linspace(-1.5, 1.5, 9)))


def test_the_sign_network_learns_the_positive_probability():
    features, weight, _ = sample()
    trained = train_weight_network(SETTINGS, features, weight, np.full(6000, True), 1, "cross_entropy")
    np.testing.assert_allclose(trained.network.probability(GRID), GRID_PROBABILITY, atol=0.06)
    assert trained.history.diverged is None and len(trained.history.epochs) <= 25


def test_the_ratio_network_learns_the_mean_weight():
    """E[w | x] = E|w| (2p - 1) = unit p̂/(1 - p̂)."""
    features, weight, _ = sample()
    trained = train_weight_network(SETTINGS, features, weight, np.full(6000, True), 1, "density_ratio")
    output = trained.network.probability(GRID)
    expected = np.mean(np.abs(weight)) * (2 * GRID_PROBABILITY - 1)
    assert trained.unit == pytest.approx(np.mean(np.abs(weight)), rel=0.02)
    np.testing.assert_allclose(trained.unit * output / (1 - output) / expected, 1, atol=0.25)


def test_events_that_are_not_available_do_not_matter():
    features, weight, _ = sample(600)
    available = np.arange(600) % 2 == 0
    settings = SETTINGS.model_copy(update={"epochs": 2})
    first = train_weight_network(settings, features, weight, available, 1, "cross_entropy")
    features, weight = features.copy(), weight.copy()
    features[~available], weight[~available] = 1e6, -1e6
    second = train_weight_network(settings, features, weight, available, 1, "cross_entropy")
    assert same(first, second) and first.history == second.history


def same(first, second):
    """Tell whether two trained networks are equal to the last bit, standardisation and unit included."""
    tensors, others = first.network.state_dict(), second.network.state_dict()
    return first.unit == second.unit and all(torch.equal(tensors[name], others[name]) for name in tensors)


def crossed(features, weight, part, ensemble=1, objective="cross_entropy"):
    settings = SETTINGS.model_copy(update={"epochs": 2, "inner_parts": 3, "ensemble": ensemble})
    return cross_fit(
        "sample 's'", settings, features, weight, part, lambda part, member: 7 + part + 10 * member, objective
    )


@pytest.mark.parametrize("objective", ["cross_entropy", "density_ratio"])
def test_each_part_is_weighed_by_networks_that_left_it_out(objective):
    features, weight, _ = sample(900)
    part = (np.arange(900) % 3).astype(np.int8)
    whole = crossed(features, weight, part, 2, objective)
    assert whole.parts() == [0, 0, 1, 1, 2, 2]
    for number, (left_out, trained) in enumerate(zip(whole.parts(), whole.networks, strict=True)):
        weighed, member = part == left_out, number % 2
        np.testing.assert_array_equal(
            whole.probability[member, weighed], trained.network.probability(features[weighed])
        )
        assert np.all(whole.unit[member, weighed] == trained.unit)
    redrawn = np.where(part == 1, -weight, weight)
    again = crossed(features, redrawn, part, 2, objective)
    assert [same(one, other) for one, other in zip(whole.networks, again.networks, strict=True)] == [
        False, False, True, True, False, False
    ]  # fmt: skip
    np.testing.assert_array_equal(whole.probability[:, part == 1], again.probability[:, part == 1])
    assert np.all(whole.probability[:, part != 1] != again.probability[:, part != 1])


def test_histories_say_part_and_member():
    features, weight, _ = sample(600)
    histories = crossed(features, weight, (np.arange(600) % 3).astype(np.int8), 2).histories()
    assert [(one["part"], one["member"]) for one in histories] == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
    assert all(len(one["epochs"]) == 2 and one["diverged"] is None for one in histories)


def test_a_part_that_holds_all_events_is_refused():
    features, weight, _ = sample(100)
    with pytest.raises(UserError, match="0 events are too few to train on"):
        crossed(features, weight, np.zeros(100, dtype=np.int8))


def test_seeds_decide_everything():
    features, weight, _ = sample(600)
    settings = SETTINGS.model_copy(update={"epochs": 2})

    def trained(seed):
        trained = train_weight_network(settings, features, weight, np.full(600, True), seed, "cross_entropy")
        return trained.network.probability(GRID)

    np.testing.assert_array_equal(trained(1), trained(1))
    assert not np.array_equal(trained(1), trained(2))


def test_too_few_events_are_refused():
    features, weight, _ = sample(50)
    with pytest.raises(UserError, match="1 events are too few"):
        train_weight_network(SETTINGS, features, weight, np.arange(50) == 3, 1, "cross_entropy")
