"""Parametric training: background's parameters have the signal's distribution, and one network knows all points."""

from __future__ import annotations

import numpy as np
import pytest

from signedag.config.classifier import Variant
from signedag.config.drawing import MiniBatch
from signedag.config.parameters import BackgroundParameters
from signedag.errors import UserError
from signedag.training.classifier import train_classifier
from signedag.training.drawing import shuffled_batches
from signedag.training.events import TrainingEvents
from signedag.training.parameters import Points, sampler_of, with_parameters, with_sampled_parameters

POINTS = Points.of(("mass",), {"x1": (1.0,), "x2": (2.0,)}, ("tt", "x1", "x2"))


def events_at(counts=(3000, 1000, 2000), seed=1):
    """Background flat between 0 and 3, signal a Gaussian of width 0.3 at its mass; the second feature is noise."""
    generator = np.random.default_rng(seed)
    process = np.repeat([0, 1, 2], counts)
    x = np.where(process == 0, generator.uniform(0, 3, len(process)), generator.normal(process, 0.3))
    weight = np.where(process == 2, 3.0, 1.0)
    columns = {
        "class": (process > 0).astype(np.int8), "process": process.astype(np.int16),
        "signed_weight": weight, "training_weight": weight,
    }  # fmt: skip
    return TrainingEvents(np.stack([x, generator.normal(size=len(x))], axis=1).astype(np.float32), columns)


def test_points_go_by_the_names_of_processes():
    points = Points.of(("mass", "width"), {"b": (1.0, 2.0), "a": (3.0, 4.0)}, ("a", "b", "tt"))
    assert points.processes.tolist() == [1, 0]
    assert points.values.tolist() == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    ("batch", "share"),
    [
        ({}, 6 / 7),  # by the weights: 1000 events of 1 and 2000 of 3
        ({"drawing": "stratified", "strata": "class"}, 6 / 7),
        ({"drawing": "stratified", "strata": "full"}, 1 / 2),
        ({"drawing": "stratified", "strata": "signal"}, 1 / 2),
    ],
)
def test_identical_parameters_come_as_often_as_the_signal_has_them_in_the_loss(batch, share):
    sampler = sampler_of(POINTS, events_at(), BackgroundParameters(), MiniBatch(**batch))
    drawn = sampler(20000, np.random.default_rng(3))
    assert set(drawn[:, 0].tolist()) == {1.0, 2.0}
    assert np.mean(drawn == 2.0) == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize("values", ["identical", "uniform"])
@pytest.mark.parametrize("weight", [None, 0.0, -1.0])
def test_a_point_without_events_or_weight_is_named(weight, values):
    events = events_at((300, 100, 0 if weight is None else 200))
    if weight is not None:
        events.columns["training_weight"][events.columns["process"] == 2] = weight
    with pytest.raises(UserError, match=r"the signal of mass = 2 has (0|200) events to train on.* add up to (0|-200);"):
        sampler_of(POINTS, events, BackgroundParameters(values=values), MiniBatch(drawing="stratified", strata="full"))


def test_uniform_parameters_fill_the_range():
    sampler = sampler_of(POINTS, events_at(), BackgroundParameters(values="uniform"), MiniBatch())
    drawn = sampler(20000, np.random.default_rng(3))[:, 0]
    assert drawn.min() >= 1 and drawn.max() <= 2
    np.testing.assert_allclose(np.histogram(drawn, 4, (1, 2))[0] / 20000, 0.25, atol=0.02)


def test_signal_keeps_its_own_and_background_gets_others_in_every_batch():
    events = events_at()
    sampler = sampler_of(POINTS, events, BackgroundParameters(), MiniBatch())
    given = with_parameters(events, POINTS, sampler, np.random.default_rng(1))
    process, background = events.columns["process"], events.columns["class"] == 0
    np.testing.assert_array_equal(given.columns["mass"][~background], process[~background])
    drawing = with_sampled_parameters(shuffled_batches(len(events), 500), given, POINTS, sampler)
    generator = np.random.default_rng(2)
    epochs = [drawing(generator) for _ in range(2)]
    for epoch in epochs:
        mass, own = epoch.columns["mass"], given.columns["mass"][epoch.events]
        kept = ~background[epoch.events]
        np.testing.assert_array_equal(mass[kept], own[kept])
        assert 0.1 < np.mean(mass[~kept] != own[~kept]) < 0.5
    by_event = [np.empty(len(events)), np.empty(len(events))]
    for values, epoch in zip(by_event, epochs, strict=True):
        values[epoch.events] = epoch.columns["mass"]
    assert np.any(by_event[0][background] != by_event[1][background])
    again = drawing(np.random.default_rng(2))
    np.testing.assert_array_equal(again.columns["mass"], epochs[0].columns["mass"])


