"""Which part of the configuration each rule depends on: one function per rule, wildcards in, stage settings out.

Only the workflow imports this module. A command sees nothing but its own stage's settings, so editing a key reruns
exactly the rules whose settings contain it.
"""

from __future__ import annotations

from signedag.config.classifier_stages import (
    check_classifier,
    check_diboson_peak,
    check_sculpting,
    classes_of,
    combine_optimism,
    compare_classifiers,
    fit_score_map,
    map_scores,
    measure_optimism,
    score_events,
    study_mismodelling,
    train_classifier,
)
from signedag.config.decorrelation_stages import compare_decorrelation
from signedag.config.distribution_stages import fill_distributions, plot_distributions
from signedag.config.event_stages import check_regions, convert_ntuple, convert_shifts, merge_sample, simulate_ntuple
from signedag.config.fit_stages import (
    combine_template_statistics,
    compute_contour,
    compute_distributions,
    compute_impacts,
    compute_limits,
    fill_control_templates,
    fill_templates,
    fit_scale_factors,
    fit_signal_strength,
    scan_binnings,
    study_pulls,
    study_template_statistics,
    study_toys,
)
from signedag.config.parametric_stages import (
    check_masses,
    compare_mass_limits,
    compare_masses,
    plot_mass_limits,
    scan_parameter,
)
from signedag.config.report_stages import plot, write_report
from signedag.config.scan_stages import summarise_scan
from signedag.config.table_source import read_table
from signedag.config.weight_stages import (
    assign_joint_weights,
    assign_training_weights,
    calibrate_weights,
    check_joint_closure,
    check_negative_weights,
    check_weight_closure,
    compare_weight_strategies,
    resample_events,
    sign_network_inputs,
    train_sign_network,
)

__all__ = [
    "assign_joint_weights",
    "assign_training_weights",
    "calibrate_weights",
    "check_classifier",
    "check_diboson_peak",
    "check_joint_closure",
    "check_masses",
    "check_negative_weights",
    "check_regions",
    "check_sculpting",
    "check_weight_closure",
    "classes_of",
    "combine_optimism",
    "combine_template_statistics",
    "compare_classifiers",
    "compare_decorrelation",
    "compare_mass_limits",
    "compare_masses",
    "compare_weight_strategies",
    "compute_contour",
    "compute_distributions",
    "compute_impacts",
    "compute_limits",
    "convert_ntuple",
    "convert_shifts",
    "fill_control_templates",
    "fill_distributions",
    "fill_templates",
    "fit_scale_factors",
    "fit_score_map",
    "fit_signal_strength",
    "map_scores",
    "measure_optimism",
    "merge_sample",
    "plot",
    "plot_distributions",
    "plot_mass_limits",
    "read_table",
    "resample_events",
    "scan_binnings",
    "scan_parameter",
    "score_events",
    "sign_network_inputs",
    "simulate_ntuple",
    "study_mismodelling",
    "study_pulls",
    "study_template_statistics",
    "study_toys",
    "summarise_scan",
    "train_classifier",
    "train_sign_network",
    "write_report",
]
