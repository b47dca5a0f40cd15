"""The model's value and derivatives: against pyhf's interpolations, finite differences and closed forms."""

import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.statistics.expectation import Expectation
from signedag.statistics.interpolation import PYHF_CODES, Interpolation, LogFactors, shape_weights
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import Channel, Contribution, Model, Normalisation, Parameter, Shape

INTERPOLATIONS: tuple[Interpolation, ...] = ("smooth", "piecewise")
PARAMETERS = (
    Parameter("mu", "signal_strength", 1.0, False),
    Parameter("sf", "scale_factor", 1.0, False),
    Parameter("jes", "nuisance", 0.0, True),
    Parameter("tag", "nuisance", 0.0, True),
    Parameter("lumi", "nuisance", 0.0, True),
)


def random_model(seed: int, interpolation: Interpolation) -> Model:
    """Two channels; one process has two free factors and a nuisance with both shape and normalisation."""
    generator = np.random.default_rng(seed)

    def contribution(process: str, bins: int, *factors: str) -> Contribution:
        nominal = generator.uniform(5, 50, bins)
        shapes = tuple(
            Shape(name, nominal * generator.uniform(0.95, 1.2, bins), nominal * generator.uniform(0.8, 1.05, bins))
            for name in ("jes", "tag")
        )
        norms = (Normalisation("lumi", 1.1, 0.85), Normalisation("tag", 1.05, 0.97))
        return Contribution(process, nominal, 0.1 * nominal, factors, shapes, norms)

    channels = (
        Channel("sr", (contribution("zh", 4, "mu", "sf"), contribution("tt", 4, "sf"), contribution("other", 4))),
        Channel("cr", (contribution("tt", 2, "sf"), contribution("zh", 2, "mu"))),
    )
    return Model(channels, PARAMETERS, interpolation)


def random_point(seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed + 1)
    return np.concatenate([generator.uniform(0.3, 2.0, 2), generator.normal(0, 0.8, 3)])


def random_likelihood(seed: int, interpolation: Interpolation) -> Likelihood:
    expectation = Expectation(random_model(seed, interpolation))
    generator = np.random.default_rng(seed + 2)
    counts = generator.poisson(expectation.expected(expectation.model.initial())).astype(float)
    auxiliary = np.array([0.0, 0.0, 0.3, -0.2, 0.1])
    return Likelihood(expectation, counts, auxiliary)


@pytest.mark.parametrize("theta", [-2.5, -1.0, -0.9, -0.3, 0.0, 0.2, 0.99, 1.0, 1.7])
@pytest.mark.parametrize("kind", INTERPOLATIONS)
def test_interpolations_are_those_of_pyhf(theta: float, kind: Interpolation) -> None:
    down, nominal, up = 7.0, 10.0, 14.0
    at = np.array([theta])
    upward, downward = shape_weights(kind, at)
    ours = upward.value * (up - nominal) + downward.value * (nominal - down)
    shape = getattr(pyhf.interpolators, PYHF_CODES[kind]["histosys"]["interpcode"])([[[[down], [nominal], [up]]]])
    assert ours[0] == pytest.approx(shape(np.array([[theta]])).item(), abs=1e-12)
    logs = LogFactors(kind, np.log([[up / nominal]]), np.log([[down / nominal]])).at(at)
    norm = getattr(pyhf.interpolators, PYHF_CODES[kind]["normsys"]["interpcode"])([[[[0.7], [1.0], [1.4]]]])
    assert np.exp(logs.value).item() == pytest.approx(norm(np.array([[theta]])).item(), rel=1e-12)


@given(st.integers(0, 10_000), st.sampled_from(INTERPOLATIONS))
@settings(max_examples=25)
def test_derivatives_are_those_of_the_value(seed: int, interpolation: Interpolation) -> None:
    likelihood, point = random_likelihood(seed, interpolation), random_point(seed)
    step = 1e-5
    _, gradient = likelihood.value_and_gradient(point)
    hessian = likelihood.hessian(point)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-10, atol=1e-9)
    for index in range(point.size):
        if abs(abs(point[index]) - 1) < 2 * step or abs(point[index]) < 2 * step:
            continue  # central differences see two pieces there
        shifted = np.eye(point.size)[index] * step
        difference = (likelihood.value(point + shifted) - likelihood.value(point - shifted)) / (2 * step)
        assert gradient[index] == pytest.approx(difference, rel=1e-5, abs=1e-4)
        _, above = likelihood.value_and_gradient(point + shifted)
        _, below = likelihood.value_and_gradient(point - shifted)
        np.testing.assert_allclose(hessian[index], (above - below) / (2 * step), rtol=1e-5, atol=2e-3)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_factors_of_zero_have_exact_derivatives(interpolation: Interpolation) -> None:
    likelihood = random_likelihood(5, interpolation)
    point = np.array([0.0, 1.2, 0.3, -0.4, 0.2])
    shifted = np.array([1e-5, 0, 0, 0, 0])
    _, gradient = likelihood.value_and_gradient(point)
    difference = (likelihood.value(point + shifted) - likelihood.value(point - shifted)) / 2e-5
    assert gradient[0] == pytest.approx(difference, rel=1e-6)
    _, above = likelihood.value_and_gradient(point + shifted)
    _, below = likelihood.value_and_gradient(point - shifted)
    np.testing.assert_allclose(likelihood.hessian(point)[0], (above - below) / 2e-5, rtol=1e-5, atol=1e-4)


