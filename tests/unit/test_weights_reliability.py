"""Reliability and yield bias of calibrations that are known to be right or wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest

from signedag.config.weights import Calibration
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.weights.fold_weights import SignOutput, calibrate_fold
from signedag.weights.reliability import calibration_report, reliability_curve
from signedag.weights.transformation import yield_bias


@pytest.fixture
def sample():
    generator = np.random.default_rng(1)
    probability = generator.uniform(0.6, 0.95, 40_000)
    size = np.exp(0.3 * generator.normal(size=40_000))
    return probability, np.where(generator.random(40_000) < probability, size, -size)


def test_the_true_probability_is_reliable(sample):
    probability, weight = sample
    curve = reliability_curve(probability, weight)
    pull = (curve["observed"] - curve["estimated"]) / curve["error"]
    assert len(pull) == 20
    assert np.sum(pull**2) < 45  # P(χ²(20) > 45) = 0.001
    assert curve["size"].sum() == pytest.approx(np.abs(weight).sum())
    np.testing.assert_allclose(curve["size"], curve["size"].mean(), rtol=0.01)


def test_an_offset_is_seen_in_every_bin(sample):
    probability, weight = sample
    curve = reliability_curve(probability - 0.1, weight)
    pull = (curve["observed"] - curve["estimated"]) / curve["error"]
    assert pull.min() > 5


def test_curve_of_one_cell_in_closed_form():
    weight = np.array([3.0, -1.0, 2.0])
    curve = reliability_curve(np.full(3, 0.7), weight)
    assert curve["estimated"] == pytest.approx([0.7])
    assert curve["observed"] == pytest.approx([5 / 6])
    assert curve["error"] == pytest.approx([np.sqrt(14 * 5 / 6 * 1 / 6) / 6])


def test_yield_bias_of_a_known_offset(sample):
    probability, weight = sample
    true_bias = yield_bias(weight, probability)
    for offset in (-0.02, 0.03):
        expected = true_bias + 2 * offset * np.abs(weight).sum() / weight.sum()
        assert yield_bias(weight, probability + offset) == pytest.approx(expected, rel=1e-9)


def fold_weights(probability, weight, shifts, folds=2):
    """Make the training weights outside each fold from an output that is the truth but for a shift per member."""
    fold = np.arange(len(weight)) % folds
    made = []
    for number in range(folds):
        rows = fold != number
        members = np.stack([probability[rows] + shift for shift in shifts])
        output = SignOutput(number, rows, np.flatnonzero(rows), weight[rows], members)
        made.append(calibrate_fold("s", output, Calibration(splits=2, repetitions=1)))
    return made


def test_report_of_an_ensemble(sample, tmp_path):
    probability, weight = sample
    folds = fold_weights(probability, weight, (-0.01, 0.0, 0.04))
    report = calibration_report(weight, folds)
    assert report["ensemble_spread"] == pytest.approx(np.std([-0.01, 0, 0.04], ddof=1))
    bias = report["yield_bias"]
    assert bias["uncalibrated"] == pytest.approx(yield_bias(weight, probability + 0.01), rel=1e-9)
    # Σ(w' - w) of the truth has the variance Σw² 4p(1 - p), and is within its error.
    expected = np.sqrt(np.sum(weight**2 * 4 * probability * (1 - probability))) / weight.sum()
    assert bias["statistical_error"] == pytest.approx(expected, rel=0.02)
    assert abs(bias["calibrated"]) < 4 * expected
    assert report["renormalisation"] == pytest.approx(1 / (1 + bias["calibrated"]), rel=1e-3)
    write_json(tmp_path / "report.json", report, Identity.of("calibration", sample="tt"))  # no NaN
    own = json.loads((tmp_path / "report.json").read_text())["folds"]
    assert set(own) == {"0", "1"}
    assert own["0"]["renormalisation"] == folds[0].transformed.renormalisation != own["1"]["renormalisation"]


def test_one_network_has_no_spread(sample):
    probability, weight = sample
    assert calibration_report(weight, fold_weights(probability, weight, (0.0,)))["ensemble_spread"] is None


def test_members_have_training_weights_of_their_own(sample):
    probability, weight = sample
    slanted = fold_weights(probability, weight, (0.0, 0.05))[0]
    columns = slanted.columns()
    assert {f"training_weight_member{number}" for number in range(2)} < set(columns)
    # Isotonic regression takes the shift away again.
    np.testing.assert_allclose(columns["training_weight_member0"], columns["training_weight_member1"], rtol=1e-12)
    assert "training_weight_member0" not in fold_weights(probability, weight, (0.0,))[0].columns()


def test_three_folds_count_every_event_twice(sample):
    probability, weight = sample
    three, two = (calibration_report(weight, fold_weights(probability, weight, (0.0,), folds)) for folds in (3, 2))
    for kind in ("calibrated", "uncalibrated"):
        assert three["reliability"][kind]["size"].sum() == pytest.approx(np.abs(weight).sum())
    np.testing.assert_allclose(
        three["reliability"]["uncalibrated"]["estimated"], two["reliability"]["uncalibrated"]["estimated"], rtol=1e-12
    )
    assert set(three["folds"]) == {"0", "1", "2"}
