"""Template statistics inside the likelihood: closed forms, pyhf's staterror and automatic differentiation."""

from dataclasses import replace

import numpy as np
import pyhf
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from iminuit import Minuit

from signedag.errors import UserError
from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import fit, goodness_of_fit
from signedag.statistics.intervals import Profile
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import Channel, Contribution, Model, Normalisation, Parameter, Shape
from signedag.statistics.poisson import poisson
from signedag.statistics.template_statistics import barlow_beeston, best_factors, expected_curvature
from signedag.statistics.workspace import workspace

PARAMETERS = (
    Parameter("mu", "signal_strength", 1.0, False),
    Parameter("sf", "scale_factor", 1.0, False),
    Parameter("jes", "nuisance", 0.0, True),
    Parameter("tag", "nuisance", 0.0, True),
)


COUNTS = st.just(0.0) | st.floats(1e-9, 1e6)

pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def model_with_statistics(seed: int = 1) -> Model:
    """Two channels with signed weights: Σw² is larger than the content; one bin of the second has no error."""
    generator = np.random.default_rng(seed)

    def contribution(process: str, bins: int, *factors: str) -> Contribution:
        nominal = generator.uniform(5, 50, bins)
        variances = nominal * generator.uniform(0.2, 4.0, bins)
        if bins == 3:
            variances[1] = 0.0
        shapes = tuple(
            Shape(name, nominal * generator.uniform(0.95, 1.2, bins), nominal * generator.uniform(0.8, 1.05, bins))
            for name in ("jes", "tag")
        )
        return Contribution(process, nominal, variances, factors, shapes, (Normalisation("tag", 1.05, 0.97),))

    channels = (
        Channel("sr", (contribution("zh", 4, "mu"), contribution("tt", 4, "sf"), contribution("other", 4)), True),
        Channel("cr", (contribution("tt", 3, "sf"), contribution("zh", 3, "mu")), True),
        Channel("exact", (contribution("tt", 2, "sf"),)),
    )
    return Model(channels, PARAMETERS)


def likelihood_of(model: Model, seed: int = 2) -> Likelihood:
    expectation = Expectation(model)
    counts = np.random.default_rng(seed).poisson(expectation.expected(model.initial())).astype(float)
    counts[0] = 0.0
    return Likelihood(expectation, counts)


class InPyhf:
    """The exported model with the factors of its bins at their best, by closed form from pyhf's own prediction."""

    def __init__(self, likelihood: Likelihood) -> None:
        specification = pyhf.Workspace(workspace(likelihood.expectation.model, likelihood.counts))
        self.model = specification.model()
        self.data = specification.data(self.model)
        names = self.model.config.parameters
        self.order = [likelihood.expectation.model.index(name) for name in names if "staterror" not in name]
        self.slices = [self.model.config.par_slice(name) for name in names if "staterror" not in name]
        self.gammas = {
            region: self.model.config.par_slice(f"staterror_{region}")
            for region in self.model.config.channels
            if f"staterror_{region}" in names
        }
        self.bins = self.model.config.channel_slices
        self.errors = {channel.region: channel.relative_errors() for channel in likelihood.expectation.model.channels}
        self.counts = {region: likelihood.counts[own] for region, own in likelihood.expectation.model.slices().items()}

    def full(self, point: np.ndarray) -> np.ndarray:
        """Put the best factors of the bins beside the other parameters."""
        parameters = np.ones(self.model.config.npars)
        for own, index in zip(self.slices, self.order, strict=True):
            parameters[own] = point[index]
        expected = self.model.expected_actualdata(parameters)
        for region, own in self.gammas.items():
            square, mean = self.errors[region] ** 2, expected[self.bins[region]]
            linear = mean * square - 1
            beta = 0.5 * (-linear + np.sqrt(linear**2 + 4 * self.counts[region] * square))
            parameters[own] = np.maximum(beta, 1e-300)
        return parameters

    def nll(self, point: np.ndarray) -> float:
        return -float(self.model.logpdf(self.full(point), self.data)[0])


