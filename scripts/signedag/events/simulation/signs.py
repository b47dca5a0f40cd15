"""Signed weights with known truth.

Events drawn from q(x) = rho(x) / (1 - 2 f(x)) and made negative with probability f(x) < 1/2 have the signed density
rho: the share 1 - f of positive events less the share f of negative ones cancels the denominator. P(w > 0 | x) = 1 - f.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from signedag.config.simulation import NegativeWeights, NegativeWeightsOfMass, SignedWeights
from signedag.events.simulation.kinematics import Floats

PT_REFERENCE_GEV = 200.0
MASS_REFERENCE_GEV = 500.0


def negative_probability(settings: NegativeWeights, pt_v_gev: Floats, extra_jets: NDArray[np.int64]) -> Floats:
    """Give the probability f of a negative weight, shape (events,).

    f = ceiling * sigmoid(offset + pt_slope * ln(p_T(V) / 200 GeV) + extra_jet_slope * n_extra_jets).

    Args:
        settings: the sample's constants.
        pt_v_gev: p_T(V), shape (events,), GeV, positive.
        extra_jets: number of extra jets, shape (events,).
    """
    logit = (
        settings.offset
        + settings.pt_slope * np.log(np.maximum(pt_v_gev, 1e-3) / PT_REFERENCE_GEV)
        + settings.extra_jet_slope * extra_jets
    )
    return _below_ceiling(settings, logit)


def negative_probability_of_mass(
    settings: NegativeWeightsOfMass, m_wwbb_gev: Floats, extra_jets: NDArray[np.int64]
) -> Floats:
    """Give the probability f of a negative weight of top pairs, shape (events,).

    f = ceiling * sigmoid(offset + mass_slope * ln(m_WWbb / 500 GeV) + extra_jet_slope * n_extra_jets).

    docs/physics.md, "Simulated resonance in top pairs".

    Args:
        settings: the sample's constants.
        m_wwbb_gev: mass of lepton, neutrino and four jets, shape (events,), GeV, positive.
        extra_jets: number of jets beyond four, shape (events,).
    """
    logit = (
        settings.offset
        + settings.mass_slope * np.log(m_wwbb_gev / MASS_REFERENCE_GEV)
        + settings.extra_jet_slope * extra_jets
    )
    return _below_ceiling(settings, logit)


def _below_ceiling(settings: SignedWeights, logit: Floats) -> Floats:
    return settings.ceiling * 0.5 * (1 + np.tanh(0.5 * logit))


def accepted(rng: np.random.Generator, settings: SignedWeights, negative: Floats) -> NDArray[np.bool_]:
    """Choose which of the events drawn from rho to keep, so that those kept follow rho / (1 - 2 f).

    docs/physics.md, "Simulated samples". An event is kept with probability (1 - 2 ceiling) / (1 - 2 f), which is at
    most one as f never exceeds the ceiling.

    Args:
        rng: the random stream.
        settings: the sample's constants.
        negative: f of each event, shape (events,).

    Returns:
        which events to keep, shape (events,).
    """
    return rng.random(negative.size) * (1 - 2 * negative) < 1 - 2 * settings.ceiling


def signed_weights(rng: np.random.Generator, settings: SignedWeights, negative: Floats) -> Floats:
    """Draw signed weights: the sign with probability f, the size log-normal with mean one whatever the kinematics.

    docs/physics.md, "Simulated samples".

    Args:
        rng: the random stream.
        settings: the sample's constants.
        negative: f of each event, shape (events,).

    Returns:
        signed weights, shape (events,).
    """
    spread = settings.weight_spread
    sizes = np.exp(spread * rng.standard_normal(negative.size) - 0.5 * spread**2)
    return np.where(rng.random(negative.size) < negative, -sizes, sizes)
