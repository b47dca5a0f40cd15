"""Resonances in top pairs: decays against their parents, measured events, the selection and the truth of the signs."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2, kstest

from signedag.config.simulation import ResonanceTopSimulation
from signedag.errors import UserError
from signedag.events.simulation import resonance_top_production
from signedag.events.simulation.higgs_top_amplitude import TOP_MASS_GEV
from signedag.events.simulation.higgs_top_decays import W_MASS_GEV
from signedag.events.simulation.kinematics import Floats, boost, four_momentum, invariant_mass
from signedag.events.simulation.resonance_top import simulate
from signedag.events.simulation.resonance_top_detector import clustered
from signedag.events.simulation.resonance_top_production import Particles, draw_masses, produce
from signedag.events.simulation.resonance_top_reconstruction import neutrino_momentum, reconstruct
from signedag.events.simulation.signs import negative_probability_of_mass
from signedag.seeds import stream

EVENTS = 20_000
JETS = (1, 2, 3, 4)
PERFECT = {
    "jet_resolution_stochastic": 0.0,
    "jet_resolution_constant": 0.0,
    "lepton_resolution": 0.0,
    "missing_smear_gev": 0.0,
    "btag_efficiency": 1.0,
    "charm_mistag": 0.0,
    "light_mistag": 0.0,
}
ALONE = {"extra_jets": 0.0, "soft_recoil_gev": 0.0}


def sample(production: str = "resonance", **changes: Any) -> ResonanceTopSimulation:
    return ResonanceTopSimulation.model_validate({"production": production} | changes)


@pytest.fixture
def sharp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tops and W bosons without a width."""
    monkeypatch.setattr(resonance_top_production, "TOP_WIDTH_GEV", 0.0)
    monkeypatch.setattr(resonance_top_production, "W_WIDTH_GEV", 0.0)


@pytest.fixture(scope="module")
def signed() -> dict[str, NDArray[Any]]:
    return simulate(sample(mass_gev=750.0), stream(1, "signed"), EVENTS)


@pytest.fixture(scope="module")
def unsigned() -> dict[str, NDArray[Any]]:
    return simulate(sample(mass_gev=750.0), stream(1, "unsigned"), EVENTS, signed=False)


def reversed_momentum(momentum: Floats) -> Floats:
    return np.asarray(momentum * np.array([1.0, -1, -1, -1]))


def cosine_in_rest_frame(product: Floats, parent: Floats) -> Floats:
    """Give the cosine between a product in its parent's rest frame and the z axis of that frame."""
    at_rest = boost(product, reversed_momentum(parent))
    return np.asarray(at_rest[:, 3] / np.linalg.norm(at_rest[:, 1:], axis=1))


def total(particles: Particles) -> Floats:
    jets = np.sum(np.where(particles.present[..., None], particles.partons, 0.0), axis=1)
    return np.asarray(particles.lepton + particles.neutrino + jets + particles.soft)


@pytest.mark.usefixtures("sharp")
def test_products_of_decays_have_the_masses_of_their_parents() -> None:
    made = produce(sample(mass_gev=900.0, relative_width=1e-9), stream(1, "test"), 2000)
    bottom_of_lepton, bottom, first, second = np.moveaxis(made.partons[:, :4], 1, 0)
    leptonic, hadronic = made.lepton + made.neutrino, first + second
    for mass, products in (
        (W_MASS_GEV, leptonic),
        (W_MASS_GEV, hadronic),
        (TOP_MASS_GEV, leptonic + bottom_of_lepton),
        (TOP_MASS_GEV, hadronic + bottom),
        (900.0, leptonic + hadronic + bottom + bottom_of_lepton),
    ):
        np.testing.assert_allclose(invariant_mass(products), mass, rtol=1e-6)


@pytest.mark.usefixtures("sharp")
def test_either_w_of_a_single_top_decays_to_the_lepton() -> None:
    made = produce(sample("top_w"), stream(2, "test"), 4000)
    bottom, first, second = np.moveaxis(made.partons[:, :3], 1, 0)
    leptonic, hadronic = made.lepton + made.neutrino, first + second
    np.testing.assert_allclose(invariant_mass(leptonic), W_MASS_GEV, rtol=1e-6)
    np.testing.assert_allclose(invariant_mass(hadronic), W_MASS_GEV, rtol=1e-6)
    of_lepton, of_quarks = (np.isclose(invariant_mass(w + bottom), TOP_MASS_GEV, 1e-6) for w in (leptonic, hadronic))
    assert np.all(of_lepton | of_quarks)
    assert np.mean(of_lepton) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(4000))


