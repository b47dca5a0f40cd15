"""The dense network: standardisation, architecture and evaluation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from signedag.networks.dense import DenseNetwork


@pytest.fixture
def features():
    generator = np.random.default_rng(1)
    return (generator.normal(size=(500, 3)) * [1, 1000, 1e-8] + [0, 5000, 0]).astype(np.float32)


def test_standardised_inputs_have_weighted_mean_zero_and_spread_one(features):
    weights = np.random.default_rng(2).exponential(size=len(features))
    network = DenseNetwork(3, (4,))
    network.standardise_by(features, weights)
    standardised = (features - network.mean.numpy()) / network.scale.numpy()
    mean = np.average(standardised, axis=0, weights=weights)
    np.testing.assert_allclose(mean, 0, atol=1e-5)
    np.testing.assert_allclose(np.average((standardised - mean) ** 2, axis=0, weights=weights), 1, rtol=1e-5)


def test_events_of_weight_zero_do_not_count(features):
    weights = np.ones(500)
    weights[100:] = 0
    network, reference = DenseNetwork(3, ()), DenseNetwork(3, ())
    network.standardise_by(features, weights)
    reference.standardise_by(features[:100], weights[:100])
    torch.testing.assert_close(network.mean, reference.mean)
    torch.testing.assert_close(network.scale, reference.scale)


@pytest.mark.parametrize("constant", [0.0, 0.1, -7e7, 1e-20])
def test_a_constant_column_keeps_scale_one(features, constant):
    features[:, 1] = constant
    network = DenseNetwork(3, ())
    network.standardise_by(features, np.random.default_rng(3).exponential(size=500))
    assert network.scale[1] == 1
    assert network.scale[0] != 1
    assert np.all(np.isfinite(network.probability(features)))


def test_logit_of_a_known_network():
    network = DenseNetwork(2, (2,))
    with torch.no_grad():
        network.mean.copy_(torch.tensor([1.0, 2.0]))
        network.scale.copy_(torch.tensor([2.0, 4.0]))
        hidden, last = network.layers[0], network.layers[-1]
        assert isinstance(hidden, nn.Linear) and isinstance(last, nn.Linear)
        hidden.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, -1.0]]))
        hidden.bias.copy_(torch.tensor([0.5, 0.0]))
        last.weight.copy_(torch.tensor([[2.0, 3.0]]))
        last.bias.copy_(torch.tensor([-1.0]))
    features = np.array([[3, 6], [-9, -2]], dtype=np.float32)  # standardised: (1, 1) and (-5, -1)
    expected = np.array([2 * 1.5 - 1, 3 * 1 - 1])
    np.testing.assert_allclose(network(torch.from_numpy(features)).detach(), expected)
    np.testing.assert_allclose(network.probability(features), 1 / (1 + np.exp(-expected)), rtol=1e-12)


def test_layers_are_as_told():
    layers = [type(layer) for layer in DenseNetwork(3, (5, 4), dropout=0.2).layers]
    assert layers == [nn.Linear, nn.ReLU, nn.Dropout, nn.Linear, nn.ReLU, nn.Dropout, nn.Linear]
    assert [type(layer) for layer in DenseNetwork(3, ()).layers] == [nn.Linear]


def test_probability_needs_no_dropout_and_no_single_chunk(features):
    torch.manual_seed(1)
    network = DenseNetwork(3, (16,), dropout=0.5)
    network.standardise_by(features, np.ones(500))
    network.train()
    whole = network.probability(features)
    assert whole.dtype == np.float64 and whole.shape == (500,)
    np.testing.assert_array_equal(whole, network.probability(features))
    np.testing.assert_allclose(network.probability(features, chunk=7), whole, rtol=1e-5)
    assert network.probability(features[:0]).shape == (0,)


def test_probability_resolves_what_single_precision_does_not():
    network = DenseNetwork(1, ())
    with torch.no_grad():
        last = network.layers[0]
        assert isinstance(last, nn.Linear)
        last.weight.fill_(1)
        last.bias.zero_()
    large = network.probability(np.array([[20.0], [30.0]], dtype=np.float32))
    assert large[0] < large[1] < 1
