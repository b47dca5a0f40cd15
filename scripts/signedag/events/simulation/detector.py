"""What a detector makes of the generated momenta: smeared jets, extra jets, b-tag scores and missing momentum.

Jets are held in rectangular arrays of shape (events, slots), where a slot may be empty; `present` tells which are not.
"""

from __future__ import annotations

from dataclasses import dataclass

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from signedag.events.simulation.kinematics import Floats, azimuth, invariant_mass, pseudorapidity, transverse_momentum

LIGHT, CHARM, BOTTOM = 0, 4, 5
MOST_EXTRA_JETS = 8
STORED_JET_PT_GEV = 20.0
EXTRA_JET_PT_SLOPE_GEV = 25.0
EXTRA_JET_ETA_SPREAD = 1.8
COUNTED_JET_PT_GEV = 25.0
COUNTED_JET_ABS_ETA = 2.5

# Shape parameters of the beta distribution of the b-tag score.
BTAG_SHAPES = {LIGHT: (0.7, 2.8), CHARM: (1.6, 2.2), BOTTOM: (4.0, 1.0)}
# Relative uncertainty of a jet's b-tag weight at the ends of the score.
BTAG_UNCERTAINTY = {LIGHT: 0.08, CHARM: 0.06, BOTTOM: 0.04}


@dataclass(frozen=True)
class SimulatedJets:
    """Jets of simulated events as the ntuple holds them; every array has shape (events, slots)."""

    present: NDArray[np.bool_]
    pt: NDArray[np.float32]
    eta: NDArray[np.float32]
    phi: NDArray[np.float32]
    mass: NDArray[np.float32]

    def counted(self) -> NDArray[np.int64]:
        """Count the jets that the default jet selection takes (p_T >= 25 GeV, |eta| <= 2.5), shape (events,)."""
        taken = self.present & (self.pt >= COUNTED_JET_PT_GEV) & (np.abs(self.eta) <= COUNTED_JET_ABS_ETA)
        number: NDArray[np.int64] = taken.sum(axis=1)
        return number

    def of_events(self, kept: NDArray[np.bool_]) -> SimulatedJets:
        """Give the jets of some events; `kept` has shape (events,)."""
        return SimulatedJets(self.present[kept], self.pt[kept], self.eta[kept], self.phi[kept], self.mass[kept])

    def as_records(self, btag: NDArray[np.float32]) -> ak.Array:
        """Give jagged records, hardest jet first: the branches `jet_pt`, `jet_eta`, `jet_phi`, `jet_mass`, `jet_btag`.

        Args:
            btag: b-tag scores, shape (events, slots).
        """
        order = np.argsort(np.where(self.present, -self.pt, np.inf), axis=1, kind="stable")
        present = np.take_along_axis(self.present, order, axis=1)
        counts = present.sum(axis=1)
        fields = {"pt": self.pt, "eta": self.eta, "phi": self.phi, "mass": self.mass, "btag": btag}
        flat = {name: np.take_along_axis(values, order, axis=1)[present] for name, values in fields.items()}
        return ak.zip({name: ak.unflatten(values, counts) for name, values in flat.items()})


def smeared(rng: np.random.Generator, momentum: Floats, stochastic: float, constant: float) -> Floats:
    """Scale jets' four-momenta by their energy resolution: sigma/p_T = stochastic / sqrt(p_T) (+) constant.

    Args:
        rng: the random stream.
        momentum: four-momenta, shape (..., 4), GeV.
        stochastic: the stochastic term, sqrt(GeV).
        constant: the constant term.

    Returns:
        smeared four-momenta, shape (..., 4).
    """
    pt = transverse_momentum(momentum)
    resolution = np.hypot(stochastic / np.sqrt(np.maximum(pt, 1.0)), constant)
    return momentum * np.maximum(1 + resolution * rng.standard_normal(pt.shape), 0.1)[..., None]