@pytest.mark.parametrize("production", ["resonance", "top_pair", "top_w", "w_jets"])
def test_transverse_momentum_is_conserved(production: str) -> None:
    made = produce(sample(production, extra_jets=2.0), stream(3, "test"), 2000)
    np.testing.assert_allclose(total(made)[:, 1:3], 0, atol=1e-7)
    for momentum in (made.lepton, made.neutrino, made.partons[:, 0]):
        np.testing.assert_allclose(np.linalg.norm(momentum[:, 1:], axis=1), momentum[:, 0], rtol=1e-9)


def test_decays_are_isotropic() -> None:
    made = produce(sample(mass_gev=800.0), stream(4, "test"), EVENTS)
    w = made.lepton + made.neutrino
    top = w + made.partons[:, 0]
    system = top + np.sum(made.partons[:, 1:4], axis=1)
    hadronic = np.sum(made.partons[:, 2:4], axis=1)
    for product, parent in ((top, system), (w, top), (made.lepton, w), (made.partons[:, 2], hadronic)):
        assert kstest(cosine_in_rest_frame(product, parent), "uniform", args=(-1, 2)).pvalue > 1e-3


def test_the_resonance_has_mass_width_and_a_threshold() -> None:
    masses = draw_masses(sample(mass_gev=1000.0, relative_width=0.03), stream(5, "test"), EVENTS)
    low, middle, high = np.quantile(masses[:, 0], [0.25, 0.5, 0.75])
    assert middle == pytest.approx(1000.0, abs=1.0)
    quartiles = 30.0 * np.tan(np.arctan(30.0) / 2)  # of a Breit-Wigner that is cut at 15 widths
    assert high - low == pytest.approx(quartiles, rel=0.05)
    near = draw_masses(sample(mass_gev=350.0, relative_width=0.05), stream(6, "test"), 2000)
    assert np.all(near[:, 0] > near[:, 1] + near[:, 2])


@pytest.mark.usefixtures("sharp")
@pytest.mark.parametrize("power", [4.0, 6.0])
def test_the_continuum_falls_as_a_power_times_the_velocity(power: float) -> None:
    masses = draw_masses(sample("top_pair", mass_power=power), stream(7, "test"), EVENTS)[:, 0]
    edges = np.array([345.0, 370, 400, 450, 500, 600, 800, 1200, 13_000])
    fine = np.concatenate([np.geomspace(*pair, 2001) for pair in itertools.pairwise(edges)]).reshape(-1, 2001)
    density = np.sqrt(1 - (2 * TOP_MASS_GEV / fine) ** 2) * fine**-power
    expected = np.trapezoid(density, fine, axis=1)
    expected *= EVENTS / expected.sum()
    counts = np.histogram(masses, edges)[0]
    assert chi2.sf(np.sum((counts - expected) ** 2 / expected), len(expected) - 1) > 1e-3


def test_the_neutrino_makes_a_w_where_it_can() -> None:
    rng = stream(8, "test")
    lepton = four_momentum(np.zeros(5000), rng.uniform(20, 200, 5000), rng.normal(0, 1, 5000), rng.uniform(-3, 3, 5000))
    missing = rng.normal(0, 60, (5000, 2))
    neutrino = neutrino_momentum(lepton, missing)
    np.testing.assert_array_equal(neutrino[:, 1:3], missing)
    np.testing.assert_allclose(neutrino[:, 0], np.linalg.norm(neutrino[:, 1:], axis=1), rtol=1e-12)
    scalar = np.hypot(lepton[:, 1], lepton[:, 2]) * np.hypot(missing[:, 0], missing[:, 1])
    transverse = np.sqrt(2 * (scalar - np.sum(lepton[:, 1:3] * missing, axis=1)))
    mass = invariant_mass(lepton + neutrino)
    real = transverse < W_MASS_GEV
    assert 0.2 < np.mean(real) < 0.8
    np.testing.assert_allclose(mass[real], W_MASS_GEV, rtol=1e-9)
    np.testing.assert_allclose(mass[~real], transverse[~real], rtol=1e-7)
    # Of two solutions that with the smaller |p_z|: there is no solution at any smaller one.
    above = []
    for share in (0.99, 0.5, 0.0, -0.5, -0.99):
        along = share * neutrino[real, 3]
        smaller = np.column_stack([np.sqrt(np.sum(missing[real] ** 2, axis=1) + along**2), missing[real], along])
        above.append(invariant_mass(lepton[real] + smaller) > W_MASS_GEV)
    assert np.all(np.all(above, axis=0) | ~np.any(above, axis=0))


