"""A small analysis with every block of the settings, and one without data: what the documentation is computed from."""

from __future__ import annotations

from typing import Any

import yaml

EXAMPLE = """
analysis: example
title: Every block of the settings
luminosity_fb: 1.0
processes:
  zh: {role: signal, strength: mu_zh, parameters: {mass_gev: 125.0}}
  vz: {role: background, resonant: true}
  tt: {role: background, scale_factor: tt}
samples:
  zh:
    process: zh
    cross_section_pb: 0.1
    simulation: {model: recoil, events: 100, files: 1, mass: {peak_gev: 125.0}, flavours: {bb: 1.0}}
  vz:
    process: vz
    cross_section_pb: 0.5
    simulation: {model: recoil, events: 100, files: 1, mass: {peak_gev: 91.2}, flavours: {bb: 1.0}}
  tt:
    process: tt
    cross_section_pb: 10.0
    simulation: {model: recoil, events: 100, files: 2, mass: {}, flavours: {bb: 0.5, bc: 0.5}, top_like: true}
data:
  pseudo_data: {scale_factors: {tt: 0.9}}
events:
  branches: {weight_btag_up: weight_btag_up, weight_btag_down: weight_btag_down}
  reconstruction: {}
  columns: {jet_pt_ratio: jet2_pt_gev / jet1_pt_gev}
  regions:
    signal_region: {selection: n_extra_jets < 2}
    control_tt: {selection: n_extra_jets >= 2}
  features: [pt_jj_gev, met_gev, delta_r_jj, jet_pt_ratio]
  spectators: [m_jj_gev, eta_jj]
  truth: {positive_probability: true_positive_probability}
uncertainties:
  shifts:
    jet_energy: {jet_energy_relative: 0.02}
    resolution: {jet_resolution_relative: 0.1, fitted: false}
  variations: {btag: {up: weight_btag_up, down: weight_btag_down}}
  normalisations: {luminosity: {relative: 0.02}}
  symmetrise: {jet_energy: difference}
  smooth: {jet_energy: {relative_error: 0.1}}
weights:
  sign_network: {architecture: {kind: piecewise}}
  closure: {other_variables: [eta_jj]}
classifiers:
  narrow: {region: signal_region}
  wide: {region: signal_region, architecture: {kind: piecewise, hidden_layers: [128, 128], bins: 8}}
  tuned:
    region: signal_region
    weights: {strategy: joint}
    networks: {weight_network: {sees: [features, class], architecture: {kind: piecewise}}}
    phases:
      - epochs: 5
        starts_from: narrow
        batch: {size: 256}
        updates:
          - moves: [classifier, weight_network]
            terms:
              - {objective: joint_cross_entropy, weight: {start: 0.0, end: 1.0, epochs: 3}}
              - {objective: sign_cross_entropy}
  held:
    region: signal_region
    phases: [{epochs: 5, updates: [{terms: [{objective: cross_entropy, weight: {at_most: 0.5}}]}]}]
  kept:
    region: signal_region
    networks: {adversary: {sees: [classifier]}}
    phases:
      - epochs: 5
        starts_from: narrow
        updates:
          - {moves: [adversary], learning_rate: 0.01, terms: [{objective: adversary}]}
          - {terms: [{objective: cross_entropy}, {objective: adversary, weight: {at_least: 0.95}}]}
  hindered:
    region: signal_region
    networks: {regressor: {sees: [classifier, pt_jj_gev], outputs: 9}}
    phases:
      - epochs: 5
        starts_from: narrow
        updates:
          - moves: [regressor]
            terms: [&regression {objective: adversary, network: regressor, loss: gaussian_mixture, components: 3}]
          - {terms: [{objective: cross_entropy}, {<<: *regression, weight: -10.0, capped: true}]}
  independent:
    region: signal_region
    weights: {strategy: transformed, planing: {spectator: m_jj_gev, bins: 20, floor: 0.1}}
    phases:
      - epochs: 5
        starts_from: narrow
        updates:
          - terms:
              - {objective: mode, spectator: m_jj_gev, order: 1, bins: 8, weight: 5.0}
              - {objective: disco, spectator: m_jj_gev, weight: 5.0}
              - {objective: cross_entropy}
score_maps:
  mapped:
    scores_of: narrow
    spectators: {m_jj_gev: {bins: 4, low: 50.0, high: 250.0}}
    region: signal_region
    without_processes: [vz]
report: {recommended: mapped}
strategy_comparison: {variant: narrow, strategies: [absolute, transformed, joint], seeds: [1, 2]}
optimism: {variants: [narrow], seeds: [1, 2]}
scan:
  variant: narrow
  grid: {learning_rate: [0.001, 0.002], batch.size: [512, 1024]}
  treatment: fixed
  binning: coarse
decorrelation_comparison:
  baseline: narrow
  variants: [narrow, wide, mapped]
  seeds: [2, 3]
  binning: coarse
  treatment: constrained
sculpting: {region: signal_region, axis: {bins: 10, low: 50.0, high: 250.0}}
diboson_peak: {region: signal_region, axis: {bins: 40, low: 50.0, high: 250.0}}
mismodelling: {variants: [narrow], reweightings: {slope: exp(-0.002 * pt_jj_gev)}, shifts: [jet_energy, resolution]}
scale_factors:
  regions: {control_tt: {observable: met_gev, axis: {bins: 1, low: 0.0, high: 1000.0}}}
  flatness: {observable: m_jj_gev, axis: {edges: [50.0, 100.0, 250.0]}}
distributions:
  regions: [signal_region, control_tt]
  variables: {met_gev: {edges: [0.0, 100.0, 200.0, 500.0]}, eta_jj: {bins: 5, low: -2.5, high: 2.5}}
  scores: {narrow: {bins: 10, low: 0.0, high: 1.0}}
  scale_factors: true
fit:
  region: signal_region
  variants: [narrow]
  binnings: {coarse: {mass: {bins: 5, low: 50.0, high: 250.0}, score: {bins: 5, low: 0.0, high: 1.0}}}
  asimov: {strengths: {mu_zh: 0.5}, scale_factors: {tt: 1.1}}
  data: observed
  blinding: {signal_over_background: 0.1, windows: {m_jj_gev: {low: 100.0, high: 140.0}}, offset: 2.0}
  template_statistics: barlow_beeston_lite
  least_effective_events: 5.0
  toys: {strengths: [1.0], intervals: 20, limits: 10}
  uncertainty_groups: {jets: [jet_energy], weights: [btag, luminosity]}
template_statistics_study:
  variants: [narrow]
  bins: [2, 4]
  transformed_weights: true
  pseudo_experiments: 4
  pseudo_experiments_per_job: 2
"""

