"""Luminosity, signed densities and the exact probability of a positive weight."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from signedag.config.simulation import HiggsTopSimulation
from signedag.events.simulation.higgs_top_amplitude import Array, SpinDensity, resonant_amplitude, top_pair_width
from signedag.events.simulation.higgs_top_density import (
    c_hel_density,
    flip_probability,
    lepton_density,
    positive_probability,
    sample_density,
    signed_cross_section,
    spin_densities,
)
from signedag.events.simulation.higgs_top_luminosity import (
    CENTRE_OF_MASS_ENERGY_GEV,
    GLUON_LARGE_X_POWER,
    GLUON_NORMALISATION,
    GLUON_SMALL_X_POWER,
    largest_rapidity,
    luminosity,
    relative_rapidity_density,
)
from signedag.events.simulation.kinematics import isotropic_directions

ALL_PARTS = ("signal", "interference", "continuum")
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


def sample(boson: str = "A", parts: tuple[str, ...] = ALL_PARTS, **changes: float) -> HiggsTopSimulation:
    return HiggsTopSimulation.model_validate({"boson": boson, "parts": parts, "mass_gev": 400.0, **changes})


def probabilities(settings: HiggsTopSimulation, tops: Array, plus: Array, minus: Array) -> Array:
    density = sample_density(settings)
    signed, envelope = spin_densities(density, tops[:, 0], tops[:, 1])
    flip = flip_probability(density, tops[:, 0], tops[:, 1])
    return positive_probability(lepton_density(signed, plus, minus), lepton_density(envelope, plus, minus), flip)


def anywhere(events: int = 5000) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(11)
    tops = np.column_stack([rng.uniform(345.1, 900, events), rng.uniform(-1, 1, events)])
    return tops, isotropic_directions(rng, events), isotropic_directions(rng, events)


@pytest.mark.parametrize("m_tt", [345.0, 500.0, 1500.0, 6000.0])
def test_luminosity_is_the_integral_over_rapidity(m_tt: float) -> None:
    mass = np.asarray(m_tt)

    def gluon(x: float) -> float:
        return GLUON_NORMALISATION * math.pow(x, -GLUON_SMALL_X_POWER) * math.pow(1 - x, GLUON_LARGE_X_POWER)

    def product(y: float) -> float:
        root = m_tt / CENTRE_OF_MASS_ENERGY_GEV
        return gluon(root * math.exp(y)) * gluon(root * math.exp(-y))

    limit = float(largest_rapidity(mass))
    integral, _ = quad(product, -limit, limit, epsabs=0, epsrel=1e-11)
    assert luminosity(mass) == pytest.approx(2 / m_tt * integral, rel=1e-8)
    ratio = product(0.7 * limit) / product(0.0)
    assert relative_rapidity_density(mass, np.asarray(0.7 * limit)) == pytest.approx(ratio, rel=1e-9)


def test_luminosity_falls_with_mass() -> None:
    values = luminosity(np.linspace(345, 6000, 200))
    assert np.all(values > 0) and np.all(np.diff(values) < 0)


@settings(max_examples=40, deadline=None)
@given(boson=st.sampled_from("AH"), mass=st.floats(350, 1000), width=st.floats(0.005, 0.3), coupling=st.floats(0.1, 4))
def test_sum_of_all_parts_is_a_positive_spin_state(boson: str, mass: float, width: float, coupling: float) -> None:
    density = sample_density(sample(boson, mass_gev=mass, relative_width=width, coupling=coupling))
    tops, _, _ = anywhere(300)
    signed, envelope = spin_densities(density, tops[:, 0], tops[:, 1])
    for matrix in (signed, envelope):
        spins = np.einsum("nij,iab,jcd->nacbd", matrix.correlation, PAULI, PAULI).reshape(-1, 4, 4)
        eigenvalues = np.linalg.eigvalsh(matrix.rate[:, None, None] * np.eye(4) + spins)
        assert np.all(eigenvalues > -1e-9 * matrix.rate[:, None])


@pytest.mark.parametrize("boson", ["A", "H"])
@pytest.mark.parametrize("width", [0.03, 0.1])
def test_summed_sample_is_transformable_everywhere_and_interference_is_not(boson: str, width: float) -> None:
    tops, plus, minus = anywhere()
    flip = flip_probability(sample_density(sample()), tops[:, 0], tops[:, 1])
    summed = probabilities(sample(boson, relative_width=width), tops, plus, minus)
    assert np.all((summed >= 0.5 - 1e-12) & (summed <= 1 - flip + 1e-12))
    alone = sample(boson, ("interference",), relative_width=width)
    interference = probabilities(alone, tops, plus, minus)
    resonance = sample_density(alone).resonance
    assert resonance is not None
    phase = np.angle(resonant_amplitude(resonance, tops[:, 0]))
    np.testing.assert_allclose(interference, 0.5 * (1 - (1 - 2 * flip) * np.cos(phase)), atol=1e-9)
    assert np.all(interference[(tops[:, 0] > 450) & (tops[:, 0] < 800)] < 0.5)
    continuum = probabilities(sample("none", ("continuum",)), tops, plus, minus)
    np.testing.assert_allclose(continuum, 1 - flip, atol=1e-9)


def test_probability_dips_above_the_resonance_and_with_c_hel_as_the_spin_state_says() -> None:
    z = np.zeros(3)
    masses = np.array([385.0, 408.0, 520.0])
    for boson, slope in (("A", -1), ("H", 1)):
        density = sample_density(sample(boson))
        signed, envelope = spin_densities(density, masses, z)
        flip = flip_probability(density, masses, z)
        p = {
            c: positive_probability(c_hel_density(signed, c + z), c_hel_density(envelope, c + z), flip)
            for c in (-0.9, 0.9)
        }
        middle = positive_probability(signed.rate, envelope.rate, flip)
        assert middle[1] < middle[2] - 0.03 and middle[1] < middle[0] - 0.03
        assert slope * (p[0.9][1] - p[-0.9][1]) > 0.05
        assert abs(p[0.9][0] - p[-0.9][0]) < 0.05


def test_c_hel_density_is_the_average_over_directions_at_fixed_c_hel() -> None:
    """l- is turned about l+ in equal steps and l+ runs over the octahedron's corners, exact for this bilinear form."""
    rng = np.random.default_rng(5)
    density = SpinDensity(np.array([3.0]), rng.normal(size=(1, 3, 3)))
    cosine = 0.37
    values = []
    for axis in range(3):
        for sign in (1, -1):
            for angle in np.arange(4) * np.pi / 2:
                plus = sign * np.eye(3)[axis]
                side = np.cos(angle) * np.eye(3)[axis - 1] + np.sin(angle) * np.eye(3)[axis - 2]
                minus = cosine * plus + np.sqrt(1 - cosine**2) * side
                values.append(lepton_density(density, plus[None], minus[None])[0])
    assert c_hel_density(density, np.array([cosine]))[0] == pytest.approx(np.mean(values), rel=1e-12)