@given(
    st.floats(1e-3, 1e6),
    COUNTS,
    st.floats(-8, 4),
    st.floats(0.1, 3),
)
@settings(max_examples=200, deadline=None)
def test_a_factor_solves_its_equation(expected: float, counts: float, log_error: float, centre: float) -> None:
    square = 10.0 ** (2 * log_error)
    found = best_factors(array(expected), array(counts), array(square), array(centre))
    beta = found.value.item()
    assert beta > 0 if counts > 0 else beta == pytest.approx(max(centre - expected * square, 0.0), rel=1e-9, abs=1e-9)
    terms = (beta**2, beta * expected * square, -beta * centre, -counts * square)
    assert abs(sum(terms)) <= 1e-12 * sum(map(abs, terms))
    # where the pull is not tiny against 1 it is the difference of the two
    assert found.pull.item() * square == pytest.approx(beta - centre, rel=1e-9, abs=1e-12 * max(beta, centre))
    curve = barlow_beeston(array(expected), array(counts), array(square), array(centre))
    assert curve.value.item() >= -1e-9 and np.isfinite([curve.slope, curve.curvature]).all()
    assert curve.slope.item() == pytest.approx(beta - counts / expected, rel=1e-9, abs=1e-9 * max(beta, 1.0))


def test_a_bin_without_counts() -> None:
    expected, square = array(3.0, 3.0, 3.0), array(0.01, 1 / 3, 4.0)
    found = best_factors(expected, np.zeros(3), square, np.ones(3))
    np.testing.assert_allclose(found.value, [0.97, 0.0, 0.0], atol=1e-15)  # 1 - λδ², not below 0
    curve = barlow_beeston(expected, np.zeros(3), square, np.ones(3))
    np.testing.assert_allclose(curve.value, [3 - 0.045, 1.5, 1 / 8], rtol=1e-14)
    np.testing.assert_allclose(curve.slope, [0.97, 0.0, 0.0], atol=1e-15)
    np.testing.assert_allclose(curve.curvature, [-0.01, 0.0, 0.0], atol=1e-15)


@given(st.floats(1e-3, 1e6), COUNTS)
@settings(max_examples=50)
def test_without_an_error_a_bin_is_a_poisson_term(expected: float, counts: float) -> None:
    plain = poisson(array(expected), array(counts))
    for square in (0.0, 1e-300):
        curve = barlow_beeston(array(expected), array(counts), array(square), array(1.0))
        np.testing.assert_allclose(curve.value, plain.value, rtol=1e-12)
        np.testing.assert_allclose(curve.slope, plain.slope, rtol=1e-12, atol=1e-290)
        np.testing.assert_allclose(curve.curvature, plain.curvature, rtol=1e-12, atol=1e-290)


@given(st.floats(0.01, 1e5), st.floats(-6, 2))
@settings(max_examples=50)
def test_asimov_data_add_both_variances(expected: float, log_error: float) -> None:
    square = 10.0 ** (2 * log_error)
    curve = barlow_beeston(array(expected), array(expected), array(square), array(1.0))
    assert curve.value.item() == curve.slope.item() == 0.0
    assert curve.curvature.item() == pytest.approx(1 / (expected + square * expected**2), rel=1e-6)
    assert expected_curvature(array(expected), array(square)).item() == pytest.approx(
        1 / (expected + square * expected**2), rel=1e-12
    )


