"""Impacts and groups of uncertainties: closed forms of a Gaussian model, and what cabinetry makes of the same fit."""

import numpy as np
import pytest
from fit_models import MU, counting, peak_on_slope, shape
from scipy.optimize import brentq

from signedag.errors import UserError
from signedag.seeds import stream
from signedag.statistics.data_sets import asimov_data
from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import Fit, fit
from signedag.statistics.impacts import Shift, impacts, ranked
from signedag.statistics.intervals import Profile
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import Channel, Contribution, Model, Normalisation, Parameter
from signedag.statistics.uncertainty_groups import breakdown, group_members

# cabinetry 0.6.0 on pyhf 0.7.6 and iminuit 2.33.0: fit.fit and fit.ranking with strategy 2 and tolerance 1e-5 on the
# exported workspace of `drawn_fit`, bounds of the nuisances -5 and 5. Name: value and error, impact up and down before
# the fit, up and down after it. Its errors are those of Minuit's numerical Hesse, 0.6 % off.
CABINETRY = {
    "n0": (-0.0000013, 0.9933473, -0.0385847, 0.0337980, -0.0383341, 0.0335686),
    "n1": (-0.3472608, 0.9170645, 0.1054775, -0.0883109, 0.0958489, -0.0808571),
    "n2": (0.0289699, 0.9023819, -0.0779524, 0.0629153, -0.0703914, 0.0568118),
    "n3": (0.3697014, 0.6822645, -0.2267431, 0.2186694, -0.1538324, 0.1499768),
    "n4": (0.4267620, 0.8687511, 0.0568803, -0.0475548, 0.0493726, -0.0422029),
}


def drawn_fit() -> Fit:
    expectation = peak_on_slope(8, 5)
    counts = stream(5, "impacts").poisson(expectation.expected(expectation.model.initial())).astype(float)
    return fit(Likelihood(expectation, counts))


def gaussian_fit(scale: float = 1e8) -> Fit:
    """One bin of so many events that everything is Gaussian: background errors of 2, 1 and 1 times the statistical."""
    background, step = np.array([scale]), np.sqrt(scale)
    names = {"a": 2.0, "b": 1.0, "c": 1.0}
    shapes = tuple(shape(name, background, size * step / scale) for name, size in names.items())
    contributions = (
        Contribution("zh", np.array([step]), np.array([step]), ("mu",)),
        Contribution("tt", background, background, (), shapes),
    )
    parameters = (MU, *(Parameter(name, "nuisance", 0.0, True) for name in names))
    expectation = Expectation(Model((Channel("sr", contributions),), parameters))
    return fit(asimov_data(expectation, expectation.model.initial()).likelihood(expectation))


def test_impacts_are_those_of_cabinetry() -> None:
    result = drawn_fit()
    for item in impacts(result, CABINETRY):
        value, error, pre_up, pre_down, post_up, post_down = CABINETRY[item.parameter]
        assert item.value == pytest.approx(value, abs=1e-5)
        assert item.error == pytest.approx(error, rel=0.008)
        assert (item.pre_fit.up, item.pre_fit.down) == pytest.approx((pre_up, pre_down), abs=1e-3)
        assert (item.post_fit.up, item.post_fit.down) == pytest.approx((post_up, post_down), rel=0.01)
        # what is left of the difference is that of the errors
        assert item.post_fit.up is not None
        assert item.post_fit.up / post_up == pytest.approx(item.error / error, rel=2e-3)
        assert abs(item.covariance) == pytest.approx(
            0.5 * (abs(item.post_fit.up) + abs(item.post_fit.down or 0.0)), rel=0.1
        )


