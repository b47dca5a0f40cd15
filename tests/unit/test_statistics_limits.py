"""Test statistics, asymptotic CLs and limits: closed forms, pyhf as installed, and the values that pyhf publishes."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pyhf
import pytest
from fit_models import FromPyhf, counting, peak_on_slope, specification
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm

from signedag.errors import UserError
from signedag.statistics.asymptotics import SIGMAS, AsymptoticTest, discovery, expected_log_cls, log_cls
from signedag.statistics.data_sets import DataSet, asimov_data, parameters_at
from signedag.statistics.expectation import Expectation
from signedag.statistics.interpolation import PYHF_CODES
from signedag.statistics.intervals import ConditionalFitError
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.likelihood_ratio import LikelihoodRatio
from signedag.statistics.limits import upper_limits
from signedag.statistics.model import Channel, Contribution, Model
from signedag.statistics.workspace import workspace

pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")

STRENGTH: list[dict[str, Any]] = [{"name": "mu", "type": "normfactor", "data": None}]


def data_of(expectation: Expectation, counts: list[float] | np.ndarray) -> Likelihood:
    return Likelihood(expectation, np.array(counts, dtype=float))


def nll(mean: float, count: float) -> float:
    return float(mean - count - (count * np.log(mean / count) if count else 0.0))


@settings(deadline=None, max_examples=30)
@given(st.floats(1.0, 30.0), st.floats(0.5, 200.0), st.integers(0, 300), st.floats(0.1, 5.0))
def test_statistics_of_one_bin_have_closed_forms(signal: float, background: float, count: int, mu: float) -> None:
    likelihood = data_of(counting(signal, background), [count])
    best = (count - background) / signal
    bounded = max(best, 0.0)
    at = [nll(background + value * signal, count) for value in (mu, bounded, 0.0)]
    tilde = 2 * (at[0] - at[1]) if bounded < mu else 0.0
    assert LikelihoodRatio(likelihood).at(mu) == pytest.approx(tilde, abs=1e-9, rel=1e-9)
    q0 = 2 * (at[2] - at[1]) if best > 0 else 0.0
    assert LikelihoodRatio(likelihood, statistic="q0").at() == pytest.approx(q0, abs=1e-9, rel=1e-9)
    if count:
        q = 2 * (at[0] - nll(count, count)) if best < mu else 0.0
        assert LikelihoodRatio(likelihood, statistic="q").at(mu) == pytest.approx(q, abs=1e-9, rel=1e-9)


def test_an_empty_bin_has_its_best_value_at_the_edge_where_nothing_is_expected() -> None:
    likelihood = data_of(counting(4.0, 3.0), [0.0])
    assert LikelihoodRatio(likelihood).value == 0.0
    assert LikelihoodRatio(likelihood).at(1.0) == pytest.approx(8.0)
    assert LikelihoodRatio(likelihood, statistic="q").value == pytest.approx(-0.75, abs=1e-6)
    assert LikelihoodRatio(likelihood, statistic="q").at(1.0) == pytest.approx(14.0)


def test_cls_continues_where_the_two_branches_meet_and_needs_sensitivity() -> None:
    below, above = log_cls(4.0 - 1e-9, 4.0, "q_tilde"), log_cls(4.0 + 1e-9, 4.0, "q_tilde")
    assert below == pytest.approx(above, abs=1e-8)
    assert below == pytest.approx((norm.logsf(2.0), norm.logsf(0.0)), abs=1e-8)
    assert log_cls(9.0, 4.0, "q_tilde") == pytest.approx((norm.logsf(13 / 4), norm.logsf(5 / 4)))
    assert log_cls(9.0, 4.0, "q") == pytest.approx((norm.logsf(3.0), norm.logsf(1.0)))
    # far out, where the probabilities themselves are no numbers any more
    assert np.isfinite(log_cls(9e4, 4.0, "q_tilde")).all()
    with pytest.raises(ConditionalFitError, match="do not tell this value from zero"):
        log_cls(1.0, 0.0, "q_tilde")


def test_a_gaussian_limit_is_that_of_the_formula() -> None:
    background, signal = 1e6, 1e3
    likelihood = data_of(counting(signal, background), [background])
    limits = upper_limits(likelihood)
    for sigmas, limit in zip(SIGMAS, limits.expected, strict=True):
        expected = np.sqrt(background) / signal * (norm.isf(0.05 * norm.cdf(sigmas)) + sigmas)
        assert limit.value == pytest.approx(expected, rel=2e-3)
    assert limits.observed.value == pytest.approx(limits.expected[2].value, rel=1e-6)


def test_the_limit_is_where_cls_is_one_minus_the_confidence() -> None:
    expectation = peak_on_slope(8, 4)
    likelihood = asimov_data(expectation, parameters_at(expectation.model, {"mu": 0.3})).likelihood(expectation)
    test = AsymptoticTest(likelihood)
    for confidence in (0.9, 0.95):
        limits = upper_limits(likelihood, confidence=confidence)
        assert limits.observed.value is not None
        assert test.at(limits.observed.value).observed.ratio == pytest.approx(1 - confidence, rel=1e-5)
        for number, limit in enumerate(limits.expected):
            assert limit.value is not None
            assert test.at(limit.value).expected[number].ratio == pytest.approx(1 - confidence, rel=1e-5)
        values = [item.value for item in limits.expected]
        assert values == sorted(values)
    described = upper_limits(likelihood).as_json()
    assert list(described["expected"]) == ["-2", "-1", "0", "1", "2"]
    assert test.at(1.0).as_json()["expected"]["0"]["cls"] == pytest.approx(test.at(1.0).expected[2].ratio)


def test_no_limit_has_a_reason() -> None:
    contributions = (
        Contribution("zh", np.zeros(1), np.zeros(1), ("mu",)),
        Contribution("tt", np.array([5.0]), np.array([5.0])),
    )
    nothing = Expectation(Model((Channel("sr", contributions),), counting(1.0, 1.0).model.parameters))
    limits = upper_limits(data_of(nothing, [5.0]))
    assert limits.observed.value is None and "do not depend on mu" in limits.observed.reason
    assert limits.as_json()["expected"]["0"] == {"value": None, "reason": limits.observed.reason}
    # without signal there is no prediction
    limits = upper_limits(data_of(counting(10.0, -1.0), [5.0]))
    assert limits.observed.value is None
    assert "fit with mu = 0 failed: at its start the prediction in bin 0" in limits.observed.reason


def test_a_signal_that_takes_events_away_is_limited_by_what_is_there() -> None:
    limits = upper_limits(data_of(counting(-10.0, 12.0), [12.0]))
    values = [limit.value for limit in limits.expected]
    assert None not in values and values == sorted(values) and values[-1] < 1.2


def test_asimov_data_are_at_any_parameters_and_fits_find_them() -> None:
    expectation = peak_on_slope(8, 4)
    point = parameters_at(expectation.model, {"mu": 2.5, "n1": 0.7})
    data = asimov_data(expectation, point)
    assert data.auxiliary[expectation.model.index("n1")] == 0.7 and data.auxiliary[0] == 0.0
    ratio = LikelihoodRatio(data.likelihood(expectation))
    np.testing.assert_allclose(ratio.best.parameters, point, atol=1e-8)
    assert ratio.best.value == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(UserError, match="the model has no parameter 'muu'; did you mean 'mu'"):
        parameters_at(expectation.model, {"muu": 1.0})
    with pytest.raises(UserError, match="the prediction in bin 0 of region 'sr' is not positive"):
        asimov_data(counting(10.0, 5.0), np.array([-1.0]))


@dataclass
class Published:
    """A validation example of pyhf, with the CLs that its own test-suite expects at mu = 1."""

    spec: dict[str, Any]
    data: list[float]
    observed: float
    expected: list[float]


def norms(low: float, high: float, name: str = "coupled") -> list[dict[str, Any]]:
    return [{"name": name, "type": "normsys", "data": {"lo": low, "hi": high}}]


def shapes(low: list[float], high: list[float]) -> list[dict[str, Any]]:
    return [{"name": "coupled", "type": "histosys", "data": {"lo_data": low, "hi_data": high}}]


def errors(name: str, values: list[float]) -> list[dict[str, Any]]:
    return [{"name": name, "type": "shapesys", "data": values}]


FREE: list[dict[str, Any]] = [{"name": "free", "type": "shapefactor", "data": None}]
LUMI: list[dict[str, Any]] = [{"name": "lumi", "type": "lumi", "data": None}]

# tests/test_validation.py and validation/data of scikit-hep/pyhf at b3dc4bb (14 August 2026); channels by name
PUBLISHED = {
    "1bin_shapesys": Published(
        specification({"sr": {"s": ([10.0], STRENGTH), "b": ([50.0], errors("u", [7.0]))}}),
        [55.0],
        0.45418892944576333,
        [0.06372011644331387, 0.1509686618126131, 0.3279657430196915, 0.604613569829645, 0.8662652332047568],
    ),
    "1bin_lumi": Published(
        specification({"sr": {"s": ([20.0], STRENGTH), "b": ([100.0], LUMI)}})
        | {
            "parameters": [{"name": "lumi", "auxdata": [1.0], "bounds": [[0.0, 10.0]], "inits": [1.0], "sigmas": [0.1]}]
        },
        [55.0],
        0.010473144401519705,
        [0.01060400765567206, 0.04022451457730529, 0.13614632580079802, 0.37078985531427255, 0.7110468540175344],
    ),
    "1bin_normsys": Published(
        specification({"sr": {"s": ([30.0, 95.0], STRENGTH), "b": ([100.0, 150.0], norms(0.9, 1.1))}}),
        [120.0, 180.0],
        0.0006735336290569807,
        [
            7.472581399417304e-10,
            5.741738272450336e-08,
            3.690120950161796e-06,
            0.00016966882793076826,
            0.004392935288879465,
        ],
    ),
    "2bin_histosys": Published(
        specification(
            {"sr": {"s": ([30.0, 95.0], STRENGTH), "b": ([100.0, 150.0], shapes([98.0, 100.0], [102.0, 190.0]))}}
        ),
        [120.0, 180.0],
        0.1001463460725534,
        [
            7.133904244038431e-06,
            0.00012547100627138575,
            0.001880010666437615,
            0.02078964907605385,
            0.13692494523572218,
        ],
    ),
    "2bin_2channel": Published(
        specification(
            {
                "control": {"b": ([200.0, 350.0], errors("c", [5.0, 10.0]))},
                "signal": {"s": ([10.0, 35.0], STRENGTH), "b": ([100.0, 150.0], errors("u", [10.0, 10.0]))},
            }
        ),
        [205.0, 345.0, 110.0, 155.0],
        0.0563327694384318,
        [
            0.0004349234603527283,
            0.003422361539161119,
            0.02337454317608372,
            0.12186650297311125,
            0.40382274594391104,
        ],
    ),
    "2bin_2channel_couplednorm": Published(
        specification(
            {
                "control": {"b": ([100.0, 100.0], norms(0.9, 1.1))},
                "signal": {
                    "s": ([10.0, 35.0], STRENGTH),
                    "b": ([100.0, 100.0], norms(0.9, 1.1)),
                    "c": ([50.0, 100.0], norms(0.5, 1.5)),
                },
            }
        ),
        [110.0, 105.0, 105.0, 220.0],
        0.5906216823766879,
        [0.05522270453784095, 0.1361301880753241, 0.30686879632329855, 0.5839437910061168, 0.8554708284963864],
    ),
    "2bin_2channel_coupledhisto": Published(
        specification(
            {
                "control": {"b": ([105.0, 100.0], shapes([95.0, 90.0], [110.0, 115.0]))},
                "signal": {
                    "s": ([30.0, 35.0], STRENGTH),
                    "b": ([100.0, 100.0], shapes([90.0, 90.0], [110.0, 110.0])),
                    "c": ([50.0, 120.0], shapes([45.0, 45.0], [55.0, 55.0])),
                },
            }
        ),
        [110.0, 105.0, 170.0, 220.0],
        0.07967400132261188,
        [
            1.7654378902209275e-05,
            0.00026266409358853543,
            0.0033401113778672156,
            0.03152286332324451,
            0.17907927340107824,
        ],
    ),
    "2bin_2channel_coupledshapefactor": Published(
        specification(
            {
                "control": {"b": ([100.0, 100.0], FREE)},
                "signal": {"s": ([20.0, 20.0], STRENGTH), "b": ([100.0, 70.0], FREE)},
            }
        ),
        [200.0, 300.0, 220.0, 230.0],
        0.5421679124909312,
        [0.013753299929451691, 0.048887400056355966, 0.15555296253957684, 0.4007561343326305, 0.7357169630955912],
    ),
}


@cache
def of_example(name: str) -> tuple[Likelihood, AsymptoticTest]:
    example = PUBLISHED[name]
    ours = FromPyhf(example.spec, "piecewise")
    likelihood = data_of(ours.expectation, ours.counts(example.data))
    return likelihood, AsymptoticTest(likelihood)


TWO_MINIMA = "2bin_2channel_coupledhisto"
"""Its `c` goes from 120 to 55 or 45 in one bin, so that the likelihood at mu = 1 has a minimum on either side of 0."""


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name != TWO_MINIMA])
def test_cls_is_what_pyhf_publishes(name: str) -> None:
    example, (_, test) = PUBLISHED[name], of_example(name)
    result = test.at(1.0)
    # these values were made with μ bounded at 0, but the p-values of `q`
    both, background = log_cls(result.q, result.q_asimov, "q")
    assert np.exp(both - background) == pytest.approx(example.observed, rel=1e-4)
    assert [item.ratio for item in result.expected] == pytest.approx(example.expected, rel=2e-4)


def test_where_the_published_values_are_at_the_higher_of_two_minima_ours_are_at_the_lower() -> None:
    example, (_, test) = PUBLISHED[TWO_MINIMA], of_example(TWO_MINIMA)
    model = pyhf.Model(example.spec, modifier_settings=PYHF_CODES["piecewise"], poi_name="mu")
    order = [test.observed.likelihood.expectation.model.index(name) for name in model.config.par_order]
    for ratio in (test.observed, test.asimov):
        counts = ratio.likelihood.counts
        auxiliary = [0.0] if ratio is test.observed else [ratio.best.parameters[order[0]]]
        data = np.array([*counts, *auxiliary])
        ours = ratio.conditional(1.0).parameters[order]
        theirs = pyhf.infer.mle.fixed_poi_fit(1.0, data, model)
        assert float(model.logpdf(ours, data)[0]) > float(model.logpdf(theirs, data)[0]) + 0.2


@pytest.mark.parametrize("name", ["1bin_lumi", "2bin_2channel_couplednorm"])
def test_cls_and_limits_are_those_of_the_installed_pyhf(name: str) -> None:
    example, (likelihood, test) = PUBLISHED[name], of_example(name)
    model = pyhf.Model(example.spec, modifier_settings=PYHF_CODES["piecewise"], poi_name="mu")
    data = example.data + model.config.auxdata
    observed, expected = pyhf.infer.hypotest(1.0, data, model, return_expected_set=True, test_stat="qtilde")
    assert test.at(1.0).observed.ratio == pytest.approx(float(observed), rel=1e-4)
    assert [item.ratio for item in test.at(1.0).expected] == pytest.approx([float(x) for x in expected], rel=1e-3)
    their_limit, their_band = pyhf.infer.intervals.upper_limits.toms748_scan(data, model, 0.01, 10.0, rtol=1e-5)
    limits = upper_limits(likelihood)
    assert limits.observed.value == pytest.approx(float(their_limit), rel=1e-3)
    assert [item.value for item in limits.expected] == pytest.approx([float(x) for x in their_band], rel=1e-3)


def test_the_published_q0_and_its_expectation() -> None:
    spec = specification({"sr": {"s": ([25.0], STRENGTH), "b": ([50.0], errors("u", [7.0]))}})
    ours = FromPyhf(spec)
    result = discovery(data_of(ours.expectation, ours.counts([80.0])))
    assert result.p0 == pytest.approx(0.003936883191585841, rel=3e-4)
    # their band, from fluctuations upwards by 2 to downwards by 2
    theirs = [
        1.2204714710520103e-05,
        0.0006405237426269669,
        0.013202867164405075,
        0.11119604157594337,
        0.41286079728391695,
    ]
    assert [float(norm.sf(z)) for z in reversed(result.expected)] == pytest.approx(theirs, rel=1e-3)
    assert result.as_json()["z"] == pytest.approx(np.sqrt(result.q0))


def test_a_model_with_ten_nuisances_has_the_limits_of_its_exported_workspace() -> None:
    expectation = peak_on_slope(8, 5)
    generator = np.random.default_rng(3)
    counts = generator.poisson(expectation.expected(parameters_at(expectation.model, {"mu": 0.0}))).astype(float)
    exported = pyhf.Workspace(workspace(expectation.model, counts))
    model = exported.model()
    bounds = [(0.0, 10.0) if name == "mu" else (-5.0, 5.0) for name in model.config.par_names]
    their_observed, their_expected = pyhf.infer.hypotest(
        0.4, exported.data(model), model, par_bounds=bounds, return_expected_set=True
    )
    result = AsymptoticTest(data_of(expectation, counts)).at(0.4)
    assert result.observed.ratio == pytest.approx(float(their_observed), rel=1e-3)
    assert [item.ratio for item in result.expected] == pytest.approx([float(x) for x in their_expected], rel=1e-3)


def test_template_statistics_move_the_asimov_data_as_in_pyhf() -> None:
    channel = peak_on_slope(5, 2).model.channels[0]
    few = [replace(item, variances=np.array([40.0, 60.0, 50.0, 90.0, 20.0]) * 8) for item in channel.contributions]
    model = peak_on_slope(5, 2).model
    expectation = Expectation(
        replace(model, channels=(replace(channel, contributions=tuple(few), template_statistics=True),))
    )
    counts = np.array([830.0, 520.0, 420.0, 230.0, 150.0])
    result = AsymptoticTest(data_of(expectation, counts)).at(0.6)
    exported = pyhf.Workspace(workspace(expectation.model, counts))
    theirs = exported.model()
    ranges = {"mu": (0.0, 10.0), "st": (1e-3, 5.0)}
    bounds = [ranges.get(name[:2], (-5.0, 5.0)) for name in theirs.config.par_names]
    observed, expected = pyhf.infer.hypotest(
        0.6, exported.data(theirs), theirs, par_bounds=bounds, return_expected_set=True
    )
    assert result.observed.ratio == pytest.approx(float(observed), rel=1e-3)
    assert [item.ratio for item in result.expected] == pytest.approx([float(x) for x in expected], rel=1e-3)


def test_auxiliary_measurements_of_the_data_reach_the_asimov_data() -> None:
    expectation = counting(10.0, 100.0, 0.1)
    data = DataSet(np.array([110.0]), np.array([0.0, 1.5]), np.ones(1))
    ratio = LikelihoodRatio(data.likelihood(expectation))
    without = ratio.conditional(0.0).parameters
    # count and auxiliary measurement agree on a nuisance between their own answers, 1.0 and 1.5
    assert 1.0 < without[1] < 1.5

    def slope(theta: float) -> float:
        mean = 100 * (1 + 0.1 * theta)
        return (1 - 110 / mean) * 10 + theta - 1.5

    assert without[1] == pytest.approx(brentq(slope, 0.0, 3.0), rel=1e-7)
    assert ratio.asimov(0.0).auxiliary[1] == pytest.approx(without[1])
    assert expected_log_cls(0.0, 0) == pytest.approx((np.log(0.5), np.log(0.5)))