@pytest.mark.parametrize("centre", [1.0, 0.7, -0.4])
def test_slopes_are_those_of_automatic_differentiation(centre: float) -> None:
    counts, square = array(0.0, 3.0, 90.0, 140.0, 7.0), array(0.05, 0.3, 0.01, 1e-4, 9.0)
    expected = torch.tensor([1.5, 5.0, 100.0, 100.0, 20.0], dtype=torch.float64, requires_grad=True)
    n, s = torch.tensor(counts), torch.tensor(square)
    linear = expected * s - centre
    beta = torch.clamp(0.5 * (-linear + torch.sqrt(linear**2 + 4 * n * s)), min=0.0)
    scaled = beta * expected
    logarithm = torch.log(torch.where(n > 0, scaled, 1.0) / torch.where(n > 0, n, 1.0))
    value = scaled - n - n * logarithm + 0.5 * (beta - centre) ** 2 / s
    (slope,) = torch.autograd.grad(value.sum(), expected, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), expected)
    curve = barlow_beeston(expected.detach().numpy(), counts, square, np.full(5, centre))
    np.testing.assert_allclose(curve.value, value.detach().numpy(), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(curve.slope, slope.detach().numpy(), rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(curve.curvature, curvature.numpy(), rtol=1e-8, atol=1e-11)


def test_differences_of_the_nll_are_those_of_pyhf() -> None:
    likelihood = likelihood_of(model_with_statistics())
    theirs = InPyhf(likelihood)
    start = likelihood.expectation.model.initial()
    generator = np.random.default_rng(5)
    for _ in range(20):
        point = start * generator.uniform(0.5, 1.5, 4) + generator.normal(0, 0.8, 4) * (start == 0)
        ours = likelihood.value(point) - likelihood.value(start)
        assert ours == pytest.approx(theirs.nll(point) - theirs.nll(start), rel=1e-9)
    assert likelihood.value(start) + likelihood.constant() == pytest.approx(theirs.nll(start), rel=1e-12)
    factors = likelihood.bin_factors(start).value
    gammas = theirs.full(start)[theirs.gammas["sr"]]
    np.testing.assert_allclose(factors[:4], gammas, atol=1e-14)
    assert factors[-2:].tolist() == [1.0, 1.0]


def test_the_hessian_is_that_of_automatic_differentiation() -> None:
    likelihood = likelihood_of(model_with_statistics())
    model = likelihood.expectation.model
    names = ("jes", "tag")
    point = array(0.8, 1.1, 0.3, -0.4)

    def nll(theta: torch.Tensor) -> torch.Tensor:
        total = 0.5 * (theta[2] ** 2 + theta[3] ** 2)
        polynomial = theta**2 * (15 - 10 * theta**2 + 3 * theta**4) / 16
        errors = iter(torch.tensor(likelihood.expectation.model.relative_errors() ** 2))
        counts = iter(torch.tensor(likelihood.counts))
        logs = LOGS(theta[3])
        for channel in model.channels:
            expected = torch.zeros(channel.bins, dtype=torch.float64)
            for item in channel.contributions:
                content = torch.tensor(item.nominal)
                for shape in item.shapes:
                    index = 2 + names.index(shape.nuisance)
                    up, down = torch.tensor(shape.up - item.nominal), torch.tensor(item.nominal - shape.down)
                    content = content + theta[index] * (up + down) / 2 + (up - down) * polynomial[index]
                factor = {"mu": theta[0], "sf": theta[1]}.get("".join(item.factors), torch.tensor(1.0))
                expected = expected + factor * logs * content
            for mean in expected:
                square, n = next(errors), next(counts)
                linear = mean * square - 1
                beta = 0.5 * (-linear + torch.sqrt(linear**2 + 4 * n * square))
                total = total + beta * mean - (n * torch.log(beta * mean) if n > 0 else 0.0)
                if square > 0:
                    total = total + 0.5 * (beta - 1) ** 2 / square
        return total

    exact = torch.autograd.functional.hessian(nll, torch.tensor(point)).numpy()
    np.testing.assert_allclose(likelihood.hessian(point), exact, rtol=1e-6, atol=1e-6 * np.abs(exact).min())


def LOGS(theta: torch.Tensor) -> torch.Tensor:
    """Code 4 for 1.05 up and 0.97 down, from its six conditions."""
    up, down = np.log(1.05), np.log(0.97)
    powers = np.arange(1, 7)
    conditions, values = [], []
    for x, factor, log in ((1.0, 1.05, up), (-1.0, 0.97, -down)):
        conditions += [x**powers, powers * x ** (powers - 1), powers * (powers - 1) * x ** (powers - 2.0)]
        values += [factor - 1, factor * log, factor * log**2]
    coefficients = np.linalg.solve(np.array(conditions), np.array(values))
    return 1 + sum(float(value) * theta**power for value, power in zip(coefficients, powers.tolist(), strict=True))


def test_interval_ends_are_where_pyhf_has_them() -> None:
    likelihood = likelihood_of(model_with_statistics())
    result = fit(likelihood)
    assert result.problem is None
    theirs = InPyhf(likelihood)
    best = theirs.nll(result.values)
    interval = Profile(result, "mu").interval()
    assert interval.down is not None and interval.up is not None
    for end in (interval.value - interval.down, interval.value + interval.up):
        start = result.values.copy()
        start[0] = end
        minuit = Minuit(lambda point: theirs.nll(np.asarray(point)) - best, start)
        minuit.errordef, minuit.strategy, minuit.tol, minuit.fixed[0] = Minuit.LIKELIHOOD, 2, 1e-4, True
        minuit.migrad()
        assert 2 * minuit.fval == pytest.approx(1.0, abs=1e-4)
    # a free minimisation in pyhf, with the factors of the bins as its own parameters, finds nothing lower
    model = theirs.model
    minuit = Minuit(
        lambda parameters: -float(model.logpdf(np.asarray(parameters), theirs.data)[0]), theirs.full(result.values)
    )
    minuit.limits = [(low, high) for low, high in model.config.suggested_bounds()]
    minuit.errordef, minuit.strategy = Minuit.LIKELIHOOD, 1
    fixed = model.config.suggested_fixed()
    for index, keep in enumerate(fixed):
        minuit.fixed[index] = keep
    minuit.migrad()
    assert minuit.fval > best - 1e-6


def test_the_error_of_the_templates_widens_the_interval_by_its_own_size() -> None:
    template = Contribution("zh", array(100.0), array(300.0), ("mu",))
    model = Model((Channel("sr", (template,), True),), PARAMETERS[:1])
    expectation = Expectation(model)
    result = fit(Likelihood(expectation, expectation.expected(model.initial())))
    assert result.error("mu") == pytest.approx(np.sqrt(1 / 100 + 300 / 100**2), rel=1e-9)
    assert goodness_of_fit(result).chi2 == 0.0


def test_a_pseudo_experiment_moves_the_centres() -> None:
    template = Contribution("zh", array(1e6), array(1e10), ("mu",))
    model = Model((Channel("sr", (template,), True), Channel("cr", (template,))), PARAMETERS[:1])
    likelihood = Likelihood(Expectation(replace(model, channels=model.channels[:1])), array(1e6), None, array(1.25))
    # a template measured 25 % high needs a signal strength of 1/1.25 for the same count
    assert fit(likelihood).values[0] == pytest.approx(0.8, rel=1e-6)
    # channels without template statistics have no factor to move
    both = Expectation(model)
    moved = Likelihood(both, array(1e6, 1e6), None, array(1.0, 1.25))
    assert moved.value(array(1.1)) == Likelihood(both, array(1e6, 1e6)).value(array(1.1))


def test_a_bin_whose_templates_cancel_has_no_relative_error() -> None:
    cancelling = Contribution("tt", array(5.0, -2.0), array(1.0, 1.0))
    with pytest.raises(UserError, match=r"region 'sr': the templates of bin 1 add up to -2 events"):
        Channel("sr", (cancelling,), True).relative_errors()
    assert Channel("sr", (cancelling,)).relative_errors().tolist() == [0.0, 0.0]


def test_the_response_to_templates_is_summed_block_by_block() -> None:
    likelihood = likelihood_of(model_with_statistics())
    point = array(0.8, 1.1, 0.3, -0.4)
    response, variances = likelihood.template_response(point)
    np.testing.assert_allclose(
        likelihood.template_information(point), (response * variances) @ response.T, rtol=1e-10, atol=1e-9
    )
