import numpy as np
import pytest
from iminuit import Minuit

from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import correlations, fit, goodness_of_fit, template_covariance
from signedag.statistics.interpolation import Interpolation
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.minimise import minimise
from signedag.statistics.model import Channel, Contribution, Model, Normalisation, Parameter, Shape

INTERPOLATIONS: tuple[Interpolation, ...] = ("smooth", "piecewise")
SCALE = Parameter("sf", "scale_factor", 1.0, False)


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def one_bin(signal: float, background: float, parameter: Parameter = SCALE) -> Model:
    scaled = Contribution("tt", array(signal), array(signal), (parameter.name,))
    fixed = Contribution("other", array(background), array(0.5 * background))
    return Model((Channel("cr", (scaled, fixed)),), (parameter,))


def likelihood_of(model: Model, counts: np.ndarray) -> Likelihood:
    return Likelihood(Expectation(model), counts)


def test_one_bin_has_its_closed_form() -> None:
    result = fit(likelihood_of(one_bin(200.0, 40.0), array(300.0)))
    assert result.problem is None
    assert result.values[0] == pytest.approx((300 - 40) / 200, rel=1e-12)
    assert result.error("sf") == pytest.approx(np.sqrt(300) / 200, rel=1e-10)
    # d sf = -(sf d signal + d background) / signal
    expected = (1.3**2 * 200 + 20) / 200**2
    assert template_covariance(result)[0, 0] == pytest.approx(expected, rel=1e-10)
    assert goodness_of_fit(result).p_value is None


def test_three_regions_solve_a_linear_system() -> None:
    yields = np.array([[900.0, 30.0, 50.0], [40.0, 2000.0, 150.0], [60.0, 80.0, 300.0]])  # region, process
    names = ("sf_tt", "sf_zlf", "sf_zhf")
    channels = tuple(
        Channel(
            f"cr{row}",
            tuple(
                Contribution(name, array(value), array(1.0), (name,)) for name, value in zip(names, line, strict=True)
            ),
        )
        for row, line in enumerate(yields.tolist())
    )
    model = Model(channels, tuple(Parameter(name, "scale_factor", 1.0, False) for name in names))
    truth = array(0.92, 1.08, 1.21)
    counts = np.round(yields @ truth)
    result = fit(likelihood_of(model, counts))
    np.testing.assert_allclose(result.values, np.linalg.solve(yields, counts), rtol=1e-10)
    assert result.covariance is not None
    inverse = np.linalg.inv(yields)
    np.testing.assert_allclose(result.covariance, inverse @ np.diag(counts) @ inverse.T, rtol=1e-8)
    correlation = correlations(result.covariance)
    np.testing.assert_allclose(np.diag(correlation), 1.0)
    assert correlation[0, 2] < 0


def test_goodness_of_fit_is_the_deviance() -> None:
    contribution = Contribution("tt", array(10.0, 10.0, 10.0), array(1, 1, 1), ("sf",))
    result = fit(likelihood_of(Model((Channel("cr", (contribution,)),), (SCALE,)), array(8.0, 12.0, 16.0)))
    counts, mean = array(8.0, 12.0, 16.0), 12.0
    quality = goodness_of_fit(result)
    assert quality.chi2 == pytest.approx(2 * np.sum(counts * np.log(counts / mean)), rel=1e-10)
    assert quality.ndf == 2
    assert quality.p_value is not None and 0 < quality.p_value < 1


def test_a_minimum_on_a_kink_is_found_exactly() -> None:
    nominal = array(100.0)
    raised_both_ways = Shape("jes", nominal + 10, nominal + 10)
    contribution = Contribution("tt", nominal, nominal, (), (raised_both_ways,))
    jes = Parameter("jes", "nuisance", 0.0, True)
    model = Model((Channel("cr", (contribution,)),), (jes,), "piecewise")
    for start in (0.7, -0.4, 0.0):
        minimum = minimise(likelihood_of(model, array(90.0)), array(start), np.array([True]))
        assert minimum.converged
        assert minimum.parameters[0] == 0.0
    left, right = (
        minimise(likelihood_of(model, array(130.0)), array(start), np.array([True])) for start in (-0.4, 0.4)
    )
    assert left.converged and right.converged
    assert left.parameters[0] == pytest.approx(-right.parameters[0], rel=1e-9)
    away = minimise(likelihood_of(model, array(130.0)), array(0.0), np.array([True]))
    assert away.converged
    assert abs(away.parameters[0]) == pytest.approx(right.parameters[0], rel=1e-9)


