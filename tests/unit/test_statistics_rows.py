"""The rows that a model's expected events are made of: which there are, and that blocks and merging change nothing."""

import numpy as np
import pytest

from signedag.statistics import rows as rows_module
from signedag.statistics.expectation import Expectation
from signedag.statistics.interpolation import Interpolation, shape_weights
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import Channel, Contribution, Model, Normalisation, Parameter, Shape
from signedag.statistics.rows import BOTH, DOWNWARD, FEWEST_BLOCK_BINS, NOMINAL, UPWARD, Label, Rows

BINS = 2 * FEWEST_BLOCK_BINS + 17
PARAMETERS = (
    Parameter("mu", "signal_strength", 1.0, False),
    *(Parameter(name, "nuisance", 0.0, True) for name in ("jes", "tag", "lumi")),
)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "BLOCK_BYTES", 0)


def contribution(seed: int, *factors: str) -> Contribution:
    generator = np.random.default_rng(seed)
    nominal = generator.uniform(5, 50, BINS)
    relative = generator.uniform(-0.1, 0.1, BINS)
    shapes = (
        Shape("jes", nominal * generator.uniform(0.95, 1.2, BINS), nominal * generator.uniform(0.8, 1.05, BINS)),
        Shape("tag", nominal * (1 + relative), nominal * (1 - relative)),
    )
    return Contribution(f"process{seed}", nominal, nominal, factors, shapes, (Normalisation("lumi", 1.02, 0.97),))


def model(interpolation: Interpolation = "smooth") -> Model:
    """A signal and three backgrounds, which have all their factors in common."""
    contributions = (contribution(1, "mu"), contribution(2), contribution(3), contribution(4))
    return Model((Channel("sr", contributions), Channel("cr", contributions[1:])), PARAMETERS, interpolation)


def test_processes_with_the_same_factors_share_rows_and_symmetric_sides_one() -> None:
    rows = Rows(model().channels[0], [[0], [1, 2, 3]])
    assert rows.labels == [
        Label(group, nuisance, kind)
        for group in (0, 1)
        for nuisance, kind in ((None, NOMINAL), ("jes", UPWARD), ("jes", DOWNWARD), ("tag", BOTH))
    ]
    assert rows.kinked == {"jes"}
    blocks = list(rows.blocks())
    assert [block.shape for _, block in blocks] == [(8, 128), (8, 128), (8, 17)]
    whole = np.concatenate([block for _, block in blocks], axis=1)
    backgrounds = model().channels[0].contributions[1:]
    np.testing.assert_allclose(whole[4], sum(item.nominal for item in backgrounds), rtol=1e-15)
    np.testing.assert_allclose(whole[7], sum(item.shapes[1].up - item.nominal for item in backgrounds), atol=1e-12)


def test_rows_that_are_zero_are_left_out() -> None:
    nominal = np.array([2.0, 3.0])
    idle = Contribution(
        "tt", nominal, nominal, (), (Shape("jes", nominal, nominal), Shape("tag", nominal, nominal + 1))
    )
    labels = Rows(Channel("sr", (idle,)), [[0]]).labels
    assert labels == [Label(0, None, NOMINAL), Label(0, "tag", DOWNWARD)]


@pytest.mark.parametrize("interpolation", ["smooth", "piecewise"])
@pytest.mark.parametrize("precision", ["double", "single"])
def test_expected_events_are_the_sum_of_all_processes(interpolation: Interpolation, precision: str) -> None:
    point = np.array([0.7, 0.6, -1.3, 0.4])
    chosen = model(interpolation)
    expectation = Expectation(chosen, precision)
    up, down = (curve.value for curve in shape_weights(interpolation, point))
    lumi = expectation.factors_by_process(expectation.at(point))["cr"]["process2"]
    total = np.zeros(BINS)
    for number, item in enumerate(chosen.channels[0].contributions):
        content = item.nominal.copy()
        for index, shape in enumerate(item.shapes, start=1):
            content += up[index] * (shape.up - item.nominal) + down[index] * (item.nominal - shape.down)
        total += lumi * (0.7 if number == 0 else 1.0) * content
    both = expectation.expected_at_points([point, 0.5 * point])
    np.testing.assert_allclose(both, [expectation.expected(point), expectation.expected(0.5 * point)], rtol=1e-13)
    tolerance = 1e-13 if precision == "double" else 1e-6
    np.testing.assert_allclose(expectation.expected(point)[:BINS], total, rtol=tolerance)


def test_single_precision_changes_a_likelihood_by_its_rounding() -> None:
    double, single = Expectation(model()), Expectation(model(), "single")
    counts = np.random.default_rng(3).poisson(double.expected(double.model.initial())).astype(float)
    point = np.array([0.9, 0.3, -0.2, 0.1])
    exact, rounded = Likelihood(double, counts), Likelihood(single, counts)
    assert rounded.value(point) == pytest.approx(exact.value(point), rel=1e-5)
    assert rounded.value(point) != exact.value(point)
    np.testing.assert_allclose(rounded.hessian(point), exact.hessian(point), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("interpolation", ["smooth", "piecewise"])
def test_derivatives_by_blocks_are_those_of_the_jacobian(interpolation: Interpolation) -> None:
    expectation = Expectation(model(interpolation))
    point = np.array([0.7, 0.6, -0.3, 0.4])
    counts = np.random.default_rng(3).poisson(expectation.expected(expectation.model.initial())).astype(float)
    likelihood = Likelihood(expectation, counts)
    expected, jacobian = expectation.expected(point), expectation.jacobian(expectation.at(point))
    step = 1e-6
    for index in range(4):
        move = step * np.eye(4)[index]
        difference = (expectation.expected(point + move) - expectation.expected(point - move)) / (2 * step)
        np.testing.assert_allclose(jacobian[index], difference, atol=1e-6)
    _, gradient = likelihood.value_and_gradient(point)
    constraint = np.array([0, 1, 1, 1]) * point
    np.testing.assert_allclose(gradient, jacobian @ (1 - counts / expected) + constraint, rtol=1e-10, atol=1e-9)
    fisher = (jacobian / expected) @ jacobian.T + np.diag([0, 1, 1, 1])
    np.testing.assert_allclose(likelihood.fisher(point), fisher, rtol=1e-10)