OWN_NTUPLES = """
analysis: example
luminosity_fb: 1.0
processes:
  higgs: {role: signal, parameters: {mass_gev: 400.0, width_gev: 20.0}}
  heavy: {role: signal, parameters: {mass_gev: 600.0, width_gev: 30.0}}
  tt: {role: background}
samples:
  higgs:
    process: higgs
    cross_section_pb: 1.0
    simulation: {model: higgs_top, events: 100, boson: A, parts: [signal]}
    table: {label: 1, mass_gev: 400.0}
  heavy:
    process: heavy
    cross_section_pb: 1.0
    simulation: {model: resonance_top, events: 100, production: resonance, mass_gev: 600.0}
    table: {label: 1, mass_gev: 600.0}
  tt:
    process: tt
    files: [tt.root]
    table: {label: 0, process: ttbar, unnamed: true}
    cross_section_pb: 10.0
    normalisation: {other_tree: {tree: Runs, sum_of: genEventSumw}}
tables:
  columns: {process: name, weight: weight, features: {m_tt: f0, c_hel: f1}}
  skip_masses_gev: [500.0]
  skip_processes: [single_top]
  leave_out: [sculpting]
  selection: m_tt_gev > -10
  regions: {all: m_tt_gev < 10}
data: {files: [data.root]}
events:
  branches: {m_tt_gev: m_tt, c_hel: c_hel}
  regions: {all: {selection: m_tt_gev > 0}}
  features: [m_tt_gev]
  spectators: [c_hel]
uncertainties:
  shifts: {scale: {up: {branches: {m_tt_gev: m_tt_up}}, down: {branches: {m_tt_gev: m_tt_down}}}}
classifiers:
  plain: {region: all}
  wide: {region: all, architecture: {hidden_layers: [128, 128]}}
  parametric:
    region: all
    parameters: [mass_gev, width_gev]
    background_parameters: {values: uniform, drawn: fixed}
    architecture: {kind: conditioned, conditioning: bias, where: input}
    batch: {drawing: stratified, strata: full}
  parametric_in_mass:
    region: all
    parameters: [mass_gev]
    architecture: {kind: conditioned}
  alone: {region: all, signals: [higgs]}
score_maps:
  at_heavy: {scores_of: parametric, point: heavy}
parametric_study:
  parameter: mass_gev
  classifiers: [plain, parametric_in_mass]
  individual: plain
  left_out: [all_but_one]
  left_out_of: [parametric]
  varied: parametric
  fitted: [parametric]
  treatment: fixed
  binning: coarse
  scan: {low: 300.0, high: 700.0, values: 11, events_per_process: 10}
fit:
  region: all
  mass: m_tt_gev
  variants: [alone]
  treatments: [fixed]
  binnings: {coarse: {mass: {bins: 5, low: 300.0, high: 700.0}, score: {bins: 5, low: 0.0, high: 1.0}}}
scan:
  variant: alone
  random:
    points: 3
    ranges:
      learning_rate: {low: 0.0001, high: 0.01, scale: log}
      batch.size: {low: 128, high: 2048, integer: true}
"""


def examples() -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the two analyses as a YAML file would hold them: everything simulated; own ntuples and other branches."""
    return yaml.safe_load(EXAMPLE), yaml.safe_load(OWN_NTUPLES)
