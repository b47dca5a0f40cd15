"""Conditional fits that share a Hessian: as exact as fits that make their own, with few Hessians."""

import numpy as np
import pytest
from fit_models import counting, peak_on_slope
from scipy.optimize import brentq

from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import Fit, fit
from signedag.statistics.held_curvature import Factor, HeldCurvature, solve_positive
from signedag.statistics.interpolation import Interpolation
from signedag.statistics.intervals import Profile
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.minimise import minimise
from signedag.statistics.model import Model
from signedag.statistics.profile_path import ConditionalFitError, ConditionalPath, first_crossing


def fitted(interpolation: Interpolation, counts: str) -> Fit:
    smooth = peak_on_slope().model
    expectation = Expectation(Model(smooth.channels, smooth.parameters, interpolation))
    expected = expectation.expected(smooth.initial())
    drawn = np.random.default_rng(4).poisson(expected).astype(float)
    return fit(Likelihood(expectation, drawn if counts == "drawn" else expected))


@pytest.mark.parametrize("interpolation", ["smooth", "piecewise"])
@pytest.mark.parametrize("counts", ["drawn", "asimov"])
def test_ends_are_those_of_exact_fits_to_a_billionth_of_the_error(interpolation: Interpolation, counts: str) -> None:
    result = fitted(interpolation, counts)
    profile = Profile(result, "mu")
    interval = profile.interval()
    assert interval.down is not None and interval.up is not None
    free = np.arange(result.values.size) > 0

    def excess(value: float) -> float:
        start = result.values.copy()
        start[0] = value
        exact = minimise(result.likelihood, start, free)
        assert exact.converged
        return float(np.sqrt(2 * max(exact.value - result.minimum.value, 0.0))) - 1

    for end in (interval.value - interval.down, interval.value + interval.up):
        near = 0.01 * (end - interval.value)
        root = brentq(excess, end - near, end + near, xtol=1e-13)
        assert end == pytest.approx(root, abs=2e-9 * profile.step)


@pytest.mark.parametrize("counts", ["drawn", "asimov"])
def test_an_interval_takes_few_hessians(monkeypatch: pytest.MonkeyPatch, counts: str) -> None:
    made = {"second": 0, "first": 0}
    evaluate = Likelihood.at

    def counted(
        self: Likelihood, parameters: np.ndarray, sides: np.ndarray | None = None, second: bool = False
    ) -> object:
        made["second" if second else "first"] += 1
        return evaluate(self, parameters, sides, second)

    result = fitted("smooth", counts)
    monkeypatch.setattr(Likelihood, "at", counted)
    Profile(result, "mu").interval()
    assert made["second"] <= 4
    assert made["first"] <= 40


def test_a_fit_of_asimov_data_takes_one_hessian(monkeypatch: pytest.MonkeyPatch) -> None:
    expectation = peak_on_slope()
    likelihood = Likelihood(expectation, expectation.expected(expectation.model.initial()))
    exact = likelihood.hessian(expectation.model.initial())
    made: list[np.ndarray] = []

    def counted(_: Likelihood, parameters: np.ndarray, sides: np.ndarray | None = None) -> np.ndarray:
        made.append(parameters)
        return exact

    monkeypatch.setattr(Likelihood, "hessian", counted)
    result = fit(likelihood)
    assert result.problem is None and len(made) == 1
    assert result.hessian is exact


def test_a_minimum_found_with_a_hessian_from_elsewhere_is_the_same() -> None:
    likelihood = fitted("smooth", "drawn").likelihood
    start, free = likelihood.expectation.model.initial(), np.ones(11, dtype=bool)
    exact = minimise(likelihood, start, free)
    elsewhere = start + 0.3
    held = HeldCurvature(likelihood, likelihood.hessian(elsewhere), elsewhere)
    other = minimise(likelihood, start, free, held, exact=False)
    assert exact.converged and other.converged
    np.testing.assert_allclose(other.parameters, exact.parameters, atol=1e-8)
    assert other.value == pytest.approx(exact.value, abs=1e-13)
    assert exact.gradient is not None
    np.testing.assert_allclose(exact.gradient, 0.0, atol=1e-9)


def test_a_step_that_leads_nowhere_is_repeated_with_new_second_derivatives() -> None:
    # next to the edge of the likelihood, far from the minimum, the curvature is thousands of times smaller
    likelihood = Likelihood(counting(2.0, 142.078125), np.array([2.0]))
    result = fit(likelihood)
    assert result.problem is None
    assert result.values[0] == pytest.approx((2 - 142.078125) / 2, rel=1e-13)


def test_a_parabola_of_conditional_fits_is_predicted_exactly() -> None:
    def parameters(value: float) -> np.ndarray:
        return np.array([value, 3 + 2 * (value - 1) - 0.5 * (value - 1) ** 2, 7.0])

    path = ConditionalPath(1.0, parameters(1.0), np.array([1.0, 2.0, 0.0]))
    np.testing.assert_allclose(path.at(1.5, 0.5), [1.5, 4.0, 7.0])
    path.add(2.0, parameters(2.0))
    np.testing.assert_allclose(path.at(1.5, 0.5), parameters(1.5))
    path.add(0.2, parameters(0.2))
    path.add(2.01, parameters(2.01) + 1e-3)  # next to another one: no guide to the curvature
    np.testing.assert_allclose(path.at(1.6, 0.5), parameters(1.6))
    np.testing.assert_allclose(path.nearest(2.3), parameters(2.01) + 1e-3)


def test_a_root_next_to_an_edge_is_found() -> None:
    def steep(value: float) -> tuple[float, float]:
        if value >= 1:
            raise ConditionalFitError("beyond the edge")
        return float(np.sqrt(-2 * np.log1p(-value))) - 1.0, 1 / ((1 - value) * np.sqrt(-2 * np.log1p(-value)))

    assert first_crossing(steep, 0.0, 2.0, 1e-12) == pytest.approx(1 - np.exp(-0.5), rel=1e-11)
    assert first_crossing(lambda x: (-x - 1.0, -1.0), 0.0, -0.3, 1e-9) == pytest.approx(-1.0, rel=1e-9)
    nearly = 1 - 1e-15
    assert first_crossing(lambda x: steep(x) if x < nearly else (9.0, 1e16), 0.0, 1.0, 1e-12) == pytest.approx(
        1 - np.exp(-0.5), rel=1e-11
    )


def test_a_root_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ConditionalFitError, match="stays below its level as far as"):
        first_crossing(lambda x: (-1.0, 0.0), 0.0, 1.0, 1e-9)

    def ends(value: float) -> tuple[float, float]:
        if value > 0.7:
            raise ConditionalFitError("beyond the edge")
        return value - 1.0, 1.0

    with pytest.raises(ConditionalFitError, match="beyond the edge"):
        first_crossing(ends, 0.0, 1.0, 1e-9)


def test_only_positive_definite_matrices_are_factorised() -> None:
    matrix = np.array([[4.0, 1.0], [1.0, 1e-8]])
    with pytest.raises(np.linalg.LinAlgError):
        Factor(matrix)
    with pytest.raises(np.linalg.LinAlgError):
        Factor(np.array([[1.0, 1.0], [1.0, 1.0]]))
    matrix[1, 1] = 1e8
    np.testing.assert_allclose(Factor(matrix).solve(np.eye(2)), np.linalg.inv(matrix), rtol=1e-12)
    assert solve_positive(-matrix, np.ones(2)) is None
