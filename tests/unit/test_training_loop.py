"""The training loop: phases, early stopping, determinism and divergence."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch

from signedag.config.phases import Phase, Term
from signedag.networks.dense import DenseNetwork
from signedag.objectives.batch import Batch
from signedag.training.batches import shuffled_batches
from signedag.training.loop import SATURATED_LOGIT, Epoch, History, divergence, objective, train


def as_batch(features, target, training, signed=None):
    columns = (features, target, training, training if signed is None else signed)
    return Batch(*(torch.from_numpy(np.asarray(column, dtype=np.float32)) for column in columns))


def noisy_events(seed, events, dimensions=6):
    """Classes that can hardly be told apart: a network soon learns the training events by heart."""
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(events, dimensions))
    target = generator.random(events) < 1 / (1 + np.exp(-0.5 * features[:, 0]))
    return as_batch(features, target, np.ones(events))


def made_networks(seed=1, dropout=0.0):
    torch.manual_seed(seed)
    return {"classifier": DenseNetwork(6, (16, 16), dropout), "weight_network": DenseNetwork(7, (8,))}


def run(networks, phases, seed=1, size=20, training=None, validation=None):
    training = training or noisy_events(10, 80)
    validation = validation or noisy_events(11, 200)
    validated = [Phase.model_validate(phase) for phase in phases]
    generator = np.random.default_rng(seed)
    return train(networks, validated, shuffled_batches(len(training), size), training, validation, generator)


def state_of(network):
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def unchanged(network, before):
    return all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def validation_value(networks, phase=None):
    with torch.no_grad():
        for network in networks.values():
            network.eval()
        terms = Phase.model_validate(phase or {"epochs": 1}).terms
        return float(objective(terms, networks, noisy_events(11, 200)))


def test_early_stopping_keeps_the_best_epoch():
    networks = made_networks()
    history = run(networks, [{"epochs": 60, "patience": 3, "learning_rate": 0.01}])
    values = [epoch.validation for epoch in history.epochs]
    best = int(np.argmin(values)) + 1
    assert history.best_epochs == (best,)
    assert 1 < len(values) < 60 and len(values) == best + 3  # stopped when patience ran out
    assert validation_value(networks) == pytest.approx(values[best - 1], rel=1e-6)
    assert values[-1] > values[best - 1]
    assert history.diverged is None


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_without_patience_the_last_epoch_stays(dropout):
    networks = made_networks(dropout=dropout)
    history = run(networks, [{"epochs": 12, "learning_rate": 0.01}])
    assert [epoch.epoch for epoch in history.epochs] == list(range(1, 13))
    assert history.best_epochs == (12,)
    assert validation_value(networks) == pytest.approx(history.epochs[-1].validation, rel=1e-6)
    assert dropout or history.epochs[-1].validation > min(epoch.validation for epoch in history.epochs)


def test_dropout_acts_on_networks_that_move_while_they_move():
    networks = made_networks(dropout=0.4)
    modes: dict[str, list[bool]] = {role: [] for role in networks}
    for role, network in networks.items():
        network.register_forward_hook(lambda module, *_, seen=modes[role]: seen.append(module.training))
    run(networks, [{"epochs": 2, "terms": [{"objective": "joint_cross_entropy"}]}], size=40)
    assert modes["classifier"] == [True, True, False] * 2  # two batches, then the validation
    # The weight network stays in evaluation mode; the validation, by signed weights, does not ask it.
    assert modes["weight_network"] == [False] * 4


def test_phases_move_the_named_networks_only():
    networks = made_networks()
    before = {role: state_of(network) for role, network in networks.items()}
    signs = {"epochs": 1, "moves": ["weight_network"], "terms": [{"objective": "sign_cross_entropy"}]}
    run(networks, [signs])
    assert unchanged(networks["classifier"], before["classifier"])
    assert not unchanged(networks["weight_network"], before["weight_network"])
    before["weight_network"] = state_of(networks["weight_network"])
    # Gradients reach the weight network here, but it is not to move.
    through = {"epochs": 1, "terms": [{"objective": "joint_cross_entropy_through_weights"}]}
    history = run(networks, [through])
    assert not unchanged(networks["classifier"], before["classifier"])
    assert unchanged(networks["weight_network"], before["weight_network"])
    assert [epoch.phase for epoch in history.epochs] == [0]


def test_phases_follow_each_other_and_gradients_do_not_leak():
    """A frozen network's leftover gradients must not enter its first step in a later phase."""
    frozen = {"epochs": 1, "terms": [{"objective": "joint_cross_entropy_through_weights"}]}
    signs = {"epochs": 1, "moves": ["weight_network"], "terms": [{"objective": "sign_cross_entropy"}]}
    with_leftovers, without = made_networks(), made_networks()
    history = run(with_leftovers, [frozen, signs])
    assert [(epoch.phase, epoch.epoch) for epoch in history.epochs] == [(0, 1), (1, 1)]
    assert len(history.best_epochs) == 2
    training, validation = noisy_events(10, 80), noisy_events(11, 200)
    sampler, generator = shuffled_batches(80, 20), np.random.default_rng(1)
    sampler(generator)  # the order that the first phase used up
    train(without, [Phase.model_validate(signs)], sampler, training, validation, generator)
    assert unchanged(with_leftovers["weight_network"], without["weight_network"].state_dict())


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_the_same_seeds_give_the_same_bytes(dropout):
    def trained(initialisation, order):
        networks = made_networks(initialisation, dropout)
        history = run(networks, [{"epochs": 3}], seed=order)
        return networks["classifier"], history

    reference, history = trained(1, 1)
    again, same = trained(1, 1)
    assert unchanged(again, reference.state_dict()) and history == same
    for seeds in ((2, 1), (1, 2)):
        other, _ = trained(*seeds)
        assert not unchanged(other, reference.state_dict())


