"""Events of top pairs drawn from the density of `higgs_top_density`, by accept-reject and so without approximation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from signedag.events.simulation.higgs_top_amplitude import Array, SpinDensity, velocity
from signedag.events.simulation.higgs_top_density import SampleDensity, event_cross_section, lepton_density
from signedag.events.simulation.higgs_top_luminosity import largest_rapidity, relative_rapidity_density
from signedag.events.simulation.kinematics import isotropic_directions

CELLS = 400
"""Cells over the whole range of m_tt, ..."""
RESONANCE_CELLS = 800
"""... and as many more within four widths of the resonance."""
MARGIN = 1.02
"""The bound of the density in a cell over the largest value at its edges."""

Proposal = Callable[[NDArray[np.int64]], tuple[Array, Array]]


def draw_accepted(rng: np.random.Generator, events: int, columns: int, propose: Proposal) -> Array:
    """Draw candidates for each event until one is accepted.

    Args:
        propose: takes the numbers of the events that still need a candidate, shape (n,), and gives candidates, shape
            (n, columns), with their probabilities of being accepted, shape (n,).

    Raises:
        RuntimeError: a probability above one, which would bias the events.
    """
    accepted = np.empty((events, columns))
    pending = np.arange(events)
    while pending.size:
        candidates, probability = propose(pending)
        if np.any(probability > 1 + 1e-12):
            raise RuntimeError(f"acceptance probability {probability.max():.4f} above one: the bound is too low")
        kept = rng.random(pending.size) < probability
        accepted[pending[kept]] = candidates[kept]
        pending = pending[~kept]
    return accepted


def mass_edges(density: SampleDensity, low_gev: float, high_gev: float) -> Array:
    """Give edges of cells in m_tt, narrow at the resonance, GeV."""
    edges = np.linspace(low_gev, high_gev, CELLS + 1)
    if density.resonance is not None:
        mass, width = density.resonance.mass_gev, density.resonance.width_gev
        fine = np.linspace(mass - 4 * width, mass + 4 * width, RESONANCE_CELLS + 1)
        edges = np.union1d(edges, fine[(fine > low_gev) & (fine < high_gev)])
    return edges


def event_total(density: SampleDensity, low_gev: float, high_gev: float) -> float:
    """Give the integral of q over m_tt and z, pb, by Gauss-Legendre quadrature in cells of m_tt and over z."""
    edges = mass_edges(density, low_gev, high_gev)
    z, z_weights = np.polynomial.legendre.leggauss(48)
    nodes, node_weights = np.polynomial.legendre.leggauss(4)
    half = np.diff(edges)[:, None] / 2
    masses = ((edges[1:] + edges[:-1])[:, None] / 2 + half * nodes).ravel()
    mass_weights = (half * node_weights).ravel()
    return float(mass_weights @ event_cross_section(density, masses[:, None], z) @ z_weights)


def draw_tops(rng: np.random.Generator, density: SampleDensity, range_gev: tuple[float, float], events: int) -> Array:
    """Draw (m_tt, z) from q; shape (events, 2).

    Proposals: m_tt flat in cells of bounded height, z from the gluon-exchange propagators 1 / (1 - beta^2 z^2).
    """
    edges = mass_edges(density, *range_gev)
    grid = np.linspace(0, 1, 65)
    largest = np.max(event_cross_section(density, edges[:, None], grid) / _propagators(edges[:, None], grid), axis=1)
    bound = MARGIN * np.maximum(largest[1:], largest[:-1])
    cumulative = np.cumsum(bound * np.diff(edges))

    def propose(pending: NDArray[np.int64]) -> tuple[Array, Array]:
        cell = np.searchsorted(cumulative, rng.random(pending.size) * cumulative[-1])
        mass = rng.uniform(edges[cell], edges[cell + 1])
        beta = _nonzero_velocity(mass)
        z = np.tanh(rng.uniform(-1, 1, pending.size) * np.arctanh(beta)) / beta
        probability = event_cross_section(density, mass, z) / (bound[cell] * _propagators(mass, z))
        return np.stack([mass, z], axis=1), probability

    return draw_accepted(rng, events, 2, propose)


def draw_rapidity(rng: np.random.Generator, m_tt_gev: Array) -> Array:
    """Draw the rapidity of each top pair, given its mass; shape (N,)."""
    limit = largest_rapidity(m_tt_gev)

    def propose(pending: NDArray[np.int64]) -> tuple[Array, Array]:
        rapidity = rng.uniform(-limit[pending], limit[pending])
        return rapidity[:, None], relative_rapidity_density(m_tt_gev[pending], rapidity)

    return draw_accepted(rng, m_tt_gev.size, 1, propose)[:, 0]


def draw_leptons(rng: np.random.Generator, density: SpinDensity) -> tuple[Array, Array]:
    """Draw the directions of l+ and l- in their parents' rest frames, over the axes k, r, n; shape (N, 3) each.

    The density is at most twice its average, since it is that of a spin state.
    """

    def propose(pending: NDArray[np.int64]) -> tuple[Array, Array]:
        plus, minus = (isotropic_directions(rng, pending.size) for _ in range(2))
        there = SpinDensity(density.rate[pending], density.correlation[pending])
        return np.hstack([plus, minus]), lepton_density(there, plus, minus) / (2 * there.rate)

    drawn = draw_accepted(rng, density.rate.size, 6, propose)
    return drawn[:, :3], drawn[:, 3:]


def _propagators(m_tt_gev: Array, z: Array) -> Array:
    """Give the density of z that is proportional to 1 / (1 - beta^2 z^2), normalised from -1 to 1."""
    beta = _nonzero_velocity(m_tt_gev)
    return np.asarray(beta / (2 * np.arctanh(beta) * (1 - beta**2 * z**2)))


def _nonzero_velocity(m_tt_gev: Array) -> Array:
    return np.maximum(velocity(m_tt_gev), 1e-9)