def test_sides_choose_the_slope_at_a_kink() -> None:
    expectation = Expectation(random_model(1, "piecewise"))
    likelihood = Likelihood(expectation, np.full(6, 60.0))
    assert expectation.kinked.tolist() == [False, False, True, True, True]
    zero = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    base = likelihood.value(zero)
    step = 1e-7
    for index in (2, 3, 4):
        move = np.eye(5)[index] * step
        _, right = likelihood.value_and_gradient(zero, np.ones(5))
        _, left = likelihood.value_and_gradient(zero, -np.ones(5))
        _, mean = likelihood.value_and_gradient(zero)
        assert right[index] == pytest.approx((likelihood.value(zero + move) - base) / step, rel=1e-4, abs=1e-4)
        assert left[index] == pytest.approx((base - likelihood.value(zero - move)) / step, rel=1e-4, abs=1e-4)
        assert mean[index] == pytest.approx((left[index] + right[index]) / 2)
    smooth = Expectation(random_model(1, "smooth"))
    assert not smooth.kinked.any()
    jacobian = smooth.jacobian(smooth.at(zero))
    np.testing.assert_allclose(jacobian[2:4], expectation.jacobian(expectation.at(zero))[2:4], rtol=1e-1)


def test_symmetric_nuisances_have_no_kink() -> None:
    nominal = np.array([10.0, 20.0])
    shape = Shape("a", nominal * 1.1, nominal * 0.9)
    symmetric = Contribution("tt", nominal, nominal, (), (shape,), (Normalisation("b", 1.1, 1 / 1.1),))
    parameters = (Parameter("a", "nuisance", 0.0, True), Parameter("b", "nuisance", 0.0, True))
    assert not Expectation(Model((Channel("sr", (symmetric,)),), parameters, "piecewise")).kinked.any()


def test_asimov_data_are_described_perfectly_and_observed_is_expected_information() -> None:
    expectation = Expectation(random_model(3, "smooth"))
    start = expectation.model.initial()
    likelihood = Likelihood(expectation, expectation.expected(start))
    value, gradient = likelihood.value_and_gradient(start)
    assert value == 0.0
    np.testing.assert_allclose(gradient, 0.0, atol=1e-12)
    np.testing.assert_allclose(likelihood.hessian(start), likelihood.fisher(start), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_processes_add_up_to_the_expectation(interpolation: Interpolation) -> None:
    expectation, point = Expectation(random_model(7, interpolation)), random_point(7)
    parts = expectation.by_process(point)
    total = np.concatenate([sum(parts["sr"].values()), sum(parts["cr"].values())])
    np.testing.assert_allclose(total, expectation.expected(point), rtol=1e-12)
    factors = expectation.factors_by_process(expectation.at(point))
    logs = LogFactors(interpolation, np.log([[1.05, 1.1]]), np.log([[0.97, 0.85]])).at(point[3:])
    assert factors["sr"]["zh"] == pytest.approx(point[0] * point[1] * np.exp(logs.value.sum()))


def test_templates_response_is_the_change_of_the_gradient() -> None:
    model = random_model(11, "smooth")
    likelihood = random_likelihood(11, "smooth")
    point = model.initial()
    responses, variances = likelihood.template_response(point)
    assert responses.shape == (5, variances.size) == (5, 16)
    _, before = likelihood.value_and_gradient(point)
    for process, column in ((0, 2), (1, 4 + 1)):
        contributions = list(model.channels[0].contributions)
        item = contributions[process]
        bump = np.zeros(4)
        bump[column - 4 * process] = 1e-5
        contributions[process] = Contribution(
            item.process,
            item.nominal + bump,
            item.variances,
            item.factors,
            tuple(Shape(shape.nuisance, shape.up + bump, shape.down + bump) for shape in item.shapes),
            item.normalisations,
        )
        changed = Model((Channel("sr", tuple(contributions)), model.channels[1]), model.parameters)
        moved = Likelihood(Expectation(changed), likelihood.counts, np.array([0.0, 0.0, 0.3, -0.2, 0.1]))
        _, after = moved.value_and_gradient(point)
        np.testing.assert_allclose(responses[:, column], (after - before) / 1e-5, rtol=1e-4, atol=1e-5)


def test_there_is_no_likelihood_where_a_prediction_or_a_scale_factor_is_not_positive() -> None:
    likelihood = random_likelihood(1, "smooth")
    assert likelihood.value(np.array([1.0, -0.5, 0, 0, 0])) == np.inf
    assert likelihood.problem(np.array([1.0, -0.5, 0, 0, 0])) == "sf is not positive"
    far = np.array([-50.0, 1.0, 0, 0, 0])
    assert likelihood.value(far) == np.inf
    problem = likelihood.problem(far)
    assert problem is not None and "region 'sr' is not positive" in problem
    with pytest.raises(ValueError, match="no likelihood"):
        likelihood.value_and_gradient(far)
    assert likelihood.problem(np.array([1.0, 1.0, 0, 0, 0])) is None


def test_a_bin_without_events_costs_its_expectation() -> None:
    model = Model((Channel("sr", (Contribution("tt", np.array([3.0]), np.array([1.0]), ("sf",)),)),), PARAMETERS[1:2])
    likelihood = Likelihood(Expectation(model), np.array([0.0]))
    assert likelihood.value(np.array([2.0])) == pytest.approx(6.0)
