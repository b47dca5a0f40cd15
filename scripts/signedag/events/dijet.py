"""Dijet reconstruction: from jagged jets and missing momentum to the observables of `config.observables`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from signedag.config.events import DijetReconstruction

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class JetsAndMissing:
    """Jets and missing transverse momentum of some events, in GeV.

    `counts` (events,) says how many jets each event has; the jets' arrays (jets,) hold them one event after another;
    `met` and `met_phi` have shape (events,).
    """

    counts: NDArray[np.int64]
    pt: Floats
    eta: Floats
    phi: Floats
    mass: Floats
    btag: Floats
    met: Floats
    met_phi: Floats

    @property
    def event_of_jet(self) -> NDArray[np.int64]:
        """The row of the event that each jet belongs to, shape (jets,)."""
        return np.repeat(np.arange(self.counts.size), self.counts)


def scaled_jets(given: JetsAndMissing, scale: float | Floats) -> JetsAndMissing:
    """Scale the jets' momenta and masses, and let the missing momentum balance the change.

    docs/physics.md, "Dijet observables".

    Args:
        given: jets and missing momentum of the events.
        scale: one factor for all jets, or one for each, shape (jets,).
    """
    if np.ndim(scale) == 0 and scale == 1:
        return given
    event_of_jet, events, added = given.event_of_jet, given.counts.size, (scale - 1) * given.pt
    change_x = np.bincount(event_of_jet, weights=added * np.cos(given.phi), minlength=events)
    change_y = np.bincount(event_of_jet, weights=added * np.sin(given.phi), minlength=events)
    missing_x = given.met * np.cos(given.met_phi) - change_x
    missing_y = given.met * np.sin(given.met_phi) - change_y
    return replace(
        given,
        pt=given.pt * scale,
        mass=given.mass * scale,
        met=np.hypot(missing_x, missing_y),
        met_phi=np.arctan2(missing_y, missing_x),
    )


def reconstruct(given: JetsAndMissing, settings: DijetReconstruction) -> tuple[NDArray[np.int64], dict[str, Floats]]:
    """Select jets, pair two of them and compute the observables; docs/physics.md, "Dijet observables".

    Args:
        given: jets and missing momentum of the events.
        settings: the jet selection and how to pair.

    Returns:
        rows of the events with enough selected jets, shape (rows,), and for these the observables of
        `DIJET_OBSERVABLES`, each of shape (rows,).
    """
    selected = (given.pt >= settings.jet_pt_min_gev) & (np.abs(given.eta) <= settings.jet_abs_eta_max)
    event_of_jet = given.event_of_jet
    counts = np.bincount(event_of_jet[selected], minlength=given.counts.size)
    enough = counts >= settings.minimum_jets
    rows = np.flatnonzero(enough)
    taken = np.flatnonzero(selected & enough[event_of_jet])
    jets = _SelectedJets(counts[rows], given.pt[taken], given.phi[taken])
    btag = given.btag[taken]
    first, second = jets.pair(jets.pt if settings.pair_by == "pt" else btag)
    pair = taken[np.stack([first, second], axis=1)]
    dijet = _PairOfJets(given.pt[pair], given.eta[pair], given.phi[pair], given.mass[pair], given.btag[pair])
    if settings.minimum_jets < 2:
        dijet = dijet.without_second(jets.counts < 2)
    met, met_phi = given.met[rows], given.met_phi[rows]
    extra_ht = jets.sum_without(first, second)
    ht = dijet.pt[:, 0] + dijet.pt[:, 1] + extra_ht
    x, y, z = dijet.components()
    x_jj, y_jj, z_jj = x[:, 0] + x[:, 1], y[:, 0] + y[:, 1], z[:, 0] + z[:, 1]
    pt_jj = np.hypot(x_jj, y_jj)
    n_jets = jets.counts.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        observables = dijet.observables() | {
            "n_jets": n_jets,
            "n_extra_jets": np.maximum(n_jets - 2, 0.0),
            "m_jj_gev": dijet.mass_of_pair(x, y, z),
            "pt_jj_gev": pt_jj,
            "eta_jj": np.arcsinh(z_jj / pt_jj),
            "met_gev": met,
            "met_phi": met_phi,
            "delta_phi_met_jj": delta_phi(met_phi, np.arctan2(y_jj, x_jj)),
            "min_delta_phi_met_jet": jets.smallest_distance(met_phi),
            "ht_gev": ht,
            "extra_ht_gev": extra_ht,
            "pt_balance": pt_jj / met,
            "met_significance": met / np.sqrt(ht),
        }
    return rows, observables


def delta_phi(first: Floats, second: Floats) -> Floats:
    """Give the distance of two azimuths, 0 to pi; the arguments broadcast.

    >>> float(delta_phi(np.array(3.0), np.array(-3.0)).round(6))
    0.283185
    """
    distance = first - second
    return np.abs(distance - 2 * np.pi * np.rint(distance / (2 * np.pi)))


class _SelectedJets:
    """The selected jets of events that each have at least one, one event after another.

    Args:
        counts: number of jets of each event, shape (events,).
        pt: transverse momenta, shape (jets,).
        phi: azimuths, shape (jets,).
    """

    def __init__(self, counts: NDArray[np.int64], pt: Floats, phi: Floats) -> None:
        self.counts = counts
        self.pt = pt
        self._phi = phi
        self._starts = np.cumsum(counts) - counts
        self._event = np.repeat(np.arange(counts.size), counts)

    def pair(self, rank: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give the positions of the two jets of highest rank, ties by p_T, the harder one first, each (events,).

        An only jet is given twice.
        """
        free = np.ones(self.pt.size, dtype=np.bool_)
        best = self._best(rank, free)
        free[best] = False
        other = self._best(rank, free)
        swap = self.pt[best] < self.pt[other]
        return np.where(swap, other, best), np.where(swap, best, other)

    def _best(self, rank: Floats, free: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Give the position of each event's free jet of highest rank; the first jet where none is free."""
        rank = np.where(free, rank, -np.inf)
        highest = np.maximum.reduceat(rank, self._starts)[self._event]
        pt = np.where(free & (rank == highest), self.pt, -1.0)
        hardest = np.maximum.reduceat(pt, self._starts)[self._event]
        position = np.where(pt == hardest, np.arange(pt.size), pt.size)
        return np.minimum.reduceat(position, self._starts)

    def sum_without(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> Floats:
        """Add up p_T of all jets but two of each event, shape (events,); exactly 0 where there are no others."""
        pt = self.pt.copy()
        pt[first] = 0.0
        pt[second] = 0.0
        return np.add.reduceat(pt, self._starts)

    def smallest_distance(self, azimuth: Floats) -> Floats:
        """Give the smallest |delta phi| of any jet to an azimuth, shape (events,)."""
        return np.minimum.reduceat(delta_phi(azimuth[self._event], self._phi), self._starts)


@dataclass(frozen=True)
class _PairOfJets:
    """The harder and the softer jet of each dijet; every array has shape (events, 2)."""

    pt: Floats
    eta: Floats
    phi: Floats
    mass: Floats
    btag: Floats

    def without_second(self, events: NDArray[np.bool_]) -> _PairOfJets:
        """Take the momentum from the second jet of some events, shape (events,), whose only jet is there twice."""
        factor = np.stack([np.ones(events.size), ~events], axis=1)
        return replace(self, pt=self.pt * factor, mass=self.mass * factor, btag=self.btag * factor)

    def components(self) -> tuple[Floats, Floats, Floats]:
        """Momentum components (x, y, z), each of shape (events, 2)."""
        return self.pt * np.cos(self.phi), self.pt * np.sin(self.phi), self.pt * np.sinh(self.eta)

    def mass_of_pair(self, x: Floats, y: Floats, z: Floats) -> Floats:
        """Invariant mass from the components, shape (events,)."""
        energy = np.sqrt(x**2 + y**2 + z**2 + self.mass**2)
        product = energy[:, 0] * energy[:, 1] - x[:, 0] * x[:, 1] - y[:, 0] * y[:, 1] - z[:, 0] * z[:, 1]
        squared = self.mass[:, 0] ** 2 + self.mass[:, 1] ** 2 + 2 * product
        return np.sqrt(np.maximum(squared, 0.0))

    def observables(self) -> dict[str, Floats]:
        """Give what the two jets say one by one and by their distance; values of shape (events,)."""
        eta_distance = np.abs(self.eta[:, 0] - self.eta[:, 1])
        phi_distance = delta_phi(self.phi[:, 0], self.phi[:, 1])
        return {
            "jet1_pt_gev": self.pt[:, 0],
            "jet2_pt_gev": self.pt[:, 1],
            "jet1_eta": self.eta[:, 0],
            "jet2_eta": self.eta[:, 1],
            "jet1_btag": np.maximum(self.btag[:, 0], self.btag[:, 1]),
            "jet2_btag": np.minimum(self.btag[:, 0], self.btag[:, 1]),
            "delta_r_jj": np.hypot(eta_distance, phi_distance),
            "delta_eta_jj": eta_distance,
            "delta_phi_jj": phi_distance,
        }