def test_pure_states_have_their_known_c_hel_slopes() -> None:
    for boson, slope in (("A", 1.0), ("H", -1 / 3)):
        signed, _ = spin_densities(sample_density(sample(boson, ("signal",))), np.array([430.0]), np.array([0.2]))
        ratio = c_hel_density(signed, np.array([1.0])) / signed.rate
        assert ratio - 1 == pytest.approx(slope, rel=1e-12)


def test_peak_and_dip_appear_on_either_side_of_the_pole() -> None:
    low, high = np.array([390.0]), np.array([412.0])
    density, continuum = sample_density(sample("A")), sample_density(sample("none", ("continuum",)))
    z = np.zeros(1)
    ratio = [signed_cross_section(density, m, z) / signed_cross_section(continuum, m, z) for m in (low, high)]
    assert ratio[0] > 1.1 and ratio[1] < 0.9


def test_left_out_coupling_lets_top_pairs_make_up_the_width() -> None:
    resonance = sample_density(sample("H", relative_width=0.1)).resonance
    assert resonance is not None
    assert resonance.coupling**2 * top_pair_width("H", 400.0) == pytest.approx(40.0)
    given_coupling = sample_density(sample("H", coupling=0.5)).resonance
    assert given_coupling is not None and given_coupling.coupling == 0.5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"parts": ()}, "at least one"),
        ({"parts": ("signal", "signal")}, "must differ"),
        ({"boson": "none"}, "only part"),
        ({"m_tt_min_gev": 600.0, "m_tt_max_gev": 500.0}, "must be above"),
        ({"negative_fraction": 0.3, "negative_fraction_slope": 0.2}, "below 0.5"),
        ({"negative_fraction": 0.1, "negative_fraction_slope": -0.2}, "at least 0"),
        ({"mass_gev": 300.0}, "greater than 345"),
    ],
)
def test_settings_that_make_no_density_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        HiggsTopSimulation.model_validate({"boson": "A", "parts": ALL_PARTS} | changes)
