"""Diagnostics of negative weights against known truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, norm

from signedag.weights.clipping import clipped_part
from signedag.weights.diagnostics import (
    compare_signs,
    negative_batch_probability,
    transformability,
)
from signedag.weights.separation import sign_separation


@pytest.fixture
def generator():
    return np.random.default_rng(3)


def test_signs_that_are_alike_are_called_alike(generator):
    weight = np.where(generator.random(20_000) < 0.3, -1.0, 1.0)
    found = sign_separation(generator.random(20_000), weight)
    assert found.verdict == "alike"
    assert abs(found.auc.value - 0.5) < 4 * found.auc.error


def test_signs_that_differ_are_called_separable(generator):
    probability = generator.uniform(0.5, 1, 20_000)
    weight = np.where(generator.random(20_000) < probability, 1.0, -1.0)
    found = sign_separation(probability, weight)
    # Density of p among positive events ∝ p, among negative ones ∝ 1 - p, on [1/2, 1]: AUC = 13/18.
    assert found.verdict == "separable"
    assert abs(found.auc.value - 13 / 18) < 4 * found.auc.error


def test_one_sign_only_is_undefined_with_a_reason(generator):
    found = sign_separation(generator.random(10), np.ones(10))
    assert found.verdict == "undefined"
    assert found.as_json()["value"] is None
    assert found.as_json()["reason"] == "the sample has one sign only"


def null_p_values(generator, size_of, toys=400):
    """p-values of toys whose positive fraction does not depend on the variable."""
    p_values = []
    for _ in range(toys):
        values = generator.random(8000)
        weight = np.where(generator.random(8000) < 0.35, -1.0, 1.0) * size_of(values)
        p_values.append(compare_signs(values, weight, 10, 20.0).chi2.p_value)
    return np.array(p_values)


def falling(values):
    """|w| that varies by a factor of 400 along the variable: a few heavy bins hold the normalisation."""
    return 1 / np.maximum(values, 1 / 400)


@pytest.mark.parametrize("size_of", [np.ones_like, falling])
def test_sign_comparison_has_uniform_p_values_under_the_null(generator, size_of):
    p_values = null_p_values(generator, size_of)
    assert kstest(p_values, "uniform").pvalue > 1e-3
    for level in (0.01, 0.05, 0.5):
        assert abs(np.mean(p_values < level) - level) < 4 * np.sqrt(level * (1 - level) / len(p_values))


def test_sign_comparison_sees_a_shift(generator):
    values = generator.normal(size=5000)
    weight = np.where(generator.random(5000) < 0.3 * norm.cdf(values), -1.0, 1.0)
    assert compare_signs(values, weight, 10, 20.0).chi2.p_value < 1e-6


def test_sign_comparison_of_one_sign_or_one_bin_says_why_not(generator):
    alone = compare_signs(generator.random(100), np.ones(100), 10, 20.0)
    assert (alone.as_json()["chi2"], alone.as_json()["reason"]) == (None, "the sample has one sign only")
    assert alone.ks.reason == "the negative part has no events"
    single = compare_signs(np.zeros(100), np.where(np.arange(100) % 3, 1.0, -1.0), 10, 20.0)
    assert single.chi2.reason == "fewer than two bins have 20 effective events of each sign"


def test_batch_probability_matches_the_exact_binomial(generator):
    # Weights +1 and -1 with 30 % negative: a batch of 4 is negative if at least three are.
    weight = np.repeat([1.0, -1.0], [7, 3])
    found = negative_batch_probability(weight, generator, sizes=(4,), batches=40_000)
    exact = 4 * 0.3**3 * 0.7 + 0.3**4
    assert abs(found["probability"][0] - exact) < 4 * found["error"][0]


def test_the_smallest_safe_batch_follows_the_last_unsafe_one(generator):
    weight = np.repeat([1.0, -1.0], [7, 3])
    found = negative_batch_probability(weight, generator, sizes=(4, 16, 64, 256))
    assert found["smallest_safe_size"] in (64, 256)
    never = negative_batch_probability(np.repeat([1.0, -1.0], [51, 49]), generator, sizes=(4, 16))
    assert never["smallest_safe_size"] is None
    assert "16" in never["reason"]


def test_transformability_says_what_to_do_instead():
    signed = np.array([1.0, 1.0, -1.0, 1.0])
    assert transformability(signed, np.full(4, 0.75), 0.01).verdict == "yes"
    noise = transformability(signed, np.array([0.9, 0.9, 0.3, 0.9]), 0.01)
    assert noise.clipped.fraction == pytest.approx(0.25)
    assert "not net negative" in noise.verdict  # one negative event is no evidence
    many = np.repeat(signed, 10)
    refused = transformability(many, np.where(many < 0, 0.3, 0.9), 0.01)
    assert refused.as_json()["clipped_signed_share"]["value"] == -1
    assert "transform the sum" in refused.verdict


def test_the_clipped_events_own_signs_are_measured_with_their_error(generator):
    """Where p̂ says negative by noise alone, the own signs average to the truth within the quoted error."""
    pulls = []
    for _ in range(300):
        size = generator.lognormal(0, 0.7, 1000)
        weight = np.where(generator.random(1000) < 0.52, size, -size)
        part = clipped_part(weight, generator.normal(0.52, 0.05, 1000))
        pulls.append((part.signed_share.value - 0.04) / part.signed_share.error)
    assert abs(np.mean(pulls)) < 4 / np.sqrt(300)
    assert abs(np.std(pulls) - 1) < 4 / np.sqrt(600)
