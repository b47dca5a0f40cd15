"""The default simulation: a system of mass M recoils against an invisible Z and decays isotropically to two jets.

Nothing that an analysis looks at is drawn directly: dijet mass, distances and missing momentum follow from the
momenta. Samples that differ in M alone, such as ZH and VZ, therefore differ in everything that M changes.
"""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from signedag.config.simulation import DijetMass, RecoilSimulation
from signedag.events.simulation.detector import (
    BOTTOM,
    CHARM,
    LIGHT,
    MOST_EXTRA_JETS,
    SimulatedJets,
    btag_scores,
    btag_weight_factors,
    extra_jet_momenta,
    measured_jets,
    missing_momentum,
    smeared,
)
from signedag.events.simulation.kinematics import (
    Floats,
    breit_wigner_mass,
    falling_transverse_momentum,
    four_momentum,
    gamma_mass,
    invariant_mass,
    isotropic_directions,
    transverse_momentum,
    two_body_decay,
)
from signedag.events.simulation.signs import accepted, negative_probability, signed_weights

Branches = dict[str, Any]

FLAVOUR_PAIRS = {
    "bb": (BOTTOM, BOTTOM),
    "bc": (BOTTOM, CHARM),
    "bl": (BOTTOM, LIGHT),
    "cc": (CHARM, CHARM),
    "cl": (CHARM, LIGHT),
    "ll": (LIGHT, LIGHT),
}
JET_MASS_RANGE = (0.03, 0.10)
TOP_PT_SLOPE_PER_GEV = 1.0e-3
TOP_PT_REFERENCE_GEV = 170.0
LARGEST_BATCH = 50_000


def simulate(
    settings: RecoilSimulation, rng: np.random.Generator, events: int, *, signed: bool = True
) -> dict[str, NDArray[Any] | ak.Array]:
    """Simulate events.

    Args:
        settings: the sample.
        rng: the random stream.
        events: number of events to give.
        signed: whether to make signed Monte Carlo events with weights and truth, whose signed density is the physical
            one; if not, events follow the physical density without weights, as data do.

    Returns:
        branch name → values, shape (events,); `jet` holds jagged records, which the file names `jet_pt`, `jet_eta`, ...
    """
    pieces: list[Branches] = []
    missing = events
    while missing > 0 or not pieces:
        expected = missing / (1 - 2 * settings.negative_weights.ceiling if signed else 1.0)
        drawn = _simulate_batch(settings, rng, int(min(expected * 1.1 + 100, LARGEST_BATCH)), signed)
        pieces.append({name: values[:missing] for name, values in drawn.items()})
        missing -= len(pieces[-1]["met"])
    return {name: _joined([piece[name] for piece in pieces]) for name in pieces[0]}


def _joined(pieces: list[Any]) -> Any:
    return ak.concatenate(pieces) if isinstance(pieces[0], ak.Array) else np.concatenate(pieces)


def _simulate_batch(settings: RecoilSimulation, rng: np.random.Generator, events: int, signed: bool) -> Branches:
    """Simulate a batch; of signed events only those that the rejection keeps are given."""
    system = _recoiling_system(settings, rng, events)
    present, momentum = _jet_momenta(settings, rng, system)
    jets = measured_jets(present, momentum)
    met, met_phi = missing_momentum(rng, present, momentum, settings.missing_smear_gev, settings.extra_missing_gev)
    kept = np.ones(events, dtype=np.bool_)
    extra_jets = np.maximum(jets.counted() - 2, 0)
    negative = negative_probability(settings.negative_weights, met.astype(np.float64), extra_jets)
    if signed:
        kept = accepted(rng, settings.negative_weights, negative)
    jets = jets.of_events(kept)
    flavour = _jet_flavours(settings, rng, int(kept.sum()))
    btag = btag_scores(rng, flavour, jets.present)
    leptons = rng.random(len(btag)) < settings.lepton_probability
    branches: Branches = {
        "jet": jets.as_records(btag),
        "met": met[kept],
        "met_phi": met_phi[kept],
        "n_leptons": leptons.astype(np.int32),
    }
    if signed:
        branches["generator_weight"] = signed_weights(rng, settings.negative_weights, negative[kept]).astype(np.float32)
        branches |= _weight_factors(settings, jets, flavour, btag, transverse_momentum(system[kept]))
        branches["true_positive_probability"] = 1 - negative[kept]
    return branches


def _mass(settings: DijetMass, rng: np.random.Generator, events: int) -> Floats:
    if settings.peak_gev is not None:
        return breit_wigner_mass(rng, events, settings.peak_gev, settings.width_gev)
    return gamma_mass(rng, events, settings.threshold_gev, settings.shape, settings.slope_gev)


def _recoiling_system(settings: RecoilSimulation, rng: np.random.Generator, events: int) -> Floats:
    """Draw the four-momentum of the system that decays to two jets, shape (events, 4)."""
    return four_momentum(
        _mass(settings.mass, rng, events),
        falling_transverse_momentum(rng, events, settings.pt_min_gev, settings.pt_slope_gev),
        settings.rapidity_spread * rng.standard_normal(events),
        rng.uniform(-np.pi, np.pi, events),
    )


def _jet_momenta(
    settings: RecoilSimulation, rng: np.random.Generator, system: Floats
) -> tuple[NDArray[np.bool_], Floats]:
    """Give the measured jets: the two of the decay, then those from extra radiation, shape (events, slots[, 4])."""
    events = system.shape[0]
    mass = invariant_mass(system)
    first_mass, second_mass = mass * rng.uniform(*JET_MASS_RANGE, (2, events))
    decay = np.stack(two_body_decay(system, first_mass, second_mass, isotropic_directions(rng, events)), axis=1)
    decay = smeared(rng, decay, settings.jet_resolution_stochastic, settings.jet_resolution_constant)
    present, extra = extra_jet_momenta(rng, events, settings.extra_jets)
    both = np.ones((events, 2), dtype=np.bool_)
    return np.concatenate([both, present], axis=1), np.concatenate([decay, extra], axis=1)


def _jet_flavours(settings: RecoilSimulation, rng: np.random.Generator, events: int) -> NDArray[np.int8]:
    """Draw the jets' flavours, shape (events, slots)."""
    probabilities = [getattr(settings.flavours, name) for name in FLAVOUR_PAIRS]
    pairs = np.array(list(FLAVOUR_PAIRS.values()), dtype=np.int8)
    chosen = np.minimum(np.searchsorted(np.cumsum(probabilities), rng.random(events), side="right"), len(pairs) - 1)
    of_decay = rng.permuted(pairs[chosen], axis=1)
    of_extra = np.where(rng.random((events, MOST_EXTRA_JETS)) < settings.extra_jets_b_fraction, BOTTOM, LIGHT)
    return np.concatenate([of_decay, of_extra.astype(np.int8)], axis=1)


def _weight_factors(
    settings: RecoilSimulation, jets: SimulatedJets, flavour: NDArray[np.int8], btag: NDArray[np.float32], pt: Floats
) -> Branches:
    """Give the factors of the weight variations, each of shape (events,)."""
    btag_up, btag_down = btag_weight_factors(jets.present, flavour, btag)
    top = TOP_PT_SLOPE_PER_GEV * (pt - TOP_PT_REFERENCE_GEV) if settings.top_like else np.zeros_like(pt)
    factors = {
        "weight_btag_up": btag_up,
        "weight_btag_down": btag_down,
        "weight_top_pt_up": np.exp(top),
        "weight_top_pt_down": np.exp(-top),
    }
    return {name: values.astype(np.float32) for name, values in factors.items()}
