"""Training a classifier: determinism, strategies, and what it learns."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from signedag.config.classifier import Variant
from signedag.training.classifier import train_classifier
from signedag.training.events import TrainingEvents


def toy_events(events=1200, negative=0.25, seed=1):
    """Signal and background are unit Gaussians one apart in the first of two features; signs are random."""
    generator = np.random.default_rng(seed)
    is_signal = np.arange(events) % 2 == 0
    features = generator.normal(size=(events, 2)) + np.stack([is_signal, np.zeros(events)], axis=1)
    signed = np.where(generator.random(events) < negative, -1.0, 1.0) * np.where(is_signal, 0.01, 3.0)
    return events_of(features.astype(np.float32), is_signal, signed, np.abs(signed))


def events_of(features, is_signal, signed, training):
    classes = is_signal.astype(np.int8)
    columns = {"class": classes, "process": classes, "signed_weight": signed, "training_weight": training}
    return TrainingEvents(features, columns)


def with_training_weights(events, factor=1.0):
    """The same events, trained with their signed weights, all weights times a factor."""
    signed = events.columns["signed_weight"] * factor
    return TrainingEvents(events.features, {**events.columns, "signed_weight": signed, "training_weight": signed})


def variant(**changes):
    plain = {
        "region": "sr",
        "inputs": ["x", "y"],
        "architecture": {"hidden_layers": [8]},
        "batch": {"size": 100},
        "phases": [{"epochs": 4, "updates": [{"learning_rate": 0.01}]}],
    }
    return Variant.model_validate(plain | changes)


def same(first, second):
    return all(torch.equal(one, other) for one, other in zip(first.parameters(), second.parameters(), strict=True))


def test_the_score_is_the_likelihood_ratio():
    """Two unit Gaussians at 0 and 1 with equal sums of weights: s = sigmoid(x - 1/2), whatever the other feature."""
    phase = {"epochs": 30, "patience": 8, "updates": [{"learning_rate": 0.01}]}
    trained = train_classifier(variant(phases=[phase]), toy_events(6000), 1)
    network, history = trained.classifier, trained.history
    x = np.linspace(-1, 2, 13)
    for other in (-1.0, 0.0, 1.0):
        features = np.stack([x, np.full(13, other)], axis=1).astype(np.float32)
        np.testing.assert_allclose(network.probability(features), 1 / (1 + np.exp(0.5 - x)), atol=0.07)
    assert history.diverged is None


def test_seeds_decide_everything():
    events = toy_events()
    first = train_classifier(variant(), events, 1)
    torch.rand(7)  # whatever was drawn before does not matter
    again = train_classifier(variant(), events, 1)
    other = train_classifier(variant(), events, 2)
    assert same(first.classifier, again.classifier) and first.history == again.history
    assert not same(first.classifier, other.classifier)


def test_a_common_factor_of_the_weights_does_not_matter():
    events = with_training_weights(toy_events(negative=0.1))
    first = train_classifier(variant(), events, 1).classifier
    second = train_classifier(variant(), with_training_weights(events, 2.0**-20), 1).classifier
    assert same(first, second)


def test_inputs_are_standardised():
    events = toy_events()
    network = train_classifier(variant(validation_fraction=0.01), events, 1).classifier
    np.testing.assert_allclose(network.mean, events.features.mean(axis=0), atol=0.05)
    np.testing.assert_allclose(network.scale, events.features.std(axis=0), rtol=0.05)


@pytest.mark.parametrize("strategy", ["signed", "paired"])
def test_paired_batches_have_no_negative_class_sum(strategy):
    signed = with_training_weights(toy_events(negative=0.4))
    chosen = variant(weights={"strategy": strategy}, batch={"size": 10}, phases=[{"epochs": 2}])
    history = train_classifier(chosen, signed, 1).history
    smallest = min(epoch.smallest_class_sum for epoch in history.epochs)
    assert smallest >= 0 if strategy == "paired" else smallest < -1


WITH_CLASS = {"weight_network": {"architecture": {"hidden_layers": [8]}, "sees": ["features", "class"]}}


def test_joint_training_learns_what_transformed_weights_teach():
    """The objective itself may rise while the weight network learns, since its weights are the classifier's."""
    update = {
        "moves": ["classifier", "weight_network"],
        "learning_rate": 0.01,
        "terms": [{"objective": "joint_cross_entropy"}, {"objective": "sign_cross_entropy"}],
    }
    phases = [{"epochs": 15, "updates": [update]}]
    settings = variant(weights={"strategy": "joint"}, phases=phases, networks=WITH_CLASS)
    trained = train_classifier(settings, with_training_weights(toy_events(6000)), 1)
    assert trained.history.diverged is None
    assert trained.networks["weight_network"].inputs == ("x", "y", "class")
    x = np.linspace(-1, 2, 7)
    features = np.stack([x, np.zeros(7)], axis=1).astype(np.float32)
    np.testing.assert_allclose(trained.classifier.probability(features), 1 / (1 + np.exp(0.5 - x)), atol=0.1)


def test_the_weight_network_learns_from_signs_whatever_the_training_weights():
    """A quarter of the events is negative at random: the least cross-entropy is ln 4 - ¾ ln 3."""
    signs = {"moves": ["weight_network"], "terms": [{"objective": "sign_cross_entropy"}]}
    phases = [{"epochs": 1}, {"epochs": 10, "updates": [signs]}]
    history = train_classifier(variant(phases=phases, networks=WITH_CLASS), toy_events(4000), 1).history
    assert history.epochs[-1].validation == pytest.approx(np.log(4) - 0.75 * np.log(3), rel=0.1)


def test_stratified_batches_balance_by_drawing():
    """One signal event in twenty: drawn as often as background, each class weighs what it is drawn."""
    generator = np.random.default_rng(5)
    is_signal = np.arange(4000) % 20 == 0
    features = generator.normal(size=(4000, 2)) + np.stack([is_signal, np.zeros(4000)], axis=1)
    size = generator.lognormal(0, 0.2, 4000)
    events = events_of(features.astype(np.float32), is_signal, size, size)
    batch = {"size": 200, "drawing": "stratified"}
    phases = [{"epochs": 15, "patience": 5, "updates": [{"learning_rate": 0.005}]}]
    network = train_classifier(variant(batch=batch, phases=phases), events, 1).classifier
    x = np.linspace(-1, 2, 7)
    features = np.stack([x, np.zeros(7)], axis=1).astype(np.float32)
    np.testing.assert_allclose(network.probability(features), 1 / (1 + np.exp(0.5 - x)), atol=0.15)
