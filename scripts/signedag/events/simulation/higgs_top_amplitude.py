"""The squared amplitude of gg -> A/H -> tt and gg -> tt at leading order, with the spins of both tops.

Gluons of equal helicity make top pairs in the spin states 1S0 (odd under CP) and 3P0 (even), gluons of opposite
helicity make the rest. A pseudoscalar A adds to the colour-singlet amplitude of 1S0, a scalar H to that of 3P0, so
that with m = m_tt, s = m^2, beta = sqrt(1 - 4 m_t^2 / s), z = cos theta* and rates in units of `UNIT * beta / s`

    singlet continuum amplitude   a = sqrt(2) sqrt(1 - beta^2) / (1 - beta^2 z^2)
    resonant amplitude            b = g^2 G_F m_t s^(3/2) P(s) / (4 pi^2 (s - M^2 + i M Gamma))
    form factors of the top loop  P_A = -3/8 (1 - beta^2) (y - i pi)^2,  y = ln((1 + beta) / (1 - beta))
                                  P_H =  3/2 (1 - beta^2) (1 - beta^2 / 4 (y - i pi)^2)
    |a - b|^2 = continuum + signal + interference, times 1 (1S0) or beta^2 (3P0)

D. Dicus, A. Stange, S. Willenbrock, Phys. Lett. B 333 (1994) 126, hep-ph/9404359 (integrated over z: their signal and
interference cross-sections); K. Gaemers, F. Hoogeveen, Phys. Lett. B 146 (1984) 347. The sign and size of b are fixed
by unitarity too: Im(-b) is the 1S0 or 3P0 projection of a times the tt -> A/H -> tt amplitude. The continuum and its
spin correlations: W. Bernreuther, A. Brandenburg, Z. G. Si, P. Uwer, Nucl. Phys. B 690 (2004) 81, hep-ph/0403035;
in the basis used here: Y. Afik, J. R. M. de Nova, arXiv:2003.02280. The gluons are unpolarised, both tops on shell.

Spins: the production matrix is R = rate * (1 x 1 + C_ij sigma_i x sigma_j) with the helicity axes k (top direction),
r = (p - z k) / sin theta* and n = r x k in the zero-momentum frame, p being the direction of the first gluon; both
tops use the same axes. A charged lepton has spin-analysing power +1 (l+) or -1 (l-).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Boson = Literal["A", "H"]

TOP_MASS_GEV = 172.5
FERMI_CONSTANT = 1.1663788e-5  # GeV^-2
STRONG_COUPLING = 0.108  # at about the top mass
PB_GEV2 = 3.893793721e8  # (hbar c)^2
UNIT = np.pi * STRONG_COUPLING**2 / 96 * PB_GEV2
"""d sigma / dz = UNIT * beta / s * rate, pb GeV^2."""

RESONANCE_CORRELATION: dict[str, Array] = {"A": -np.eye(3), "H": np.diag([-1.0, 1.0, 1.0])}
"""C_ij over (k, r, n) of the spin states 1S0 and 3P0."""


class SpinDensity(NamedTuple):
    """A part of the production density matrix."""

    rate: Array
    """Unpolarised density, shape (N,), signed."""
    correlation: Array
    """rate * C_ij over (k, r, n), shape (N, 3, 3)."""


class Resonance(NamedTuple):
    """A neutral Higgs boson that couples to top quarks."""

    boson: Boson
    """Pseudoscalar A or scalar H."""
    mass_gev: float
    """Pole mass."""
    width_gev: float
    """Total width, fixed."""
    coupling: float
    """Yukawa coupling to the top over the Standard Model's."""


def velocity(m_tt_gev: Array) -> Array:
    """Give beta, the speed of the tops in their zero-momentum frame; m_tt at or above 2 m_t."""
    return np.asarray(np.sqrt(1 - np.minimum(1.0, (2 * TOP_MASS_GEV / m_tt_gev) ** 2)))


def top_pair_width(boson: Boson, mass_gev: float) -> float:
    """Give the width to tt at Standard Model coupling, GeV: 3 G_F m_t^2 M beta^(1 or 3) / (4 sqrt(2) pi)."""
    beta = float(velocity(np.asarray(mass_gev)))
    return 3 * FERMI_CONSTANT * TOP_MASS_GEV**2 * mass_gev * beta ** _power(boson) / (4 * 2**0.5 * np.pi)


def form_factor(boson: Boson, beta: Array) -> NDArray[np.complex128]:
    """Give the top-loop form factor P above threshold, with Im P > 0 from real tops in the loop."""
    loop = (2 * np.arctanh(beta) - 1j * np.pi) ** 2
    if boson == "A":
        return np.asarray(-3 / 8 * (1 - beta**2) * loop)
    return np.asarray(3 / 2 * (1 - beta**2) * (1 - beta**2 / 4 * loop))


