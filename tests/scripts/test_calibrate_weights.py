"""calibrate_weights: from networks that are known to weights that are known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from calibrate_weights import main
from signedag.events.store import EventStore, open_stage


@pytest.fixture
def run(tmp_path):
    def call(events, models, name="out", **calibration):
        settings = {"folds": 2, "calibration": calibration}
        weights, report = tmp_path / name / "training_weights.arrow", tmp_path / name / "calibration.json"
        arguments = ["--settings", json.dumps(settings), "--sample", "tt", "--events", str(events)]
        outputs = ["--weights", str(weights), "--calibration", str(report)]
        return main([*arguments, "--models", *map(str, models), *outputs])

    return call


def outputs(tmp_path, events, name="out"):
    weights = open_stage(tmp_path / name / "training_weights.arrow", EventStore(events))
    return weights, json.loads((tmp_path / name / "calibration.json").read_text())


def test_worked_example(signed_sample, linear_network, run, tmp_path):
    """Five events, repeated in each half of each fold."""
    x = np.tile([15.0, 23.0, 15.0, 15.0, 90.0], 4)
    signed = np.tile([1.0, 1.0, 1.0, -1.0, 1.0], 4)
    place = {
        "fold": np.repeat([0, 0, 1, 1], 5).astype("i1"),
        "calibration_half": np.repeat([0, 1, 0, 1], 5).astype("i1"),
    }
    path = signed_sample(events=20, x=x.astype(np.float32), weight=signed, **place)
    assert run(path, [linear_network(fold, [0.02]) for fold in (0, 1)]) == 0
    weights, report = outputs(tmp_path, path)
    np.testing.assert_allclose(weights.column("training_weight"), np.tile([1 / 3, 1, 1 / 3, 1 / 3, 1], 4), rtol=1e-14)
    np.testing.assert_allclose(weights.column("positive_probability"), np.tile([2 / 3, 1, 2 / 3, 2 / 3, 1], 4))
    assert report["renormalisation"] == pytest.approx(1, rel=1e-14)
    assert report["negative_fraction"] == pytest.approx(0.2)
    assert report["effective_size_factor"]["signed"] == pytest.approx(0.36)


def test_outputs_and_cross_evaluation(signed_sample, linear_network, run, tmp_path, capsys):
    path = signed_sample()
    models = [linear_network(1, [-0.5, -0.6], 1.0), linear_network(0, [-0.3, -0.2], 0.5)]  # in any order
    assert run(path, models) == 0
    first_line = capsys.readouterr().err.splitlines()[0]
    assert "--models" in first_line and str(models[0]) in first_line
    events = EventStore(path)
    weights, report = outputs(tmp_path, path)
    x, fold = events.column("x"), events.column("fold")
    slopes = np.where(fold == 1, [[-0.5], [-0.6]], [[-0.3], [-0.2]])
    members = 1 / (1 + np.exp(-(slopes * x + np.where(fold == 1, 1.0, 0.5))))
    np.testing.assert_allclose(weights.column("raw_positive_probability"), members.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(weights.column("positive_probability_spread"), members.std(axis=0, ddof=1), atol=1e-7)
    training, signed = weights.column("training_weight"), events.column("weight")
    assert training.dtype == np.float64 and training.min() >= 0
    assert training.sum() == pytest.approx(signed.sum(), rel=1e-12)
    p = weights.column("positive_probability")
    np.testing.assert_allclose(training, report["renormalisation"] * np.abs(signed) * np.maximum(0, 2 * p - 1))
    assert sorted(report["maps"]) == ["fold0_half0", "fold0_half1", "fold1_half0", "fold1_half1"]
    assert set(report["reliability"]) == set(report["yield_bias"]) - {"statistical_error"}
    assert report["provenance"] == {k: v for k, v in weights.provenance.items() if k != "row_key"}
    assert report["ensemble_spread"] > 0 and report["clipped_fraction"] < 0.05


def test_calibration_recovers_the_truth(signed_sample, linear_network, run, tmp_path):
    """The networks know the order of the events only; isotonic regression does the rest."""
    path = signed_sample(events=40_000)
    assert run(path, [linear_network(fold, [-0.2]) for fold in (0, 1)]) == 0
    weights, report = outputs(tmp_path, path)
    truth = EventStore(path.with_name("truth.arrow")).column("positive_probability")
    assert np.abs(weights.column("positive_probability") - truth).mean() < 0.02
    assert np.abs(weights.column("raw_positive_probability") - truth).mean() > 0.2
    bias = report["yield_bias"]
    assert abs(bias["calibrated"]) < 2 * bias["statistical_error"] < 0.1 * abs(bias["uncalibrated"])


def test_the_same_bytes_twice(signed_sample, linear_network, run, tmp_path):
    path, models = signed_sample(), [linear_network(fold, [-0.5]) for fold in (0, 1)]
    for name, given in (("first", models), ("second", models[::-1])):
        assert run(path, given, name=name) == 0
    for name in ("training_weights.arrow", "calibration.json"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_inseparable_signs_get_their_halfs_fraction(signed_sample, linear_network, run, tmp_path):
    """The networks look at a column that knows nothing; their own output is still reported as it was."""
    path = signed_sample()
    models = [linear_network(fold, [1e-3], inputs=("y",)) for fold in (0, 1)]
    assert run(path, models, constant_if_inseparable=True) == 0
    events = EventStore(path)
    weights, report = outputs(tmp_path, path)
    assert report["sign_auc"]["verdict"] == "alike"
    place = 2 * events.column("fold") + events.column("calibration_half")
    signed, p = events.column("weight"), weights.column("positive_probability")
    for number in range(4):
        other = signed[place == number ^ 1]
        expected = np.abs(other[other > 0]).sum() / np.abs(other).sum()
        np.testing.assert_allclose(p[place == number], expected, rtol=1e-12)
    raw = 1 / (1 + np.exp(-1e-3 * events.column("y")))
    np.testing.assert_allclose(weights.column("raw_positive_probability"), raw, rtol=1e-5)


def test_a_net_negative_sample_is_refused(signed_sample, linear_network, run, tmp_path, error_line):
    x = np.random.default_rng(1).uniform(-1, 1, 2000)
    signed = np.where(x > 0.5, -1.0, 1.0)
    path = signed_sample(x=x.astype(np.float32), weight=signed)
    assert run(path, [linear_network(fold, [-1.0]) for fold in (0, 1)], clipped_fraction_limit=0.1) == 1
    message = error_line()
    assert "sample 'tt': the estimated signed density is not positive for 2" in message
    assert "transform the sum of the samples that interfere instead" in message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("folds", [(0,), (1, 1), (0, 2)])
def test_networks_of_other_folds_are_refused(signed_sample, linear_network, run, tmp_path, error_line, folds):
    models = [linear_network(fold, [-1.0], name=f"model{n}") for n, fold in enumerate(folds)]
    assert run(signed_sample(), models) == 1
    assert f"the networks leave out the folds {list(folds)}, the events have folds 0 to 1" in error_line()
    assert not (tmp_path / "out").exists()


def test_a_missing_network_is_named(signed_sample, linear_network, run, tmp_path, error_line):
    assert run(signed_sample(), [linear_network(0, [-1.0]), tmp_path / "none"]) == 1
    assert f"{tmp_path / 'none'}: no such network" in error_line()