def random_problem(seed: int, interpolation: Interpolation) -> Likelihood:
    generator = np.random.default_rng(seed)
    bins, nuisances = 12, ("a", "b", "c", "d")

    def contribution(process: str, factors: tuple[str, ...]) -> Contribution:
        nominal = generator.uniform(20, 200, bins)
        shapes = tuple(
            Shape(name, nominal * (1 + effect), nominal * (1 - effect * generator.uniform(0.5, 1.5, bins)))
            for name, effect in zip(nuisances, generator.normal(0.03, 0.04, (4, bins)), strict=True)
        )
        return Contribution(process, nominal, nominal, factors, shapes, (Normalisation("lumi", 1.03, 0.96),))

    contributions = (contribution("zh", ("mu",)), contribution("tt", ("sf",)), contribution("other", ()))
    parameters = (
        Parameter("mu", "signal_strength", 1.0, False),
        SCALE,
        *(Parameter(name, "nuisance", 0.0, True) for name in (*nuisances, "lumi")),
    )
    expectation = Expectation(Model((Channel("sr", contributions),), parameters, interpolation))
    counts = generator.poisson(expectation.expected(expectation.model.initial())).astype(float)
    return Likelihood(expectation, counts)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("seed", range(8))
def test_minuit_finds_nothing_lower(seed: int, interpolation: Interpolation) -> None:
    likelihood = random_problem(seed, interpolation)
    result = fit(likelihood)
    assert result.problem is None
    for start in (likelihood.expectation.model.initial(), result.values):
        minuit = Minuit(likelihood.value, start)
        minuit.errordef = Minuit.LIKELIHOOD
        minuit.strategy = 2
        minuit.migrad()
        assert minuit.fval > result.minimum.value - 1e-9
        assert minuit.fval == pytest.approx(result.minimum.value, abs=2e-3)


def test_the_minimum_does_not_depend_on_the_start() -> None:
    likelihood = random_problem(3, "smooth")
    generator = np.random.default_rng(0)
    best = fit(likelihood).values
    for _ in range(5):
        start = likelihood.expectation.model.initial() + generator.normal(0, 0.3, best.size)
        np.testing.assert_allclose(fit(likelihood, start=start).values, best, atol=1e-7)


def test_fixed_parameters_stay() -> None:
    likelihood = random_problem(1, "smooth")
    result = fit(likelihood, fixed=("mu", "a"))
    assert result.values[0] == 1.0
    assert result.values[2] == 0.0
    assert result.parameters()["a"].fixed
    assert result.error("a") == 0.0


def test_what_the_data_do_not_determine_is_named() -> None:
    both = (
        Contribution("tt", array(100.0), array(1.0), ("sf",)),
        Contribution("zhf", array(50.0), array(1.0), ("other_sf",)),
    )
    model = Model((Channel("cr", both),), (SCALE, Parameter("other_sf", "scale_factor", 1.0, False)))
    result = fit(likelihood_of(model, array(160.0)))
    assert result.problem == "the data do not determine sf and other_sf"
    assert result.status().as_json()["converged"] is False
    nothing = fit(likelihood_of(one_bin(0.0, 40.0), array(50.0)))
    assert nothing.problem == "the data do not determine sf"


def test_no_minimum_inside_the_domain_is_said_and_not_invented() -> None:
    empty = fit(likelihood_of(one_bin(100.0, 40.0), array(0.0)))
    assert empty.problem is not None
    assert "sf is not positive" in empty.problem
    strength = Parameter("mu", "signal_strength", 1.0, False)
    no_events = fit(likelihood_of(one_bin(100.0, 40.0, strength), array(0.0)))
    assert no_events.problem is not None
    assert no_events.error("mu") is None
    outside = minimise(likelihood_of(one_bin(100.0, 40.0), array(50.0)), array(-1.0), np.array([True]))
    assert not outside.converged
    assert outside.message == "at its start sf is not positive"
    negative = fit(likelihood_of(one_bin(100.0, 40.0, strength), array(20.0)))
    assert negative.problem is None
    assert negative.values[0] == pytest.approx(-0.2)
