"""The decorrelation comparison against constructed numbers: who passes, the frontier, the recommendation, the notes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signedag.config.decorrelation import CompareDecorrelationSettings, Effort
from signedag.decorrelation.measured import DibosonPeak, Measured, SculptedMass, Trainings
from signedag.decorrelation.notes import notes
from signedag.decorrelation.recommendation import frontier, recommend
from signedag.decorrelation.rows import DecorrelationRow
from signedag.decorrelation.table import COLUMNS, comparison_table
from signedag.report.fit_results import StrengthFit
from signedag.report.values import Interval

NOTHING_LOST = Trainings((), (), ())
PEAK = DibosonPeak(4.0, 12.0, 10.0, 0.5, 0.1)


def mass(chi2_mean=0.9, chi2_p=(0.3, 0.2, 0.5, 0.4), ks_p=(0.3, 0.4, 0.9, 0.8), reason=""):
    return SculptedMass(chi2_mean, chi2_p, ks_p, 0.02, 0.005, reason)


def fit(error, template=0.0, statistical=0.1):
    """A fit with distances of ± 10 % around the error, so that their mean is the error."""
    distances = (None, None) if error is None else (0.9 * error, 1.1 * error)
    return StrengthFit(
        "v", "b", "fixed", Interval(1.0, *distances), Interval(1.0, statistical, statistical),
        Interval(1.0, 0.1, 0.1), template, 3.0, "", "", {}, "merge",
    )  # fmt: skip


def measured(sigma=0.3, headline=None, trainings=NOTHING_LOST, total=None, peak=PEAK, template=0.0):
    own = headline or mass()
    return Measured(0.8, 2.5, own, total is not None, total or own, 400.0, peak, fit(sigma, template), trainings)


def row(name, *simulations, trainings=2, additions=0, scores_of=None):
    effort = Effort(trainings=trainings, additions=additions)
    return DecorrelationRow(name, scores_of, effort, dict(enumerate(simulations, start=2)), 0.01)


def rows(**variants):
    """Rows by name, each with its σ_μ in three simulations and its effort, all of which pass."""
    return {
        name: row(name, *(measured(sigma) for sigma in sigmas), trainings=trainings, additions=additions)
        for name, (sigmas, trainings, additions) in variants.items()
    }


def test_sigma_is_the_mean_of_both_sides_with_the_simulation_in_quadrature():
    found = row("plain", measured(0.3, template=0.4), measured(0.6, template=0.8))
    sides = [math.hypot(side * 0.3, 0.4) for side in (0.9, 1.1)]
    assert found.sigma_mu.per_seed == pytest.approx((sum(sides) / 2, sum(sides)))
    described = found.as_json(found)
    assert described["sigma_mu_fit"]["by_seed"] == pytest.approx({"2": 0.3, "3": 0.6})
    assert described["sigma_mu_statistical"]["value"] == pytest.approx(0.1)
    assert described["sigma_mu_ratio_to_baseline"]["spread"] == 0


def test_the_ratio_to_the_baseline_is_taken_simulation_by_simulation():
    baseline = row("plain", measured(0.2), measured(0.4), measured(0.3))
    better = row("better", measured(0.18), measured(0.36), measured(0.27))
    described = better.as_json(baseline)
    assert described["sigma_mu_ratio_to_baseline"]["value"] == pytest.approx(0.9)
    assert described["sigma_mu_ratio_to_baseline"]["error"] == pytest.approx(0, abs=1e-12)
    assert described["sigma_mu"]["error"] > 0.05, "what simulations have in common cancels in the ratio alone"


@pytest.mark.parametrize(
    ("simulation", "failure"),
    [
        (measured(), ""),
        (measured(headline=mass(chi2_p=(0.3, 0.01, 0.5, 0.4))), "smallest p-value of χ² over the quantiles is 0.01"),
        (measured(headline=mass(ks_p=(0.3, 0.4, 0.002, 0.8))), "smallest p-value of Kolmogorov-Smirnov over the"),
        (measured(headline=mass(None, (), (), "a collapsed score")), "χ² is undefined: a collapsed score"),
        (measured(headline=mass(ks_p=(0.3, None, 0.5, 0.8))), "Kolmogorov-Smirnov is undefined: a quantile has no"),
        (measured(trainings=Trainings(("fold 0",), (), ())), "1 trainings failed"),
        (measured(trainings=Trainings((), ("fold 0", "fold 1"), ())), "2 trainings diverged"),
        (measured(trainings=Trainings((), (), ("decorrelated nothing",))), ""),
    ],
)
def test_a_score_passes_if_every_quantile_and_training_does(simulation, failure):
    assert simulation.failure(0.01).startswith(failure)
    assert bool(simulation.failure(0.01)) == bool(failure)


def test_the_peak_of_a_resonance_does_not_count_as_sculpting():
    sculpted = mass(4.0, (0.3, 0.2, 0.5, 1e-9), (0.3, 0.4, 0.9, 1e-9))
    keeps_the_peak = row("mapped", measured(total=sculpted), measured(total=sculpted))
    assert keeps_the_peak.passes
    described = keeps_the_peak.as_json(keeps_the_peak)
    assert described["sculpting"]["chi2_mean"]["value"] == pytest.approx(0.9)
    assert described["sculpting_of_all_background"]["chi2_mean"]["value"] == pytest.approx(4.0)
    assert described["sculpting_of_all_background"]["chi2_p_smallest"]["smallest"] == 1e-9
    assert not row("plain", measured(headline=sculpted), measured()).passes


def test_one_simulation_that_fails_is_enough_and_is_counted():
    found = row("disco", measured(), measured(headline=mass(chi2_p=(1e-3, 0.2, 0.5, 0.4))), measured())
    assert not found.passes and found.seeds_that_pass == 2
    passes = found.as_json(found)["passes"]
    assert passes["failure_by_seed"]["2"] is None and "0.001" in passes["failure_by_seed"]["3"]
    assert recommend({"disco": found}).refused["disco"].startswith("passes in 2 of 3 simulations; seed 3: smallest p")


def test_the_frontier_holds_what_no_other_one_beats():
    def point(name, sigma, chi2):
        return row(name, measured(sigma, mass(chi2)), measured(sigma, mass(chi2)))

    points = {
        "sculpts": point("sculpts", 0.25, 30.0),
        "beaten": point("beaten", 0.28, 30.0),
        "middle": point("middle", 0.26, 2.0),
        "twin": point("twin", 0.26, 2.0),
        "flat": point("flat", 0.30, 0.4),
        "undefined": row("undefined", measured(0.1, mass(0.1)), measured(None, mass(0.1))),
    }
    assert frontier(points) == ("sculpts", "middle", "twin", "flat")


@given(st.lists(st.tuples(st.floats(0.1, 1), st.floats(0.1, 100)), min_size=1, max_size=8))
def test_every_variant_off_the_frontier_is_beaten_by_one_on_it(points):
    found = {f"v{i}": row(f"v{i}", *[measured(s, mass(c))] * 2) for i, (s, c) in enumerate(points)}
    means = {name: (one.sigma_mu.mean, one.chi2_mean.mean) for name, one in found.items()}
    unbeaten = frontier(found)
    assert unbeaten
    for name, (sigma, chi2) in means.items():
        beaten = any(means[other][0] <= sigma and means[other][1] <= chi2 for other in unbeaten if other != name)
        assert name in unbeaten or beaten


def test_the_smallest_sigma_is_recommended_where_it_stands_apart():
    found = recommend(rows(plain=((0.30, 0.34, 0.32), 2, 0), planed=((0.27, 0.31, 0.29), 4, 3)))
    assert (found.variant, found.best, found.equally_good) == ("planed", "planed", ("planed",))
    assert found.reason == "smallest σ_μ of those that pass in every simulation"


def test_among_equally_good_ones_the_simplest_is_recommended():
    """All within two paired errors of the best; fewest trainings first, then fewest additions, then σ_μ."""
    compared = rows(
        disco=((0.270, 0.310, 0.290), 4, 1),
        planed_mapped=((0.271, 0.310, 0.291), 2, 2),
        with_mass_mapped=((0.272, 0.309, 0.291), 2, 1),
        other_mapped=((0.273, 0.309, 0.291), 2, 1),
        mapped=((0.290, 0.330, 0.310), 2, 1),
    )
    found = recommend(compared)
    assert found.best == "disco"
    assert found.equally_good == ("disco", "planed_mapped", "with_mass_mapped", "other_mapped")
    assert found.variant == "with_mass_mapped"
    assert "within two paired errors of the smallest one (disco)" in found.reason


def test_what_varies_between_simulations_makes_no_two_scores_equal():
    """Each σ_μ scatters by ten times the difference, which is the same in every simulation up to a tenth of it."""
    found = recommend(rows(mapped=((0.250, 0.300, 0.350), 2, 1), planed=((0.2449, 0.2950, 0.3451), 4, 2)))
    assert found.equally_good == ("planed",)


def test_none_is_recommended_if_none_passes_or_has_a_fit():
    sculpted = [measured(headline=mass(30.0, (0.0, 0.2, 0.5, 0.4)))] * 2
    found = recommend({"plain": row("plain", *sculpted), "unfitted": row("unfitted", measured(None), measured())})
    assert found.variant is None and found.reason == "no variant passes in every simulation"
    assert found.as_json()["refused"] == {
        "plain": "passes in 0 of 2 simulations; seed 2: smallest p-value of χ² over the quantiles is 0",
        "unfitted": "σ_μ is undefined in a simulation",
    }


def settings(**changes):
    content = {
        "seed": 1, "baseline": "plain", "variants": ["plain", "mapped"], "seeds": [2, 3], "maps": {"mapped": "plain"},
        "needs": {"plain": ["plain"], "mapped": ["plain"]}, "initialisations": {"plain": [1]},
        "efforts": {"plain": {"trainings": 2, "additions": 0}, "mapped": {"trainings": 2, "additions": 1}},
        "folds": 2, "binning": "b", "treatment": "fixed", "p_value": 0.01, "has_diboson_peak": True,
    }  # fmt: skip
    return CompareDecorrelationSettings.model_validate(content | changes)


def test_the_notes_give_the_number_of_tests_and_what_applies():
    compared = {name: row(name, measured(), measured()) for name in ("plain", "mapped")}
    tests, maps = notes(compared, settings())
    assert "2 variants × 2 simulations × 4 quantiles × 2 tests = 32 tests at p > 0.01" in tests
    assert f"of up to {1 - 0.99**16:.0%}" in tests
    assert maps.startswith("mapped: a map is fitted on one half") and "below 1 by construction" in maps
    (alone,) = notes(compared, settings(maps={}))
    assert alone == tests
    assert any("seed 1 is that of the analysis" in note for note in notes(compared, settings(seeds=[1, 2])))
    resonant = {"plain": row("plain", measured(total=mass()), measured(total=mass()))}
    assert any("without resonant processes" in note for note in notes(resonant, settings()))


def test_the_table_has_a_row_for_each_and_dashes_for_what_is_undefined():
    undefined = mass(None, (), (), "a collapsed score")
    compared = {
        "plain": row("plain", measured(0.32), measured(0.30)),
        "collapsed": row("collapsed", *[measured(0.4, undefined, Trainings((), ("x",), ()), peak=None)] * 2),
        "mapped": row("mapped", measured(0.31), measured(0.29), additions=1),
    }
    lines = comparison_table(compared, "plain", ("mapped",), "mapped").splitlines()
    cells = [dict(zip(COLUMNS, line.split("\t"), strict=True)) for line in lines[1:]]
    assert [line["variant"] for line in cells] == ["mapped (recommended)", "plain", "collapsed"]
    assert cells[0]["on the frontier"] == "yes" and cells[1]["on the frontier"] == "no"
    assert cells[1]["sigma_mu / baseline (paired)"] == "1 ± 0"
    assert cells[2]["chi2/ndf"] == cells[2]["smallest p of chi2"] == cells[2]["diboson peak"] == "-"
    assert cells[2]["failed or diverged"] == "2 trainings" and cells[2]["passes in simulations"] == "0 of 2"


def test_without_the_peak_check_its_numbers_are_null_with_the_reason():
    without = row("plain", measured(peak=None), measured(peak=None))
    described = without.as_json(without)
    assert described["diboson_peak"] is None and "diboson_peak" in described["diboson_peak_reason"]
    looked = row("plain", measured(), measured())
    described = looked.as_json(looked)
    assert described["diboson_peak"]["significance"]["value"] == 4.0
    assert described["diboson_peak"]["luminosity_factor"] == 10.0 and described["diboson_peak_reason"] is None
