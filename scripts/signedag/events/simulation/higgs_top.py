"""gg -> A/H -> tt and gg -> tt with their interference, as ntuples of dilepton events with signed weights.

What is drawn, in this order: (m_tt, z) from q, the pair's rapidity from the gluon luminosity, the leptons' directions
from the spins' density, the sign from p(x), |w| from a log-normal distribution of mean sum q / events, then the rest of
the decays. `higgs_top_density` has q, p and the equations; `higgs_top_amplitude` the physics and its sources. Momenta
are those of the particles: no shower, no detector.

The generator weight is in pb: over all files of a sample it adds up to the cross-section of its signed density, in
the range of m_tt, with both W bosons decaying to an electron or a muon.

Three branches hold the exact probability of a positive weight under |w|, given all of the event, given the tops alone,
and given the tops and c_hel: a sign network that sees the tops can reach the second one, not the first.
"""

from __future__ import annotations

import numpy as np

from signedag.config.simulation import HiggsTopSimulation
from signedag.events.simulation.higgs_top_amplitude import Array, SpinDensity
from signedag.events.simulation.higgs_top_decays import TopDecay, decays_in_laboratory
from signedag.events.simulation.higgs_top_density import (
    c_hel_density,
    flip_probability,
    lepton_density,
    positive_probability,
    sample_density,
    spin_densities,
)
from signedag.events.simulation.higgs_top_sampling import draw_leptons, draw_rapidity, draw_tops, event_total
from signedag.events.simulation.kinematics import azimuth, invariant_mass, pseudorapidity, transverse_momentum


def simulate(settings: HiggsTopSimulation, rng: np.random.Generator, events: int) -> dict[str, Array]:
    """Simulate events of a sample, or of one of its files.

    Args:
        rng: every random number comes from it.
        events: how many; the weights refer to `settings.events`, the sample's whole number.

    Returns:
        Branches by name, each of shape (events,): the signed `generator_weight` in pb, truth, momenta in GeV.
    """
    density = sample_density(settings)
    range_gev = (settings.m_tt_min_gev, settings.m_tt_max_gev)
    tops = draw_tops(rng, density, range_gev, events)
    rapidity = draw_rapidity(rng, tops[:, 0])
    signed, envelope = spin_densities(density, tops[:, 0], tops[:, 1])
    leptons = draw_leptons(rng, envelope)
    c_hel = np.sum(leptons[0] * leptons[1], axis=1)
    flip = flip_probability(density, tops[:, 0], tops[:, 1])
    truth = _positive_probabilities(signed, envelope, flip, leptons, c_hel)
    sign = np.where(rng.random(events) < truth["true_positive_probability"], 1.0, -1.0)
    spread = np.exp(settings.weight_spread * rng.standard_normal(events) - settings.weight_spread**2 / 2)
    return {
        "generator_weight": sign * spread * event_total(density, *range_gev) / settings.events,
        **truth,
        "m_tt_gev": tops[:, 0],
        "breit_wigner_phase": _breit_wigner_phase(settings, tops[:, 0]),
        "cos_theta_star": tops[:, 1],
        "c_hel": c_hel,
        "c_han": c_hel - 2 * leptons[0][:, 0] * leptons[1][:, 0],
        **_momenta(*decays_in_laboratory(rng, tops, rapidity, leptons)),
    }


def _breit_wigner_phase(settings: HiggsTopSimulation, m_tt_gev: Array) -> Array:
    """Give arctan((m_tt^2 - M^2) / (M Gamma)), from -pi/2 to pi/2, for the settings' M and Gamma, boson or not.

    It says the same as m_tt in the unit in which the interference turns: what changes within a width is a jump to a
    network that sees m_tt over hundreds of GeV.
    """
    mass = settings.mass_gev
    return np.arctan((m_tt_gev**2 - mass**2) / (mass**2 * settings.relative_width))


def _positive_probabilities(
    signed: SpinDensity, envelope: SpinDensity, flip: Array, leptons: tuple[Array, Array], c_hel: Array
) -> dict[str, Array]:
    all_of_it = positive_probability(lepton_density(signed, *leptons), lepton_density(envelope, *leptons), flip)
    with_c_hel = positive_probability(c_hel_density(signed, c_hel), c_hel_density(envelope, c_hel), flip)
    return {
        "true_positive_probability": all_of_it,
        "true_positive_probability_given_tops": positive_probability(signed.rate, envelope.rate, flip),
        "true_positive_probability_given_tops_and_c_hel": with_c_hel,
    }


def _momenta(top: TopDecay, antitop: TopDecay) -> dict[str, Array]:
    """Give transverse momenta, pseudorapidities and azimuths of the particles, and observables of the leptons."""
    particles = {
        "top": top.top,
        "antitop": antitop.top,
        "bottom": top.bottom,
        "antibottom": antitop.bottom,
        "lepton_plus": top.lepton,
        "lepton_minus": antitop.lepton,
    }
    branches = {}
    for name, momentum in particles.items():
        branches[f"{name}_pt_gev"] = transverse_momentum(momentum)
        branches[f"{name}_eta"] = pseudorapidity(momentum)
        branches[f"{name}_phi"] = azimuth(momentum)
    leptons, missing = top.lepton + antitop.lepton, top.neutrino + antitop.neutrino
    turn = branches["lepton_plus_phi"] - branches["lepton_minus_phi"]
    branches["m_ll_gev"] = invariant_mass(leptons)
    branches["pt_ll_gev"] = transverse_momentum(leptons)
    branches["delta_phi_ll"] = np.abs((turn + np.pi) % (2 * np.pi) - np.pi)
    branches["delta_eta_ll"] = np.abs(branches["lepton_plus_eta"] - branches["lepton_minus_eta"])
    branches["met_gev"] = transverse_momentum(missing)
    branches["met_phi"] = azimuth(missing)
    return branches
