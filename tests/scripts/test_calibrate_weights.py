"""calibrate_weights: from outputs that are known to weights that are known, outside each fold."""

from __future__ import annotations

import json

import numpy as np
import pytest
from event_stores import opened

from calibrate_weights import main
from signedag.events.without_fold import signed_weight_without_fold


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


@pytest.fixture
def run(tmp_path):
    def call(events, probabilities, name="out", **calibration):
        folder = tmp_path / name
        weights = [str(folder / f"without_fold{fold}.arrow") for fold in range(len(probabilities))]
        arguments = ["--settings", json.dumps({"calibration": calibration}), "--sample", "tt", "--events", str(events)]
        outputs = ["--weights", *weights, "--calibration", str(folder / "calibration.json")]
        return main([*arguments, "--probabilities", *map(str, probabilities), *outputs])

    return call


@pytest.fixture
def report(tmp_path):
    return lambda name="out": json.loads((tmp_path / name / "calibration.json").read_text())


def test_worked_example(signed_sample, sign_outputs, without_folds, run, report, tmp_path):
    """Five events, repeated often enough to be in every split of each fold."""
    x, signed = np.tile([15.0, 23.0, 15.0, 15.0, 90.0], 400), np.tile([1.0, 1.0, 1.0, -1.0, 1.0], 400)
    fold = np.repeat([0, 1], 1000).astype("i1")
    # Copies of one event share its number and hence its split, so that every split has the same mixture.
    number = np.repeat(np.arange(400), 5)
    path = signed_sample(events=2000, x=x.astype(np.float32), weight=signed, fold=fold, event_number=number)
    assert run(path, sign_outputs(path, lambda x, fold: sigmoid(0.02 * x))) == 0
    for _, weights in without_folds(path, tmp_path / "out"):
        expected = np.tile([1 / 3, 1, 1 / 3, 1 / 3, 1], 200)
        np.testing.assert_allclose(weights.column("training_weight"), expected, rtol=1e-13)
        np.testing.assert_allclose(weights.column("positive_probability"), (1 + expected) / 2, rtol=1e-13)
    assert report()["renormalisation"] == pytest.approx(1, rel=1e-13)
    assert report()["negative_fraction"] == pytest.approx(0.2)
    assert report()["effective_size_factor"]["signed"] == pytest.approx(0.36)


def test_outputs(signed_sample, sign_outputs, without_folds, run, report, tmp_path, capsys):
    path = signed_sample()

    def members(x, fold):
        return sigmoid(np.outer([-0.5, -0.6] if fold else [-0.3, -0.2], x) + 1)

    probabilities = sign_outputs(path, members)
    assert run(path, probabilities) == 0
    first_line = capsys.readouterr().err.splitlines()[0]
    assert "--probabilities" in first_line and str(probabilities[0]) in first_line
    events = opened(path)
    for fold, (rows, weights) in enumerate(without_folds(path, tmp_path / "out")):
        signed = signed_weight_without_fold(events, fold)
        raw = members(events.column("x")[rows].astype(float), fold)
        np.testing.assert_allclose(weights.column("raw_positive_probability"), raw.mean(axis=0), rtol=1e-12)
        training, p = weights.column("training_weight"), weights.column("positive_probability")
        assert training.dtype == np.float64 and training.min() >= 0
        assert training.sum() == pytest.approx(signed.sum(), rel=1e-12)
        own = report()["folds"][str(fold)]
        np.testing.assert_allclose(training, own["renormalisation"] * np.abs(signed) * np.maximum(0, 2 * p - 1))
        for member in range(2):
            alone = weights.column(f"training_weight_member{member}")
            assert alone.sum() == pytest.approx(signed.sum(), rel=1e-12) and not np.array_equal(alone, training)
        expected = report()["provenance"] | {"fold": str(fold)}
        assert {key: value for key, value in weights.provenance.items() if key != "row_key"} == expected
    assert set(report()["reliability"]) == set(report()["yield_bias"]) - {"statistical_error"}
    assert report()["ensemble_spread"] > 0 and report()["clipped_fraction"] < 0.05


