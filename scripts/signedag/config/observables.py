"""Names of the observables that the conversion can compute from jets and missing momentum, with their meaning."""

from __future__ import annotations

DIJET_INPUTS = ("jet_pt_gev", "jet_eta", "jet_phi", "jet_mass_gev", "jet_btag", "met_gev", "met_phi")
"""What the dijet reconstruction reads; jets are jagged, missing momentum is flat. `events.branches` maps them."""

DIJET_OBSERVABLES: dict[str, str] = {
    "n_jets": "number of selected jets",
    "n_extra_jets": "number of selected jets that are not part of the dijet, 0 if there is no dijet",
    "jet1_pt_gev": "transverse momentum of the harder jet of the dijet, GeV",
    "jet2_pt_gev": "transverse momentum of the softer jet of the dijet, GeV",
    "jet1_eta": "pseudorapidity of the harder jet",
    "jet2_eta": "pseudorapidity of the softer jet",
    "jet1_btag": "b-tag score of the jet of the dijet with the higher one",
    "jet2_btag": "b-tag score of the other jet of the dijet",
    "m_jj_gev": "invariant mass of the dijet, GeV",
    "pt_jj_gev": "transverse momentum of the dijet, GeV",
    "eta_jj": "pseudorapidity of the dijet",
    "delta_r_jj": "distance of the two jets in (eta, phi)",
    "delta_eta_jj": "|delta eta| of the two jets",
    "delta_phi_jj": "|delta phi| of the two jets, 0 to pi",
    "met_gev": "missing transverse momentum, GeV",
    "met_phi": "azimuth of the missing transverse momentum, -pi to pi",
    "delta_phi_met_jj": "|delta phi| between missing momentum and dijet, 0 to pi",
    "min_delta_phi_met_jet": "smallest |delta phi| between missing momentum and any selected jet, 0 to pi",
    "ht_gev": "scalar sum of the selected jets' transverse momenta, GeV",
    "extra_ht_gev": "scalar sum of the transverse momenta of the jets outside the dijet, GeV",
    "pt_balance": "transverse momentum of the dijet over the missing transverse momentum",
    "met_significance": "missing transverse momentum over the square root of ht, sqrt(GeV)",
}
"""What the dijet reconstruction gives."""
