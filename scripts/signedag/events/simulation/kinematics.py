"""Relativistic kinematics of simulated events: masses, momenta, two-body decays and boosts.

Four-momenta are float64 arrays whose last axis holds (E, p_x, p_y, p_z) in GeV, with c = 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMALLEST_MASS_GEV = 10.0


def breit_wigner_mass(rng: np.random.Generator, events: int, peak_gev: float, width_gev: float) -> Floats:
    """Draw masses of a resonance from a Breit-Wigner (Cauchy) distribution cut at 15 widths from its peak.

    Returns:
        masses in GeV, shape (events,).
    """
    half = np.arctan(30.0)
    masses = peak_gev + 0.5 * width_gev * np.tan(rng.uniform(-half, half, events))
    return np.maximum(masses, SMALLEST_MASS_GEV)


def gamma_mass(rng: np.random.Generator, events: int, threshold_gev: float, shape: float, slope_gev: float) -> Floats:
    """Draw masses of a continuum: a threshold plus a gamma-distributed rest.

    Returns:
        masses in GeV, shape (events,).
    """
    return np.maximum(threshold_gev + rng.gamma(shape, slope_gev, events), SMALLEST_MASS_GEV)


def falling_transverse_momentum(rng: np.random.Generator, events: int, minimum_gev: float, slope_gev: float) -> Floats:
    """Draw transverse momenta that fall exponentially above a minimum.

    Returns:
        transverse momenta in GeV, shape (events,).
    """
    return minimum_gev + rng.exponential(slope_gev, events)


def four_momentum(mass: Floats, transverse_momentum: Floats, rapidity: Floats, azimuth: Floats) -> Floats:
    """Give four-momenta from mass, p_T (GeV), rapidity and azimuth, each of shape (...).

    Returns:
        four-momenta, shape (..., 4).
    """
    transverse_mass = np.hypot(mass, transverse_momentum)
    return np.stack(
        [
            transverse_mass * np.cosh(rapidity),
            transverse_momentum * np.cos(azimuth),
            transverse_momentum * np.sin(azimuth),
            transverse_mass * np.sinh(rapidity),
        ],
        axis=-1,
    )


def invariant_mass(momentum: Floats) -> Floats:
    """Give the invariant mass of four-momenta of shape (..., 4), in GeV; shape (...)."""
    energy, three_momentum = momentum[..., 0], momentum[..., 1:]
    size = np.sqrt(np.sum(three_momentum**2, axis=-1))
    mass: Floats = np.sqrt(np.maximum((energy - size) * (energy + size), 0.0))
    return mass


def decay_momentum(mass: Floats, first_mass: Floats, second_mass: Floats) -> Floats:
    """Give the momentum of either product of a two-body decay in the parent's rest frame, in GeV.

    p* = sqrt(M + m1 + m2) sqrt(M - m1 - m2) sqrt(M + m1 - m2) sqrt(M - m1 + m2) / (2 M), PDG review of kinematics.

    Raises:
        ValueError: a parent is lighter than its products.
    """
    if np.any(mass < first_mass + second_mass):
        raise ValueError("a two-body decay needs a parent at least as heavy as its products together")
    plus = (mass + first_mass + second_mass) * (mass - first_mass - second_mass)
    minus = (mass + first_mass - second_mass) * (mass - first_mass + second_mass)
    return np.sqrt(np.maximum(plus, 0.0) * minus) / (2 * mass)


def boost(momentum: Floats, frame: Floats) -> Floats:
    """Boost four-momenta given in the rest frame of `frame` into the frame where `frame` is measured.

    Args:
        momentum: four-momenta in the rest frame, shape (..., 4).
        frame: four-momentum of the massive system at rest in that frame, shape (..., 4).

    Returns:
        four-momenta, shape (..., 4).
    """
    mass = invariant_mass(frame)[..., None]
    gamma = frame[..., :1] / mass
    velocity_gamma = frame[..., 1:] / mass
    projection = np.sum(momentum[..., 1:] * velocity_gamma, axis=-1, keepdims=True)
    energy = gamma * momentum[..., :1] + projection
    rest = momentum[..., 1:] + velocity_gamma * (projection / (gamma + 1) + momentum[..., :1])
    return np.concatenate([energy, rest], axis=-1)


def isotropic_directions(rng: np.random.Generator, events: int) -> Floats:
    """Draw unit vectors uniform on the sphere, shape (events, 3)."""
    cosine = rng.uniform(-1.0, 1.0, events)
    azimuth = rng.uniform(-np.pi, np.pi, events)
    sine = np.sqrt(1 - cosine**2)
    return np.stack([sine * np.cos(azimuth), sine * np.sin(azimuth), cosine], axis=-1)


def two_body_decay(
    parent: Floats, first_mass: Floats, second_mass: Floats, directions: Floats
) -> tuple[Floats, Floats]:
    """Decay a system into two products.

    Args:
        parent: its four-momenta, shape (events, 4).
        first_mass: mass of the first product in GeV, shape (events,).
        second_mass: mass of the second product in GeV, shape (events,).
        directions: unit vectors of the first product in the parent's rest frame, shape (events, 3).

    Returns:
        the products' four-momenta in the frame of `parent`, each of shape (events, 4); they add up to `parent`.

    Raises:
        ValueError: a parent is lighter than its products.
    """
    momentum = decay_momentum(invariant_mass(parent), first_mass, second_mass)
    first = np.concatenate([np.hypot(momentum, first_mass)[:, None], momentum[:, None] * directions], axis=-1)
    second = np.concatenate([np.hypot(momentum, second_mass)[:, None], -momentum[:, None] * directions], axis=-1)
    return boost(first, parent), boost(second, parent)


def transverse_momentum(momentum: Floats) -> Floats:
    """Give p_T of four-momenta of shape (..., 4), in GeV; shape (...)."""
    return np.hypot(momentum[..., 1], momentum[..., 2])


def pseudorapidity(momentum: Floats) -> Floats:
    """Give the pseudorapidity of four-momenta of shape (..., 4) with p_T > 0; shape (...)."""
    return np.arcsinh(momentum[..., 3] / transverse_momentum(momentum))


def azimuth(momentum: Floats) -> Floats:
    """Give the azimuth of four-momenta of shape (..., 4), -pi to pi; shape (...)."""
    return np.arctan2(momentum[..., 2], momentum[..., 1])