def test_the_training_objective_is_the_mean_over_events():
    """One step with a tiny learning rate: the batches' means, weighted by their sizes, are the whole sample's mean."""
    networks = made_networks()
    training = noisy_events(10, 70)  # 70 = 3 batches of 20 and one of 10
    with torch.no_grad():
        expected = float(objective(Phase(epochs=1).terms, networks, training))
    history = run(networks, [{"epochs": 1, "learning_rate": 1e-12}], training=training)
    assert history.epochs[0].training == pytest.approx(expected, rel=1e-6)


def test_terms_add_up_with_their_factors():
    networks, batch = made_networks(), noisy_events(3, 50)

    def value(*terms):
        with torch.no_grad():
            return float(objective([Term.model_validate(term) for term in terms], networks, batch))

    one, other = {"objective": "cross_entropy"}, {"objective": "sign_cross_entropy", "weight": -0.5}
    assert value(one, other) == pytest.approx(value(one) + value(other), rel=1e-6)
    assert value(other) == pytest.approx(-0.5 * value(other | {"weight": 1.0}), rel=1e-6)


def test_the_smallest_class_sum_is_noted():
    training = as_batch(np.zeros((4, 6)), [1, 1, 0, 0], [2.0, -1.0, -3.0, 5.0])
    history = run(made_networks(), [{"epochs": 1, "learning_rate": 1e-6}], size=1, training=training)
    assert history.epochs[0].smallest_class_sum == -3
    history = run(made_networks(), [{"epochs": 1, "learning_rate": 1e-6}], size=4, training=training)
    assert history.epochs[0].smallest_class_sum == 1


def separated_signs(seed, events, transformed):
    """The first feature tells the background's negative events (x > 2) from all others (x < 1)."""
    generator = np.random.default_rng(seed)
    target = generator.random(events) < 0.5
    negative = ~target & (generator.random(events) < 0.3)
    features = generator.normal(size=(events, 6))
    features[:, 0] = np.where(negative, generator.uniform(2, 3, events), generator.uniform(0, 1, events))
    signed = np.where(negative, -1.0, 1.0)
    # There the signed density is negative: the exact transformed weight is clipped to zero.
    return as_batch(features, target, np.maximum(signed, 0) if transformed else signed, signed)


@pytest.mark.parametrize("transformed", [False, True])
def test_signed_weights_diverge_where_signs_are_separable_and_transformed_ones_do_not(transformed):
    training, validation = separated_signs(1, 600, transformed), separated_signs(2, 300, transformed)
    phase = {"epochs": 40, "learning_rate": 0.01}
    history = run(made_networks(), [phase, phase], size=50, training=training, validation=validation)
    if transformed:
        assert history.diverged is None and len(history.epochs) == 80
        return
    assert history.diverged is not None
    assert "fell below its bound of zero in epoch" in history.diverged
    assert "largest |logit|" in history.diverged
    assert len(history.epochs) < 40 and len(history.best_epochs) == 1  # stopped; the second phase did not start
    assert history.best_epochs[0] == len(history.epochs) - 1  # what came before is kept


def test_an_objective_that_is_no_number_diverges_and_keeps_the_parameters_before():
    networks = made_networks()
    before = state_of(networks["classifier"])
    history = run(networks, [{"epochs": 5, "learning_rate": 1e30}])
    assert history.diverged == "the objective is not finite in epoch 1"
    assert history.best_epochs == (0,) and unchanged(networks["classifier"], before)
    json.dumps(history.as_dict(), allow_nan=False)
    assert history.as_dict()["epochs"][0]["validation"] is None


def test_a_tail_of_the_features_is_no_divergence():
    """One event far out has a large logit; with non-negative weights the objective is bounded and goes on falling."""
    networks = made_networks()
    training, validation = noisy_events(10, 80), noisy_events(11, 200)
    validation.features[0] = 1e5
    history = run(networks, [{"epochs": 3}], training=training, validation=validation)
    assert history.epochs[-1].largest_logit > SATURATED_LOGIT
    assert history.diverged is None and len(history.epochs) == 3


FINE = Epoch(0, 7, 0.5, 0.6, 3.0, 1.0)


@pytest.mark.parametrize(
    ("changes", "signed", "words"),
    [
        ({}, True, None),
        ({"largest_logit": 61.0}, False, None),
        ({"largest_logit": 61.0}, True, "the scores saturated in epoch 7 (largest |logit| 61)"),
        ({"training": -0.1}, True, "the objective fell below its bound of zero in epoch 7 (training -0.1"),
        ({"validation": -0.1}, False, "validation -0.1"),
        ({"training": float("nan")}, False, "not finite in epoch 7"),
        ({"validation": float("inf")}, False, "not finite in epoch 7"),
    ],
)
def test_what_counts_as_divergence(changes, signed, words):
    found = divergence(dataclasses.replace(FINE, **changes), signed)
    assert found is None if words is None else words in found


def test_history_as_json():
    history = History((FINE, dataclasses.replace(FINE, training=float("inf"))), (1,), None)
    plain = history.as_dict()
    assert plain["epochs"][0] == dataclasses.asdict(FINE)
    assert plain["epochs"][1]["training"] is None
    assert plain["diverged"] is None
