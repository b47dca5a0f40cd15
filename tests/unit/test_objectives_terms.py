"""Objective terms against their closed forms, minima and gradients."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.choices import kinds_of
from signedag.networks.network import Network
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, TRAINING_WEIGHT, Batch, EventTable, Outputs
from signedag.objectives.cross_entropy import cross_entropy
from signedag.objectives.density_ratio import density_ratio
from signedag.objectives.joint_cross_entropy import joint_cross_entropy, joint_cross_entropy_through_weights
from signedag.objectives.sign_cross_entropy import sign_cross_entropy
from signedag.objectives.term import Term, term_of


def linear(*weights, bias=0.0):
    """A network without hidden layers: logit = weights · features + bias."""
    network = Network(Dense(hidden_layers=()), [f"x{number}" for number in range(len(weights))])
    last = network.body.last
    with torch.no_grad():
        last.weight.copy_(torch.tensor([weights]))
        last.bias.fill_(bias)
    return network


def as_batch(feature, target, signed, training=None):
    """A batch whose classifier sees the feature, and whose weight network sees the class, too."""
    columns = {CLASS: target, SIGNED_WEIGHT: signed, TRAINING_WEIGHT: np.abs(signed) if training is None else training}
    tensors = {name: torch.tensor(np.asarray(values), dtype=torch.float32) for name, values in columns.items()}
    features = torch.tensor(np.asarray(feature), dtype=torch.float32).reshape(-1, 1)
    with_class = torch.cat([features, tensors[CLASS].unsqueeze(-1)], dim=1)
    return Batch(EventTable(tensors, {"classifier": features, "weight_network": with_class}))


def networks():
    """The classifier's logit is the feature; the weight network's is twice the feature, less the class."""
    return {"classifier": linear(1.0), "weight_network": linear(2.0, -1.0)}


def softplus(z):
    return np.logaddexp(0, z)


columns = st.lists(
    st.tuples(st.floats(-8, 8, width=32), st.booleans(), st.floats(-3, 3, width=32), st.floats(-2, 2, width=32)),
    min_size=1,
    max_size=12,
)


@given(columns)
@settings(deadline=None)
def test_closed_forms(drawn):
    z, target, signed, training = (np.array(column, dtype=np.float64) for column in zip(*drawn, strict=True))
    batch = as_batch(z, target, signed, training)
    outputs = Outputs(networks(), batch)
    classifier_loss = softplus((1 - 2 * target) * z)
    weight_logit = 2 * z - target
    positive_probability = 1 / (1 + np.exp(-weight_logit))
    transformed = np.abs(signed) * np.maximum(0, 2 * positive_probability - 1)
    sign_loss = np.abs(signed) * softplus(np.where(signed > 0, -weight_logit, weight_logit))
    terms = {
        "cross_entropy": cross_entropy,
        "density_ratio": density_ratio,
        "sign_cross_entropy": sign_cross_entropy,
        "joint_cross_entropy": joint_cross_entropy,
        "joint_cross_entropy_through_weights": joint_cross_entropy_through_weights,
    }
    expected = {
        "cross_entropy": np.mean(training * classifier_loss),
        "density_ratio": np.mean(signed * softplus(-z) + softplus(z)),
        "sign_cross_entropy": np.mean(sign_loss),
        "joint_cross_entropy": np.mean(transformed * classifier_loss),
        "joint_cross_entropy_through_weights": np.mean(transformed * classifier_loss),
    }
    for name, value in expected.items():
        assert float(terms[name](batch, outputs).detach()) == pytest.approx(value, rel=1e-4, abs=1e-5), name


def test_every_objective_of_the_settings_has_a_term_that_asks_what_the_settings_say():
    for name, kind in kinds_of("signedag.config.objectives").items():
        settings = kind()
        term = term_of(settings)
        assert isinstance(term, Term) and term.name.startswith(name)
        assert term.networks == settings.networks()
        assert term.columns == settings.columns() and term.full_batch == settings.full_batch
        assert term.decorrelates == settings.decorrelates()


def test_cross_entropy_of_several_classes_is_that_of_the_softmax():
    logits = torch.tensor([[1.0, 0.5, -2.0], [0.0, 3.0, 1.0]])

    class Fixed(Outputs):
        def of(self, role):
            return logits

    columns = {CLASS: torch.tensor([2, 1]), TRAINING_WEIGHT: torch.tensor([2.0, 0.5])}
    batch = Batch(EventTable(columns, {}))
    shares = torch.softmax(logits, dim=1)
    expected = -(2.0 * torch.log(shares[0, 2]) + 0.5 * torch.log(shares[1, 1])) / 2
    torch.testing.assert_close(cross_entropy(batch, Fixed({}, batch)), expected)


def test_cross_entropy_of_cancelling_weights_stays_finite():
    batch = as_batch([1.0, -1.0], [1, 1], [1.0, -1.0], [1.0, -1.0])
    value = float(cross_entropy(batch, Outputs(networks(), batch)).detach())
    assert value == pytest.approx((softplus(-1) - softplus(1)) / 2)


def gradients(term):
    """Gradients of a term with respect to classifier and weight network, None where none arrives."""
    made = networks()
    batch = as_batch([0.7, -0.4, 1.5], [1, 0, 0], [2.0, -1.0, 0.5])
    term(batch, Outputs(made, batch)).backward()
    return {role: [p.grad for p in network.parameters()] for role, network in made.items()}, batch


def test_joint_term_does_not_reach_the_weight_network():
    found, _ = gradients(joint_cross_entropy)
    assert all(gradient is not None for gradient in found["classifier"])
    assert all(gradient is None for gradient in found["weight_network"])


def test_sign_term_does_not_reach_the_classifier():
    found, _ = gradients(sign_cross_entropy)
    assert all(gradient is None for gradient in found["classifier"])
    assert all(gradient is not None for gradient in found["weight_network"])


def test_attached_joint_term_reaches_both():
    found, batch = gradients(joint_cross_entropy_through_weights)
    detached, _ = gradients(joint_cross_entropy)
    for one, other in zip(found["classifier"], detached["classifier"], strict=True):
        torch.testing.assert_close(one, other)
    z, target, size = (
        batch.inputs("classifier")[:, 0].double(),
        batch[CLASS].double(),
        batch[SIGNED_WEIGHT].abs().double(),
    )
    weight_logit = 2 * z - target
    loss = torch.nn.functional.softplus((1 - 2 * target) * z)
    slope = size * loss * torch.where(weight_logit > 0, (1 - torch.tanh(weight_logit / 2) ** 2) / 2, 0.0) / 3
    weights, bias = found["weight_network"]
    torch.testing.assert_close(bias.double(), slope.sum().reshape(1), rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(
        weights.double(), torch.stack([(slope * z).sum(), (slope * target).sum()]).reshape(1, 2), rtol=1e-5, atol=1e-7
    )


def minimise(term, network, batch):
    optimiser = torch.optim.LBFGS(network.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        value = term(batch, Outputs({"classifier": network, "weight_network": network}, batch))
        value.backward()
        return value

    optimiser.step(closure)
    with torch.no_grad():
        return network(torch.tensor([[-1.0], [1.0]])).exp().tolist()


def test_density_ratio_is_least_at_the_mean_weight():
    """Two points, each with its own weights: exp(z) must become the mean of w at each."""
    weights = {-1.0: [2.0, -1.0, 0.2], 1.0: [3.0, 2.0, -0.5, -0.5]}
    feature = [x for x, values in weights.items() for _ in values]
    signed = [w for values in weights.values() for w in values]
    batch = as_batch(feature, [1] * len(signed), signed)
    found = minimise(density_ratio, linear(0.0), batch)
    assert found == pytest.approx([0.4, 1.0], rel=1e-3)


def test_cross_entropy_of_signs_is_least_at_the_positive_share():
    """exp(z) = p/(1 - p) with p the share of |w| in positive events."""
    batch = as_batch([-1, -1, -1, 1, 1], [1, 1, 0, 1, 0], [2.0, 1.0, -1.0, 5.0, -3.0])
    found = minimise(cross_entropy, linear(0.0), batch)
    assert found == pytest.approx([3 / 1, 5 / 3], rel=1e-3)


def test_a_batch_holds_the_chosen_rows():
    whole = as_batch([1, 2, 3], [1, 0, 1], [1.0, -2.0, 3.0])
    chosen = Batch(whole._table, torch.tensor([2, 0]))
    assert len(whole) == 3 and len(chosen) == 2
    assert chosen[SIGNED_WEIGHT].tolist() == [3, 1] and chosen[TRAINING_WEIGHT].tolist() == [3, 1]
    assert chosen.inputs("classifier").tolist() == [[3], [1]] and chosen[CLASS].tolist() == [1, 1]
    assert chosen[CLASS] is chosen[CLASS]  # gathered once
    with pytest.raises(KeyError):
        chosen["mass"]


def test_a_network_sees_the_score_of_the_classifier_after_its_own_columns():
    made = networks()
    adversary = Network(Dense(hidden_layers=()), ("pt", "classifier"))
    with torch.no_grad():
        adversary.body.last.weight.copy_(torch.tensor([[1.0, 10.0]]))
        adversary.body.last.bias.zero_()
    pt = torch.tensor([[5.0], [7.0]])
    columns = {CLASS: torch.tensor([1.0, 0.0])}
    batch = Batch(EventTable(columns, {"classifier": torch.tensor([[0.0], [2.0]]), "adversary": pt}))
    output = Outputs(made | {"adversary": adversary}, batch).of("adversary")
    expected = pt[:, 0] + 10 * torch.sigmoid(torch.tensor([0.0, 2.0]))
    torch.testing.assert_close(output.detach(), expected)


def test_networks_are_asked_once_and_only_if_needed():
    asked = []
    made = {"classifier": linear(1.0)}
    made["classifier"].body.register_forward_hook(lambda *_: asked.append(1))
    batch = as_batch([1.0], [1], [1.0])
    outputs = Outputs(made, batch)
    assert not asked
    first = cross_entropy(batch, outputs) + density_ratio(batch, outputs)
    assert math.isfinite(float(first.detach())) and len(asked) == 1
