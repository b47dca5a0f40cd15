"""From the tops' kinematics and the leptons' directions to four-momenta in the laboratory.

The decay t -> b l nu is exact at leading order with the W on its mass shell and a massless b quark: the squared
amplitude is proportional to (p_t - m_t s).p_l * p_b.p_nu (s: spin vector of the top), so that the lepton's direction
carries the whole spin (analysing power 1) and in the top's rest frame its energy E has the density E (m_t - 2 E)
between m_W^2 / (2 m_t) and m_t / 2, independently of its direction; b and nu are then turned uniformly about the
lepton (M. Jezabek, J. H. Kuhn, Nucl. Phys. B 320 (1989) 20). The pair has no transverse momentum, as at leading order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signedag.events.simulation.higgs_top_amplitude import TOP_MASS_GEV, Array, velocity
from signedag.events.simulation.higgs_top_sampling import draw_accepted
from signedag.events.simulation.kinematics import boost, four_momentum

W_MASS_GEV = 80.4
SMALLEST_LEPTON_ENERGY_GEV = W_MASS_GEV**2 / (2 * TOP_MASS_GEV)
LARGEST_LEPTON_ENERGY_GEV = TOP_MASS_GEV / 2


class TopDecay(NamedTuple):
    """Four-momenta of a top and what it decays to, each (E, px, py, pz) in GeV with shape (N, 4)."""

    top: Array
    bottom: Array
    lepton: Array
    neutrino: Array


def helicity_axes(z: Array, azimuth: Array) -> Array:
    """Give the axes k, r, n as rows, shape (N, 3, 3), for a top at polar cosine z and azimuth; beam along (0, 0, 1)."""
    sine = np.sqrt(1 - z**2)
    k = np.stack([sine * np.cos(azimuth), sine * np.sin(azimuth), z], axis=1)
    r = np.stack([-z * np.cos(azimuth), -z * np.sin(azimuth), sine], axis=1)
    return np.stack([k, r, np.cross(r, k)], axis=1)


def decay_top(rng: np.random.Generator, lepton_direction: Array) -> TopDecay:
    """Decay tops at rest, given the direction of the charged lepton, shape (N, 3)."""
    number = len(lepton_direction)

    def propose(pending: NDArray[np.int64]) -> tuple[Array, Array]:
        energy = rng.uniform(SMALLEST_LEPTON_ENERGY_GEV, LARGEST_LEPTON_ENERGY_GEV, pending.size)
        return energy[:, None], 8 * energy * (TOP_MASS_GEV - 2 * energy) / TOP_MASS_GEV**2

    lepton_energy = draw_accepted(rng, number, 1, propose)[:, 0]
    neutrino_energy = (TOP_MASS_GEV**2 + W_MASS_GEV**2) / (2 * TOP_MASS_GEV) - lepton_energy
    cosine = np.clip(1 - W_MASS_GEV**2 / (2 * lepton_energy * neutrino_energy), -1, 1)
    first, second = _perpendicular(lepton_direction)
    turn = rng.uniform(-np.pi, np.pi, number)[:, None]
    sideways = np.sqrt(1 - cosine**2)[:, None] * (np.cos(turn) * first + np.sin(turn) * second)
    neutrino = _massless(neutrino_energy, cosine[:, None] * lepton_direction + sideways)
    lepton = _massless(lepton_energy, lepton_direction)
    top = np.zeros((number, 4))
    top[:, 0] = TOP_MASS_GEV
    return TopDecay(top, top - lepton - neutrino, lepton, neutrino)


def decays_in_laboratory(
    rng: np.random.Generator, tops: Array, rapidity: Array, leptons: tuple[Array, Array]
) -> tuple[TopDecay, TopDecay]:
    """Decay both tops and bring them from their rest frames over the zero-momentum frame to the laboratory.

    Args:
        tops: m_tt in GeV and z, shape (N, 2).
        rapidity: of the pair, shape (N,).
        leptons: directions of l+ and l- over the axes k, r, n, shape (N, 3) each.

    Returns:
        The top with l+ and the antitop with l-.
    """
    axes = helicity_axes(tops[:, 1], rng.uniform(-np.pi, np.pi, len(tops)))
    at_rest = np.zeros(len(tops))
    pair = four_momentum(tops[:, 0], at_rest, rapidity, at_rest)
    half = tops[:, :1] / 2
    momentum = half * velocity(tops[:, :1]) * axes[:, 0]
    decays = []
    for direction, sign in zip(leptons, (1, -1), strict=True):
        top = np.hstack([half, sign * momentum])
        decay = decay_top(rng, np.einsum("ni,nij->nj", direction, axes))
        decays.append(TopDecay(*(boost(boost(particle, top), pair) for particle in decay)))
    return decays[0], decays[1]


def _massless(energy: Array, direction: Array) -> Array:
    return np.column_stack([energy, energy[:, None] * direction])


def _perpendicular(direction: Array) -> tuple[Array, Array]:
    """Give two unit vectors that are perpendicular to each other and to `direction`, shape (N, 3) each."""
    least = np.argmin(np.abs(direction), axis=1)
    first = np.cross(direction, np.eye(3)[least])
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return first, np.cross(direction, first)
