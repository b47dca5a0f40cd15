"""Sculpting of the mass in score quantiles, and the diboson check, on events with known truth."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from signedag.metrics.mass_shapes import mass_template, on_axis, share_off_axis
from signedag.metrics.random_signs import RandomSigns
from signedag.metrics.resonance import check_resonance, find_peak, find_window
from signedag.metrics.scored_events import ScoredEvents, joined
from signedag.metrics.sculpting import compare_at_signal_efficiency, compare_quantiles, quantile_of_score
from signedag.metrics.weighted_sample import WeightedSample

EDGES = np.linspace(50.0, 200.0, 31)


def falling_mass(generator, size):
    """A smooth spectrum on the axis."""
    return 50 + 150 * generator.beta(1.2, 2.5, size)


def events(score, mass, weight=None):
    weight = np.ones(len(score)) if weight is None else np.asarray(weight, dtype=np.float64)
    return ScoredEvents(np.asarray(score, float), weight, np.zeros(len(score), np.int64), np.asarray(mass, float))


def background(generator, size=20000, sculpting=0.0, negative=0.2):
    """Background whose score is independent of its mass, or follows it."""
    mass = falling_mass(generator, size)
    score = 1 / (1 + np.exp(-generator.normal(0, 1, size) - sculpting * (mass - 120) / 40))
    return events(score, mass, generator.lognormal(0, 0.3, size) * np.where(generator.random(size) < negative, -1, 1))


def test_quantiles_share_the_background_and_hold_all_of_it():
    one = background(np.random.default_rng(1))
    found = compare_quantiles(one, EDGES, 4, 10).as_json()
    assert [part["fraction"] for part in found["quantiles"]] == pytest.approx([0.25] * 4, abs=2e-3)
    assert sum(part["events"] for part in found["quantiles"]) == one.score.size
    values = np.sum([part["mass"]["values"] for part in found["quantiles"]], axis=0)
    np.testing.assert_allclose(values, found["inclusive"]["values"], rtol=1e-9)
    assert np.sum(values) == pytest.approx(one.weight.sum())
    variances = np.sum([part["mass"]["variances"] for part in found["quantiles"]], axis=0)
    assert np.sum(variances) == pytest.approx(np.square(one.weight).sum())
    first, last = found["quantiles"][0], found["quantiles"][-1]
    assert first["score_above"] is None and last["score_up_to"] is None
    assert first["score_up_to"] == found["quantile_edges"][0] == found["quantiles"][1]["score_above"]
    json.dumps(found, allow_nan=False)


def test_an_independent_score_does_not_sculpt_and_a_following_one_does():
    generator = np.random.default_rng(2)
    means = [compare_quantiles(background(generator), EDGES, 4, 10).chi2_mean for _ in range(20)]
    assert np.mean(means) == pytest.approx(1, abs=0.1)
    independent = compare_quantiles(background(generator), EDGES, 4, 10).as_json()
    sculpted = compare_quantiles(background(generator, sculpting=0.5), EDGES, 4, 10).as_json()
    assert sculpted["chi2_mean"] > 5 > 2 > independent["chi2_mean"]
    assert sculpted["ks_probability"] < 1e-6 < 1e-3 < independent["ks_probability"]
    assert sculpted["ks_distance"] > independent["ks_distance"]
    worst = sculpted["quantiles"][sculpted["ks_worst_quantile"]]["ks_to_complement"]
    assert sculpted["ks_distance"] == worst["distance"]
    assert sculpted["chi2_mean"] == pytest.approx(np.mean(sculpted["chi2_per_quantile"]))
    for part, per_degree in zip(sculpted["quantiles"], sculpted["chi2_per_quantile"], strict=True):
        assert per_degree == pytest.approx(part["chi2_to_inclusive"]["chi2"] / part["chi2_to_inclusive"]["ndf"])


def test_the_quantiles_edge_belongs_to_the_lower_quantile():
    assert quantile_of_score(np.array([0.1, 0.3, 0.31, 0.9]), np.array([0.3, 0.6])).tolist() == [0, 0, 1, 2]


def test_a_collapsed_score_leaves_empty_quantiles_undefined_never_zero():
    generator = np.random.default_rng(3)
    mass = falling_mass(generator, 2000)
    found = compare_quantiles(events(np.full(2000, 0.5), mass), EDGES, 4, 10).as_json()
    assert found["chi2_per_quantile"] == [None] * 4
    assert found["chi2_mean"] is None and found["ks_distance"] is None and found["ks_probability"] is None
    assert found["chi2_reason"] == "quantile 0: the rest is empty"
    assert found["ks_reason"] == "quantile 0: the rest has no events"
    empty = found["quantiles"][2]
    assert empty["events"] == 0
    assert empty["chi2_to_inclusive"]["reason"] == "the selection is empty"
    assert empty["chi2_to_inclusive"]["chi2"] is None


def mapped(generator, size=24000):
    """Background whose score is its rank among the other half in bins of the mass: a map fitted on the other half."""
    one = background(generator, size=size, sculpting=0.5)
    half = generator.integers(0, 2, size).astype(np.int8)
    bins, score = np.digitize(one.mass, EDGES[1:-1]), np.empty(size)
    for index in np.unique(bins):
        for number in (0, 1):
            fitted, asked = ((bins == index) & (half == side) for side in (1 - number, number))
            order = np.argsort(one.score[fitted])
            cumulative = np.maximum.accumulate(np.cumsum(one.weight[fitted][order]) / one.weight[fitted].sum())
            score[asked] = np.interp(one.score[asked], one.score[fitted][order], np.clip(cumulative, 0, 1))
    return ScoredEvents(score, one.weight, one.fold, one.mass, half)


def test_halves_of_a_mapped_score_show_what_cancels_in_their_sum():
    """Fluctuations of both halves cancel in the sum; within one half they add: about 2 for a map without smoothing."""
    generator = np.random.default_rng(14)
    whole, within = [], []
    for _ in range(12):
        found = compare_quantiles(mapped(generator), EDGES, 4, 10).as_json()
        whole.append(found["chi2_mean"])
        within += [np.mean(found["chi2_per_quantile_by_half"][half]) for half in ("0", "1")]
        assert found["by_half_reason"] is None
        assert all(0 <= p <= 1 for half in ("0", "1") for p in found["chi2_p_per_quantile_by_half"][half])
    assert np.mean(whole) < 0.5
    assert np.mean(within) == pytest.approx(2, abs=0.3)


def test_without_a_map_there_are_no_halves():
    found = compare_quantiles(background(np.random.default_rng(15)), EDGES, 4, 10).as_json()
    assert found["chi2_per_quantile_by_half"] is None and found["chi2_p_per_quantile_by_half"] is None
    assert found["by_half_reason"] == "the score is not a mapped one: it has no halves"
    one = background(np.random.default_rng(15), size=100)
    half = ScoredEvents(one.score, one.weight, one.fold, one.mass, np.zeros(100, np.int8))
    assert joined([half, one]).map_half is None  # one sample that is not mapped is enough
    assert joined([half, half]).map_half.size == 200


def test_p_values_stand_beside_chi2_and_the_worst_quantile_is_named():
    generator = np.random.default_rng(17)
    signs = RandomSigns(200, generator)
    found = compare_quantiles(background(generator), EDGES, 4, 10, signs).as_json()
    p = [part["chi2_to_inclusive"]["p_value"] for part in found["quantiles"]]
    assert found["chi2_p_per_quantile"] == p
    assert found["chi2_p_smallest"] == min(p) == p[found["chi2_worst_quantile"]]
    tests = [part["ks_to_complement"] for part in found["quantiles"]]
    assert found["ks_probability"] == min(found["ks_probability_per_quantile"])
    for test in tests:
        near = 1e-4 < test["probability_asymptotic"] < 0.2
        assert (test["probability_by_random_signs"] is not None) == near
        expected = test["probability_by_random_signs"] if near else test["probability_asymptotic"]
        assert test["probability"] == expected
    assert any(test["probability_by_random_signs"] is not None for test in tests)


def test_one_undefined_quantile_makes_the_mean_undefined():
    generator = np.random.default_rng(4)
    score = np.concatenate([generator.random(4000) * 0.5, np.full(4000, 0.9)])  # quantile 2 takes all of quantile 3
    found = compare_quantiles(events(score, falling_mass(generator, 8000)), EDGES, 4, 10).as_json()
    assert [value is None for value in found["chi2_per_quantile"]] == [False, False, False, True]
    assert found["chi2_mean"] is None
    assert found["chi2_reason"] == "quantile 3: the selection is empty"


def test_a_net_negative_background_is_undefined_as_a_whole():
    found = compare_quantiles(events([0.2, 0.8], [100.0, 110.0], [1.0, -2.0]), EDGES, 4, 10).as_json()
    assert found["quantiles"] == []
    assert found["chi2_per_quantile"] == [None] * 4
    assert found["chi2_reason"] == "background has no positive sum of weights (-1 in 2 events)"
    json.dumps(found, allow_nan=False)


def test_jensen_shannon_at_half_the_signal_sees_sculpting():
    generator = np.random.default_rng(5)
    signal = events(1 / (1 + np.exp(-generator.normal(1, 1, 5000))), generator.normal(125, 12, 5000))
    results = [
        compare_at_signal_efficiency(background(generator, sculpting=size), signal, EDGES, 10, generator, 100).as_json()
        for size in (0.0, 0.5)
    ]
    assert results[0]["signal_efficiency"] == pytest.approx(0.5, abs=1e-3)
    assert results[0]["divergence"] < 1.5 * results[0]["floor"]["upper_95"]
    assert results[1]["divergence"] > 5 * results[1]["floor"]["upper_95"]
    assert results[1]["inverse"] == pytest.approx(1 / results[1]["divergence"])
    lost = compare_at_signal_efficiency(background(generator), events([], []), EDGES, 10, generator, 5).as_json()
    assert lost["divergence"] is None and lost["reason"] == "signal has no events"
    json.dumps(lost, allow_nan=False)


def test_events_off_the_axis_are_told():
    one = events([0.1, 0.2, 0.3, 0.4], [50.0, 200.0, 201.0, 49.0], [1.0, 1.0, 2.0, 4.0])
    assert on_axis(one, EDGES).mass.tolist() == [50.0, 200.0]
    assert share_off_axis({"tt": one, "vz": events([], [])}, EDGES) == {"tt": pytest.approx(0.75), "vz": None}


def diboson_world(generator, correlation=0.0, size=30000):
    """Signal at 125, resonance at 91 with the same score, smooth background in between; fractions of events."""
    signal = events(
        1 / (1 + np.exp(-generator.normal(1, 1, size))), generator.normal(125, 12, size), np.full(size, 0.01)
    )
    mass = generator.normal(91, 10, size)
    shift = 1 + correlation * (mass - 125) / 40
    resonant = events(1 / (1 + np.exp(-generator.normal(0, 1, size) - shift)), mass, np.full(size, 0.01))
    smooth = background(generator, size=100000)
    return (on_axis(part, EDGES) for part in (signal, resonant, smooth))


def test_the_resonance_peaks_in_the_top_signal_quantile_and_vanishes_with_its_samples():
    signal, resonant, smooth = diboson_world(np.random.default_rng(6))
    smooth = events(smooth.score, smooth.mass, smooth.weight * 0.02)
    found = check_resonance(signal, resonant, smooth, EDGES, 0.25, 10.0).as_json()
    assert found["signal_efficiency"] == pytest.approx(0.25, abs=1e-3)
    assert found["window"]["low"] == pytest.approx(81, abs=1)
    assert found["window"]["high"] == pytest.approx(101, abs=1)
    peak, without = found["peak"], found["peak_without_resonant"]
    truth = np.sum(np.array(found["resonant"]["values"])[found["window"]["peak_bins"]])
    assert peak["excess"]["value"] == pytest.approx(truth, abs=3 * peak["excess"]["error"])
    assert peak["simulation_significance"] > 5
    assert peak["significance"]["value"] > 1
    assert abs(without["simulation_significance"]) < 3
    assert peak["sidebands"]["p_value"] > 0.001
    assert found["score_ks_to_signal"]["probability"] > 0.001
    json.dumps(found, allow_nan=False)


def test_a_score_that_knows_the_mass_rejects_the_resonance():
    decorrelated, correlated = (
        check_resonance(*diboson_world(np.random.default_rng(7), correlation=size), EDGES, 0.25, 10.0).as_json()
        for size in (0.0, 2.0)
    )
    assert correlated["score_ks_to_signal"]["probability"] < 1e-6
    assert correlated["score_ks_to_signal"]["distance"] > decorrelated["score_ks_to_signal"]["distance"]
    assert correlated["peak"]["excess"]["value"] < 0.5 * decorrelated["peak"]["excess"]["value"]


def test_the_excess_has_the_right_error_and_no_bias():
    generator = np.random.default_rng(8)
    excesses, errors, chi_squares = [], [], []
    for _ in range(150):
        smooth = background(generator, size=8000, sculpting=0.0)
        masses = smooth.masses()
        passing = smooth.score > 0.7
        resonance = WeightedSample(generator.normal(91, 10, 300), np.ones(300))
        window = find_window(resonance, EDGES)
        total, failing = (mass_template(masses.where(mask), EDGES) for mask in (passing, ~passing))
        peak = find_peak(total, failing, window, 10.0)
        excesses.append(peak.excess.value)
        errors.append(peak.excess.error)
        chi_squares.append(peak.sidebands.per_degree)
    pulls = np.array(excesses) / np.array(errors)
    assert np.mean(pulls) == pytest.approx(0, abs=3 / math.sqrt(150))
    assert np.std(pulls) == pytest.approx(1, abs=0.2)
    assert np.mean(chi_squares) == pytest.approx(1, abs=0.15)


def test_a_window_without_sidebands_or_sums_is_undefined_with_a_reason():
    generator = np.random.default_rng(9)
    masses = WeightedSample(generator.normal(91, 10, 500), np.ones(500))
    smooth = background(generator, size=2000).masses()
    for window, template, reason in (
        (find_window(masses, np.array([80.0, 100.0, 120.0])), np.array([80.0, 100.0, 120.0]), "use finer mass bins"),
        (
            find_window(WeightedSample(masses.values, -masses.weights), EDGES),
            EDGES,
            "the resonance has no positive sum",
        ),
        (find_window(WeightedSample(np.full(5, 91.0), np.ones(5)), EDGES), EDGES, "use finer mass bins"),
    ):
        peak = find_peak(mass_template(smooth, template), mass_template(smooth, template), window, 10.0)
        assert reason in peak.excess.reason
        described = peak.as_json()
        assert described["excess"]["value"] is None and described["significance"]["value"] is None
        assert described["sidebands"]["chi2"] is None and described["smooth_background"] == []
    window = find_window(masses, EDGES)
    full, nothing = mass_template(smooth, EDGES), mass_template(WeightedSample(np.zeros(0), np.zeros(0)), EDGES)
    narrow = mass_template(smooth.where(np.abs(smooth.values - 121) < 2), EDGES)
    assert "of the non-resonant background" in find_peak(full, nothing, window, 10.0).excess.reason
    assert "of the background that passes" in find_peak(nothing, full, window, 10.0).excess.reason
    assert "have non-resonant background" in find_peak(full, narrow, window, 10.0).excess.reason


def test_without_signal_there_is_no_top_quantile():
    generator = np.random.default_rng(10)
    _, resonant, smooth = diboson_world(generator, size=500)
    found = check_resonance(events([], []), resonant, smooth, EDGES, 0.25, 10.0).as_json()
    assert found["threshold"] is None
    assert found["peak"]["excess"]["reason"] == "signal has no events"
    json.dumps(found, allow_nan=False)


def test_the_windows_width_ignores_long_tails():
    generator = np.random.default_rng(11)
    tails = np.concatenate([generator.normal(91, 10, 2000), generator.uniform(50, 200, 200)])
    window = find_window(WeightedSample(tails, np.ones(tails.size)), EDGES)
    assert window.high - window.low == pytest.approx(22, abs=2)
    assert not np.any(window.peak & window.sidebands)
