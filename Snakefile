"""From ROOT ntuples with signed generator weights to an expected signal strength.

simulate_ntuple        real ROOT files of a simulated analysis (only where the configuration asks for it)
convert_ntuple         ROOT -> columns: selection, regions, features, folds, signed weights
check_regions          is there an event of all that is trained, fitted or checked in a region?
train_sign_network     P(w > 0 | x), the local fraction of positive weights
calibrate_weights      isotonic calibration -> non-negative training weights, for every fold that is left out
check_weight_closure   do training weights reproduce the signed distributions?
train_classifier       signal against background, on training weights
score_events           every event by the network that did not see it
fit_score_map          background's score given the mass, uniform by a map (only where the configuration asks for it)
check_sculpting        does a cut on the score change the mass shape? (signed weights)
fit_scale_factors      control regions, all processes together (signed weights)
fill_distributions     data and simulation in any variable of any region (signed weights)
fill_templates         mass x score, nominal and shifted (signed weights)
fit_signal_strength    the two-dimensional Asimov fit
write_report           every headline number and figure
"""


include: "workflow/rules/common.smk"
include: "workflow/rules/convert.smk"
include: "workflow/rules/weights.smk"
include: "workflow/rules/classifiers.smk"
include: "workflow/rules/groups.smk"
include: "workflow/rules/score_maps.smk"
include: "workflow/rules/strategies.smk"
include: "workflow/rules/sculpting.smk"
include: "workflow/rules/scale_factors.smk"
include: "workflow/rules/distributions.smk"
include: "workflow/rules/fit.smk"
include: "workflow/rules/contours.smk"
include: "workflow/rules/masses.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/optimism.smk"
include: "workflow/rules/scan.smk"
include: "workflow/rules/decorrelation.smk"
include: "workflow/rules/mismodelling.smk"
include: "workflow/rules/template_statistics.smk"


report: (RESULTS / "report" / "front_page.rst").absolute()


onsuccess:
    announce_report()


rule all:
    default_target: True
    input:
        wanted(report_files()),


rule convert:
    input:
        wanted(merged_events()),


rule weights:
    input:
        wanted(weight_results()),


rule classifiers:
    input:
        wanted(with_regions(classifier_results())),


rule sculpting:
    input:
        wanted(with_regions(sculpting_results()), "sculpting"),


rule scale_factors:
    input:
        wanted(scale_factor_results(), "scale_factors"),


rule distributions:
    input:
        wanted(with_regions(distribution_results()), "distributions"),


rule fit:
    input:
        wanted(with_regions(fit_results() + detail_results()), "fit"),


rule exports:
    input:
        wanted(with_regions(export_folders()), "fit"),


rule report:
    input:
        wanted(report_files()),


rule pulls:
    input:
        wanted(pull_results(), "scale_factors"),


rule toys:
    input:
        wanted(with_regions(toy_results()), "fit"),


rule strategies:
    input:
        wanted(with_regions(strategy_results()), "strategy_comparison"),


rule mismodelling:
    input:
        wanted(with_regions(mismodelling_results()), "mismodelling"),


rule template_statistics:
    input:
        wanted(with_regions(template_statistics_results()), "template_statistics_study"),


rule optimism:
    input:
        wanted(optimism_results(), "optimism"),


rule parametric:
    input:
        wanted(with_regions(parametric_results()), "parametric_study"),


rule scan:
    input:
        wanted(with_regions(scan_results()), "scan"),


rule decorrelation:
    input:
        wanted(decorrelation_results(), "decorrelation_comparison"),
