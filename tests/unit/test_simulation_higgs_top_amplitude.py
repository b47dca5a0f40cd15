"""The closed forms of gg -> A/H -> tt against Feynman diagrams, unitarity and published cross-sections."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import quad

from signedag.events.simulation.higgs_top_amplitude import (
    FERMI_CONSTANT,
    PB_GEV2,
    RESONANCE_CORRELATION,
    STRONG_COUPLING,
    TOP_MASS_GEV,
    UNIT,
    Resonance,
    continuum,
    continuum_rate,
    form_factor,
    interference_rate,
    resonant_amplitude,
    signal_rate,
    top_pair_width,
    velocity,
)

Complex = NDArray[np.complex128]

PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
MASSES = st.floats(345.5, 2000)
COSINES = st.floats(-0.98, 0.98)


class Diagrams(NamedTuple):
    """Amplitudes over g^2, by helicities of the gluons (2, 2) and spins of top and antitop (2, 2) along (k, r, n)."""

    planar: Complex
    """Factor of T^a T^b."""
    crossed: Complex
    """Factor of T^b T^a."""
    scalar: Complex
    """Spinor part of the decay of a scalar ..."""
    pseudoscalar: Complex
    """... and of a pseudoscalar made from two gluons, up to a factor."""


def slash(vector: NDArray[np.float64] | Complex) -> Complex:
    """Contract a four-vector (E, x, y, z) with the Dirac matrices of the standard representation."""
    matrix = np.zeros((4, 4), complex)
    matrix[:2, :2] = vector[0] * np.eye(2)
    matrix[2:, 2:] = -matrix[:2, :2]
    spatial = np.einsum("i,ijk->jk", vector[1:], PAULI)
    matrix[:2, 2:], matrix[2:, :2] = -spatial, spatial
    return matrix


def spinors(momentum: NDArray[np.float64], spin_states: Complex, *, antitop: bool) -> Complex:
    """Give u (or v) for spin states, rows of shape (2, 2), defined in the rest frame; shape (2, 4)."""
    rows = []
    for state in spin_states:
        rest = np.zeros(4, complex)
        if antitop:
            rest[2:] = -1j * PAULI[1] @ state.conj()
            boosted = (-slash(momentum) + TOP_MASS_GEV * np.eye(4)) @ rest
        else:
            rest[:2] = state
            boosted = (slash(momentum) + TOP_MASS_GEV * np.eye(4)) @ rest
        rows.append(boosted / np.sqrt(momentum[0] + TOP_MASS_GEV))
    return np.array(rows)


def diagrams(m_tt: float, z: float) -> Diagrams:
    """Evaluate the three diagrams of g(k1) g(k2) -> t tbar in the zero-momentum frame, gluons along +-(0, 0, 1)."""
    energy, sine = m_tt / 2, np.sqrt(1 - z**2)
    k = np.array([sine, 0.0, z])
    p = energy * velocity(np.asarray(m_tt)) * k
    top, antitop = np.array([energy, *p]), np.array([energy, *-p])
    first, second = energy * np.array([1.0, 0, 0, 1]), energy * np.array([1.0, 0, 0, -1])
    states = np.eye(2, dtype=complex)
    u, v = spinors(top, states, antitop=False), spinors(antitop, states, antitop=True)
    ubar = u.conj() @ slash(np.array([1.0, 0, 0, 0]))
    gamma5 = np.kron(PAULI[0], np.eye(2))
    unit = TOP_MASS_GEV * np.eye(4)
    made = Diagrams(*(np.zeros((2, 2, 2, 2), complex) for _ in range(4)))
    for i, helicity1 in enumerate((1, -1)):
        for j, helicity2 in enumerate((1, -1)):
            e1 = np.array([0, 1, 1j * helicity1, 0]) / np.sqrt(2)
            e2 = np.array([0, 1, -1j * helicity2, 0]) / np.sqrt(2)
            contracted = -e1[1:] @ e2[1:]
            t_channel = slash(e1) @ (slash(top - first) + unit) @ slash(e2) / (-2 * _dot(top, first))
            u_channel = slash(e2) @ (slash(top - second) + unit) @ slash(e1) / (-2 * _dot(top, second))
            s_channel = contracted * slash(first - second) / m_tt**2
            made.planar[i, j] = ubar @ (t_channel + s_channel) @ v.T
            made.crossed[i, j] = ubar @ (u_channel - s_channel) @ v.T
            made.scalar[i, j] = contracted * ubar @ v.T
            made.pseudoscalar[i, j] = contracted * helicity1 * ubar @ gamma5 @ v.T
    return made


def _dot(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(a[0] * b[0] - a[1:] @ b[1:])


def colour_summed(planar: Complex, crossed: Complex, singlet: Complex) -> Complex:
    """Sum M M* over colours and gluon helicities for M = planar T^a T^b + crossed T^b T^a + singlet delta^ab.

    Tr(T^a T^b T^b T^a) = 16/3, Tr(T^a T^b T^a T^b) = -2/3, Tr(delta^ab T^a T^b) = 4, Tr(delta^aa 1) = 24.
    """
    total = np.zeros((2, 2, 2, 2), complex)
    amplitudes = {0: planar, 1: crossed, 2: singlet}
    traces = np.array([[16 / 3, -2 / 3, 4], [-2 / 3, 16 / 3, 4], [4, 4, 24]])
    for a, left in amplitudes.items():
        for b, right in amplitudes.items():
            total += traces[a, b] * np.einsum("ijab,ijcd->abcd", left, right.conj())
    return total


def rate_and_correlation(matrix: Complex, z: float) -> tuple[float, NDArray[np.float64]]:
    """Decompose the production matrix; a rate is 3/16 of the sum over all spins, helicities and colours."""
    k = np.array([np.sqrt(1 - z**2), 0.0, z])
    r = (np.array([0.0, 0, 1]) - z * k) / np.sqrt(1 - z**2)
    spins = np.einsum("ai,ijk->ajk", np.stack([k, r, np.cross(r, k)]), PAULI)
    correlation = np.einsum("abcd,ica,jdb->ij", matrix, spins, spins)
    assert np.abs(correlation.imag).max() < 1e-9 * np.abs(matrix).max()
    return 3 / 16 * float(np.einsum("abab->", matrix).real), 3 / 16 * correlation.real


@settings(max_examples=30, deadline=None)
@given(m_tt=MASSES, z=COSINES)
def test_continuum_is_the_sum_of_the_feynman_diagrams(m_tt: float, z: float) -> None:
    made = diagrams(m_tt, z)
    matrix = colour_summed(made.planar, made.crossed, np.zeros_like(made.planar))
    rate, correlation = rate_and_correlation(matrix, z)
    closed = continuum(np.array([m_tt]), np.array([z]))
    assert closed.rate[0] == pytest.approx(rate, rel=1e-9)
    np.testing.assert_allclose(closed.correlation[0], correlation, atol=1e-9 * rate)


@settings(max_examples=30, deadline=None)
@given(m_tt=MASSES, z=COSINES, boson=st.sampled_from("AH"), size=st.floats(0.01, 3), phase=st.floats(-np.pi, np.pi))
def test_resonance_interferes_with_the_colour_singlet_of_its_own_spin_state(
    m_tt: float, z: float, boson: str, size: float, phase: float
) -> None:
    made = diagrams(m_tt, z)
    state = made.pseudoscalar if boson == "A" else made.scalar
    overlap = np.vdot(state, made.planar + made.crossed)
    factor = 1.0 if boson == "A" else float(velocity(np.asarray(m_tt))) ** 2
    normalised = state * np.sqrt(factor / (3 / 16 * 24 * np.vdot(state, state).real)) * overlap / abs(overlap)
    b = size * np.exp(1j * phase)
    rate, correlation = rate_and_correlation(colour_summed(made.planar, made.crossed, -b * normalised), z)
    a = np.sqrt(2) * (2 * TOP_MASS_GEV / m_tt) / (1 - (1 - (2 * TOP_MASS_GEV / m_tt) ** 2) * z**2)
    added = factor * (abs(a - b) ** 2 - a**2)
    background = continuum(np.array([m_tt]), np.array([z]))
    assert rate == pytest.approx(background.rate[0] + added, rel=1e-8)
    np.testing.assert_allclose(
        correlation,
        background.correlation[0] + added * RESONANCE_CORRELATION[boson],
        atol=1e-8 * background.rate[0] * 10,
    )


@pytest.mark.parametrize("m_tt", [346.0, 360.0, 420.0, 600.0, 1500.0])
def test_continuum_integrates_to_the_textbook_cross_section(m_tt: float) -> None:
    """M. Gluck, J. Owens, E. Reya, Phys. Rev. D 17 (1978) 2324; B. Combridge, Nucl. Phys. B 151 (1979) 429."""
    mass, beta = np.asarray(m_tt), float(velocity(np.asarray(m_tt)))
    integral, _ = quad(lambda z: float(continuum_rate(mass, np.asarray(z))), -1, 1, epsabs=0, epsrel=1e-11)
    rho = (2 * TOP_MASS_GEV / m_tt) ** 2
    logarithm = np.log((1 + beta) / (1 - beta))
    bracket = (1 + rho + rho**2 / 16) * logarithm - beta * (7 / 4 + 31 * rho / 16)
    expected = np.pi * STRONG_COUPLING**2 / (3 * m_tt**2) * bracket * PB_GEV2
    assert UNIT * beta / m_tt**2 * integral == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("boson", ["A", "H"])
@pytest.mark.parametrize("m_tt", [350.0, 480.0, 500.0, 520.0, 900.0])
def test_signal_and_interference_integrate_to_the_published_cross_sections(boson: str, m_tt: float) -> None:
    """hep-ph/9404359, with G_F^2 and the coupling g: sigma(signal) ~ g^4, sigma(interference) ~ g^2; fixed width."""
    resonance = Resonance(boson, 500.0, 15.0, 0.8)  # type: ignore[arg-type]
    mass, beta = np.asarray(m_tt), float(velocity(np.asarray(m_tt)))
    s, pole = m_tt**2, resonance.mass_gev**2
    width_term = resonance.mass_gev * resonance.width_gev
    propagator = 1 / ((s - pole) ** 2 + width_term**2)
    y = np.log((1 + beta) / (1 - beta))
    if boson == "A":
        loop2, power, real, imaginary = (np.pi**2 + y**2) ** 2, 1, np.pi**2 - y**2, 2 * np.pi * y
    else:
        real, imaginary = 4 + beta**2 * (np.pi**2 - y**2), 2 * np.pi * beta**2 * y
        loop2, power = real**2 + imaginary**2, 3
    scale = (STRONG_COUPLING * FERMI_CONSTANT * TOP_MASS_GEV**3) ** 2 * resonance.coupling**4
    signal = 3 * scale * beta**power / (1024 * np.pi**3) * loop2 * propagator
    scale = STRONG_COUPLING**2 * FERMI_CONSTANT * TOP_MASS_GEV**4 * resonance.coupling**2 * y * beta ** (power - 1)
    mixed = -scale / (32 * np.pi * np.sqrt(2) * s) * ((s - pole) * real + width_term * imaginary) * propagator
    for rate, expected in ((signal_rate, signal), (interference_rate, mixed)):
        integral, _ = quad(lambda z, rate=rate: float(rate(resonance, mass, np.asarray(z))), -1, 1, epsrel=1e-11)
        assert UNIT * beta / s * integral == pytest.approx(expected * PB_GEV2, rel=1e-8)


@pytest.mark.parametrize("boson", ["A", "H"])
@pytest.mark.parametrize("m_tt", [346.0, 450.0, 2000.0])
def test_imaginary_part_of_the_loop_is_given_by_unitarity(boson: str, m_tt: float) -> None:
    """Far from the pole Im(-b) = (projection of a on J = 0) * (sqrt(s) Gamma_tt(s) / (M^2 - s)), sign included."""
    resonance = Resonance(boson, 5e4, 1e-9, 1.3)  # type: ignore[arg-type]
    beta = float(velocity(np.asarray(m_tt)))
    singlet = np.sqrt(2 * (1 - beta**2)) * np.arctanh(beta) / beta
    elastic = resonance.coupling**2 * top_pair_width(resonance.boson, m_tt) * m_tt / (resonance.mass_gev**2 - m_tt**2)
    amplitude = resonant_amplitude(resonance, np.asarray(m_tt))
    assert -float(amplitude.imag) == pytest.approx(singlet * elastic, rel=1e-9)


@pytest.mark.parametrize("m_tt", [346.0, 500.0, 1500.0])
def test_form_factors_follow_from_the_triangle_integral(m_tt: float) -> None:
    """(y - i pi)^2 = 2 int_0^1 dx / x ln(1 - x (1 - x) s / m_t^2 - i 0), a one-dimensional integral of the triangle."""
    beta = float(velocity(np.asarray(m_tt)))
    ratio = (m_tt / TOP_MASS_GEV) ** 2
    low, high = (1 - beta) / 2, (1 + beta) / 2
    pieces = [(0.0, low), (low, 0.5), (0.5, high), (high, 1.0)]
    real = sum(
        quad(lambda x: np.log(abs(1 - x * (1 - x) * ratio)) / x if x > 0 else -ratio, *piece, limit=200, epsabs=1e-10)[
            0
        ]
        for piece in pieces
    )
    triangle = 2 * (real - 1j * np.pi * np.log(high / low))
    y = np.log((1 + beta) / (1 - beta))
    assert triangle == pytest.approx((y - 1j * np.pi) ** 2, rel=1e-6)
    assert form_factor("A", np.asarray(beta)) == pytest.approx(-3 / 8 * (1 - beta**2) * triangle, rel=1e-6)
    expected = 3 / 2 * (1 - beta**2) * (1 - beta**2 / 4 * triangle)
    assert form_factor("H", np.asarray(beta)) == pytest.approx(expected, rel=1e-6)


def test_interference_with_a_real_form_factor_is_odd_about_the_resonance(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "signedag.events.simulation.higgs_top_amplitude.form_factor"
    monkeypatch.setattr(module, lambda boson, beta: np.full(np.shape(beta), 1.0 + 0j))
    resonance = Resonance("A", 600.0, 18.0, 1.0)
    offset = np.array([1e3, 1e4, 5e4])
    above, below = np.sqrt(600.0**2 + offset), np.sqrt(600.0**2 - offset)

    def without_continuum(m_tt: NDArray[np.float64]) -> NDArray[np.float64]:
        return interference_rate(resonance, m_tt, np.zeros(3)) / (m_tt**3 * TOP_MASS_GEV / m_tt)

    assert np.all(without_continuum(below) > 0)
    np.testing.assert_allclose(without_continuum(above), -without_continuum(below), rtol=1e-12)
    assert interference_rate(resonance, np.array([600.0]), np.zeros(1)) == pytest.approx(0.0, abs=1e-12)


def test_spin_correlations_have_their_limits() -> None:
    threshold = continuum(np.array([345.0001]), np.array([0.3]))
    np.testing.assert_allclose(threshold.correlation[0] / threshold.rate[0], -np.eye(3), atol=1e-4)
    fast = continuum(np.array([1e5]), np.array([0.0]))
    np.testing.assert_allclose(fast.correlation[0] / fast.rate[0], np.diag([1.0, 1.0, -1.0]), atol=1e-4)
    assert np.trace(RESONANCE_CORRELATION["A"]) / 3 == -1
    assert np.trace(RESONANCE_CORRELATION["H"]) / 3 == pytest.approx(1 / 3)


def test_rates_are_symmetric_in_the_beams() -> None:
    m_tt, z = np.full(9, 480.0), np.linspace(-0.9, 0.9, 9)
    np.testing.assert_allclose(continuum_rate(m_tt, z), continuum_rate(m_tt, -z), rtol=1e-14)
    mirrored = np.diag([1.0, -1.0, -1.0])
    correlation = continuum(m_tt, z).correlation
    np.testing.assert_allclose(correlation, mirrored @ continuum(m_tt, -z).correlation @ mirrored, atol=1e-12)


def test_width_to_tops_has_its_known_size() -> None:
    """A 500 GeV pseudoscalar with Standard Model coupling: beta = 0.7238, 3 G_F m_t^2 M beta / (4 sqrt(2) pi)."""
    assert top_pair_width("A", 500.0) == pytest.approx(21.2, abs=0.1)
    ratio = top_pair_width("H", 500.0) / top_pair_width("A", 500.0)
    assert ratio == pytest.approx(1 - (345 / 500) ** 2, rel=1e-12)
