"""Gluons in the proton: how often two of them make a pair of mass m_tt at rapidity y.

The density x g(x) = N x^-a (1 - x)^b stands for a gluon distribution at a scale of some hundred GeV; N, a and b were
set by hand to the size and fall of modern ones between x = 0.01 and 0.5. It is no fit. With x_1,2 = sqrt(tau) e^(+-y),
tau = m^2 / S:

    d sigma / (dm dy dz) = 2 / m * x_1 g(x_1) * x_2 g(x_2) * d sigma_hat / dz
    x_1 g(x_1) * x_2 g(x_2) = N^2 tau^-a (1 + tau - 2 sqrt(tau) cosh y)^b

b is an integer, so the integral over y is a sum of powers of cosh y.
"""

from __future__ import annotations

from math import comb

import numpy as np

from signedag.events.simulation.higgs_top_amplitude import Array

CENTRE_OF_MASS_ENERGY_GEV = 13_000.0
GLUON_NORMALISATION = 0.57
GLUON_SMALL_X_POWER = 0.56
GLUON_LARGE_X_POWER = 6


def luminosity(m_tt_gev: Array) -> Array:
    """Give 2 / m times the integral of x_1 g(x_1) x_2 g(x_2) over the pair's rapidity, GeV^-1."""
    tau = (m_tt_gev / CENTRE_OF_MASS_ENERGY_GEV) ** 2
    powers = _integrals_of_cosh(largest_rapidity(m_tt_gev), GLUON_LARGE_X_POWER)
    total = np.zeros_like(tau)
    for n, power in enumerate(powers):
        factor = comb(GLUON_LARGE_X_POWER, n) * (1 + tau) ** (GLUON_LARGE_X_POWER - n)
        total += factor * (-2 * np.sqrt(tau)) ** n * power
    return np.asarray(2 / m_tt_gev * GLUON_NORMALISATION**2 * tau**-GLUON_SMALL_X_POWER * total)


def largest_rapidity(m_tt_gev: Array) -> Array:
    """Give the rapidity at which one gluon carries the whole proton: ln(sqrt(S) / m)."""
    return np.asarray(np.log(CENTRE_OF_MASS_ENERGY_GEV / m_tt_gev))


def relative_rapidity_density(m_tt_gev: Array, rapidity: Array) -> Array:
    """Give the density of the rapidity over its value at zero, which is its largest: between 0 and 1."""
    root = m_tt_gev / CENTRE_OF_MASS_ENERGY_GEV
    return np.asarray(((1 + root**2 - 2 * root * np.cosh(rapidity)) / (1 - root) ** 2) ** GLUON_LARGE_X_POWER)


def _integrals_of_cosh(limit: Array, largest_power: int) -> list[Array]:
    """Give the integrals of cosh^n y from -limit to limit for n = 0 ... largest_power, by recursion in n."""
    integrals = [2 * limit, 2 * np.sinh(limit)]
    for n in range(2, largest_power + 1):
        boundary = 2 * np.cosh(limit) ** (n - 1) * np.sinh(limit)
        integrals.append((boundary + (n - 1) * integrals[n - 2]) / n)
    return integrals