PARAMETRIC = {
    "region": "sr",
    "inputs": ["x", "y"],
    "parameters": ["mass"],
    "architecture": {"kind": "conditioned", "hidden_layers": [24, 24], "dropout": 0.0},
    "phases": [{"epochs": 40, "updates": [{"learning_rate": 0.01}]}],
    "batch": {"size": 300, "drawing": "stratified", "strata": "full"},
}


@pytest.mark.parametrize("drawn", ["sampled", "fixed"])
def test_one_network_gives_the_likelihood_ratio_at_each_point(drawn):
    """At the mass m the density ratio of a Gaussian at m to the flat background; a third mass was never seen."""
    settings = Variant.model_validate(PARAMETRIC | {"background_parameters": {"drawn": drawn}})
    network = train_classifier(settings, events_at((12000, 6000, 6000)), 1, points=POINTS).classifier
    x = np.linspace(0.4, 2.6, 23)
    features = np.stack([x, np.zeros_like(x)], axis=1).astype(np.float32)
    for mass in (1.0, 2.0):
        ratio = 3 / (0.3 * np.sqrt(2 * np.pi)) * np.exp(-0.5 * ((x - mass) / 0.3) ** 2)
        given = network.probability(features, (mass,))
        off = np.abs(given - ratio / (1 + ratio))
        assert off.mean() < 0.04 and off.max() < 0.15
        assert abs(x[np.argmax(given)] - mass) < 0.25


def test_the_training_is_the_same_every_time_and_other_for_another_draw():
    def trained(**changes):
        short = {**PARAMETRIC, "phases": [{"epochs": 2}], **changes}
        return train_classifier(Variant.model_validate(short), events_at((300, 100, 200)), 1, points=POINTS).classifier

    first, again = trained(), trained()
    fixed = trained(background_parameters={"drawn": "fixed"})
    weights = [network.body.last.weight.tolist() for network in (first, again, fixed)]
    assert weights[0] == weights[1] != weights[2]


def test_columns_of_events_condition_signal_and_background_on_their_own_values():
    """The signal's y is shifted up at large mass and down at small: only the event's own mass tells which way."""
    generator = np.random.default_rng(4)
    count = 12000
    is_signal, mass = np.arange(count) % 2 == 0, generator.uniform(200, 1000, count)
    shift = np.where(mass > 600, 1.0, -1.0)
    y = generator.normal(size=count) + 0.5 * np.where(is_signal, shift, -shift)
    ones = np.ones(count)
    columns = {
        "class": is_signal.astype(np.int8), "process": is_signal.astype(np.int16),
        "signed_weight": ones, "training_weight": ones, "mass": mass,
    }  # fmt: skip
    events = TrainingEvents(np.stack([y, generator.normal(size=count)], axis=1).astype(np.float32), columns)
    network = train_classifier(Variant.model_validate(PARAMETRIC | {"phases": [{"epochs": 15}]}), events, 1).classifier
    assert network.parameters_are_columns and network.event_columns == ("x", "y", "mass")
    np.testing.assert_allclose([network.mean[2], network.scale[2]], [mass.mean(), mass.std()], rtol=0.02)
    at = np.linspace(-1.5, 1.5, 7)
    for value, sign in ((300.0, -1), (900.0, 1)):
        rows = np.column_stack([at, np.zeros(7), np.full(7, value)]).astype(np.float32)
        np.testing.assert_allclose(network.probability(rows), 1 / (1 + np.exp(-sign * at)), atol=0.1)