def extra_jet_momenta(rng: np.random.Generator, events: int, mean: float) -> tuple[NDArray[np.bool_], Floats]:
    """Draw jets from extra radiation.

    Args:
        rng: the random stream.
        events: number of events.
        mean: mean number of extra jets, Poisson, at most `MOST_EXTRA_JETS`.

    Returns:
        which slots hold a jet, shape (events, slots), and four-momenta as measured, shape (events, slots, 4).
    """
    counts = np.minimum(rng.poisson(mean, events), MOST_EXTRA_JETS)
    present = np.arange(MOST_EXTRA_JETS) < counts[:, None]
    pt = STORED_JET_PT_GEV + rng.exponential(EXTRA_JET_PT_SLOPE_GEV, present.shape)
    eta = np.clip(rng.normal(0.0, EXTRA_JET_ETA_SPREAD, present.shape), -4.7, 4.7)
    phi = rng.uniform(-np.pi, np.pi, present.shape)
    mass = pt * rng.uniform(0.06, 0.18, present.shape)
    energy = np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2)
    return present, np.stack([energy, pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1)


def btag_scores(rng: np.random.Generator, flavour: NDArray[np.int8], present: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Draw b-tag scores between 0 and 1 by flavour; 0 where no jet is present. All shapes are (events, slots)."""
    scores = np.zeros(flavour.shape, dtype=np.float32)
    for kind, (rise, fall) in BTAG_SHAPES.items():
        of_kind = present & (flavour == kind)
        scores[of_kind] = rng.beta(rise, fall, int(of_kind.sum()))
    return scores


def btag_weight_factors(
    present: NDArray[np.bool_], flavour: NDArray[np.int8], btag: NDArray[np.float32]
) -> tuple[Floats, Floats]:
    """Give the factors on the event weight for b-tagging up and down, each of shape (events,).

    Every jet contributes 1 +- u (2 score - 1) with u by flavour, so that the scores move up or down.

    Args:
        present: which slots hold a jet, shape (events, slots).
        flavour: the jets' flavours, same shape.
        btag: the jets' b-tag scores, same shape.
    """
    uncertainty = np.zeros(flavour.shape)
    for kind, relative in BTAG_UNCERTAINTY.items():
        uncertainty[present & (flavour == kind)] = relative
    change = uncertainty * (2 * btag.astype(np.float64) - 1)
    return np.prod(1 + change, axis=1), np.prod(1 - change, axis=1)


def measured_jets(present: NDArray[np.bool_], momentum: Floats) -> SimulatedJets:
    """Make the jets of the ntuple, which holds those above 20 GeV, in single precision.

    Args:
        present: which slots hold a jet, shape (events, slots).
        momentum: measured four-momenta, shape (events, slots, 4), GeV.
    """
    pt = transverse_momentum(momentum).astype(np.float32)
    return SimulatedJets(
        present=present & (pt > STORED_JET_PT_GEV),
        pt=pt,
        eta=pseudorapidity(momentum).astype(np.float32),
        phi=azimuth(momentum).astype(np.float32),
        mass=invariant_mass(momentum).astype(np.float32),
    )


def missing_momentum(
    rng: np.random.Generator,
    present: NDArray[np.bool_],
    momentum: Floats,
    smear_gev: float,
    extra_gev: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give missing transverse momentum and its azimuth as measured: what balances all jets, smeared.

    Args:
        rng: the random stream.
        present: which slots hold a jet, shape (events, slots).
        momentum: measured four-momenta, shape (events, slots, 4), GeV.
        smear_gev: standard deviation of each component that jets do not explain.
        extra_gev: scale of an exponentially distributed invisible momentum in a random direction.

    Returns:
        size in GeV and azimuth, each of shape (events,).
    """
    events = len(present)
    balance = -np.sum(np.where(present[..., None], momentum[..., 1:3], 0.0), axis=1)
    soft = smear_gev * rng.standard_normal((events, 2))
    size = rng.exponential(extra_gev, events)
    direction = rng.uniform(-np.pi, np.pi, events)
    missing = balance + soft + size[:, None] * np.stack([np.cos(direction), np.sin(direction)], axis=-1)
    return (
        np.hypot(missing[:, 0], missing[:, 1]).astype(np.float32),
        np.arctan2(missing[:, 1], missing[:, 0]).astype(np.float32),
    )
