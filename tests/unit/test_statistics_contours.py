"""Contours of two parameters: the ellipse of a Gaussian likelihood, bent regions, and edges of the likelihood."""

import numpy as np
import pytest
from fit_models import MU, counting, peak_on_slope, shape
from scipy.stats import chi2

from signedag.errors import UserError
from signedag.statistics.contours import LEVELS, agreement, contours
from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import Fit, fit
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import Channel, Contribution, Model, Parameter

ZH = Parameter("mu_zh", "signal_strength", 1.0, False)
WH = Parameter("mu_wh", "signal_strength", 1.0, False)
SF = Parameter("sf", "scale_factor", 1.0, False)


def one(process: str, values: list[float], *factors: str) -> Contribution:
    return Contribution(process, np.array(values), np.zeros(len(values)), factors)


def expected_fit(model: Model) -> Fit:
    expectation = Expectation(model)
    return fit(Likelihood(expectation, expectation.expected(model.initial())))


def height_at(result: Fit, names: tuple[str, str], point: np.ndarray) -> float:
    start = result.values.copy()
    start[[result.likelihood.expectation.model.index(name) for name in names]] = point
    return 2 * (fit(result.likelihood, names, start).minimum.value - result.minimum.value)


def test_a_gaussian_likelihood_has_ellipses_of_its_covariance() -> None:
    background = np.array([1e8, 1e8])
    nuisance = shape("b", background, 1e-4)
    channel = Channel(
        "sr",
        (
            one("zh", [2e4, 1e4], "mu_zh"),
            one("wh", [1e4, 3e4], "mu_wh"),
            Contribution("tt", background, background, (), (nuisance,)),
        ),
    )
    result = expected_fit(Model((channel,), (ZH, WH, Parameter("b", "nuisance", 0.0, True))))
    found = contours(result, "mu_zh", "mu_wh", rays=16)
    # counts have errors of 1e4, the nuisance moves both by 1e4: in units of that
    response = np.array([[2.0, 1.0], [1.0, 3.0]])
    inverse = response.T @ np.linalg.inv(np.eye(2) + np.ones((2, 2))) @ response
    for item, level in zip(found.contours, LEVELS, strict=True):
        assert item.method == "rays" and item.reason == ""
        (line,) = item.lines
        assert line.shape == (17, 2)
        np.testing.assert_array_equal(line[0], line[-1])
        offsets = line - 1.0
        np.testing.assert_allclose(
            np.einsum("pi,ij,pj->p", offsets, inverse, offsets), chi2.isf(1 - level, 2), rtol=2e-3
        )
    covariance = np.linalg.inv(inverse)
    assert found.correlation == pytest.approx(covariance[0, 1] / np.sqrt(covariance.diagonal().prod()), rel=1e-3)
    assert found.best == pytest.approx((1.0, 1.0))
    described = found.as_json()
    assert described["parameters"] == ["mu_zh", "mu_wh"] and described["contours"][0]["level"] == LEVELS[0]
    assert [item["two_delta_nll"] for item in described["contours"]] == pytest.approx([2.2957, 5.9915], abs=1e-4)
    away = agreement(result, "mu_zh", "mu_wh", (1.5, 0.5))
    height = np.array([0.5, -0.5]) @ inverse @ np.array([0.5, -0.5])
    assert away.two_delta_nll == pytest.approx(height, rel=2e-3)
    assert away.p_value == pytest.approx(np.exp(-away.two_delta_nll / 2))
    assert agreement(result, "mu_zh", "mu_wh", (-1e9, 0.0)).as_json()["p_value"] is None


def test_points_of_a_contour_are_at_its_level_whatever_else_is_fitted() -> None:
    expectation = peak_on_slope(6, 3)
    result = fit(Likelihood(expectation, expectation.expected(expectation.model.initial()) + 3.0))
    found = contours(result, "mu", "n1", levels=(0.68,), rays=8)
    for point in found.contours[0].lines[0][:-1]:
        assert height_at(result, ("mu", "n1"), point) == pytest.approx(chi2.isf(0.32, 2), rel=1e-3)


def test_a_bent_region_is_found_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signedag.statistics.contours.GRID", 31)
    # the product is known to 10 %, the scale factor by five events
    signal = Channel("sr", (one("zh", [60.0], "mu", "sf"), one("tt", [40.0])))
    model = Model((signal, Channel("cr", (one("tt", [5.0], "sf"),))), (MU, SF))
    result = expected_fit(model)
    item = contours(result, "mu", "sf", levels=(0.95,), rays=16).contours[0]
    assert item.method == "grid" and item.reason == ""
    (line,) = item.lines
    np.testing.assert_array_equal(line[0], line[-1])
    height = chi2.isf(0.05, 2)
    for point in line[:: max(len(line) // 12, 1)]:
        assert height_at(result, ("mu", "sf"), point) == pytest.approx(height, rel=0.25)

    # along the ridge, mu * sf = 1, only the control region counts
    def ridge(factor: float) -> float:
        return 10 * (factor - 1 - np.log(factor))

    assert ridge(line[:, 1].min()) == pytest.approx(height, rel=0.15)
    assert ridge(line[:, 1].max()) == pytest.approx(height, rel=0.15)
    assert line[:, 0].max() == pytest.approx(1 / line[:, 1].min(), rel=0.2)


def test_a_contour_that_the_likelihood_ends_is_open_and_says_why() -> None:
    channels = (
        Channel("first", (one("zh", [10.0], "mu_zh"), one("tt", [1.0]))),
        Channel("second", (one("wh", [1.0], "mu_wh"), one("tt", [20.0]))),
    )
    expectation = Expectation(Model(channels, (ZH, Parameter("mu_wh", "scale_factor", 1.0, False))))
    result = fit(Likelihood(expectation, np.array([11.0, 21.0])))
    item = contours(result, "mu_zh", "mu_wh", levels=(0.68,), rays=24).contours[0]
    assert "not positive" in item.reason
    assert len(item.lines) == 1 and not np.array_equal(item.lines[0][0], item.lines[0][-1])
    assert (item.lines[0][:, 1] > 0).all()


def test_what_has_no_contour_is_refused() -> None:
    result = fit(Likelihood(counting(10.0, 100.0, 0.1), np.array([110.0])))
    with pytest.raises(UserError, match="no contour of mu and sf: the fit does not determine 'sf'"):
        contours(result, "mu", "sf")
    with pytest.raises(UserError, match="no contour of mu and mu: they are the same"):
        contours(result, "mu", "mu")
    held = fit(result.likelihood, ("b",))
    with pytest.raises(UserError, match="does not determine 'b'"):
        contours(held, "mu", "b")