@pytest.mark.usefixtures("sharp")
def test_a_perfect_detector_gives_the_masses_back() -> None:
    quiet = sample(mass_gev=700.0, relative_width=1e-9, detector=PERFECT | {"btags_min": 2}, **ALONE)
    events = simulate(quiet, stream(9, "test"), 5000, signed=False)
    assert np.all(events["n_jets"] == 4)
    np.testing.assert_allclose(events["m_jj"], W_MASS_GEV, rtol=1e-5)
    real = np.isclose(events["m_lnu"], W_MASS_GEV, rtol=1e-5)
    assert np.mean(real) > 0.9, "but for rounding at transverse masses next to m_W"
    for name, mass in (("m_jjj", TOP_MASS_GEV), ("m_jlnu", TOP_MASS_GEV), ("m_wwbb", 700.0)):
        right = np.isclose(events[name], mass, rtol=1e-4)
        assert np.mean(right[real]) > 0.5, name


def test_the_b_jets_are_the_tagged_ones_and_the_tops_get_the_one_that_fits() -> None:
    rng = stream(10, "test")
    made = produce(sample(mass_gev=700.0, **ALONE), rng, 500)
    missing = made.neutrino[:, 1:3]
    order = np.argsort(-np.hypot(made.partons[:, :4, 1], made.partons[:, :4, 2]), axis=1)
    jets = np.take_along_axis(made.partons[:, :4], order[..., None], axis=1)
    tagged = order < 2
    found = reconstruct(made.lepton, missing, jets, tagged)
    np.testing.assert_allclose(found.m_jj, invariant_mass(made.partons[:, 2] + made.partons[:, 3]), rtol=1e-9)
    nu = neutrino_momentum(made.lepton, missing)
    other = invariant_mass(made.partons[:, 0] + made.partons[:, 2] + made.partons[:, 3])
    right = invariant_mass(made.partons[:, 1] + made.partons[:, 2] + made.partons[:, 3])
    assert np.all(np.isclose(found.m_jjj, right) | np.isclose(found.m_jjj, other))
    with_right = np.hypot(right - TOP_MASS_GEV, invariant_mass(made.lepton + nu + made.partons[:, 0]) - TOP_MASS_GEV)
    chosen = np.hypot(found.m_jjj - TOP_MASS_GEV, found.m_jlnu - TOP_MASS_GEV)
    assert np.all(chosen <= with_right + 1e-9)
    untagged = reconstruct(made.lepton, missing, jets, np.zeros_like(tagged))
    np.testing.assert_allclose(untagged.m_jj, invariant_mass(jets[:, 2] + jets[:, 3]), rtol=1e-9)


def test_what_is_close_becomes_one_jet() -> None:
    pt, eta, phi = np.array([[50.0, 100, 30, 20]]), np.array([[0.1, 0.0, 2.0, 0.3]]), np.array([[3.1, -3.1, 0, 3.1]])
    momentum = four_momentum(np.zeros((1, 4)), pt, eta, phi)
    present, jets, flavour = clustered(np.ones((1, 4), bool), momentum, np.array([[5, 0, 4, 0]], np.int8))
    assert present.tolist() == [[True, False, True, False]]
    np.testing.assert_allclose(jets[0, 0], momentum[0, [0, 1, 3]].sum(axis=0))
    np.testing.assert_allclose(jets[0, 2], momentum[0, 2])
    assert flavour[0, [0, 2]].tolist() == [5, 4]
    absent = clustered(np.array([[False, True, True, True]]), momentum, np.zeros((1, 4), np.int8))
    np.testing.assert_allclose(absent[1][0, 0], momentum[0, [1, 3]].sum(axis=0))


def test_there_are_twenty_two_low_level_and_five_high_level_features(signed: dict[str, NDArray[Any]]) -> None:
    low = ["lepton_pt", "lepton_eta", "lepton_phi", "met", "met_phi", "n_jets"]
    low += [f"jet{number}_{what}" for number in JETS for what in ("pt", "eta", "phi", "btag")]
    high = ["m_lnu", "m_jj", "m_jjj", "m_jlnu", "m_wwbb"]
    assert list(signed) == [*low, *high, "generator_weight", "true_positive_probability"]
    assert (len(low), len(high)) == (22, 5)
    for name in low + high:
        assert signed[name].shape == (EVENTS,) and signed[name].dtype == np.float32
        assert np.all(np.isfinite(signed[name]))


