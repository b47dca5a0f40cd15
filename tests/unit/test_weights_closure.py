"""Closure: χ² calibrated under the null, sensitive to a bias, and blind to nothing that it should see."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2 as chi2_distribution

from signedag.weights.binning import bin_index
from signedag.weights.calibration import calibrate_cross_fitted
from signedag.weights.closure import closure_edges, compare_weights, compare_with_truth, ks_distance
from signedag.weights.simple import simple_training_weight
from signedag.weights.transformation import transform, transformed_weight

TOYS, EVENTS, BINS = 250, 4000, 10


def gently(x):
    """A positive fraction between 0.65 and 1 that every bin of x shares in."""
    return 1 - 0.35 / (1 + np.exp(-x))


def hardly_negative(x):
    """No negative event in most of the range: renormalised weights move there by more than √V."""
    return np.where(x < 0.5, 1.0, 0.7)


def toy(generator, true_probability, events=EVENTS):
    x, other = generator.normal(size=events), generator.random(events)
    size = np.exp(0.3 * generator.normal(size=events))
    probability = true_probability(x)
    return x, other, probability, np.where(generator.random(events) < probability, size, -size)


def null_study(true_probability, renormalised):
    """χ², ndf and p-value of each toy, in a variable that decides on p and in one that does not."""
    generator = np.random.default_rng(1)
    found = {"decides": [], "other": []}
    for _ in range(TOYS):
        x, other, probability, weight = toy(generator, true_probability)
        if renormalised:
            training = transform("toy", weight, probability).training_weight
        else:
            training = transformed_weight(weight, probability)
        for name, values in (("decides", x), ("other", other)):
            edges = closure_edges(values, weight, BINS, 25.0)
            compared = compare_weights(values, weight, training, edges, renormalised)
            found[name].append((compared.test.chi2, compared.test.ndf, compared.test.p_value))
    return {name: np.array(rows) for name, rows in found.items()}


@pytest.mark.parametrize("renormalised", [True, False])
@pytest.mark.parametrize("true_probability", [gently, hardly_negative])
def test_chi2_is_calibrated_for_the_true_probability(true_probability, renormalised):
    for rows in null_study(true_probability, renormalised).values():
        chi2, ndf, p_value = rows.T
        assert abs(chi2.sum() / ndf.sum() - 1) < 4 * np.sqrt(2 / ndf.sum())
        for level in (0.05, 0.5):
            assert abs(np.mean(p_value < level) - level) < 4 * np.sqrt(level * (1 - level) / TOYS)


def test_isotonic_calibration_closes_and_never_looks_worse_than_the_truth():
    generator = np.random.default_rng(2)
    ratio = {"decides": [], "other": []}
    for _ in range(60):
        x, other, probability, weight = toy(generator, gently)
        calibrated = calibrate_cross_fitted(probability**1.5, weight, generator.integers(0, 2**40, EVENTS), 5, 4)
        training = transform("toy", weight, calibrated).training_weight
        for name, values in (("decides", x), ("other", other)):
            compared = compare_weights(values, weight, training, closure_edges(values, weight, BINS, 25.0), True)
            ratio[name].append(compared.test.per_degree)
    error = np.sqrt(2 / (BINS - 1) / 60)
    assert abs(np.mean(ratio["other"]) - 1) < 4 * error
    assert np.mean(ratio["decides"]) < 1  # the splits know each other's signs


@pytest.mark.parametrize("same_sum", [True, False])
def test_a_bias_is_detected(same_sum):
    """p wrong by 3 % on one side of x: a shift of the local yield by about 3 σ per bin."""
    generator = np.random.default_rng(3)
    x, _, probability, weight = toy(generator, gently, 4 * EVENTS)
    biased = transformed_weight(weight, np.clip(probability + np.where(x > 0, 0.03, -0.03), 0, 1))
    training = biased * weight.sum() / biased.sum() if same_sum else biased
    compared = compare_weights(x, weight, training, closure_edges(x, weight, BINS, 25.0), same_sum)
    assert compared.test.p_value < 1e-5


def test_closed_form_of_two_bins():
    values = np.array([0.1, 0.2, 0.8, 0.9])
    signed, training = np.array([1.0, -1.0, 2.0, 1.0]), np.array([0.25, 0.25, 1.5, 1.0])
    edges = np.array([0.0, 0.5, 1.0])
    found = compare_weights(values, signed, training, edges, same_sum=False)
    difference, variance = np.array([0.5, -0.5]), np.array([0.75**2 + 1.25**2, 0.5**2])
    np.testing.assert_allclose(found.signed, [0, 3])
    np.testing.assert_allclose(found.training, [0.5, 2.5])
    np.testing.assert_allclose(found.signed_variance, [2, 5])
    np.testing.assert_allclose(found.training_variance, [0.125, 3.25])
    np.testing.assert_allclose(found.difference_variance, variance)
    chi2 = float(np.sum(difference**2 / variance))
    assert found.test.chi2 == pytest.approx(chi2)
    assert found.test.ndf == 2
    assert found.test.p_value == pytest.approx(np.exp(-chi2 / 2))


def test_the_factor_is_profiled_where_the_sum_is_given():
    generator = np.random.default_rng(4)
    values = generator.random(300)
    signed = generator.normal(1, 1, 300)
    training = np.abs(generator.normal(1, 0.2, 300))
    training *= signed.sum() / training.sum()
    edges = np.linspace(0, 1, 6)
    found = compare_weights(values, signed, training, edges, same_sum=True)
    difference = found.training - found.signed
    shifts = np.linspace(-0.5, 0.5, 20001)
    scan = [np.sum((difference + shift * found.training) ** 2 / found.difference_variance) for shift in shifts]
    assert found.test.chi2 == pytest.approx(min(scan), rel=1e-6)
    assert found.scale.value == pytest.approx(1 + shifts[np.argmin(scan)], abs=1e-4)
    assert found.unscaled_chi2 == pytest.approx(scan[10000])  # the factor 1
    one_error_off = found.scale.value - 1 + found.scale.error
    chi2_there = np.sum((difference + one_error_off * found.training) ** 2 / found.difference_variance)
    assert chi2_there == pytest.approx(found.test.chi2 + 1)
    assert found.test.ndf == 4
    assert found.test.p_value == pytest.approx(chi2_distribution.sf(found.test.chi2, 4))


def test_the_same_weights_have_nothing_to_test():
    values, weight = np.arange(100.0), np.where(np.arange(100) % 4, 1.0, -0.5)
    found = compare_weights(values, weight, weight, closure_edges(values, weight, 5, 1.0), False)
    assert found.test.ndf == 0 and found.test.reason == "training and signed weights agree"
    assert found.ks_distance == 0
    written = found.as_json()
    assert [written[key] for key in ("chi2", "p_value", "ndf", "scale", "unscaled_chi2")] == [None, None, 0, None, None]


def test_rounding_is_no_difference():
    """w · n / n is not w for one w in eight; a χ² of such differences would be enormous."""
    weight = np.full(61, 0.43)
    training = simple_training_weight("unit", weight) * (1 + 1e-13)
    assert np.any(training != weight)
    edges = np.array([0.0, 30, 61])
    for same_sum in (True, False):
        assert compare_weights(np.arange(61.0), weight, training, edges, same_sum).test.ndf == 0


def test_a_constant_variable_says_why_it_is_not_tested():
    weight = np.where(np.arange(200) % 4, 1.0, -1.0)
    training = np.full(200, 0.5)
    values = np.zeros(200)
    edges = closure_edges(values, weight, 10, 25.0)
    found = compare_weights(values, weight, training, edges, True)
    assert (found.test.ndf, found.test.reason) == (0, "a single bin, whose sum is given")
    assert compare_weights(values, weight, training, edges, False).test.ndf == 1


def test_bins_hold_enough_events_of_both_signs():
    generator = np.random.default_rng(5)
    x, _, _, weight = toy(generator, hardly_negative)
    edges = closure_edges(x, weight, BINS, 25.0)
    for sign in (1, -1):
        chosen = np.sign(weight) == sign
        index = bin_index(x[chosen], edges)
        size = np.abs(weight[chosen])
        effective = np.bincount(index, size) ** 2 / np.bincount(index, size**2)
        assert len(effective) == len(edges) - 1 and effective.min() >= 25
    positive = np.abs(weight)
    assert len(closure_edges(x, positive, BINS, 25.0)) == BINS + 1  # a sign that is missing is not asked for


SIXTEENTHS = st.integers(-16, 32).map(lambda number: number / 16)  # so that sums are exact, and none is next to 0


@given(st.lists(st.tuples(st.integers(0, 6), SIXTEENTHS, SIXTEENTHS.map(abs)), min_size=1, max_size=30))
@settings(deadline=None)
def test_ks_distance_by_brute_force(drawn):
    values, first, second = (np.array(column, dtype=float) for column in zip(*drawn, strict=True))
    found = ks_distance(values, first, second)
    if first.sum() <= 0 or second.sum() <= 0:
        assert found is None
        return
    distances = [
        abs(first[values <= cut].sum() / first.sum() - second[values <= cut].sum() / second.sum()) for cut in values
    ]
    assert found == pytest.approx(max(distances), rel=1e-9, abs=1e-12)


def truth_toys(estimate, toys=200):
    """χ² and ndf of an estimate of p made from the toy's own signs."""
    generator = np.random.default_rng(6)
    rows = []
    for _ in range(toys):
        x, _, probability, weight = toy(generator, gently)
        found = compare_with_truth(probability, estimate(x, probability, weight), weight, BINS, 25.0)
        rows.append((found.test.chi2, found.test.ndf, found.test.p_value))
    return np.array(rows).T


