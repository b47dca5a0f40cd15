"""The networks behind training weights, on samples whose truth is a formula."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from signedag.config.weights import SignNetwork
from signedag.errors import UserError
from signedag.training.weight_networks import train_weight_network

SETTINGS = SignNetwork(hidden_layers=(16,), epochs=25, patience=6, batch_size=200, learning_rate=0.01)


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
    network, history, _ = train_weight_network(SETTINGS, features, weight, np.full(6000, True), 1, "cross_entropy")
    np.testing.assert_allclose(network.probability(GRID), GRID_PROBABILITY, atol=0.06)
    assert history.diverged is None and len(history.epochs) <= 25


def test_the_ratio_network_learns_the_mean_weight():
    """E[w | x] = E|w| (2p - 1) = unit p̂/(1 - p̂)."""
    features, weight, _ = sample()
    network, _, unit = train_weight_network(SETTINGS, features, weight, np.full(6000, True), 1, "density_ratio")
    found = network.probability(GRID)
    expected = np.mean(np.abs(weight)) * (2 * GRID_PROBABILITY - 1)
    assert unit == pytest.approx(np.mean(np.abs(weight)), rel=0.02)
    np.testing.assert_allclose(unit * found / (1 - found) / expected, 1, atol=0.25)


def test_events_that_are_not_available_do_not_matter():
    features, weight, _ = sample(600)
    available = np.arange(600) % 2 == 0
    settings = SETTINGS.model_copy(update={"epochs": 2})
    first, history, unit = train_weight_network(settings, features, weight, available, 1, "cross_entropy")
    features, weight = features.copy(), weight.copy()
    features[~available], weight[~available] = 1e6, -1e6
    second, same_history, same_unit = train_weight_network(settings, features, weight, available, 1, "cross_entropy")
    assert all(torch.equal(one, other) for one, other in zip(first.parameters(), second.parameters(), strict=True))
    assert torch.equal(first.mean, second.mean) and history == same_history and unit == same_unit


def test_seeds_decide_everything():
    features, weight, _ = sample(600)
    settings = SETTINGS.model_copy(update={"epochs": 2})

    def trained(seed):
        network, _, _ = train_weight_network(settings, features, weight, np.full(600, True), seed, "cross_entropy")
        return network.probability(GRID)

    np.testing.assert_array_equal(trained(1), trained(1))
    assert not np.array_equal(trained(1), trained(2))


def test_too_few_events_are_refused():
    features, weight, _ = sample(50)
    with pytest.raises(UserError, match="1 events are too few"):
        train_weight_network(SETTINGS, features, weight, np.arange(50) == 3, 1, "cross_entropy")
