"""Diagnostics of negative weights against known truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, norm

from signedag.weights.diagnostics import (
    compare_signs,
    negative_batch_probability,
    sign_separation,
    transformability,
)


@pytest.fixture
def generator():
    return np.random.default_rng(3)


def test_signs_that_are_alike_are_called_alike(generator):
    weight = np.where(generator.random(20_000) < 0.3, -1.0, 1.0)
    found = sign_separation(generator.random(20_000), weight)
    assert found["verdict"] == "alike"
    assert abs(found["value"] - 0.5) < 4 * found["error"]


def test_signs_that_differ_are_called_separable(generator):
    probability = generator.uniform(0.5, 1, 20_000)
    weight = np.where(generator.random(20_000) < probability, 1.0, -1.0)
    found = sign_separation(probability, weight)
    # Density of p among positive events ∝ p, among negative ones ∝ 1 - p, on [1/2, 1]: AUC = 13/18.
    assert found["verdict"] == "separable"
    assert abs(found["value"] - 13 / 18) < 4 * found["error"]


def test_one_sign_only_is_undefined_with_a_reason(generator):
    found = sign_separation(generator.random(10), np.ones(10))
    assert found["value"] is None
    assert found["reason"]


def test_sign_comparison_has_uniform_p_values_under_the_null(generator):
    p_values = []
    for _ in range(200):
        weight = np.where(generator.random(2000) < 0.3, -1.0, 1.0) * generator.lognormal(0, 0.2, 2000)
        p_values.append(compare_signs(generator.normal(size=2000), weight, 10, 20.0)["p_value"])
    assert kstest(p_values, "uniform").pvalue > 1e-3


def test_sign_comparison_sees_a_shift(generator):
    values = generator.normal(size=5000)
    weight = np.where(generator.random(5000) < 0.3 * norm.cdf(values), -1.0, 1.0)
    assert compare_signs(values, weight, 10, 20.0)["p_value"] < 1e-6


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
    assert transformability(signed, np.full(4, 0.75), 0.01)["verdict"] == "yes"
    refused = transformability(signed, np.array([0.9, 0.9, 0.3, 0.9]), 0.01)
    assert refused["clipped_fraction"] == pytest.approx(0.25)
    assert "transform the sum" in refused["verdict"]