def resonant_amplitude(resonance: Resonance, m_tt_gev: Array) -> NDArray[np.complex128]:
    """Give b, in the unit of the singlet continuum amplitude a."""
    s = m_tt_gev**2
    mass, width = resonance.mass_gev, resonance.width_gev
    scale = resonance.coupling**2 * FERMI_CONSTANT * TOP_MASS_GEV * s**1.5 / (4 * np.pi**2)
    return np.asarray(scale * form_factor(resonance.boson, velocity(m_tt_gev)) / (s - mass**2 + 1j * mass * width))


def signal_rate(resonance: Resonance, m_tt_gev: Array, z: Array) -> Array:
    """Give |b|^2 (1S0) or beta^2 |b|^2 (3P0), which is the same at every z; the arguments' shapes are broadcast."""
    square = np.abs(resonant_amplitude(resonance, m_tt_gev)) ** 2 * _state(resonance.boson, m_tt_gev)
    return np.broadcast_arrays(square, z)[0]


def interference_rate(resonance: Resonance, m_tt_gev: Array, z: Array) -> Array:
    """Give -2 a Re b (1S0) or beta^2 times it (3P0).

    Below some 700 GeV the form factor is mostly real: positive below the resonance, negative above it. Towards 866 GeV
    (A, where y = pi) Re P vanishes, the imaginary part rules and leaves a dip at the resonance itself.
    """
    return -_mixed_term(resonance, m_tt_gev, z, resonant_amplitude(resonance, m_tt_gev).real)


def interference_envelope(resonance: Resonance, m_tt_gev: Array, z: Array) -> Array:
    """Give 2 a |b| (1S0) or beta^2 times it (3P0): the largest interference at any phase between the amplitudes."""
    return _mixed_term(resonance, m_tt_gev, z, np.abs(resonant_amplitude(resonance, m_tt_gev)))


def continuum_rate(m_tt_gev: Array, z: Array) -> Array:
    """Give the rate of gg -> tt, F (1 + 2 beta^2 q - beta^4 (1 + q^2)) with q = sin^2 theta*."""
    beta2, sine2 = velocity(m_tt_gev) ** 2, 1 - z**2
    return np.asarray(_colour(beta2, z) * (1 + 2 * beta2 * sine2 - beta2**2 * (1 + sine2**2)))


def continuum(m_tt_gev: Array, z: Array) -> SpinDensity:
    """Give the production matrix of gg -> tt.

    Args:
        m_tt_gev: mass of the top pair, shape (N,).
        z: cosine of the top's polar angle in the zero-momentum frame, shape (N,).
    """
    beta2, sine2 = velocity(m_tt_gev) ** 2, 1 - z**2
    colour = _colour(beta2, z)
    correlation = np.zeros((*colour.shape, 3, 3))
    correlation[..., 0, 0] = -(1 - 2 * beta2 * sine2 * z**2 - beta2**2 * (1 + sine2**2))
    correlation[..., 1, 1] = -(1 - beta2 * (2 - beta2) * (1 + sine2**2))
    correlation[..., 2, 2] = -(1 - 2 * beta2 + beta2**2 * (1 + sine2**2))
    correlation[..., 0, 1] = correlation[..., 1, 0] = 2 * beta2 * np.sqrt(1 - beta2) * z * sine2**1.5
    return SpinDensity(continuum_rate(m_tt_gev, z), colour[..., None, None] * correlation)


def _colour(beta2: Array, z: Array) -> Array:
    """Give F = (7 + 9 beta^2 z^2) / (1 - beta^2 z^2)^2: colour sum and propagators of gg -> tt."""
    return np.asarray((7 + 9 * beta2 * z**2) / (1 - beta2 * z**2) ** 2)


def _mixed_term(resonance: Resonance, m_tt_gev: Array, z: Array, amplitude: Array) -> Array:
    """Give 2 a times an amplitude, with the factor of the spin state."""
    beta2 = velocity(m_tt_gev) ** 2
    singlet = np.sqrt(2 * (1 - beta2)) / (1 - beta2 * z**2)
    return np.asarray(2 * singlet * amplitude * _state(resonance.boson, m_tt_gev))


def _state(boson: Boson, m_tt_gev: Array) -> Array:
    """Give the P-wave factor beta^2 of a scalar, 1 for a pseudoscalar."""
    return np.asarray(velocity(m_tt_gev) ** (_power(boson) - 1))


def _power(boson: Boson) -> int:
    return 1 if boson == "A" else 3
