"""Density-ratio and resampled weights against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from signedag.errors import UserError
from signedag.weights.reweighting import mean_weight, resample, reweight


def test_mean_weight_inverts_the_logistic():
    mean = np.array([0.1, 1.0, 3.0])
    unit = np.array([2.0, 2.0, 5.0])
    probability = (mean / unit) / (1 + mean / unit)
    np.testing.assert_allclose(mean_weight(probability, unit), mean, rtol=1e-12)


def test_a_certain_network_is_refused():
    with pytest.raises(UserError, match="infinite"):
        mean_weight(np.array([0.5, 1.0]), np.ones(2))


def test_reweighted_weights_keep_the_signed_sum_and_report_the_bias():
    signed = np.array([2.0, -1.0, 1.0, 1.0])
    reweighted = reweight("tt", signed, np.array([1.0, 1.0, 1.0, 3.0]))
    assert reweighted.training_weight.sum() == pytest.approx(3.0, rel=1e-14)
    np.testing.assert_allclose(reweighted.training_weight, [0.5, 0.5, 0.5, 1.5])
    assert reweighted.report["yield_bias"] == pytest.approx(1.0)
    assert reweighted.report["renormalisation"] == pytest.approx(0.5)
    assert reweighted.report["fraction_above_largest_size"] == 0


def test_a_sample_with_a_negative_yield_is_refused_by_name():
    with pytest.raises(UserError, match="sample 'interference'"):
        reweight("interference", np.array([1.0, -2.0]), np.ones(2))


def test_resampling_keeps_first_and_second_moments():
    generator = np.random.default_rng(5)
    positive_probability = generator.uniform(0.6, 0.95, 200_000)
    size = generator.lognormal(0, 0.3, 200_000)
    signed = size * np.where(generator.random(200_000) < positive_probability, 1, -1)
    transformed = size * (2 * positive_probability - 1)
    resampled = resample(signed, transformed, generator.random(200_000))
    kept = resampled.training_weight
    assert np.all(kept >= 0)
    first_error = np.sqrt(np.square(kept).sum() + np.square(transformed).sum())
    assert abs(kept.sum() - transformed.sum()) < 4 * first_error
    fourth = np.sqrt(np.sum(kept**4) + np.sum(signed**4))
    assert abs(np.square(kept).sum() - np.square(signed).sum()) < 4 * fourth
    # The kept share is the mean of (2p - 1)².
    expected = np.square(2 * positive_probability - 1).mean()
    assert resampled.report["kept_fraction"] == pytest.approx(expected, abs=4 * np.sqrt(expected / 200_000))


@given(
    arrays(np.float64, 20, elements=st.floats(-10, 10).filter(lambda w: abs(w) > 1e-3)),
    arrays(np.float64, 20, elements=st.floats(0, 2)),
)
def test_the_broken_condition_is_reported_and_not_hidden(signed, ratio):
    resampled = resample(signed, np.abs(signed) * ratio, np.random.default_rng(1).random(20))
    size = np.abs(signed)
    recomputed = np.square(size * ratio / size)
    broken = recomputed > 1
    assert resampled.report["condition_broken_fraction"] == pytest.approx(size[broken].sum() / size.sum(), abs=1e-12)
    # An event that breaks the condition is always kept, with w'.
    np.testing.assert_allclose(resampled.training_weight[broken], (size * ratio)[broken])
