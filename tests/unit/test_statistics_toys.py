"""Pseudo-experiments: exact Poisson CLs, coverage, and that nothing depends on how jobs share them."""

from dataclasses import replace

import numpy as np
import pytest
from fit_models import FromPyhf, counting, peak_on_slope, specification
from scipy.stats import norm, poisson

from signedag.errors import UserError
from signedag.seeds import stream
from signedag.statistics.asymptotics import AsymptoticTest
from signedag.statistics.coverage import fit_toys, study_coverage
from signedag.statistics.coverage import joined as joined_fits
from signedag.statistics.data_sets import asimov_data, parameters_at, pseudo_experiment
from signedag.statistics.expectation import Expectation
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.pulls import Failure, Measured
from signedag.statistics.toy_limits import toy_limits
from signedag.statistics.toys import ToyStatistics, ToyTest, cls_by_toys, discovery_by_toys, joined, toy_statistics


def test_cls_by_toys_is_the_exact_one_of_a_counting_experiment() -> None:
    signal, background, count = 6.0, 3.5, 4
    test = cls_by_toys(Likelihood(counting(signal, background), np.array([float(count)])), 1.0, 200, 7)
    both, alone = poisson.cdf(count, signal + background), poisson.cdf(count, background)
    for measured, exact in (
        (test.observed.signal_plus_background, both),
        (test.observed.background, alone),
        (test.observed.ratio, both / alone),
    ):
        assert measured.value == pytest.approx(exact, abs=4 * measured.error)
        assert measured.error < 0.05
    # a background that is up by N sigma is the quantile of its counts
    for sigmas, item in zip((-2, -1, 0, 1, 2), test.expected, strict=True):
        quantile = poisson.ppf(norm.cdf(sigmas), background)
        near = [
            poisson.cdf(n, signal + background) / poisson.cdf(n, background)
            for n in (quantile - 1, quantile, quantile + 1)
            if n >= 0
        ]
        assert min(abs(item.ratio.value - exact) for exact in near) < 4 * item.ratio.error + 1e-3


def test_toys_agree_with_asymptotic_formulae_where_counts_are_large() -> None:
    expectation = counting(40.0, 400.0, 0.03)
    likelihood = asimov_data(expectation, parameters_at(expectation.model, {"mu": 0.2})).likelihood(expectation)
    exact, test = AsymptoticTest(likelihood).at(1.0), cls_by_toys(likelihood, 1.0, 60, 1)
    assert test.q == pytest.approx(exact.q)
    assert test.observed.ratio.value == pytest.approx(exact.observed.ratio, abs=4 * test.observed.ratio.error)
    for toys, formula in zip(test.expected[1:4], exact.expected[1:4], strict=True):
        assert toys.ratio.value == pytest.approx(formula.ratio, abs=4 * toys.ratio.error + 0.06)


def test_discovery_by_toys_is_that_of_the_published_example_of_pyhf() -> None:
    # its test-suite has 2000 pseudo-experiments: p0 = 0.004, expected 0.3985, 0.1365, 0.0135 for -2, -1 and 0
    shapesys = [{"name": "u", "type": "shapesys", "data": [7.0]}]
    strength = [{"name": "mu", "type": "normfactor", "data": None}]
    ours = FromPyhf(specification({"sr": {"s": ([25.0], strength), "b": ([50.0], shapesys)}}))
    result = discovery_by_toys(Likelihood(ours.expectation, ours.counts([80.0])), 150, 1)
    error = np.sqrt(0.004 * 0.996) * np.sqrt(1 / 150 + 1 / 2000)
    assert result.p0.value == pytest.approx(0.004, abs=4 * error)
    for item, theirs in zip(result.expected[:3], (0.3985, 0.1365, 0.0135), strict=True):
        # the quantile of the pseudo-experiments with signal has an error of its own
        assert item.value == pytest.approx(theirs, abs=0.2 * theirs**0.5)
    assert result.expected[4].value < 0.02
    assert result.as_json()["p0"]["error"] == result.p0.error


def test_parts_of_any_size_in_any_order_are_the_same_toys() -> None:
    expectation = counting(6.0, 4.0, 0.2)
    truth = parameters_at(expectation.model, {"mu": 0.5})
    whole = toy_statistics(expectation, truth, 1.0, range(12), 3, "background")
    parts = [
        toy_statistics(expectation, truth, 1.0, numbers, 3, "background") for numbers in ([7, 11], range(7), [10, 9, 8])
    ]
    again = joined(parts)
    np.testing.assert_array_equal(again.values, whole.values)
    np.testing.assert_array_equal(again.numbers, np.arange(12))
    assert not np.array_equal(toy_statistics(expectation, truth, 1.0, range(12), 4, "background").values, whole.values)
    assert not np.array_equal(toy_statistics(expectation, truth, 1.0, range(12), 3, "signal").values, whole.values)
    with pytest.raises(ValueError, match="twice"):
        joined([*parts, parts[0]])
    fits = fit_toys(expectation, truth, range(8), 3)
    pieces = joined_fits([fit_toys(expectation, truth, [5, 7, 6], 3), fit_toys(expectation, truth, range(5), 3)])
    for name in ("numbers", "values", "errors", "distances"):
        np.testing.assert_array_equal(getattr(fits, name), getattr(pieces, name))


