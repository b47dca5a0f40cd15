"""The conditioned network: each conditioning is its formula, and parameters travel with the network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from signedag.config.architectures.conditioned import Kind
from signedag.config.architectures.dense import Kind as Dense
from signedag.networks.architectures.conditioned import Body, Conditioning
from signedag.networks.network import Network

HOW = ("concatenation", "bias", "scale", "affine")


def randomised(module: nn.Module) -> nn.Module:
    torch.manual_seed(5)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_()
    return module


@pytest.mark.parametrize("how", HOW)
def test_a_conditioning_is_its_formula(how):
    conditioning = randomised(Conditioning(how, 3, 2))
    z, m = torch.randn(7, 3), torch.randn(7, 2)
    given = conditioning(z, m)
    expected = z.clone()
    if how in ("scale", "affine"):
        expected = expected * (m @ conditioning.scale.weight.T + conditioning.scale.bias)
    if how in ("bias", "affine"):
        expected = expected + m @ conditioning.bias.weight.T + conditioning.bias.bias
    if how == "concatenation":
        expected = torch.cat([z, m], dim=1)
    torch.testing.assert_close(given, expected)
    assert given.shape[1] == conditioning.width


@pytest.mark.parametrize("how", ["bias", "scale", "affine"])
def test_before_the_training_nothing_happens_where_the_parameters_are_zero(how):
    z = torch.randn(7, 3)
    torch.testing.assert_close(Conditioning(how, 3, 2)(z, torch.zeros(7, 2)), z)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("where", ["input", "every_layer"])
def test_the_parameters_act_where_they_are_to(how, where):
    settings = Kind(hidden_layers=(6, 4), dropout=0.0, conditioning=how, where=where)
    body = randomised(Body(settings, inputs=5, outputs=2, parameters=2))
    inputs = torch.randn(9, 5)
    x, m = inputs[:, :3], inputs[:, 3:]
    values = body.at_input(x, m) if where == "input" else x
    for number, layer in enumerate(body.hidden):
        values = torch.relu(layer(values))
        if where == "every_layer":
            values = body.conditionings[number](values, m)
    torch.testing.assert_close(body(inputs), body.last(values))
    assert len(body.conditionings) == (2 if where == "every_layer" else 0)


def test_the_reference_has_about_seventy_thousand_parameters():
    """300-150-100-50 on 27 features and a mass: 73 751 of the layers and 2400 of the affine conditioning."""
    count = sum(parameter.numel() for parameter in Network(Kind(), [f"x{i}" for i in range(27)], 1, ["m"]).parameters())
    assert count == (27 + 1) * 300 + 301 * 150 + 151 * 100 + 101 * 50 + 51 + 4 * (300 + 150 + 100 + 50)


@pytest.mark.parametrize(("inputs", "parameters"), [(3, 0), (2, 2)])
def test_without_parameters_or_other_inputs_there_is_no_such_network(inputs, parameters):
    with pytest.raises(ValueError, match="needs inputs and parameters"):
        Body(Kind(), inputs, 1, parameters)


@pytest.mark.parametrize("architecture", [Kind(hidden_layers=(8,), dropout=0.0), Dense(hidden_layers=(8,))])
def test_a_network_is_asked_at_a_point_and_standardises_it(architecture):
    network = Network(architecture, ("x", "y"), 1, ("mass", "width"))
    points = np.array([[500.0, 5.0], [1000.0, 5.0], [1500.0, 5.0]])
    network.standardise_by(np.random.default_rng(1).normal(3, 2, (50, 2)).astype(np.float32), np.ones(50))
    network.standardise_parameters_by(points)
    assert network.mean[2:].tolist() == [1000.0, 5.0]
    assert network.scale[2:].tolist() == pytest.approx([points[:, 0].std(), 1.0])
    features = np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32)
    given = network.probability(features, (500.0, 5.0))
    columns = torch.from_numpy(np.column_stack([features, np.tile([500.0, 5.0], (2, 1))]).astype(np.float32))
    np.testing.assert_allclose(given, torch.sigmoid(network(columns).double()).detach().numpy(), rtol=1e-6)
    assert not np.allclose(given, network.probability(features, (1500.0, 5.0)))
    for point in ((), (500.0,)):
        with pytest.raises(ValueError, match="a network of 2 parameters got values of"):
            network.probability(features, point)


def test_a_network_is_built_again_from_its_description():
    network = Network(Kind(hidden_layers=(8,)), ("x", "y"), 1, ("mass",))
    again = Network.from_description(network.description())
    again.load_state_dict(network.state_dict())
    assert again.conditioned_on == ("mass",)
    features = np.ones((3, 2), dtype=np.float32)
    np.testing.assert_array_equal(network.probability(features, (2.0,)), again.probability(features, (2.0,)))
    assert "parameters" not in Network(Dense(), ("x",)).description()


def test_parameters_that_are_columns_of_events_come_with_each_event():
    network = Network(Kind(hidden_layers=(8,), dropout=0.0), ("x", "y"), 1, ("m",), parameters_are_columns=True)
    asked = Network(Kind(hidden_layers=(8,), dropout=0.0), ("x", "y"), 1, ("m",))
    generator = np.random.default_rng(1)
    own, weights = generator.normal(700, 150, (400, 1)).astype(np.float32), generator.random(400)
    network.standardise_parameter_columns_by(own, weights)
    mean = np.average(own[:, 0], weights=weights)
    assert network.mean.tolist() == pytest.approx([0, 0, mean])
    assert network.scale.tolist() == pytest.approx(
        [1, 1, np.sqrt(np.average((own[:, 0] - mean) ** 2, weights=weights))]
    )
    asked.load_state_dict(network.state_dict())
    assert (network.event_columns, network.asked_at) == (("x", "y", "m"), ())
    assert (asked.event_columns, asked.asked_at) == (("x", "y"), ("m",))
    features = generator.normal(size=(3, 2)).astype(np.float32)
    given = network.probability(np.column_stack([features, own[:3]]))
    one_by_one = [asked.probability(features[[row]], (float(own[row, 0]),))[0] for row in range(3)]
    np.testing.assert_allclose(given, one_by_one, rtol=1e-6)
    again = Network.from_description(network.description())
    assert again.parameters_are_columns and "parameters_are_columns" not in asked.description()
    with pytest.raises(ValueError, match="a network of 0 parameters got values of 1"):
        network.probability(np.ones((3, 3), dtype=np.float32), (700.0,))
    with pytest.raises(ValueError, match="a network of 3 columns of events got 2"):
        network.probability(features)