def test_selected_events_have_what_is_asked_for(signed: dict[str, NDArray[Any]]) -> None:
    assert np.all((signed["lepton_pt"] > 20) & (np.abs(signed["lepton_eta"]) < 2.5) & (signed["n_jets"] >= 4))
    for number in JETS:
        assert np.all((signed[f"jet{number}_pt"] > 20) & (np.abs(signed[f"jet{number}_eta"]) < 2.5))
        turn = np.abs(signed[f"jet{number}_phi"] - signed["lepton_phi"])
        eta = signed[f"jet{number}_eta"] - signed["lepton_eta"]
        assert np.all(np.hypot(eta, np.minimum(turn, 2 * np.pi - turn)) > 0.4 - 1e-5)
    assert all(np.all(signed[f"jet{number}_pt"] >= signed[f"jet{number + 1}_pt"]) for number in JETS[:3])
    assert set(np.unique(signed["jet1_btag"])) == {0.0, 1.0}
    for least in (0, 1, 2):
        events = simulate(sample("w_jets", detector={"btags_min": least}), stream(11, "test"), 200)
        tags = sum(events[f"jet{number}_btag"] for number in JETS)
        assert np.min(tags) == least


def test_truth_follows_from_the_measured_mass_and_the_number_of_jets(signed: dict[str, NDArray[Any]]) -> None:
    signs = sample().negative_weights
    assert signs is not None
    logit = signs.offset + signs.mass_slope * np.log(signed["m_wwbb"].astype(float) / 500)
    logit += signs.extra_jet_slope * (signed["n_jets"].astype(float) - 4)
    positive = signed["true_positive_probability"]
    np.testing.assert_allclose(positive, 1 - signs.ceiling / (1 + np.exp(-logit)), rtol=1e-12)
    negative = signed["generator_weight"] < 0
    edges = np.quantile(positive, np.linspace(0, 1, 9))
    cell = np.clip(np.searchsorted(edges, positive, side="right") - 1, 0, 7)
    pulls = np.bincount(cell, negative - (1 - positive)) / np.sqrt(np.bincount(cell, positive * (1 - positive)))
    assert chi2.sf(np.sum(pulls**2), 8) > 1e-3


def test_the_negative_fraction_is_that_of_the_physical_density(
    signed: dict[str, NDArray[Any]], unsigned: dict[str, NDArray[Any]]
) -> None:
    """Of rho / (1 - 2 f) the share f is negative: E[f / (1 - 2 f)] / E[1 / (1 - 2 f)] over rho."""
    signs = sample().negative_weights
    assert signs is not None
    mass, jets = unsigned["m_wwbb"].astype(float), unsigned["n_jets"].astype(np.int64)
    f = negative_probability_of_mass(signs, mass, jets - 4)
    expected = np.sum(f / (1 - 2 * f)) / np.sum(1 / (1 - 2 * f))
    assert 0.15 < expected < 0.25
    assert np.mean(signed["generator_weight"] < 0) == pytest.approx(expected, abs=4 * 0.4 / np.sqrt(EVENTS))


@pytest.mark.parametrize("name", ["m_wwbb", "n_jets", "m_jjj", "met", "jet1_pt", "lepton_eta"])
def test_the_signed_density_is_the_physical_one(
    name: str, signed: dict[str, NDArray[Any]], unsigned: dict[str, NDArray[Any]]
) -> None:
    edges = np.unique(np.quantile(unsigned[name], np.linspace(0, 1, 13)))
    edges[[0, -1]] = -1e9, 1e9
    weight = signed["generator_weight"].astype(float)
    share = np.histogram(signed[name], edges, weights=weight)[0] / weight.sum()
    variance = np.histogram(signed[name], edges, weights=weight**2)[0] / weight.sum() ** 2
    expected = np.histogram(unsigned[name], edges)[0] / EVENTS
    value = np.sum((share - expected) ** 2 / (variance + expected / EVENTS))
    assert chi2.sf(value, len(expected) - 1) > 1e-3
    if name == "n_jets":
        bare = np.histogram(signed[name], edges)[0] / EVENTS
        assert np.sum((bare - expected) ** 2 / (2 * expected / EVENTS)) > 10 * len(expected), "signs do not matter"


def test_sizes_of_weights_have_mean_one_and_the_given_spread(signed: dict[str, NDArray[Any]]) -> None:
    size = np.abs(signed["generator_weight"].astype(float))
    assert np.mean(size) == pytest.approx(1, abs=4 * 0.2 / np.sqrt(EVENTS))
    assert np.std(np.log(size)) == pytest.approx(0.2, rel=0.03)
    assert abs(np.corrcoef(size, signed["m_wwbb"])[0, 1]) < 4 / np.sqrt(EVENTS)