def test_pseudo_experiments_scatter_counts_and_auxiliary_measurements_alone() -> None:
    expectation = peak_on_slope(8, 4)
    truth = parameters_at(expectation.model, {"n2": 0.5})
    drawn = [pseudo_experiment(expectation, truth, stream(1, "test", number)) for number in range(400)]
    counts, auxiliary = np.array([item.counts for item in drawn]), np.array([item.auxiliary for item in drawn])
    expected = expectation.expected(truth)
    np.testing.assert_allclose(counts.mean(axis=0), expected, atol=5 * np.sqrt(expected.max() / 400))
    assert not auxiliary[:, 0].any()
    np.testing.assert_allclose(auxiliary.mean(axis=0), truth * [0, 1, 1, 1, 1], atol=5 / np.sqrt(400))
    np.testing.assert_allclose(auxiliary[:, 1:].std(axis=0), 1.0, atol=5 / np.sqrt(800))


def test_factors_of_the_templates_scatter_around_their_truth() -> None:
    model = counting(10.0, 100.0).model
    channel = replace(model.channels[0], template_statistics=True)
    channel = replace(
        channel, contributions=tuple(replace(c, variances=np.array([60.5])) for c in channel.contributions)
    )
    expectation = Expectation(replace(model, channels=(channel,)))
    truth, factors = parameters_at(model, {"mu": 0.0}), np.array([1.2])
    drawn = [pseudo_experiment(expectation, truth, stream(1, "test", number), factors) for number in range(400)]
    counts = np.array([item.counts[0] for item in drawn])
    centres = np.array([item.template_auxiliary[0] for item in drawn])
    assert counts.mean() == pytest.approx(120.0, abs=5 * np.sqrt(120 / 400))
    assert centres.mean() == pytest.approx(1.2, abs=5 * 0.1 / np.sqrt(400))
    assert centres.std() == pytest.approx(0.1, rel=5 / np.sqrt(800))
    study = study_coverage(expectation, parameters_at(model, {"mu": 1.0}), 100, 1)
    assert study.pull_width.value == pytest.approx(1.0, abs=4 * study.pull_width.error)
    # the counts alone would have an error of 1.05
    assert study.errors.mean() == pytest.approx(np.hypot(np.sqrt(110), 11.0) / 10, rel=0.05)


@pytest.mark.parametrize("mu", [0.0, 2.0])
def test_intervals_cover_and_pulls_are_unit_gaussian(mu: float) -> None:
    expectation = peak_on_slope(6, 3)
    study = study_coverage(expectation, parameters_at(expectation.model, {"mu": mu}), 60, 1)
    for level in (0.6827, 0.95):
        assert study.coverage(level).value == pytest.approx(level, abs=4 * study.coverage(level).error)
    assert study.bias.value == pytest.approx(0.0, abs=4 * study.bias.error)
    assert study.pull_width.value == pytest.approx(1.0, abs=4 * study.pull_width.error)
    described = study.as_json()
    assert described["pseudo_experiments"] == 60 and described["failed"] == 0
    assert described["coverage"]["0.95"]["expected"] == 0.95


def test_failures_are_counted_and_no_interval_holds_their_truth() -> None:
    expectation = counting(1.0, 0.5)
    truth = parameters_at(expectation.model, {"mu": 0.1})
    study = study_coverage(expectation, truth, 40, 1)
    empty = [
        number
        for number in range(40)
        if not pseudo_experiment(expectation, truth, stream(1, "fit_toys", number)).counts.any()
    ]
    assert len(empty) > 10
    assert [failure.pseudo_experiment for failure in study.failures] == empty
    assert "do not determine mu" in study.failures[0].reason
    assert study.count == 40 and study.coverage(0.95).value <= 1 - len(empty) / 40 + 1e-12
    with pytest.raises(UserError, match=r"only 0 of 1 pseudo-experiments could be fitted \(the data do not determine"):
        joined_fits([fit_toys(expectation, truth, empty[:1], 1)])


def test_extreme_fractions_have_an_error() -> None:
    statistics = ToyStatistics(np.arange(50), np.linspace(0.1, 1.0, 50), (Failure(50, "why"),))
    assert statistics.fraction_above(2.0) == Measured(0.0, 0.02)
    assert statistics.fraction_above(0.0) == Measured(1.0, 0.02)
    assert statistics.as_json()["failures"] == [{"pseudo_experiment": 50, "reason": "why"}]


def gaussian_test(mu: float, count: int) -> ToyTest:
    """The statistic of a Gaussian measurement of unit error, 0 observed, drawn."""
    draws = np.random.default_rng(round(100 * mu)).normal(size=(2, count))
    q = [
        np.where(best > mu, 0.0, np.where(best > 0, (mu - best) ** 2, mu**2 - 2 * mu * best))
        for best in (draws[0] + mu, draws[1])
    ]
    numbers = np.arange(count)
    return ToyTest(mu, mu**2, *(ToyStatistics(numbers, values, ()) for values in q))


def test_limits_by_toys_are_those_of_the_formula() -> None:
    limits = toy_limits([gaussian_test(mu, 20000) for mu in (2.4, 1.2, 1.8, 3.0, 3.6)])
    for sigmas, item in zip((-1, 0, 1), limits.expected[1:4], strict=True):
        exact = norm.isf(0.05 * norm.cdf(sigmas)) + sigmas
        assert item.limit is not None
        assert item.limit.value == pytest.approx(exact, abs=4 * item.limit.error + 0.02)
        assert item.limit.error < 0.06
    assert limits.observed.limit is not None
    assert limits.observed.limit.value == pytest.approx(1.96, abs=0.06)
    none = toy_limits([gaussian_test(mu, 200) for mu in (0.5, 1.0)])
    assert none.observed.limit is None
    assert none.as_json()["observed"]["reason"].startswith("CLs is above 0.05 from 0.5 to 1; test other values")