def observed_fraction(_x, probability, weight):
    """The observed fraction in the very bins of the comparison: the estimate that the error bar is made for."""
    size = np.abs(weight)
    index = bin_index(probability, closure_edges(probability, weight, BINS, 25.0))
    return (np.bincount(index, size * (weight > 0)) / np.bincount(index, size))[index]


def test_truth_comparison_is_calibrated():
    chi2, ndf, p_value = truth_toys(observed_fraction)
    assert abs(chi2.sum() / ndf.sum() - 1) < 4 * np.sqrt(2 / ndf.sum())
    assert abs(np.mean(p_value < 0.05) - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 200)


def test_truth_comparison_of_the_truth_and_of_a_bias():
    chi2, _, p_value = truth_toys(lambda _x, probability, _w: probability, toys=3)
    np.testing.assert_allclose(chi2, 0, atol=1e-20)
    np.testing.assert_array_equal(p_value, 1)
    _, _, p_value = truth_toys(lambda _x, probability, _w: probability - 0.05, toys=3)
    assert np.all(p_value < 1e-6)


def test_truth_that_is_certain_has_nothing_to_test():
    found = compare_with_truth(np.ones(50), np.ones(50), np.ones(50), 5, 1.0)
    assert found.as_json()["p_value"] is None and found.test.reason == "the true sign is certain everywhere"


def test_truth_comparison_closed_form():
    weight = np.array([2.0, -1.0, 1.0, 1.0])
    truth = np.array([0.6, 0.6, 0.8, 0.8])
    found = compare_with_truth(truth, np.array([0.7, 0.7, 0.8, 0.9]), weight, 1, 0.0)
    assert found.truth == pytest.approx([(3 * 0.6 + 2 * 0.8) / 5])
    assert found.estimate == pytest.approx([(3 * 0.7 + 0.8 + 0.9) / 5])
    assert found.error == pytest.approx([np.sqrt(5 * 0.24 + 2 * 0.16) / 5])
