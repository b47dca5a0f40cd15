"""What batches hold: by balance, by process, by parameter; and looking at it changes no training."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from signedag.config.classifier import Variant
from signedag.training import classifier as training
from signedag.training.events import TrainingEvents
from signedag.training.parameters import Points

NAMES, CLASSES = ("tt", "wjets", "x1", "x2"), ("background", "signal")
POINTS = Points.of(("mass",), {"x1": (1.0,), "x2": (2.0,)}, NAMES)
COUNTS = np.array([1000, 200, 600, 200])
WEIGHTS = np.array([1.0, 2.0, 1.0, 6.0])


def events():
    """Two backgrounds and two signals with different numbers and weights; a column is larger for signal."""
    generator = np.random.default_rng(1)
    process = generator.permutation(np.repeat(np.arange(4), COUNTS))
    weight = WEIGHTS[process]
    columns = {
        "class": (process > 1).astype(np.int8), "process": process.astype(np.int16), "signed_weight": weight,
        "training_weight": weight, "m": generator.normal(process, 1.0),
    }  # fmt: skip
    return TrainingEvents(generator.normal(process[:, None], 1, (len(process), 2)).astype(np.float32), columns)


def trained(points=None, changes=None, **batch):
    plain = {
        "region": "sr", "inputs": ["x", "y"], "architecture": {"hidden_layers": [4]}, "batch": {"size": 100} | batch,
        "phases": [{"epochs": 1}], "validation_fraction": 0.2,
    }  # fmt: skip
    return training.train_classifier(Variant.model_validate(plain | (changes or {})), events(), 1, points=points)


# Of the training weight: none balances nothing, the others as their names say.
BALANCES = {
    "none": ({"balance": "none"}, COUNTS / 2000, COUNTS * WEIGHTS / (COUNTS * WEIGHTS).sum()),
    "class": ({}, COUNTS / 2000, [1000 / 2800, 400 / 2800, 600 / 3600, 1200 / 3600]),
    "background": ({"strata": "background"}, [0.3, 0.3, 0.3, 0.1], [1 / 4, 1 / 4, 600 / 3600, 1200 / 3600]),
    "signal": ({"strata": "signal"}, [0.5, 0.1, 0.2, 0.2], [1000 / 2800, 400 / 2800, 1 / 4, 1 / 4]),
    "full": ({"strata": "full"}, [1 / 4] * 4, [1 / 4] * 4),
}


@pytest.mark.parametrize("balance", BALANCES)
def test_a_balance_is_what_its_name_says(balance):
    batch, events_shares, weight_shares = BALANCES[balance]
    if "strata" in batch:
        batch = batch | {"drawing": "stratified"}
    contents = trained(**batch).batches
    assert (contents.batches, contents.events) == (16, 100)
    by_process = contents.as_json(NAMES, CLASSES)["processes"]
    assert [by_process[name]["class"] for name in NAMES] == ["background"] * 2 + ["signal"] * 2
    given = [by_process[name]["events"] / 100 for name in NAMES]
    np.testing.assert_allclose(given, events_shares, atol=0.03)
    # a stratum's weights are all alike, but a class without strata has a mixture
    np.testing.assert_allclose([by_process[name]["weight"] for name in NAMES], weight_shares, atol=0.03)
    assert math.fsum(by_process[name]["weight"] for name in NAMES) == pytest.approx(1)
    assert sum(by_process[name]["training_events"] for name in NAMES) == 1600


def parametric(values="identical", drawn="sampled", strata="class", **changes):
    parameters = {"parameters": ["mass"], "background_parameters": {"values": values, "drawn": drawn}}
    return trained(POINTS, parameters | changes, drawing="stratified", strata=strata).batches.parameters[0]


@pytest.mark.parametrize("strata", ["class", "full"])
@pytest.mark.parametrize("drawn", ["sampled", "fixed"])
def test_identical_parameters_have_the_distribution_of_the_signal_under_its_weights(drawn, strata):
    mass = parametric(drawn=drawn, strata=strata)
    assert (mass.name, mass.kind, mass.values.tolist()) == ("mass", "points", [1.0, 2.0])
    np.testing.assert_allclose(mass.weight["background"], mass.weight["signal"], atol=0.05)
    np.testing.assert_allclose(mass.weight["signal"], [1 / 3, 2 / 3] if strata == "class" else [0.5, 0.5], atol=0.03)
    assert mass.events["background"].sum() == mass.events["signal"].sum() == 50


def test_uniform_parameters_fill_bins_between_the_points():
    mass = parametric("uniform")
    assert mass.kind == "bins" and len(mass.values) == 21 and mass.values[[0, -1]].tolist() == [1.0, 2.0]
    assert np.all(mass.events["background"] > 0)
    assert np.flatnonzero(mass.events["signal"]).tolist() == [0, 19]


def test_columns_of_events_are_counted_in_bins_for_both_classes():
    contents = trained(changes={"parameters": ["m"]}).batches
    (own,) = contents.parameters
    middle = 0.5 * (own.values[1:] + own.values[:-1])
    assert own.kind == "bins"
    assert np.average(middle, weights=own.events["signal"]) > np.average(middle, weights=own.events["background"]) + 1
    assert contents.as_json(NAMES, CLASSES)["parameters"][0]["values"] == own.values.tolist()


@pytest.mark.parametrize("points", [None, POINTS])
def test_the_training_is_the_same_whether_one_looks_or_not(points, monkeypatch):
    changes = {"parameters": ["mass"]} if points else {}
    looked = trained(points, changes, drawing="stratified")
    monkeypatch.setattr(training, "batch_contents", lambda *_: None)
    other = trained(points, changes, drawing="stratified")
    first, second = looked.classifier.state_dict(), other.classifier.state_dict()
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert looked.history == other.history
    again = trained(points, changes, drawing="stratified")
    assert again.batches is None and looked.batches is not None


def test_weights_that_cancel_have_no_shares():
    drawn = training.full_batch(4)
    weight = np.array([1.0, -1.0, 1.0, -1.0])
    columns = {"class": np.array([0, 0, 1, 1]), "process": np.array([0, 0, 1, 1]), "training_weight": weight}
    contents = training.batch_contents(
        drawn, TrainingEvents(np.zeros((4, 1), dtype=np.float32), columns), np.ones(4), 1
    )
    assert contents.as_json(("tt", "x1"), CLASSES)["processes"]["tt"]["weight"] is None
