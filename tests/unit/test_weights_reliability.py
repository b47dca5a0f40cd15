"""Reliability and yield bias of calibrations that are known to be right or wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest

from signedag.files import write_json
from signedag.weights.calibration import fit_isotonic
from signedag.weights.reliability import calibration_report, reliability_curve, yield_bias
from signedag.weights.transformation import transform


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


def test_report_of_an_ensemble(sample, tmp_path):
    probability, weight = sample
    members = np.stack([probability + shift for shift in (-0.01, 0.0, 0.04)])
    raw = members.mean(axis=0)
    transformed = transform("s", weight, probability)
    isotonic = fit_isotonic(raw, weight > 0, np.abs(weight))
    report = calibration_report(weight, raw, probability, members, transformed, {"fold0_half1": isotonic})
    assert report["ensemble_spread"] == pytest.approx(np.std([-0.01, 0, 0.04], ddof=1))
    assert report["renormalisation"] == pytest.approx(1 / (1 + report["yield_bias"]["calibrated"]))
    assert report["yield_bias"]["uncalibrated"] - report["yield_bias"]["calibrated"] == pytest.approx(
        0.02 * np.abs(weight).sum() / weight.sum(), rel=1e-9
    )
    # Σ(w' - w) of the truth has the variance Σw² 4p(1 - p), and is within its error.
    expected = np.sqrt(np.sum(weight**2 * 4 * probability * (1 - probability))) / weight.sum()
    assert report["yield_bias"]["statistical_error"] == pytest.approx(expected, rel=0.02)
    assert abs(report["yield_bias"]["calibrated"]) < 4 * expected
    write_json(tmp_path / "report.json", report)  # no NaN, nothing without a JSON form
    assert set(json.loads((tmp_path / "report.json").read_text())["maps"]) == {"fold0_half1"}


def test_one_network_has_no_spread(sample):
    probability, weight = sample
    report = calibration_report(
        weight, probability, probability, probability[np.newaxis], transform("s", weight, probability), {}
    )
    assert report["ensemble_spread"] is None
