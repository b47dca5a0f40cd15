"""Pseudo-experiments in which templates fluctuate: known answers, and results that do not depend on the jobs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import chi2, poisson

from signedag.config.template_statistics_study import (
    StudyCase,
    StudyTemplateStatisticsSettings,
    TemplateStatisticsStudy,
)
from signedag.errors import UserError
from signedag.json_blocks import Block
from signedag.json_results import _plain
from signedag.seeds import stream
from signedag.statistics.assemble import ScaleFactorValues
from signedag.statistics.filling import FilledRegion
from signedag.statistics.redrawn_templates import FilledEvents, own_templates, redrawn_templates
from signedag.statistics.signal_strength import Inputs
from signedag.statistics.studied_simulations import StudiedEvents
from signedag.statistics.template_bias import template_bias
from signedag.statistics.template_study import fit_cases, study_part
from signedag.statistics.template_study_results import (
    Cell,
    CellPart,
    FailedCase,
    FittedCase,
    StudyPart,
    TrueBins,
    shortcomings,
    table,
)
from signedag.statistics.templates import Floats, find_bins
from signedag.statistics.true_analysis import TrueAnalysis

SOURCE = Path("ntuples")
Statistics = Literal["none", "barlow_beeston_lite"]


def case(templates: Literal["exact", "redrawn"], statistics: Statistics = "none", least: float = 0.0) -> StudyCase:
    return StudyCase(templates=templates, template_statistics=statistics, least_effective_events=least)


EXACT, NONE, LITE = case("exact"), case("redrawn"), case("redrawn", "barlow_beeston_lite")


def settings_of(*cases: StudyCase, scale_factors: dict[str, str] | None = None) -> StudyTemplateStatisticsSettings:
    model = {"signals": ["zh"], "scale_factors": scale_factors or {}, "shapes": {}, "normalisations": {}}
    content = {
        "seed": 1, "model": model, "region": "sr", "mass": "x", "low": 0.0, "high": 1.0, "bins": [2], "cases": cases,
        "samples": {"zh": "zh", "tt": "tt"}, "signal_samples": ["zh"], "shifts": [], "variations": {},
        "transformed_samples": [],
    }  # fmt: skip
    return StudyTemplateStatisticsSettings.model_validate(content)


def events_of(bins: int, sizes: tuple[int, int], weights: tuple[float, float], negative: float) -> list[FilledEvents]:
    """Give signal that peaks and flat background of some size and weight, a share of them negative."""
    generator = np.random.default_rng(bins)
    edges = (np.linspace(0.0, 1.0, bins + 1),)
    positions = (generator.beta(5.0, 2.0, sizes[0]), generator.random(sizes[1]))
    filled = []
    for sample, x, weight in zip(("zh", "tt"), positions, weights, strict=True):
        signed = weight * np.where(np.arange(x.size) % 100 < 100 * negative, -1.0, 1.0)
        filled.append(FilledEvents(sample, sample, np.arange(x.size), find_bins([x], edges), signed, {}))
    return filled


def region(bins: int) -> FilledRegion:
    return FilledRegion("sr", ("x",), (np.linspace(0.0, 1.0, bins + 1),))


def truth_of(filled: list[FilledEvents], bins: int, factors: ScaleFactorValues | None = None) -> TrueAnalysis:
    chosen = settings_of(EXACT, scale_factors={"tt": "sf_tt"} if factors else None)
    return TrueAnalysis.of(Inputs(own_templates(filled, region(bins)), (), factors, SOURCE), chosen.model)


def test_without_fluctuating_templates_coverage_is_right() -> None:
    """Scale factors are drawn from their covariance: they widen the scatter as they widen the interval."""
    factors = ScaleFactorValues(("sf_tt",), np.array([1.2]), np.array([[0.01]]))
    filled = events_of(4, (800, 3000), (0.1, 0.1), 0.2)
    true = truth_of(filled, 4, factors)
    templates = own_templates(filled, region(4))
    count = 250
    drawn = {"redrawn": templates}
    outcomes = [fit_cases(true, drawn, true.data(stream(1, number)), [EXACT])[0] for number in range(count)]
    cell = CellPart.of(4, EXACT, range(count), outcomes)
    assert cell.numbers_of_fits == (count, 0)
    for level in (0.6827, 0.95):
        covered = cell.toys.coverage(level)
        assert covered.value == pytest.approx(level, abs=3 * covered.error)
    assert cell.toys.bias.value == pytest.approx(0, abs=3.5 * cell.toys.bias.error)
    assert cell.toys.pull_width.value == pytest.approx(1, abs=3.5 * cell.toys.pull_width.error)
    assert np.ptp(cell.toys.errors) > 0 and (cell.fitted_bins == 4).all()


SIGNAL, BACKGROUND = (400, 0.1), (900, 0.2)
"""Events and weight of one bin: 40 signal over 180 background, simulated as 400 and 900."""


def one_bin(counts: Floats, signal: Floats, background: Floats, squares: Floats) -> tuple[Floats, Floats, Floats]:
    """Give strength, error and 2 ΔNLL at 1 of one bin with Barlow-Beeston-lite, in closed form.

    One bin is described perfectly at β = 1; the error follows from the sum of both variances.
    """
    relative = squares / (signal + background) ** 2
    expected = signal + background
    half = 0.5 * (expected * relative - 1)
    factor = -half + np.sqrt(half**2 + counts * relative)
    distance = 2 * (poisson.logpmf(counts, counts) - poisson.logpmf(counts, factor * expected))
    variance = counts + counts**2 * relative
    return (counts - background) / signal, np.sqrt(variance) / signal, distance + (factor - 1) ** 2 / relative


def test_unit_weights_agree_with_an_independent_simulation() -> None:
    """Of one bin: fit by fit in closed form, and bias and coverage with numbers that numpy draws."""
    (signals, signal_weight), (backgrounds, background_weight) = SIGNAL, BACKGROUND
    filled = events_of(1, (signals, backgrounds), (signal_weight, background_weight), 0.0)
    true, count = truth_of(filled, 1), 300
    outcomes = []
    for number in range(count):
        templates, data = redrawn_templates(filled, region(1), 1, number), true.data(stream(1, number))
        (outcome,) = fit_cases(true, {"redrawn": templates}, data, [LITE])
        assert isinstance(outcome, FittedCase)
        outcomes.append(outcome)
        if number < 20:
            zh, tt = templates.nominal["zh"], templates.nominal["tt"]
            value, error, distance = one_bin(data.counts, zh.values, tt.values, zh.variances + tt.variances)
            assert outcome.value == pytest.approx(value[0], abs=1e-6)
            assert outcome.error == pytest.approx(error[0], rel=1e-6)
            assert outcome.distance == pytest.approx(distance[0], abs=1e-6)
    cell = CellPart.of(1, LITE, range(count), outcomes)
    generator, draws = np.random.default_rng(5), 200_000
    signal, background = (generator.poisson(size, draws).astype(np.float64) for size in (signals, backgrounds))
    squares = signal * signal_weight**2 + background * background_weight**2
    counts = generator.poisson(signals * signal_weight + backgrounds * background_weight, draws).astype(np.float64)
    value, error, distance = one_bin(counts, signal * signal_weight, background * background_weight, squares)
    assert cell.toys.bias.value == pytest.approx(value.mean() - 1, abs=3 * cell.toys.bias.error)
    width = ((value - 1) / error).std()
    assert cell.toys.pull_width.value == pytest.approx(width, abs=3 * cell.toys.pull_width.error)
    for level in (0.6827, 0.95):
        covered = cell.toys.coverage(level)
        assert covered.value == pytest.approx((distance <= chi2.ppf(level, 1)).mean(), abs=3 * covered.error)


def test_several_bins_agree_with_factors_that_are_parameters() -> None:
    filled = events_of(3, (300, 900), (0.1, 0.2), 0.2)
    true = truth_of(filled, 3)
    templates, data = redrawn_templates(filled, region(3), 1, 0), true.data(stream(1, 0))
    (outcome,) = fit_cases(true, {"redrawn": templates}, data, [LITE])
    assert isinstance(outcome, FittedCase)
    zh, tt = templates.nominal["zh"], templates.nominal["tt"]
    widths = np.sqrt(zh.variances + tt.variances) / (zh.values + tt.values)

    def likelihood(point: Floats) -> float:
        expected = point[1:] * (point[0] * zh.values + tt.values)
        return float(-poisson.logpmf(data.counts, expected).sum() + 0.5 * np.sum(((point[1:] - 1) / widths) ** 2))

    best = minimize(likelihood, np.ones(4), method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-10})
    assert outcome.value == pytest.approx(best.x[0], abs=1e-4)
    none = fit_cases(true, {"redrawn": templates}, data, [NONE])[0]
    assert isinstance(none, FittedCase) and none.error < outcome.error


def test_the_bias_that_templates_say_they_cause_is_the_one_they_cause() -> None:
    """Many bins with few effective events, against exact templates on the same data."""
    filled = events_of(60, (300, 2400), (0.1, 0.25), 0.1)
    true = truth_of(filled, 60)
    moved, said = [], []
    for number in range(120):
        templates, data = redrawn_templates(filled, region(60), 1, number), true.data(stream(1, number))
        exact, redrawn = fit_cases(true, {"redrawn": templates}, data, [EXACT, NONE])
        assert isinstance(exact, FittedCase) and isinstance(redrawn, FittedCase)
        moved.append(redrawn.value - exact.value)
        said.append(redrawn.template_bias)
    expected = template_bias(true.expectation, true.model.initial(), "mu")
    error = np.std(moved) / np.sqrt(len(moved))
    assert np.mean(moved) > 4 * error
    assert np.mean(moved) == pytest.approx(expected, abs=3 * error)
    assert np.mean(said) == pytest.approx(expected, rel=0.2)


def test_bins_are_merged_to_what_a_case_asks_for() -> None:
    filled = events_of(40, (100, 300), (0.5, 0.5), 0.25)
    true = truth_of(filled, 40)
    cases = [case("redrawn", "barlow_beeston_lite", least) for least in (0.0, 8.0, 1e9)]
    templates, data = redrawn_templates(filled, region(40), 1, 3), true.data(stream(1, 3))
    _, merged, failed = fit_cases(true, {"redrawn": templates}, data, cases)
    assert true.summary.positive_bins <= 40 and data.counts.size == true.summary.positive_bins
    assert isinstance(merged, FittedCase) and merged.bins < true.summary.positive_bins and merged.effective_events >= 8
    assert failed == FailedCase("the whole background has too few effective events")
    assert true.summary.effective_events_per_expected_event == pytest.approx(2 * 0.5, rel=0.05)


CASES = (EXACT, LITE, case("redrawn", "none", 5.0))


def part_of(numbers: list[int]) -> StudyPart:
    filled = events_of(12, (200, 600), (0.2, 0.2), 0.2)
    edges = {bins: (np.linspace(0.0, 1.0, 13)[:: 12 // bins],) for bins in (2, 6)}
    return study_part(StudiedEvents(filled), region(12), edges, None, SOURCE, settings_of(*CASES), numbers)


def through_json(part: StudyPart) -> StudyPart:
    content = json.loads(json.dumps(part.as_json(), default=_plain))
    return StudyPart.read(Block(content, SOURCE, "make it again"))


def test_jobs_may_share_pseudo_experiments_in_any_way() -> None:
    whole = part_of([0, 1, 2, 3])
    parts = [through_json(part_of(numbers)) for numbers in ([3, 1], [0, 2])]
    rows = [cell.as_json() for cell in table(parts, (2, 6), CASES, 4)]
    assert rows == [cell.as_json() for cell in table([whole], (2, 6), CASES, 4)]
    assert [(row["bins"], row["templates"]) for row in rows] == [
        (bins, chosen.templates) for bins in (2, 6) for chosen in CASES
    ]
    with pytest.raises(UserError, match="2 of 4 pseudo-experiments are there for 2 bins per axis"):
        table(parts[:1], (2, 6), CASES, 4)


def cell_of(outcomes: list[FittedCase | FailedCase]) -> dict[str, object]:
    part = CellPart.of(10, LITE, range(len(outcomes)), outcomes)
    return Cell(TrueBins(100, 90, 5.0, 3.0), (part,)).as_json()


def test_what_cannot_be_fitted_is_counted_and_undefined_with_a_reason() -> None:
    row = cell_of([FailedCase("a reason"), FittedCase(1.0, 0.1, 0.0, 5, 9.0, 0.0), FailedCase("a reason")])
    assert (row["failed"], row["pseudo_experiments"], row["bias"]) == (2, 3, None)
    assert row["reasons_of_failures"] == {"a reason": 2}
    assert row["reason"] == "only 1 of 3 pseudo-experiments could be fitted (a reason)"
    some = [FittedCase(1.0 + 0.1 * number, 0.3, 0.1, 5, 9.0, 0.0) for number in (-1, 0, 1)]
    failing = cell_of([*some, FailedCase("a reason")])
    assert failing["shortcomings"] == ["failures"]
    assert failing["coverage"]["0.95"]["value"] == 0.75  # type: ignore[index]


def test_shortcomings_are_beyond_their_own_errors() -> None:
    def described(bias: float, covered: float, failed: float = 0.0) -> dict[str, object]:
        coverage = {
            "0.6827": {"value": covered, "error": 0.01, "expected": 0.6827},
            "0.95": {"value": 0.95, "error": 0.01, "expected": 0.95},
        }
        return {
            "bias": {"value": bias, "error": 0.02},
            "mean_error": {"value": 0.5},
            "coverage": coverage,
            "failed_share": failed,
        }

    assert shortcomings(described(0.13, 0.63)) == []
    assert shortcomings(described(-0.15, 0.61)) == ["bias", "coverage of 68.27 %"]
    assert shortcomings(described(0.0, 0.9, 0.02)) == ["failures"]


def test_numbers_of_bins_need_a_small_common_multiple() -> None:
    assert TemplateStatisticsStudy(bins=(30, 10, 10)).bins == (10, 30)
    with pytest.raises(ValueError, match="takes 1147 per axis"):
        TemplateStatisticsStudy(bins=(31, 37))
    study = TemplateStatisticsStudy(pseudo_experiments=7, pseudo_experiments_per_job=3)
    assert [list(study.numbers(part)) for part in range(study.parts)] == [[0, 1, 2], [3, 4, 5], [6]]
