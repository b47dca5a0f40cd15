"""What comes out of the collision: X -> tt and its backgrounds down to lepton, neutrino and partons.

A system of some mass recoils against radiated jets and soft radiation, and decays: X -> t tbar, t -> W b, W -> l nu for
one W and W -> q qbar for the other. All decays are two-body ones, uniform in the direction in the parent's rest frame;
fermions have no mass. Masses of X, t and W are Breit-Wigner ones, cut at 15 widths; that of X is multiplied with the
velocity beta of its tops, which closes it at the threshold. The systems of the continuum, t tbar and t W, have masses
of the density beta * m^-n. A W with jets is what balances four jets of falling p_T.

Four-momenta are (E, p_x, p_y, p_z) in GeV along the last axis.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signedag.config.simulation import ResonanceTopSimulation
from signedag.events.simulation.detector import (
    BOTTOM,
    CHARM,
    EXTRA_JET_ETA_SPREAD,
    LIGHT,
    MOST_EXTRA_JETS,
    STORED_JET_PT_GEV,
    extra_jet_momenta,
)
from signedag.events.simulation.higgs_top_amplitude import TOP_MASS_GEV
from signedag.events.simulation.higgs_top_decays import W_MASS_GEV
from signedag.events.simulation.higgs_top_luminosity import CENTRE_OF_MASS_ENERGY_GEV
from signedag.events.simulation.higgs_top_sampling import draw_accepted, draw_rapidity
from signedag.events.simulation.kinematics import (
    Floats,
    breit_wigner_mass,
    decay_momentum,
    four_momentum,
    isotropic_directions,
    two_body_decay,
)

TOP_WIDTH_GEV = 1.4
W_WIDTH_GEV = 2.1
HARD_JETS = 4
W_RAPIDITY_SPREAD = 1.2
HADRONIC_W_FLAVOURS = ((CHARM, LIGHT), (LIGHT, LIGHT))
"""W -> c s as often as u d."""


class Particles(NamedTuple):
    """Particles of simulated events before the detector."""

    lepton: Floats
    """Charged lepton, shape (events, 4)."""
    neutrino: Floats
    """Neutrino, shape (events, 4)."""
    present: NDArray[np.bool_]
    """Which slots hold a parton or radiated jet, shape (events, slots)."""
    partons: Floats
    """First those of the process, then radiation, shape (events, slots, 4). A top pair has the b of the top that decays
    to the lepton, the other b, and two quarks; t W one b and two quarks; W with jets four jets."""
    flavours: NDArray[np.int8]
    """Their flavours, shape (events, slots)."""
    soft: Floats
    """The soft recoil, shape (events, 4), massless and transverse."""


def produce(settings: ResonanceTopSimulation, rng: np.random.Generator, events: int) -> Particles:
    """Draw particles of events; their transverse momenta add up to zero.

    docs/physics.md, "Simulated resonance in top pairs".

    Args:
        settings: the sample.
        rng: the random stream.
        events: number of events.
    """
    radiated, radiation = extra_jet_momenta(rng, events, settings.extra_jets)
    size, direction = rng.exponential(settings.soft_recoil_gev, events), rng.uniform(-np.pi, np.pi, events)
    soft = four_momentum(np.zeros(events), size, np.zeros(events), direction)
    recoil = -soft[:, 1:3] - np.sum(np.where(radiated[..., None], radiation[..., 1:3], 0.0), axis=1)
    if settings.production == "w_jets":
        lepton, neutrino, partons = _w_with_jets(settings, rng, recoil)
        flavours = _radiated_flavours(settings, rng, (events, HARD_JETS))
    else:
        lepton, neutrino, partons = _decayed(settings, rng, recoil)
        quarks = np.array(HADRONIC_W_FLAVOURS, dtype=np.int8)[rng.integers(2, size=events)]
        bottoms = np.full((events, partons.shape[1] - 2), BOTTOM, dtype=np.int8)
        flavours = np.concatenate([bottoms, quarks], axis=1)
    of_radiation = _radiated_flavours(settings, rng, (events, MOST_EXTRA_JETS))
    return Particles(
        lepton,
        neutrino,
        np.concatenate([np.ones(partons.shape[:2], dtype=np.bool_), radiated], axis=1),
        np.concatenate([partons, radiation], axis=1),
        np.concatenate([flavours, of_radiation], axis=1),
        soft,
    )


def _decayed(settings: ResonanceTopSimulation, rng: np.random.Generator, recoil: Floats) -> tuple[Floats, ...]:
    """Draw a system and let it decay; give lepton, neutrino and partons (b quarks first, then those of the W)."""
    events = len(recoil)
    mass, first_mass, second_mass = draw_masses(settings, rng, events).T
    system = _system(mass, draw_rapidity(rng, mass), recoil)
    first, second = two_body_decay(system, first_mass, second_mass, isotropic_directions(rng, events))
    w_first, bottom_first = _top_decay(rng, first)
    if settings.production == "top_w":
        # Either of the two W bosons decays to the lepton.
        swapped = rng.random(events)[:, None] < 0.5
        leptonic, hadronic = np.where(swapped, second, w_first), np.where(swapped, w_first, second)
        bottoms = [bottom_first]
    else:
        hadronic, bottom_second = _top_decay(rng, second)
        leptonic, bottoms = w_first, [bottom_first, bottom_second]
    lepton, neutrino = _massless_pair(rng, leptonic)
    return lepton, neutrino, np.stack([*bottoms, *_massless_pair(rng, hadronic)], axis=1)


def draw_masses(settings: ResonanceTopSimulation, rng: np.random.Generator, events: int) -> Floats:
    """Draw the masses of the system and of the two that it decays to (t t, or t W), GeV, shape (events, 3)."""

    def propose(pending: NDArray[np.int64]) -> tuple[Floats, Floats]:
        number = pending.size
        first = breit_wigner_mass(rng, number, TOP_MASS_GEV, TOP_WIDTH_GEV)
        if settings.production == "top_w":
            second = breit_wigner_mass(rng, number, W_MASS_GEV, W_WIDTH_GEV)
        else:
            second = breit_wigner_mass(rng, number, TOP_MASS_GEV, TOP_WIDTH_GEV)
        if settings.production == "resonance":
            width = settings.relative_width * settings.mass_gev
            system = breit_wigner_mass(rng, number, settings.mass_gev, width)
        else:
            system = (first + second) * (1 - rng.random(number)) ** (-1 / (settings.mass_power - 1))
        possible = (system > first + second) & (system < CENTRE_OF_MASS_ENERGY_GEV)
        probability = np.zeros(number)
        chosen = system[possible], first[possible], second[possible]
        probability[possible] = 2 * decay_momentum(*chosen) / chosen[0]
        return np.stack([system, first, second], axis=1), probability

    return draw_accepted(rng, events, 3, propose)


def _top_decay(rng: np.random.Generator, top: Floats) -> tuple[Floats, Floats]:
    """Let tops decay to W and b, each of shape (events, 4)."""
    w_mass = breit_wigner_mass(rng, len(top), W_MASS_GEV, W_WIDTH_GEV)
    return two_body_decay(top, w_mass, np.zeros(len(top)), isotropic_directions(rng, len(top)))


def _massless_pair(rng: np.random.Generator, parent: Floats) -> tuple[Floats, Floats]:
    nothing = np.zeros(len(parent))
    return two_body_decay(parent, nothing, nothing, isotropic_directions(rng, len(parent)))


def _w_with_jets(settings: ResonanceTopSimulation, rng: np.random.Generator, recoil: Floats) -> tuple[Floats, ...]:
    """Draw four hard jets and the W that balances them; give lepton, neutrino and jets."""
    events = len(recoil)
    shape = (events, HARD_JETS)
    jets = four_momentum(
        np.zeros(shape),
        STORED_JET_PT_GEV + rng.exponential(settings.jet_pt_slope_gev, shape),
        np.clip(rng.normal(0.0, EXTRA_JET_ETA_SPREAD, shape), -4.7, 4.7),
        rng.uniform(-np.pi, np.pi, shape),
    )
    mass = breit_wigner_mass(rng, events, W_MASS_GEV, W_WIDTH_GEV)
    rapidity = W_RAPIDITY_SPREAD * rng.standard_normal(events)
    boson = _system(mass, rapidity, recoil - np.sum(jets[..., 1:3], axis=1))
    return *_massless_pair(rng, boson), jets


def _system(mass: Floats, rapidity: Floats, transverse: Floats) -> Floats:
    """Give four-momenta from mass, rapidity and the transverse momentum, shapes (events,), (events,), (events, 2)."""
    size = np.hypot(transverse[:, 0], transverse[:, 1])
    return four_momentum(mass, size, rapidity, np.arctan2(transverse[:, 1], transverse[:, 0]))


def _radiated_flavours(
    settings: ResonanceTopSimulation, rng: np.random.Generator, shape: tuple[int, int]
) -> NDArray[np.int8]:
    return np.where(rng.random(shape) < settings.radiation_b_fraction, BOTTOM, LIGHT).astype(np.int8)