def test_gaussian_impacts_and_groups_have_closed_forms() -> None:
    result = gaussian_fit()
    # every direction: mu = -size * theta, nothing but the auxiliary measurement constrains theta
    for item, size in zip(impacts(result, ["a", "b", "c"]), (2.0, 1.0, 1.0), strict=True):
        assert item.error == pytest.approx(1.0)
        for shift in (item.post_fit, item.pre_fit):
            assert (shift.down, shift.up) == pytest.approx((size, -size), rel=1e-6)
        assert item.covariance == pytest.approx(-size, rel=1e-6)
    parts = breakdown(result, {"tagging": ("b", "c", "elsewhere"), "jets": ("a",), "none": ("not_here",)})
    assert parts.total.up == pytest.approx(np.sqrt(1 + 4 + 2), rel=1e-4)
    assert parts.statistical.up == pytest.approx(1.0, rel=1e-4)
    assert parts.systematic.down == pytest.approx(np.sqrt(6), rel=1e-4)
    assert parts.groups["jets"].up == pytest.approx(2.0, rel=1e-4)
    assert parts.groups["tagging"].down == pytest.approx(np.sqrt(2), rel=1e-4)
    assert parts.members == {"tagging": ("b", "c"), "jets": ("a",)}
    assert parts.ungrouped == () and parts.template_statistics is None
    assert parts.as_json()["groups"]["tagging"]["parameters"] == ["b", "c"]
    assert breakdown(result, {"jets": ("a",)}).ungrouped == ("b", "c")


def test_an_impact_is_the_conditional_fit_whatever_its_start() -> None:
    result = drawn_fit()
    item = impacts(result, ["n3"])[0]
    moved = result.values.copy()
    moved[4] += item.error
    expected = fit(result.likelihood, ("n3",), moved).values[0] - result.values[0]
    assert item.post_fit.up == pytest.approx(expected, abs=1e-9)
    apart = [impacts(result, [name])[0] for name in reversed(list(CABINETRY))]
    together = impacts(result, CABINETRY)
    assert ranked(apart) == ranked(together)
    assert [item.parameter for item in ranked(together)][:2] == ["n3", "n1"]


def test_a_scale_factor_has_an_impact_but_no_error_before_the_fit() -> None:
    control = Channel("cr", (Contribution("tt", np.array([400.0]), np.array([1.0]), ("sf",)),))
    signal = Channel(
        "sr",
        (
            Contribution("zh", np.array([20.0]), np.array([1.0]), ("mu",)),
            Contribution("tt", np.array([100.0]), np.array([1.0]), ("sf",)),
        ),
    )
    expectation = Expectation(Model((signal, control), (MU, Parameter("sf", "scale_factor", 1.0, False))))
    result = fit(asimov_data(expectation, expectation.model.initial()).likelihood(expectation))
    item = impacts(result, ["sf"])[0]
    assert item.error == pytest.approx(0.05)
    assert item.post_fit.up == pytest.approx(-0.25)
    assert item.as_json()["pre_fit"]["up"] is None and "no error before the fit" in item.pre_fit.reason


def test_a_side_without_likelihood_is_undefined_with_the_reason() -> None:
    # an error that is so large that the background is gone at two errors down
    contributions = (
        Contribution("zh", np.array([0.1, 10.0]), np.zeros(2), ("mu",)),
        Contribution("tt", np.array([50.0, 5.0]), np.zeros(2), (), (shape("b", np.array([50.0, 5.0]), 1.1),)),
    )
    model = Model((Channel("sr", contributions),), (MU, Parameter("b", "nuisance", 0.0, True)))
    expectation = Expectation(model)
    result = fit(Likelihood(expectation, np.array([50.0, 15.0])))
    item = impacts(result, ["b"])[0]
    assert item.pre_fit.down is None and "down: " in item.pre_fit.reason and "not positive" in item.pre_fit.reason
    assert item.pre_fit.up is not None
    assert Shift(None, -0.2).largest == 0.2 and Shift(None, None).largest == 0.0


