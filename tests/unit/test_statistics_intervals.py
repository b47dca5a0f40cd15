import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import Fit, fit
from signedag.statistics.intervals import Interval, Profile, discovery_significance
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import Channel, Contribution, Model, Normalisation, Parameter

MU = Parameter("mu", "signal_strength", 1.0, False)


def counting(signal: float, background: float, count: float, uncertainty: float | None = None) -> Fit:
    norms = () if uncertainty is None else (Normalisation("b", 1 + uncertainty, 1 / (1 + uncertainty)),)
    nuisances = () if uncertainty is None else (Parameter("b", "nuisance", 0.0, True),)
    contributions = (
        Contribution("zh", np.array([signal]), np.array([1.0]), ("mu",)),
        Contribution("tt", np.array([background]), np.array([1.0]), (), (), norms),
    )
    model = Model((Channel("sr", contributions),), (MU, *nuisances), "piecewise")
    return fit(Likelihood(Expectation(model), np.array([count])))


@given(st.floats(2.0, 50.0), st.floats(0.5, 200.0), st.floats(1.0, 1000.0))
def test_a_counting_experiment_has_the_interval_of_its_likelihood(
    signal: float, background: float, count: float
) -> None:
    result = counting(signal, background, count)
    interval = Profile(result, "mu").interval()
    best = (count - background) / signal

    def excess(mean: float) -> float:
        return mean - count - count * np.log(mean / count) - 0.5

    low, high = brentq(excess, 1e-12, count, xtol=1e-13), brentq(excess, count, 5 * count + 20, xtol=1e-13)
    assert interval.value == pytest.approx(best, rel=1e-9, abs=1e-9)
    assert interval.down == pytest.approx((count - low) / signal, rel=1e-7)
    assert interval.up == pytest.approx((high - count) / signal, rel=1e-7)


def test_a_nuisance_widens_the_interval_and_profiling_it_is_exact() -> None:
    alone = Profile(counting(10.0, 400.0, 410.0), "mu").interval()
    result = counting(10.0, 400.0, 410.0, 0.1)
    interval = Profile(result, "mu").interval()
    assert interval.up is not None and interval.down is not None and alone.up is not None
    assert interval.up > alone.up

    def conditional(mu: float) -> float:
        thetas = np.linspace(-3, 3, 60001)
        means = 10 * mu + 400 * 1.1**thetas
        return float(np.min(means - 410 - 410 * np.log(means / 410) + thetas**2 / 2))

    assert conditional(1 + interval.up) == pytest.approx(0.5, abs=1e-6)
    assert conditional(1 - interval.down) == pytest.approx(0.5, abs=1e-6)
    only = Profile(result, "mu", only=True).interval()
    held = Profile(result, "mu", held=("b",)).interval()
    assert only.up == pytest.approx(alone.up, rel=1e-8)
    assert held.up == pytest.approx(alone.up, rel=1e-8)


def test_an_end_that_does_not_exist_is_none_with_a_reason() -> None:
    parameter = Parameter("sf", "scale_factor", 1.0, False)
    contributions = (
        Contribution("tt", np.array([1.0]), np.array([1.0]), ("sf",)),
        Contribution("other", np.array([20.0]), np.array([1.0])),
    )
    model = Model((Channel("cr", contributions),), (parameter,))
    interval = Profile(fit(Likelihood(Expectation(model), np.array([21.0]))), "sf").interval()
    assert interval.down is None
    assert interval.up is not None and interval.up > 4
    assert "down: " in interval.reason and "sf is not positive" in interval.reason
    assert interval.as_json()["down"] is None
    assert str(interval) == f"1.0000 -undefined +{interval.up:.4f}"
    assert Interval(1.0, 0.5, 0.5).as_json() == {"value": 1.0, "down": 0.5, "up": 0.5}


def test_scan_is_zero_at_the_best_value_and_undefined_outside_the_domain() -> None:
    result = counting(10.0, 20.0, 30.0)
    scan = Profile(result, "mu").scan(np.array([-2.5, -1.0, 1.0, 2.0]))
    assert scan[0] is None
    assert scan[2] == 0.0
    assert scan[1] == pytest.approx(10 - 30 - 30 * np.log(10 / 30))
    assert scan[3] == pytest.approx(40 - 30 - 30 * np.log(40 / 30))


def test_asimov_significance_has_its_closed_form() -> None:
    significance = discovery_significance(Profile(counting(12.0, 30.0, 42.0), "mu"))
    assert significance.z is not None and significance.q0 is not None
    assert significance.z == pytest.approx(np.sqrt(2 * (42 * np.log(1 + 12 / 30) - 12)), rel=1e-9)
    assert significance.q0 == pytest.approx(significance.z**2)
    assert discovery_significance(Profile(counting(12.0, 30.0, 25.0), "mu")).z == 0.0
