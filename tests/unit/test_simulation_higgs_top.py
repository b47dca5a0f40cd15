"""Simulated top pairs against the analytic signed density, their truth branches and the kinematics of their decays."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2, kstest

from signedag.config.simulation import HiggsTopSimulation
from signedag.events.simulation.higgs_top import simulate
from signedag.events.simulation.higgs_top_amplitude import TOP_MASS_GEV, Array, SpinDensity
from signedag.events.simulation.higgs_top_decays import (
    LARGEST_LEPTON_ENERGY_GEV,
    SMALLEST_LEPTON_ENERGY_GEV,
    W_MASS_GEV,
    TopDecay,
    decay_top,
    decays_in_laboratory,
    helicity_axes,
)
from signedag.events.simulation.higgs_top_density import (
    c_hel_density,
    sample_density,
    signed_cross_section,
    spin_densities,
)
from signedag.events.simulation.higgs_top_sampling import draw_accepted, draw_leptons, draw_rapidity, event_total
from signedag.events.simulation.kinematics import boost, invariant_mass, isotropic_directions
from signedag.seeds import stream

ALL_PARTS = ("signal", "interference", "continuum")
EVENTS = 30_000
SAMPLES = {
    "narrow A": ("A", 400.0, 0.03, ALL_PARTS),
    "wide H": ("H", 500.0, 0.10, ALL_PARTS),
    "signal of H": ("H", 400.0, 0.03, ("signal",)),
    "interference of A": ("A", 500.0, 0.03, ("interference",)),
    "signal and interference of A": ("A", 600.0, 0.10, ("signal", "interference")),
    "continuum": ("none", 500.0, 0.03, ("continuum",)),
}


def settings_of(name: str) -> HiggsTopSimulation:
    boson, mass, width, parts = SAMPLES[name]
    content = {"boson": boson, "mass_gev": mass, "relative_width": width, "parts": parts, "events": EVENTS}
    return HiggsTopSimulation.model_validate(content | {"m_tt_max_gev": 900.0})


@pytest.fixture(scope="module", params=list(SAMPLES))
def drawn(request: pytest.FixtureRequest) -> tuple[HiggsTopSimulation, dict[str, Array]]:
    settings = settings_of(request.param)
    return settings, simulate(settings, stream(1, "test", request.param), EVENTS)


def quantile_edges(values: Array, bins: int) -> Array:
    return np.quantile(values, np.linspace(0, 1, bins + 1))


def compatibility(values: Array, weights: Array, edges: Array, expected: Array) -> float:
    """Give the p-value of chi2 between a signed histogram with its sum of squares and an exact expectation."""
    counts = np.histogram(values, edges, weights=weights)[0]
    variance = np.histogram(values, edges, weights=weights**2)[0]
    return float(chi2.sf(np.sum((counts - expected) ** 2 / variance), len(expected)))


def integrals(settings: HiggsTopSimulation, mass_edges: Array, z_edges: Array) -> Array:
    """Integrate the signed density over rectangles in (m_tt, z), shape (masses, cosines), by quadrature."""
    density = sample_density(settings)
    nodes, weights = np.polynomial.legendre.leggauss(6)
    fine = np.concatenate([np.linspace(a, b, 41)[:-1] for a, b in pairwise(mass_edges)])
    fine = np.append(fine, mass_edges[-1])
    half, z_half = np.diff(fine) / 2, np.diff(z_edges) / 2
    masses = (fine[1:] + fine[:-1])[:, None] / 2 + half[:, None] * nodes
    z = (z_edges[1:] + z_edges[:-1])[:, None] / 2 + z_half[:, None] * nodes
    values = signed_cross_section(density, masses.reshape(-1, 1), z.reshape(1, -1))
    values = values.reshape(len(half), 6, len(z_half), 6)
    cells = np.einsum("manb,a,b,m,n->mn", values, weights, weights, half, z_half)
    return np.asarray(cells.reshape(len(mass_edges) - 1, -1, len(z_half)).sum(axis=1))


def test_signed_histograms_follow_the_analytic_density(drawn: tuple[HiggsTopSimulation, dict[str, Array]]) -> None:
    settings, events = drawn
    low, high = settings.m_tt_min_gev, settings.m_tt_max_gev
    masses = quantile_edges(events["m_tt_gev"], 25)
    masses[0], masses[-1] = low, high
    z = np.linspace(-1, 1, 11)
    expected = integrals(settings, masses, z)
    weights = events["generator_weight"]
    assert compatibility(events["m_tt_gev"], weights, masses, expected.sum(axis=1)) > 1e-3
    assert compatibility(events["cos_theta_star"], weights, z, expected.sum(axis=0)) > 1e-3
    error = np.sqrt(np.sum(weights**2))
    assert abs(np.sum(weights) - expected.sum()) < 4 * error


def test_signed_c_hel_follows_the_analytic_density(drawn: tuple[HiggsTopSimulation, dict[str, Array]]) -> None:
    """The average of rho(c_hel | m, z) over the drawn tops, each weighted with its exact signed density."""
    settings, events = drawn
    density = sample_density(settings)
    signed, _ = spin_densities(density, events["m_tt_gev"], events["cos_theta_star"])
    exact = 2 * events["true_positive_probability_given_tops"] - 1
    scale = exact * event_total(density, settings.m_tt_min_gev, settings.m_tt_max_gev) / EVENTS
    slope = (c_hel_density(signed, np.ones(EVENTS)) - signed.rate) / signed.rate
    edges = np.linspace(-1, 1, 13)
    width, centre = np.diff(edges), (edges[1:] + edges[:-1]) / 2
    expected = np.sum(scale) * width / 2 + np.sum(scale * slope) * centre * width / 2
    assert compatibility(events["c_hel"], events["generator_weight"], edges, expected) > 1e-3


def test_signs_follow_each_truth_branch(drawn: tuple[HiggsTopSimulation, dict[str, Array]]) -> None:
    """E[sign | x] = 2 p(x) - 1 for all of the event, for the tops alone, and for tops and c_hel."""
    _, events = drawn
    positive = events["generator_weight"] > 0
    for name in ("", "_given_tops", "_given_tops_and_c_hel"):
        p = events[f"true_positive_probability{name}"]
        assert np.all((p >= 0) & (p <= 1))
        for column in ("m_tt_gev", "top_pt_gev", f"true_positive_probability{name}"):
            cell = np.searchsorted(np.unique(quantile_edges(events[column], 15))[1:-1], events[column])
            difference = np.bincount(cell, positive - p)
            pull2 = np.sum(difference**2 / np.bincount(cell, p * (1 - p)))
            assert chi2.sf(pull2, len(difference)) > 1e-3, (name, column)


def test_probability_given_the_tops_misses_the_slope_in_c_hel() -> None:
    settings = settings_of("narrow A")
    events = simulate(settings, stream(2, "test"), EVENTS)
    weights = np.abs(events["generator_weight"])
    exact, tops, with_c_hel = (
        np.sum(weights * (2 * events[f"true_positive_probability{name}"] - 1) * events["c_hel"]) / np.sum(weights)
        for name in ("", "_given_tops", "_given_tops_and_c_hel")
    )
    assert with_c_hel == pytest.approx(exact, abs=2e-3)
    assert tops > exact + 6e-3


@pytest.mark.parametrize(("name", "lowest", "highest"), [("narrow A", 0.0, 0.0), ("interference of A", 0.2, 0.8)])
def test_fraction_to_be_clipped_is_known_from_the_truth(name: str, lowest: float, highest: float) -> None:
    events = simulate(settings_of(name), stream(3, "test"), EVENTS)
    weights = np.abs(events["generator_weight"])
    clipped = np.sum(weights[events["true_positive_probability"] < 0.5]) / np.sum(weights)
    assert lowest <= clipped <= highest


def test_c_han_has_the_full_slope_for_a_scalar() -> None:
    """3P0 has the density 1/2 (1 - c_han), hence the mean -1/3; c_hel has -1/9."""
    events = simulate(settings_of("signal of H"), stream(11, "test"), EVENTS)
    assert np.mean(events["c_han"]) == pytest.approx(-1 / 3, abs=4 * 0.48 / np.sqrt(EVENTS))
    assert np.mean(events["c_hel"]) == pytest.approx(-1 / 9, abs=4 * 0.57 / np.sqrt(EVENTS))


def test_branches_of_momenta_are_those_of_the_event() -> None:
    events = simulate(settings_of("narrow A"), stream(12, "test"), 2000)
    total = np.zeros((2000, 4))
    for name in ("top", "antitop"):
        pt, eta, phi = (events[f"{name}_{part}"] for part in ("pt_gev", "eta", "phi"))
        momentum = pt[:, None] * np.column_stack([np.cos(phi), np.sin(phi), np.sinh(eta)])
        total[:, 0] += np.sqrt(TOP_MASS_GEV**2 + np.sum(momentum**2, axis=1))
        total[:, 1:] += momentum
    np.testing.assert_allclose(invariant_mass(total), events["m_tt_gev"], rtol=1e-9)
    plus, minus = events["lepton_plus_pt_gev"], events["lepton_minus_pt_gev"]
    apart = np.cosh(events["delta_eta_ll"]) - np.cos(events["delta_phi_ll"])
    np.testing.assert_allclose(np.sqrt(2 * plus * minus * apart), events["m_ll_gev"], rtol=1e-4)
    squared = plus**2 + minus**2 + 2 * plus * minus * np.cos(events["delta_phi_ll"])
    np.testing.assert_allclose(np.sqrt(squared), events["pt_ll_gev"], rtol=1e-6, atol=1e-6)


def test_breit_wigner_phase_is_that_of_the_propagator() -> None:
    events = simulate(settings_of("continuum"), stream(10, "test"), 1000)
    propagator = 1 / (events["m_tt_gev"] ** 2 - 500.0**2 - 1j * 500.0 * 15.0)
    np.testing.assert_allclose(events["breit_wigner_phase"], np.pi / 2 - np.angle(propagator), atol=1e-12)


def test_weights_of_all_files_add_up_to_the_cross_section() -> None:
    settings = settings_of("wide H").model_copy(update={"weight_spread": 0.0, "negative_fraction_slope": 0.0})
    settings = settings.model_copy(update={"negative_fraction": 0.0, "parts": ("continuum",)})
    files = [simulate(settings, stream(4, "test", part), EVENTS // 3) for part in range(3)]
    total = integrals(settings, np.linspace(345, 900, 30), np.linspace(-1, 1, 6)).sum()
    assert sum(np.sum(file["generator_weight"]) for file in files) == pytest.approx(total, rel=1e-6)


def test_sizes_of_weights_are_independent_of_kinematics_and_have_the_given_spread(
    drawn: tuple[HiggsTopSimulation, dict[str, Array]],
) -> None:
    settings, events = drawn
    logarithm = np.log(np.abs(events["generator_weight"]))
    assert np.std(logarithm) == pytest.approx(settings.weight_spread, rel=0.03)
    for column in ("m_tt_gev", "c_hel", "true_positive_probability"):
        assert abs(np.corrcoef(logarithm, events[column])[0, 1]) < 4 / np.sqrt(EVENTS)


def test_same_stream_gives_same_events_and_no_events_give_empty_branches() -> None:
    settings = settings_of("narrow A")
    once, again = (simulate(settings, stream(5, "test"), 500) for _ in range(2))
    assert all(np.array_equal(once[name], again[name]) for name in once)
    assert all(np.all(np.isfinite(values)) and values.shape == (500,) for values in once.values())
    assert {name: values.shape for name, values in simulate(settings, stream(5, "test"), 0).items()} == dict.fromkeys(
        once, (0,)
    )


def made_decays() -> tuple[Array, tuple[Array, Array], tuple[TopDecay, TopDecay]]:
    rng = np.random.default_rng(6)
    tops = np.column_stack([rng.uniform(346, 1200, 2000), rng.uniform(-1, 1, 2000)])
    leptons = isotropic_directions(rng, 2000), isotropic_directions(rng, 2000)
    return tops, leptons, decays_in_laboratory(rng, tops, rng.normal(0, 1, 2000), leptons)


def test_decays_conserve_momentum_and_keep_masses() -> None:
    tops, _, decays = made_decays()
    for decay in decays:
        np.testing.assert_allclose(decay.bottom + decay.lepton + decay.neutrino, decay.top, atol=1e-7)
        np.testing.assert_allclose(invariant_mass(decay.top), TOP_MASS_GEV, rtol=1e-8)
        np.testing.assert_allclose(invariant_mass(decay.lepton + decay.neutrino), W_MASS_GEV, rtol=1e-7)
        for massless in (decay.bottom, decay.lepton, decay.neutrino):
            assert np.all(np.abs(massless[:, 0] - np.linalg.norm(massless[:, 1:], axis=1)) < 1e-8 * decay.top[:, 0])
    np.testing.assert_allclose(invariant_mass(decays[0].top + decays[1].top), tops[:, 0], rtol=1e-9)


def reversed_momentum(momentum: Array) -> Array:
    return np.asarray(momentum * np.array([1.0, -1, -1, -1]))


def test_angles_are_recovered_from_momenta_by_way_of_the_zero_momentum_frame() -> None:
    tops, leptons, (top, antitop) = made_decays()
    pair = top.top + antitop.top
    at_pair = [
        boost(momentum, reversed_momentum(pair)) for momentum in (top.top, antitop.top, top.lepton, antitop.lepton)
    ]
    rest = [boost(at_pair[2 + i], reversed_momentum(at_pair[i]))[:, 1:] for i in range(2)]
    directions = [momentum / np.linalg.norm(momentum, axis=1, keepdims=True) for momentum in rest]
    c_hel = np.sum(directions[0] * directions[1], axis=1)
    np.testing.assert_allclose(c_hel, np.sum(leptons[0] * leptons[1], axis=1), atol=1e-7)
    k = at_pair[0][:, 1:] / np.linalg.norm(at_pair[0][:, 1:], axis=1, keepdims=True)
    np.testing.assert_allclose(k[:, 2], tops[:, 1], atol=1e-9)
    for direction, drawn_direction in zip(directions, leptons, strict=True):
        axes = helicity_axes(k[:, 2], np.arctan2(k[:, 1], k[:, 0]))
        np.testing.assert_allclose(np.einsum("naj,nj->na", axes, direction), drawn_direction, atol=1e-6)


def test_helicity_axes_are_a_rotation_with_r_in_the_production_plane() -> None:
    z = np.array([[0.3], [-0.8]])
    axes = helicity_axes(z[:, 0], np.array([1.0, -2.0]))
    np.testing.assert_allclose(axes @ axes.transpose(0, 2, 1), np.tile(np.eye(3), (2, 1, 1)), atol=1e-14)
    np.testing.assert_allclose(axes[:, 1], (np.array([0, 0, 1]) - z * axes[:, 0]) / np.sqrt(1 - z**2), atol=1e-14)
    np.testing.assert_allclose(axes[:, 2], np.cross(axes[:, 1], axes[:, 0]), atol=1e-14)


def test_lepton_energy_has_its_spectrum_and_bottom_its_energy() -> None:
    rng = np.random.default_rng(7)
    decay = decay_top(rng, isotropic_directions(rng, 20_000))

    def cumulative(energy: Array) -> Array:
        def primitive(x: Array | float) -> Array:
            return np.asarray(TOP_MASS_GEV * np.square(x) / 2 - 2 * np.power(x, 3) / 3)

        start = primitive(SMALLEST_LEPTON_ENERGY_GEV)
        return np.asarray((primitive(energy) - start) / (primitive(LARGEST_LEPTON_ENERGY_GEV) - start))

    assert kstest(decay.lepton[:, 0], cumulative).pvalue > 1e-3
    np.testing.assert_allclose(decay.bottom[:, 0], (TOP_MASS_GEV**2 - W_MASS_GEV**2) / (2 * TOP_MASS_GEV), rtol=1e-9)
    around = np.sum(np.cross(decay.lepton[:, 1:], [0, 0, 1]) * decay.neutrino[:, 1:], axis=1)
    assert abs(np.mean(np.sign(around))) < 4 / np.sqrt(20_000)


def test_leptons_carry_the_whole_correlation_matrix() -> None:
    """<u_i v_j> = -C_ij / 9 for rate (1 - C_ij u_i v_j)."""
    number = 60_000
    correlation = np.array([[-0.5, 0.2, 0], [0.2, 0.3, 0], [0, 0, -0.6]])
    density = SpinDensity(np.full(number, 2.0), np.tile(2 * correlation, (number, 1, 1)))
    plus, minus = draw_leptons(np.random.default_rng(8), density)
    np.testing.assert_allclose(
        np.einsum("ni,nj->ij", plus, minus) / number, -correlation / 9, atol=4 / 3 / np.sqrt(number)
    )


def test_rapidity_follows_the_gluons() -> None:
    rng = np.random.default_rng(9)
    light, heavy = (np.std(draw_rapidity(rng, np.full(20_000, mass))) for mass in (400.0, 1400.0))
    assert heavy < light < 1.3
    assert abs(np.mean(draw_rapidity(rng, np.full(20_000, 500.0)))) < 4 * light / np.sqrt(20_000)


def test_a_bound_that_is_too_low_is_an_error_and_not_a_bias() -> None:
    def propose(pending: NDArray[np.int64]) -> tuple[Array, Array]:
        return np.zeros((pending.size, 1)), np.full(pending.size, 1.1)

    with pytest.raises(RuntimeError, match="above one"):
        draw_accepted(np.random.default_rng(1), 3, 1, propose)