def test_calibration_recovers_the_truth(signed_sample, sign_outputs, without_folds, run, report, tmp_path):
    """The networks know the order of the events only; isotonic regression does the rest."""
    path = signed_sample(events=40_000)
    assert run(path, sign_outputs(path, lambda x, fold: sigmoid(-0.2 * x))) == 0
    truth = opened(path.with_name("truth.arrow")).column("positive_probability")
    for rows, weights in without_folds(path, tmp_path / "out"):
        assert np.abs(weights.column("positive_probability") - truth[rows]).mean() < 0.02
        assert np.abs(weights.column("raw_positive_probability") - truth[rows]).mean() > 0.2
    bias = report()["yield_bias"]
    assert abs(bias["calibrated"]) < 2 * bias["statistical_error"] < 0.1 * abs(bias["uncalibrated"])


def test_the_same_bytes_twice(signed_sample, sign_outputs, run, tmp_path):
    path = signed_sample()
    probabilities = sign_outputs(path, lambda x, fold: sigmoid(-0.5 * x))
    for name in ("first", "second"):
        assert run(path, probabilities, name=name) == 0
    for name in ("without_fold0.arrow", "without_fold1.arrow", "calibration.json"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_inseparable_signs_get_the_fraction_of_the_other_splits(
    signed_sample, sign_outputs, without_folds, run, report, tmp_path
):
    """The networks say the same of every event; their own output is still reported as it was."""
    path = signed_sample()
    settings = {"constant_if_inseparable": True, "splits": 2, "repetitions": 1}
    assert run(path, sign_outputs(path, lambda x, fold: 0.5 + 1e-3 * np.sin(1e3 * x)), **settings) == 0
    for fold, (_, weights) in enumerate(without_folds(path, tmp_path / "out")):
        assert report()["folds"][str(fold)]["is_constant"]
        assert report()["folds"][str(fold)]["sign_auc"]["verdict"] == "alike"
        assert len(np.unique(weights.column("positive_probability"))) == 2
        assert len(np.unique(weights.column("raw_positive_probability"))) > 900
    signed = opened(path).column("weight")
    fraction = signed[signed > 0].sum() / np.abs(signed).sum()
    np.testing.assert_allclose(weights.column("positive_probability"), fraction, atol=0.03)


def test_each_fold_decides_on_its_own_whether_the_signs_are_separable(signed_sample, sign_outputs, run, report):
    path = signed_sample()
    outputs = sign_outputs(path, lambda x, fold: np.full(len(x), 0.8) if fold else sigmoid(-x))
    assert run(path, outputs, constant_if_inseparable=True) == 0
    assert [report()["folds"][fold]["is_constant"] for fold in ("0", "1")] == [False, True]


def test_a_net_negative_sample_is_refused(signed_sample, sign_outputs, run, tmp_path, error_line):
    x = np.random.default_rng(1).uniform(-1, 1, 2000)
    signed = np.where(x > 0.5, -1.0, 1.0)
    path = signed_sample(x=x.astype(np.float32), weight=signed)
    assert run(path, sign_outputs(path, lambda x, fold: sigmoid(-x)), clipped_fraction_limit=0.1) == 1
    message = error_line()
    assert "sample 'tt': " in message and "transform the sum of the samples that interfere instead" in message
    assert not (tmp_path / "out").exists()


def test_one_output_per_fold_is_asked_for(signed_sample, sign_outputs, run, tmp_path, error_line):
    path = signed_sample()
    probabilities = sign_outputs(path, lambda x, fold: sigmoid(-x))
    assert run(path, probabilities[:1]) == 1
    assert f"--probabilities gives 1 files, {path} has 2 folds; give one per fold" in error_line()
    assert not (tmp_path / "out").exists()


def test_outputs_in_another_order_are_refused(signed_sample, sign_outputs, run, tmp_path, error_line):
    path = signed_sample()
    assert run(path, sign_outputs(path, lambda x, fold: sigmoid(-x))[::-1]) == 1
    assert "holds sign probabilities (sample tt, fold 1), expected" in error_line()
    assert not (tmp_path / "out").exists()


def test_a_missing_output_is_named(signed_sample, sign_outputs, run, tmp_path, error_line):
    path = signed_sample()
    assert run(path, [sign_outputs(path, lambda x, fold: sigmoid(-x))[0], tmp_path / "none"]) == 1
    assert f"{tmp_path / 'none'}: no such event store" in error_line()
