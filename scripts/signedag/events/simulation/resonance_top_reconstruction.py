"""From lepton, missing momentum and four jets to the masses of what they came from.

The neutrino's p_z follows from the mass of the W. The two jets that the b tags choose are the b jets (tagged before
untagged, then the harder), the other two come from the hadronic W. Of the two ways to give the b jets to the W bosons
the one is taken that makes both tops the closest to their mass.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signedag.events.simulation.higgs_top_amplitude import TOP_MASS_GEV
from signedag.events.simulation.higgs_top_decays import W_MASS_GEV
from signedag.events.simulation.kinematics import Floats, invariant_mass


class Masses(NamedTuple):
    """The five high-level features, GeV, each of shape (events,)."""

    m_lnu: Floats
    """Lepton and neutrino: m_W, or more where no neutrino gives m_W."""
    m_jj: Floats
    """The two jets that are no b jets."""
    m_jjj: Floats
    """These and their b jet."""
    m_jlnu: Floats
    """Lepton, neutrino and the other b jet."""
    m_wwbb: Floats
    """All of them."""


def neutrino_momentum(lepton: Floats, missing: Floats, mass_gev: float = W_MASS_GEV) -> Floats:
    """Give the neutrino's four-momentum, with the p_z that makes lepton and neutrino a W.

    With c = m_W^2 / 2 + p_T(l) . p_T(nu), both momenta transverse vectors, the condition is quadratic in p_z:

        p_z = (c p_z(l) +- E(l) sqrt(c^2 - p_T(l)^2 p_T(nu)^2)) / p_T(l)^2

    Of two solutions the one with the smaller |p_z| is taken. There is none where the transverse mass is above m_W,
    which is where c < p_T(l) p_T(nu). Then c is raised to that: lepton and neutrino get the same rapidity, and their
    mass is the smallest that they can have, the transverse mass.

    docs/physics.md, "Simulated resonance in top pairs".

    Args:
        lepton: massless leptons, shape (events, 4), GeV.
        missing: x and y of the neutrino's transverse momentum, shape (events, 2), GeV.
        mass_gev: mass of the W.

    Returns:
        four-momenta, shape (events, 4).
    """
    pt2 = np.sum(lepton[:, 1:3] ** 2, axis=1)
    missing2 = np.sum(missing**2, axis=1)
    smallest = np.sqrt(pt2 * missing2)
    c = np.maximum(mass_gev**2 / 2 + np.sum(lepton[:, 1:3] * missing, axis=1), smallest)
    root = lepton[:, 0] * np.sqrt((c - smallest) * (c + smallest))
    centre = c * lepton[:, 3]
    along = (centre - np.where(centre < 0, -root, root)) / pt2
    return np.column_stack([np.sqrt(missing2 + along**2), missing, along])


def bottoms_first(jets: Floats, tagged: NDArray[np.bool_]) -> Floats:
    """Order jets, which are hardest first, so that the two b jets come first, shape (events, 4, 4).

    Args:
        jets: four-momenta, hardest first, shape (events, 4, 4).
        tagged: which have a b tag, shape (events, 4).
    """
    order = np.argsort(~tagged, axis=1, kind="stable")
    return np.take_along_axis(jets, order[..., None], axis=1)


def reconstruct(lepton: Floats, missing: Floats, jets: Floats, tagged: NDArray[np.bool_]) -> Masses:
    """Give the masses of events as measured.

    docs/physics.md, "Simulated resonance in top pairs".

    Args:
        lepton: four-momenta, shape (events, 4), GeV.
        missing: x and y of the missing transverse momentum, shape (events, 2), GeV.
        jets: the four leading jets, hardest first, shape (events, 4, 4), GeV.
        tagged: which of them have a b tag, shape (events, 4).
    """
    first, second, *quarks = np.moveaxis(bottoms_first(jets, tagged), 1, 0)
    leptonic = lepton + neutrino_momentum(lepton, missing)
    hadronic = quarks[0] + quarks[1]
    ways = [
        (invariant_mass(hadronic + with_quarks), invariant_mass(leptonic + with_lepton))
        for with_quarks, with_lepton in ((first, second), (second, first))
    ]
    far = [(m_jjj - TOP_MASS_GEV) ** 2 + (m_jlnu - TOP_MASS_GEV) ** 2 for m_jjj, m_jlnu in ways]
    m_jjj, m_jlnu = (np.where(far[1] < far[0], other, one) for one, other in zip(*ways, strict=True))
    return Masses(
        m_lnu=invariant_mass(leptonic),
        m_jj=invariant_mass(hadronic),
        m_jjj=m_jjj,
        m_jlnu=m_jlnu,
        m_wwbb=invariant_mass(leptonic + hadronic + first + second),
    )
