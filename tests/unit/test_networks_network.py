"""Networks: standardisation, architecture, evaluation, and building one from its own description."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.architectures.piecewise import Kind as Piecewise
from signedag.networks.network import Network


def dense(inputs, hidden_layers=(), dropout=0.0, outputs=1):
    names = [f"x{number}" for number in range(inputs)]
    return Network(Dense(hidden_layers=hidden_layers, dropout=dropout), names, outputs)


@pytest.fixture
def features():
    generator = np.random.default_rng(1)
    return (generator.normal(size=(500, 3)) * [1, 1000, 1e-8] + [0, 5000, 0]).astype(np.float32)


def test_standardised_inputs_have_weighted_mean_zero_and_spread_one(features):
    weights = np.random.default_rng(2).exponential(size=len(features))
    network = dense(3, (4,))
    network.standardise_by(features, weights)
    standardised = (features - network.mean.numpy()) / network.scale.numpy()
    mean = np.average(standardised, axis=0, weights=weights)
    np.testing.assert_allclose(mean, 0, atol=1e-5)
    np.testing.assert_allclose(np.average((standardised - mean) ** 2, axis=0, weights=weights), 1, rtol=1e-5)


def test_events_of_weight_zero_do_not_count(features):
    weights = np.ones(500)
    weights[100:] = 0
    network, reference = dense(3, ()), dense(3, ())
    network.standardise_by(features, weights)
    reference.standardise_by(features[:100], weights[:100])
    torch.testing.assert_close(network.mean, reference.mean)
    torch.testing.assert_close(network.scale, reference.scale)


@pytest.mark.parametrize("constant", [0.0, 0.1, -7e7, 1e-20])
def test_a_constant_column_keeps_scale_one(features, constant):
    features[:, 1] = constant
    network = dense(3, ())
    network.standardise_by(features, np.random.default_rng(3).exponential(size=500))
    assert network.scale[1] == 1
    assert network.scale[0] != 1
    assert np.all(np.isfinite(network.probability(features)))


def test_logit_of_a_known_network():
    network = dense(2, (2,))
    with torch.no_grad():
        network.mean.copy_(torch.tensor([1.0, 2.0]))
        network.scale.copy_(torch.tensor([2.0, 4.0]))
        hidden, last = network.body.hidden[0], network.body.last
        hidden.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, -1.0]]))
        hidden.bias.copy_(torch.tensor([0.5, 0.0]))
        last.weight.copy_(torch.tensor([[2.0, 3.0]]))
        last.bias.copy_(torch.tensor([-1.0]))
    features = np.array([[3, 6], [-9, -2]], dtype=np.float32)  # standardised: (1, 1) and (-5, -1)
    expected = np.array([2 * 1.5 - 1, 3 * 1 - 1])
    np.testing.assert_allclose(network(torch.from_numpy(features)).detach(), expected)
    np.testing.assert_allclose(network.probability(features), 1 / (1 + np.exp(-expected)), rtol=1e-12)


def test_layers_are_as_told():
    body = dense(3, (5, 4), dropout=0.2, outputs=2).body
    shapes = [(layer.in_features, layer.out_features) for layer in (*body.hidden, body.last)]
    assert shapes == [(3, 5), (5, 4), (4, 2)]
    assert len(dense(3, ()).body.hidden) == 0


def test_dropout_acts_in_training_alone_and_keeps_the_mean():
    torch.manual_seed(2)
    network = dense(1, (4000,), dropout=0.5)
    with torch.no_grad():
        network.body.hidden[0].weight.fill_(1)
        network.body.hidden[0].bias.zero_()
        network.body.last.weight.fill_(1 / 4000)
        network.body.last.bias.zero_()
    features = torch.ones(3, 1)
    assert network.train()(features).detach().numpy() == pytest.approx(1, abs=0.1)
    assert len(set(network(features).tolist())) == 3
    assert network.eval()(features).tolist() == pytest.approx([1, 1, 1], abs=1e-4)


def test_several_outputs_are_a_softmax(features):
    torch.manual_seed(3)
    network = dense(3, (4,), outputs=3)
    network.standardise_by(features, np.ones(500))
    shares = network.probability(features)
    assert shares.shape == (500, 3)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    logits = network(torch.from_numpy(features)).detach().double().numpy()
    np.testing.assert_allclose(shares, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), rtol=1e-12)


@pytest.mark.parametrize("outputs", [1, 4])
def test_a_network_is_built_from_its_own_description(features, outputs):
    network = dense(3, (5, 4), dropout=0.2, outputs=outputs)
    again = Network.from_description(json.loads(json.dumps(network.description())))
    again.load_state_dict(network.state_dict())
    np.testing.assert_array_equal(again.probability(features), network.probability(features))
    assert again.body.dropout == 0.2 and again.inputs == ("x0", "x1", "x2")


def test_an_unknown_architecture_is_refused():
    with pytest.raises(KeyError, match="tree"):
        Network.from_description({"architecture": {"kind": "tree"}, "inputs": ["x"], "outputs": 1})


def test_probability_needs_no_dropout_and_no_single_chunk(features):
    torch.manual_seed(1)
    network = dense(3, (16,), dropout=0.5)
    network.standardise_by(features, np.ones(500))
    network.train()
    whole = network.probability(features)
    assert whole.dtype == np.float64 and whole.shape == (500,)
    np.testing.assert_array_equal(whole, network.probability(features))
    np.testing.assert_allclose(network.probability(features, chunk=7), whole, rtol=1e-5)
    assert network.probability(features[:0]).shape == (0,)


def test_probability_resolves_what_single_precision_does_not():
    network = dense(1, ())
    with torch.no_grad():
        last = network.body.last
        last.weight.fill_(1)
        last.bias.zero_()
    large = network.probability(np.array([[20.0], [30.0]], dtype=np.float32))
    assert large[0] < large[1] < 1


def test_piecewise_shares_are_zero_below_a_bin_one_above_and_linear_inside():
    network = Network(Piecewise(hidden_layers=(), bins=2), ("x",))
    columns = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]], dtype=np.float32)
    network.standardise_by(columns, np.ones(5))
    with torch.no_grad():
        network.body.dense.last.weight.copy_(torch.tensor([[0.0, 1.0, 10.0]]))
        network.body.dense.last.bias.zero_()
    at = np.array([[-5.0], [0.0], [1.0], [2.0], [3.0], [9.0]], dtype=np.float32)
    found = network(torch.from_numpy(at)).detach().numpy()
    np.testing.assert_allclose(found, [0, 0, 0.5, 1, 6, 11], atol=1e-6)  # bins from 0 to 2 and from 2 to 4


def test_piecewise_bins_of_a_count_are_steps_and_unknown_inputs_add_nothing():
    columns = np.repeat([1.0, 2.0], [30, 10]).astype(np.float32)[:, None]
    network = Network(Piecewise(hidden_layers=(), bins=8), ("n_jets", "other"))
    network.standardise_by(columns, np.ones(40))
    assert int(torch.isfinite(network.body.low).sum()) == 1
    described = Network.from_description(network.description())
    described.load_state_dict(network.state_dict())
    both = torch.tensor([[1.0, 3.0], [2.0, -3.0]])
    torch.testing.assert_close(described(both), network(both))
    assert torch.isfinite(network(both)).all()


def test_a_piecewise_network_follows_an_edge_that_a_dense_one_rounds_off():
    """A step in the middle of a steep spectrum, fitted by the same few steps of the same optimiser."""
    generator = np.random.default_rng(4)
    x = generator.exponential(30, 4000).astype(np.float32)[:, None]
    target = torch.from_numpy((x[:, 0] > 20).astype(np.float32))
    loss = {}
    for kind in (Dense, Piecewise):
        torch.manual_seed(1)
        network = Network(kind(hidden_layers=(16,)), ("x",))
        network.standardise_by(x, np.ones(len(x)))
        optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
        for _ in range(100):
            optimiser.zero_grad()
            value = torch.nn.functional.binary_cross_entropy_with_logits(network(torch.from_numpy(x)), target)
            value.backward()
            optimiser.step()
        loss[kind.__module__.rpartition(".")[2]] = value.item()
    assert loss["piecewise"] < 0.6 * loss["dense"]