def test_undefined_sides_of_intervals_stay_undefined_in_their_parts() -> None:
    low = Normalisation("n", 1.05, 1 / 1.05)
    contributions = (
        Contribution("zh", np.array([1.0]), np.zeros(1), ("mu",)),
        Contribution("other", np.array([20.0]), np.zeros(1), (), (), (low,)),
    )
    parameters = (Parameter("mu", "scale_factor", 1.0, False), Parameter("n", "nuisance", 0.0, True))
    expectation = Expectation(Model((Channel("sr", contributions),), parameters))
    parts = breakdown(fit(Likelihood(expectation, np.array([21.0]))), {"norm": ("n",)})
    assert parts.total.down is None and "not positive" in parts.total.reason
    assert parts.groups["norm"].down is None and parts.groups["norm"].up is not None
    assert parts.as_json()["systematic"]["down"] is None


def test_the_part_of_the_templates_statistics_is_what_goes_with_their_factors() -> None:
    background, step = np.array([1e8]), 1e4
    contributions = (
        Contribution("zh", np.array([step]), np.zeros(1), ("mu",)),
        Contribution("tt", background, background * 4, (), (shape("b", background, 2 * step / 1e8),)),
    )
    model = Model((Channel("sr", contributions, True),), (MU, Parameter("b", "nuisance", 0.0, True)))
    parts = breakdown(fit(Likelihood(Expectation(model), background + 3 * step)), {"b": ("b",)})
    assert parts.template_statistics is not None
    assert parts.template_statistics.up == pytest.approx(2.0, rel=1e-3)
    assert parts.groups["b"].up == pytest.approx(2.0, rel=1e-3)
    assert parts.statistical.up == pytest.approx(1.0, rel=1e-3)
    assert parts.total.up == pytest.approx(3.0, rel=1e-3)
    assert parts.total.value == pytest.approx(3.0, rel=1e-3) == parts.statistical.value


def test_groups_and_impacts_refuse_names_that_make_no_sense() -> None:
    result = fit(Likelihood(counting(10.0, 100.0, 0.1), np.array([110.0])))
    with pytest.raises(UserError, match="the fit has no parameter 'bb'"):
        impacts(result, ["bb"])
    with pytest.raises(UserError, match="no impact of 'mu' on mu: it is the same"):
        impacts(result, ["mu"])
    held = fit(result.likelihood, ("b",))
    with pytest.raises(UserError, match="no impact of 'b' on mu: it is fixed"):
        impacts(held, ["b"])
    with pytest.raises(UserError, match="'b' is in the groups 'one' and 'two' of uncertainties; keep one"):
        breakdown(result, {"one": ("b",), "two": ("b",)})
    with pytest.raises(UserError, match="'mu' is in a group"):
        breakdown(result, {"one": ("mu",)})
    assert group_members({"one": ("b", "x")}, "one", ("mu", "b")) == ("b",)
    with pytest.raises(UserError, match="no group of uncertainties 'onne'; did you mean 'one'"):
        group_members({"one": ("b",)}, "onne", ("mu", "b"))
    with pytest.raises(UserError, match="none of the parameters of group 'two': x"):
        group_members({"one": ("b",), "two": ("x",)}, "two", ("mu", "b"))


def test_freezing_a_group_is_what_a_profile_without_it_gives() -> None:
    result = drawn_fit()
    parts = breakdown(result, {"some": ("n1", "n3")})
    held = Profile(result, "mu", held=("n1", "n3")).interval()
    assert parts.total.up is not None and held.up is not None
    assert parts.groups["some"].up == pytest.approx(np.sqrt(parts.total.up**2 - held.up**2))
    assert parts.ungrouped == ("n0", "n2", "n4")

    def excess(value: float) -> float:
        start = result.values.copy()
        start[0] = value
        return fit(result.likelihood, ("mu", "n1", "n3"), start).minimum.value - result.minimum.value - 0.5

    best = result.values[0]
    assert held.up == pytest.approx(brentq(excess, best, best + 2.0) - best, rel=1e-6)
