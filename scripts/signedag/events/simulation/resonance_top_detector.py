"""What is measured of a lepton, a neutrino and partons: jets, b tags, missing momentum; and which events are kept.

Jets are held in rectangular arrays of shape (events, slots), hardest first; `present` tells which slots hold one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signedag.config.simulation import LeptonJetsDetector
from signedag.events.simulation.detector import BOTTOM, CHARM, LIGHT, missing_momentum, smeared
from signedag.events.simulation.kinematics import Floats, azimuth, pseudorapidity, transverse_momentum
from signedag.events.simulation.resonance_top_production import Particles

LEADING_JETS = 4
JET_RADIUS = 0.4
LEPTON_PT_MIN_GEV, JET_PT_MIN_GEV, ABS_ETA_MAX = 20.0, 20.0, 2.5


class Measured(NamedTuple):
    """Selected events as measured."""

    lepton: Floats
    """Lepton, shape (events, 4)."""
    missing: Floats
    """x and y of the missing transverse momentum in GeV, shape (events, 2)."""
    number_of_jets: NDArray[np.int64]
    """Selected jets, four or more, shape (events,)."""
    jets: Floats
    """The four leading ones, shape (events, 4, 4)."""
    tagged: NDArray[np.bool_]
    """Which of them have a b tag, shape (events, 4)."""


def measure(settings: LeptonJetsDetector, rng: np.random.Generator, particles: Particles) -> Measured:
    """Measure events and keep those with a lepton, four jets and the b tags asked for.

    A lepton has p_T > 20 GeV, |eta| < 2.5 and no selected jet within 0.4; a jet has p_T > 20 GeV and |eta| < 2.5.
    Partons and radiation within 0.4 of a harder one become one jet with it. Missing momentum balances the lepton, all
    jets, also those outside of the selection, and the soft recoil, all as measured, and is smeared itself.

    docs/physics.md, "Simulated resonance in top pairs".

    Args:
        settings: resolutions and b-tagging.
        rng: the random stream.
        particles: the events, shape (events, ...).
    """
    present, jets, flavours = clustered(particles.present, particles.partons, particles.flavours)
    jets = smeared(rng, jets, settings.jet_resolution_stochastic, settings.jet_resolution_constant)
    lepton = smeared(rng, particles.lepton, 0.0, settings.lepton_resolution)
    visible = np.concatenate([jets, lepton[:, None], particles.soft[:, None]], axis=1)
    there = np.concatenate([present, np.ones((len(jets), 2), dtype=np.bool_)], axis=1)
    met, met_phi = missing_momentum(rng, there, visible, settings.missing_smear_gev, 0.0)
    jets, present, flavours = _hardest_first(jets, _within_acceptance(present, jets), flavours)
    tagged = btagged(settings, rng, flavours[:, :LEADING_JETS])
    selected = (
        (transverse_momentum(lepton) > LEPTON_PT_MIN_GEV)
        & (np.abs(pseudorapidity(lepton)) < ABS_ETA_MAX)
        & ~np.any(present & (_distance(lepton[:, None], jets) < JET_RADIUS), axis=1)
        & (present.sum(axis=1) >= LEADING_JETS)
        & (tagged.sum(axis=1) >= settings.btags_min)
    )
    missing = met[:, None] * np.stack([np.cos(met_phi), np.sin(met_phi)], axis=1)
    return Measured(
        lepton[selected],
        missing[selected].astype(np.float64),
        present[selected].sum(axis=1),
        jets[selected, :LEADING_JETS],
        tagged[selected],
    )


def clustered(
    present: NDArray[np.bool_], momentum: Floats, flavour: NDArray[np.int8]
) -> tuple[NDArray[np.bool_], Floats, NDArray[np.int8]]:
    """Join what is close: starting from the hardest, each takes all softer ones within 0.4 in eta and phi.

    A joined jet has the sum of the momenta and the heaviest flavour. Slots are ordered by p_T before the joining.

    Args:
        present: which slots hold something, shape (events, slots).
        momentum: four-momenta, shape (events, slots, 4), GeV.
        flavour: flavours, shape (events, slots).

    Returns:
        the same three of the jets.
    """
    momentum, present, flavour = _hardest_first(momentum, present, flavour)
    momentum, present, flavour = momentum.copy(), present.copy(), flavour.copy()
    eta, phi = pseudorapidity(momentum), azimuth(momentum)
    for seed in range(present.shape[1] - 1):
        rest = slice(seed + 1, None)
        turn = np.abs(phi[:, rest] - phi[:, seed, None])
        near = np.hypot(eta[:, rest] - eta[:, seed, None], np.minimum(turn, 2 * np.pi - turn)) < JET_RADIUS
        near &= present[:, rest] & present[:, seed, None]
        joined = np.flatnonzero(near.any(axis=1))
        taken = near[joined]
        momentum[joined, seed] += np.einsum("es,esk->ek", taken, momentum[joined, rest])
        heaviest = np.max(np.where(taken, flavour[joined, rest], LIGHT), axis=1)
        flavour[joined, seed] = np.maximum(flavour[joined, seed], heaviest)
        present[joined, rest] &= ~taken
    return present, momentum, flavour


def btagged(settings: LeptonJetsDetector, rng: np.random.Generator, flavour: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Draw which jets have a b tag, by their flavours, shape (events, jets)."""
    probability = np.full(flavour.shape, settings.light_mistag)
    probability[flavour == CHARM] = settings.charm_mistag
    probability[flavour == BOTTOM] = settings.btag_efficiency
    return rng.random(flavour.shape) < probability


def _within_acceptance(present: NDArray[np.bool_], jets: Floats) -> NDArray[np.bool_]:
    return present & (transverse_momentum(jets) > JET_PT_MIN_GEV) & (np.abs(pseudorapidity(jets)) < ABS_ETA_MAX)


def _hardest_first(
    momentum: Floats, present: NDArray[np.bool_], flavour: NDArray[np.int8]
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.int8]]:
    order = np.argsort(np.where(present, -transverse_momentum(momentum), np.inf), axis=1, kind="stable")
    return (
        np.take_along_axis(momentum, order[..., None], axis=1),
        np.take_along_axis(present, order, axis=1),
        np.take_along_axis(flavour, order, axis=1),
    )


def _distance(first: Floats, second: Floats) -> Floats:
    """Give sqrt(delta eta^2 + delta phi^2) between four-momenta of shapes that broadcast."""
    turn = np.abs(azimuth(first) - azimuth(second))
    distance: Floats = np.hypot(pseudorapidity(first) - pseudorapidity(second), np.minimum(turn, 2 * np.pi - turn))
    return distance