def test_without_signs_all_weights_are_one() -> None:
    events = simulate(sample(negative_weights=None), stream(12, "test"), 100)
    assert np.all(events["generator_weight"] == 1) and np.all(events["true_positive_probability"] == 1)


def test_same_stream_gives_same_events_and_no_events_give_empty_branches() -> None:
    once, again = (simulate(sample("top_pair"), stream(13, "test"), 500) for _ in range(2))
    assert all(np.array_equal(once[name], again[name]) for name in once)
    none = simulate(sample("top_pair"), stream(13, "test"), 0)
    assert {name: values.shape for name, values in none.items()} == dict.fromkeys(once, (0,))


def tags(events: dict[str, NDArray[Any]]) -> float:
    return float(np.mean(sum(events[f"jet{number}_btag"] for number in JETS)))


def spread(name: str) -> Any:
    return lambda events: float(np.subtract(*np.quantile(events[name], [0.75, 0.25])))


def mean(name: str) -> Any:
    return lambda events: float(np.mean(events[name]))


FLAT = {"production": "w_jets", "detector": {"btags_min": 0}}


@pytest.mark.parametrize(
    ("common", "setting", "low", "high", "measured", "least"),
    [
        ({}, "mass_gev", 800.0, 1000.0, mean("m_wwbb"), 100),
        ({}, "relative_width", 0.01, 0.3, spread("m_wwbb"), 20),
        ({"production": "top_pair"}, "mass_power", 7.0, 4.0, mean("m_wwbb"), 50),
        ({}, "extra_jets", 0.0, 2.0, mean("n_jets"), 0.5),
        ({}, "soft_recoil_gev", 0.0, 200.0, spread("met"), 1),
        (FLAT, "jet_pt_slope_gev", 20.0, 60.0, mean("jet1_pt"), 30),
        (FLAT, "radiation_b_fraction", 0.0, 0.5, tags, 0.5),
    ],
)
def test_each_setting_acts(
    common: dict[str, Any], setting: str, low: float, high: float, measured: Any, least: float
) -> None:
    small, large = (
        measured(simulate(sample(**(common | {setting: value})), stream(14, "test"), 3000, signed=False))
        for value in (low, high)
    )
    assert large - small > least


@pytest.mark.parametrize(
    ("setting", "low", "high", "measured", "least"),
    [
        ("jet_resolution_stochastic", 0.0, 3.0, spread("m_jj"), 5),
        ("jet_resolution_constant", 0.0, 0.5, spread("m_jj"), 5),
        ("missing_smear_gev", 0.0, 90.0, mean("met"), 15),
        ("btag_efficiency", 0.4, 0.9, tags, 0.3),
        ("charm_mistag", 0.0, 0.9, tags, 0.2),
        ("light_mistag", 0.0, 0.3, tags, 0.2),
    ],
)
def test_each_setting_of_the_detector_acts(setting: str, low: float, high: float, measured: Any, least: float) -> None:
    small, large = (
        measured(simulate(sample(detector={setting: value}), stream(14, "test"), 3000, signed=False))
        for value in (low, high)
    )
    assert large - small > least


@pytest.mark.parametrize(
    ("setting", "low", "high"),
    [("ceiling", 0.1, 0.4), ("offset", -2.0, 1.0), ("mass_slope", -4.0, 1.0), ("extra_jet_slope", -1.0, 2.0)],
)
def test_each_setting_of_the_signs_acts(setting: str, low: float, high: float) -> None:
    fractions = [
        np.mean(simulate(sample(negative_weights={setting: value}), stream(15, "test"), 3000)["generator_weight"] < 0)
        for value in (low, high)
    ]
    assert fractions[1] > fractions[0] + 0.03


def test_the_lepton_is_smeared() -> None:
    events = [
        simulate(sample(detector={"lepton_resolution": value}), stream(16, "test"), 200, signed=False)["lepton_pt"]
        for value in (0.0, 0.1)
    ]
    assert not np.array_equal(*events)


def test_a_selection_that_nothing_passes_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signedag.events.simulation.resonance_top.MOST_EVENTS_WITHOUT_ANY", 1000)
    nothing = {"btag_efficiency": 0.0, "charm_mistag": 0.0, "light_mistag": 0.0}
    with pytest.raises(UserError, match=r"none of \d+ events has a lepton, four jets and 1 b tags; ask for fewer"):
        simulate(sample(detector=nothing), stream(17, "test"), 10)
