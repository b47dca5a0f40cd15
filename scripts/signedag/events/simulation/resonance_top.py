"""X -> tt -> lepton + jets at any mass, and its backgrounds, in the shape of HEPMASS (arXiv:1601.07913, section 4).

22 low-level features (p_T, eta and phi of the lepton; missing momentum and its phi; the number of jets; p_T, eta, phi
and b tag of the four leading jets) and the five masses that they reconstruct to (m_lnu, m_jj, m_jjj, m_jlnu, m_WWbb).
Nothing that an analysis looks at is drawn directly: all follows from the momenta of decays
(`resonance_top_production`), a detector (`resonance_top_detector`) and the assignment of objects
(`resonance_top_reconstruction`).

The signs follow the mass m_WWbb and the number of jets as measured, so that a network that sees them can reach the
truth.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.config.simulation import ResonanceTopSimulation
from signedag.errors import UserError
from signedag.events.simulation.kinematics import azimuth, pseudorapidity, transverse_momentum
from signedag.events.simulation.resonance_top_detector import LEADING_JETS, Measured, measure
from signedag.events.simulation.resonance_top_production import produce
from signedag.events.simulation.resonance_top_reconstruction import reconstruct
from signedag.events.simulation.signs import accepted, negative_probability_of_mass, signed_weights

Branches = dict[str, NDArray[Any]]

LARGEST_BATCH = 50_000
FIRST_GUESS_OF_EFFICIENCY = 0.2
MOST_EVENTS_WITHOUT_ANY = 1_000_000


def simulate(
    settings: ResonanceTopSimulation, rng: np.random.Generator, events: int, *, signed: bool = True
) -> Branches:
    """Simulate events that pass the selection.

    Args:
        settings: the sample.
        rng: the random stream.
        events: number of events to give.
        signed: whether to make signed Monte Carlo events with weights and truth, whose signed density is the physical
            one; if not, events follow the physical density without weights, as data do.

    Returns:
        branch name → values, shape (events,): 27 features in single precision, momenta and masses in GeV.

    Raises:
        UserError: the selection keeps no event.
    """
    pieces: list[Branches] = []
    missing, drawn, kept = events, 0, 0
    while missing > 0 or not pieces:
        efficiency = max(kept, 1) / drawn if drawn else FIRST_GUESS_OF_EFFICIENCY
        number = int(min(missing / efficiency * 1.05 + 100, LARGEST_BATCH))
        batch = _simulate_batch(settings, rng, number, signed)
        rows = len(batch["lepton_pt"])
        drawn, kept = drawn + number, kept + rows
        if not kept and drawn >= MOST_EVENTS_WITHOUT_ANY and events:
            raise UserError(
                f"simulation: none of {drawn} events has a lepton, four jets and {settings.detector.btags_min} b tags; "
                "ask for fewer b tags (detector.btags_min) or tag more jets (detector.btag_efficiency)"
            )
        pieces.append({name: values[:missing] for name, values in batch.items()})
        missing -= min(rows, missing)
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def _simulate_batch(settings: ResonanceTopSimulation, rng: np.random.Generator, events: int, signed: bool) -> Branches:
    """Simulate a batch; of signed events only those that the rejection keeps are given."""
    measured = measure(settings.detector, rng, produce(settings, rng, events))
    branches = features(measured)
    if not signed:
        return branches
    signs, number = settings.negative_weights, len(branches["lepton_pt"])
    if signs is None:
        weights, positive = np.ones(number), np.ones(number)
    else:
        mass, extra_jets = branches["m_wwbb"].astype(np.float64), measured.number_of_jets - LEADING_JETS
        negative = negative_probability_of_mass(signs, mass, extra_jets)
        kept = accepted(rng, signs, negative)
        branches = {name: values[kept] for name, values in branches.items()}
        weights, positive = signed_weights(rng, signs, negative[kept]), 1 - negative[kept]
    return branches | {"generator_weight": weights.astype(np.float32), "true_positive_probability": positive}


def features(measured: Measured) -> Branches:
    """Give the 27 features of measured events, each of shape (events,), in single precision.

    docs/physics.md, "Simulated resonance in top pairs".
    """
    lepton, missing = measured.lepton, measured.missing
    found = {
        "lepton_pt": transverse_momentum(lepton),
        "lepton_eta": pseudorapidity(lepton),
        "lepton_phi": azimuth(lepton),
        "met": np.hypot(missing[:, 0], missing[:, 1]),
        "met_phi": np.arctan2(missing[:, 1], missing[:, 0]),
        "n_jets": measured.number_of_jets,
    }
    for number in range(LEADING_JETS):
        jet = measured.jets[:, number]
        found |= {
            f"jet{number + 1}_pt": transverse_momentum(jet),
            f"jet{number + 1}_eta": pseudorapidity(jet),
            f"jet{number + 1}_phi": azimuth(jet),
            f"jet{number + 1}_btag": measured.tagged[:, number],
        }
    found |= reconstruct(lepton, missing, measured.jets, measured.tagged)._asdict()
    return {name: values.astype(np.float32) for name, values in found.items()}
