"""Distances of shapes with signed weights: χ², Kolmogorov-Smirnov, Jensen-Shannon."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp, kstest, kstwobign

from signedag.metrics.distances import (
    chi2_to_complement,
    chi2_to_inclusive,
    jensen_shannon,
    jensen_shannon_divergence,
    kolmogorov_smirnov,
    pair_of_shapes,
)
from signedag.metrics.weighted_sample import WeightedSample
from signedag.statistics.templates import Template, find_bins

COMMON = settings(deadline=None, derandomize=True, max_examples=60)
EDGES = (np.linspace(0, 1, 9),)
VALUES = st.integers(0, 9).map(float)
WEIGHTS = st.integers(-6, 8).filter(bool).map(lambda n: n / 4)
EVENTS = st.lists(st.tuples(VALUES, WEIGHTS), min_size=1, max_size=15)


def lifted(events):
    """Give events whose sum of weights is positive: signs are turned over where it is not."""
    total = sum(weight for _, weight in events)
    if total < 0:
        return [(value, -weight) for value, weight in events]
    return [(events[0][0], 1.0), *events] if total == 0 else events


POSITIVE = EVENTS.map(lifted)


def sample(events):
    values = np.array(events, dtype=np.float64).reshape(-1, 2)
    return WeightedSample(values[:, 0], values[:, 1])


def template(values, weights, edges=EDGES):
    return find_bins([np.asarray(values, dtype=np.float64)], edges).fill(np.asarray(weights, dtype=np.float64))


def contents(values, variances, edges):
    return Template(np.pad(np.array(values, float), 1), np.pad(np.array(variances, float), 1), edges)


def drawn(generator, size, negative=0.2, power=1.0):
    weights = generator.lognormal(0, 0.4, size) * np.where(generator.random(size) < negative, -1, 1)
    return generator.random(size) ** power, weights


def test_two_bins_have_the_closed_form():
    edges = (np.array([0.0, 1.0, 2.0]),)
    pair = pair_of_shapes(contents([60, 40], [90, 70], edges), contents([200, 300], [500, 400], edges), 10)
    # d = a₁/A - c₁/C; var(a₁/A) = (a₂² V₁ + a₁² V₂)/A⁴
    variance = (40**2 * 90 + 60**2 * 70) / 100**4 + (300**2 * 500 + 200**2 * 400) / 500**4
    found = chi2_to_complement(pair)
    assert found.chi2 == pytest.approx((0.6 - 0.4) ** 2 / variance, rel=1e-10)
    assert found.ndf == 1
    assert found.p_value == pytest.approx(math.erfc(math.sqrt(found.chi2 / 2)), rel=1e-9)


@pytest.mark.parametrize("compare", [chi2_to_complement, chi2_to_inclusive])
def test_p_values_are_uniform_for_equal_shapes(compare):
    generator = np.random.default_rng(20)
    p_values = []
    for _ in range(400):
        values, weights = drawn(generator, 4000, power=1.3)
        inside = generator.random(values.size) < 0.25
        pair = pair_of_shapes(
            template(values[inside], weights[inside]), template(values[~inside], weights[~inside]), 10
        )
        p_values.append(compare(pair).p_value)
    assert kstest(p_values, "uniform").pvalue > 0.01
    assert np.mean(np.array(p_values) < 0.05) < 0.10


def test_ignoring_the_overlap_would_understate_chi2():
    """Inclusive and complement comparison agree for nearly equal shapes, which independent errors do not."""
    generator = np.random.default_rng(21)
    values, weights = drawn(generator, 40000, negative=0.1)
    inside = generator.random(values.size) < 0.25
    subset, rest = (template(values[mask], weights[mask]) for mask in (inside, ~inside))
    pair = pair_of_shapes(subset, rest, 10)
    inclusive = chi2_to_inclusive(pair)
    assert inclusive.chi2 == pytest.approx(chi2_to_complement(pair).chi2, rel=0.05)
    both = subset + rest
    difference = subset.values / subset.values.sum() - both.values / both.values.sum()
    errors = subset.variances / subset.values.sum() ** 2 + both.variances / both.values.sum() ** 2
    assert (difference**2 / errors).sum() < 0.8 * inclusive.chi2


def test_different_shapes_are_found_and_scales_do_not_matter():
    generator = np.random.default_rng(22)
    first, second = (template(*drawn(generator, 4000, power=power)) for power in (1.0, 1.3))
    scaled = template(
        *(part * factor for part, factor in zip(drawn(np.random.default_rng(1), 500), (1, 7.0), strict=True))
    )
    plain = template(*drawn(np.random.default_rng(1), 500))
    for compare in (chi2_to_complement, chi2_to_inclusive):
        assert compare(pair_of_shapes(first, second, 10)).p_value < 1e-3
    found, again = (chi2_to_complement(pair_of_shapes(one, first, 10)) for one in (plain, scaled))
    assert again.chi2 == pytest.approx(found.chi2, rel=1e-9)


def test_sparse_and_negative_bins_are_merged_and_nothing_is_lost():
    edges = (np.arange(7.0),)
    subset = contents([2, 30, -1, 40, 30, -4], [3, 40, 5, 50, 40, 10], edges)
    rest = contents([50, 50, 50, 50, 50, 50], [60, 60, 60, 60, 60, 60], edges)
    pair = pair_of_shapes(subset, rest, 10)
    assert pair.edges.tolist() == [0, 2, 4, 6]
    assert pair.subset.tolist() == pytest.approx([32, 39, 26])
    assert pair.subset_variances.tolist() == pytest.approx([43, 55, 50])
    assert pair.complement.tolist() == pytest.approx([100, 100, 100])
    assert np.all(pair.subset**2 >= 10 * pair.subset_variances)


def test_what_is_left_over_joins_bins_until_they_are_filled():
    edges = (np.arange(4.0),)
    pair = pair_of_shapes(
        contents([40, 20, -15], [50, 20.5, 120], edges), contents([40, 40, 40], [50, 50, 50], edges), 10
    )
    assert pair.edges.tolist() == [0, 3]
    assert "fewer than two bins" in pair.defect


def test_empty_and_net_negative_shapes_are_undefined_never_zero():
    full = template(*drawn(np.random.default_rng(1), 1000, negative=0))
    nothing, negative = template([], []), template([0.2, 0.5, 0.9], [1.0, -3.0, 1.0])
    for subset, rest, reason in (
        (nothing, full, "the selection is empty"),
        (full, nothing, "the rest is empty"),
        (negative, full, "the selection has no positive sum of weights (-1)"),
        (template([0.5] * 100, [1.0] * 100), full, "fewer than two bins"),
    ):
        pair = pair_of_shapes(subset, rest, 10)
        for found in (chi2_to_complement(pair), chi2_to_inclusive(pair)):
            assert math.isnan(found.chi2) and math.isnan(found.p_value) and math.isnan(found.per_degree)
            assert reason in found.reason
            assert found.as_json() == {"chi2": None, "ndf": None, "p_value": None, "reason": found.reason}
        divergence = jensen_shannon(pair, np.random.default_rng(1), 10)
        assert math.isnan(divergence.divergence)
        assert divergence.as_json()["inverse"] is None
        assert reason in divergence.reason


@COMMON
@given(st.lists(VALUES, min_size=2, max_size=30), st.lists(VALUES, min_size=2, max_size=30))
def test_ks_is_scipys_for_unit_weights(first, second):
    found = kolmogorov_smirnov(*(WeightedSample(np.array(v), np.ones(len(v))) for v in (first, second)))
    assert found.distance == pytest.approx(ks_2samp(first, second, method="asymp").statistic, abs=1e-12)
    size = len(first) * len(second) / (len(first) + len(second))
    assert found.effective_events == pytest.approx(size)
    assert found.probability == pytest.approx(kstwobign.sf(math.sqrt(size) * found.distance), abs=1e-12)


@COMMON
@given(POSITIVE, POSITIVE, VALUES, WEIGHTS)
def test_ks_distance_is_brute_force_and_ignores_halves_and_cancelling_pairs(first, second, value, weight):
    sums = [sum(w for _, w in events) for events in (first, second)]
    places = {v for v, _ in first + second}
    expected = max(
        abs(sum(w for v, w in first if v <= place) / sums[0] - sum(w for v, w in second if v <= place) / sums[1])
        for place in places
    )
    halves = [(v, w / 2) for v, w in first for _ in range(2)]
    for changed in (first, halves, [*first, (value, weight), (value, -weight)]):
        found = kolmogorov_smirnov(sample(changed), sample(second))
        assert found.distance == pytest.approx(expected, abs=1e-12)


def test_ks_is_not_liberal_under_the_null_with_negative_weights_and_finds_a_difference():
    generator = np.random.default_rng(31)
    probabilities = []
    for _ in range(300):
        pairs = [WeightedSample(*drawn(generator, 600, negative=0.15)) for _ in range(2)]
        probabilities.append(kolmogorov_smirnov(*pairs).probability)
    assert np.mean(np.array(probabilities) < 0.05) < 0.07
    shifted = WeightedSample(*drawn(generator, 3000, negative=0.15, power=1.5))
    assert kolmogorov_smirnov(shifted, WeightedSample(*drawn(generator, 3000, negative=0.15))).probability < 1e-3


def test_ks_of_an_empty_or_net_negative_sample_is_undefined():
    one = sample([(1, 1.0)])
    found = kolmogorov_smirnov(one, sample([(1, -1.0)]), ("tt", "signal"))
    assert found.as_json() == {
        "distance": None,
        "effective_events": None,
        "probability": None,
        "probability_asymptotic": None,
        "probability_by_random_signs": None,
        "reason": "signal has no positive sum of weights (-1 in 1 events)",
    }
    assert kolmogorov_smirnov(sample([]), one).reason == "the first sample has no events"


def test_jensen_shannon_has_its_closed_form_and_bounds():
    p, q = np.array([0.5, 0.5, 0.0]), np.array([1.0, 0.0, 3.0])
    middle = (p + q / 4) / 2
    expected = 0.5 * (0.5 * math.log(0.5 / middle[0]) + 0.5 * math.log(0.5 / middle[1]))
    expected += 0.5 * (0.25 * math.log(0.25 / middle[0]) + 0.75 * math.log(0.75 / middle[2]))
    assert jensen_shannon_divergence(p, q) == pytest.approx(expected, rel=1e-12)
    assert jensen_shannon_divergence(p, 3 * p) == 0
    assert jensen_shannon_divergence(q, p) == pytest.approx(expected, rel=1e-12)


def test_the_floor_is_what_equal_shapes_show_and_a_difference_exceeds_it():
    generator = np.random.default_rng(41)
    divergences, floors, above = [], [], 0
    for _ in range(100):
        first, second = (template(*drawn(generator, size)) for size in (1500, 4000))
        found = jensen_shannon(pair_of_shapes(first, second, 10), generator, 100)
        divergences.append(found.divergence)
        floors.append(found.floor_mean)
        above += found.divergence > found.floor_upper_95
    assert np.mean(floors) == pytest.approx(np.mean(divergences), rel=0.15)
    assert above <= 14
    different = pair_of_shapes(template(*drawn(generator, 1500, power=1.5)), template(*drawn(generator, 4000)), 10)
    found = jensen_shannon(different, generator, 100)
    assert found.divergence > 2 * found.floor_upper_95
    described = found.as_json()
    assert described["inverse"] == pytest.approx(1 / found.divergence)
    assert described["edges"] == different.edges.tolist()
