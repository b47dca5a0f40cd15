"""assign_joint_weights: the weights of a network that was trained beside the classifier."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from event_stores import opened

from assign_joint_weights import main
from signedag.config.architectures.dense import Kind as Dense
from signedag.events.without_fold import signed_weight_without_fold
from signedag.identity import Identity
from signedag.networks.network import Network
from signedag.networks.saved import save_networks

CLASSES = {"background": ["vz", "tt"], "signal": ["zh"]}


def network(inputs, weights, offset=0.0):
    """Make a network whose logit is a linear function of its inputs."""
    made = Network(Dense(hidden_layers=()), inputs)
    with torch.no_grad():
        made.body.last.weight.copy_(torch.tensor([weights]))
        made.body.last.bias.fill_(offset)
    return made


@pytest.fixture
def classifiers(tmp_path):
    """Write a classifier per fold, with a weight network whose logit is 2 - slope x + class."""

    def write(others=True, folds=(0, 1)):
        paths = []
        for fold in folds:
            beside = {"weight_network": network(("x", "class"), [-0.5 - fold, 1.0], 2.0)} if others else None
            paths.append(tmp_path / "models" / f"fold{fold}.safetensors")
            identity = Identity.of("classifier", variant="joint", seed=1, fold=fold)
            save_networks(paths[-1], [network(("x",), [1.0])], identity, {}, beside)
        return paths

    return write


def run(path, models, folder, sample="zh"):
    settings = ["--settings", json.dumps({"classes": CLASSES}), "--variant", "joint", "--seed", "1"]
    settings += ["--sample", sample, "--events", str(path)]
    weights = [str(folder / f"without_fold{fold}.arrow") for fold in range(2)]
    return main([*settings, "--models", *map(str, models), "--weights", *weights])


@pytest.mark.parametrize(("class_number", "sample"), [(0, "tt"), (1, "zh")])
def test_the_weights_are_those_of_the_network(
    signed_sample, classifiers, without_folds, tmp_path, class_number, sample
):
    path = signed_sample(sample, 500)
    assert run(path, classifiers(), tmp_path / "out", sample) == 0
    events = opened(path)
    for fold, (rows, weights) in enumerate(without_folds(path, tmp_path / "out")):
        logit = 2 - (0.5 + fold) * events.column("x")[rows].astype(float) + class_number
        expected = np.abs(signed_weight_without_fold(events, fold)) * np.maximum(0, np.tanh(logit / 2))
        assert (expected == 0).any() or fold == 0
        np.testing.assert_allclose(weights.column("training_weight"), expected, rtol=1e-4, atol=1e-9)


def test_a_sample_of_no_class_is_named(signed_sample, classifiers, tmp_path, error_line):
    assert run(signed_sample("other", 100), classifiers(), tmp_path / "out", "other") == 1
    assert "--sample other: no class has it; the classifier was trained on vz, tt, zh" in error_line()


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"others": False}, "no weight network was trained beside this classifier"),
        (
            {"folds": (1, 0)},
            "holds classifier (variant joint, seed 1, fold 1), expected classifier (variant joint, seed 1, fold 0)",
        ),
        ({"folds": (0,)}, "--models gives 1 files"),
    ],
)
def test_mistakes(signed_sample, classifiers, tmp_path, error_line, made, words):
    assert run(signed_sample("zh", 100), classifiers(**made), tmp_path / "out") == 1
    assert words in error_line()
    assert not (tmp_path / "out").exists()


def test_events_and_networks_of_others_are_refused(signed_sample, classifiers, tmp_path, refuses_others):
    path, models = signed_sample("zh", 100), classifiers()
    refuses_others(lambda: run(path, models, tmp_path / "out"), path, *models)
