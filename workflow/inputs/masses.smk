"""Files of classifiers judged point by point: masses of the signal, say, and what the target `parametric` asks for."""

from signedag.config.parametric_stages import fitted_at_points

MASS_FIGURES = ("curves_by_mass",)
STUDY = stages.compare_masses(ANALYSIS) if ANALYSIS.parametric_study else None
COMPARISON_BY_MASS = (
    [f"{kind}_{table}" for kind in ("auc", "precision_recall", "significance_ratio") for table in STUDY.tables]
    if STUDY
    else []
)
# Classifier and its first initialisation.
SCANNED_IN_PARAMETER = {name: ANALYSIS.seeds_of(name)[0] for name in ANALYSIS.scanned_in_parameter()}
FITTED_AT_POINTS = fitted_at_points(ANALYSIS) if ANALYSIS.fit else {}


def mass_results(variants=ANALYSIS.judged_by_mass()):
    """Give the judgement of classifiers at each point, of all that are judged so if not told otherwise."""
    return expand("<results>/classifiers/{variant}/masses.json", variant=variants)


def mass_figures():
    """Give the figures of the judged classifiers at each point."""
    return expand(
        "<results>/figures/classifiers/{variant}/{figure}.png", variant=ANALYSIS.judged_by_mass(), figure=MASS_FIGURES
    )


def studied_variants():
    """Give every classifier of the parametric study, once."""
    if STUDY is None:
        return []
    names = (name for models in STUDY.tables.values() for model in models.values() for name in model.values())
    return list(dict.fromkeys(names))


def studied_models():
    """Give the networks of every classifier of the parametric study."""
    return [
        f"<results>/classifiers/{variant}/seed{seed}/fold{fold}/model.safetensors"
        for variant in studied_variants()
        for seed in ANALYSIS.seeds_of(variant)
        for fold in FOLDS
    ]


def fits_at_points(file):
    """Give a file of the fit of every model at every point."""
    if not FITTED_AT_POINTS:
        return []
    study, fit = ANALYSIS.parametric_study, ANALYSIS.fit
    binning, treatment = study.binning or next(iter(fit.binnings)), study.treatment or fit.treatments[0]
    variants = [name for model in FITTED_AT_POINTS.values() for name in model.values()]
    return expand(f"<results>/fit/{{variant}}/{binning}/{treatment}/{file}", variant=variants)


def batch_histories():
    """Give a history of every classifier with another balance or other background parameters, of its first training."""
    if STUDY is None:
        return []
    tables = ("balance", "background_parameters")
    models = {label: model for table in tables for label, model in STUDY.tables.get(table, {}).items()}
    names = dict.fromkeys(name for model in models.values() for name in model.values())
    return [f"<results>/classifiers/{name}/seed{ANALYSIS.seeds_of(name)[0]}/fold0/history.json" for name in names]


def parametric_results():
    """Give the study's tables and figures, if the configuration asks for it."""
    if STUDY is None:
        return []
    figures = COMPARISON_BY_MASS + (["mass_limits"] if FITTED_AT_POINTS else [])
    figures += ["batches"] if batch_histories() else []
    results = ["<results>/parametric/comparison.json", *expand("<results>/figures/parametric/{name}.png", name=figures)]
    results += ["<results>/parametric/limits.json"] if FITTED_AT_POINTS else []
    for variant, seed in SCANNED_IN_PARAMETER.items():
        results += [f"<results>/parametric/{variant}/seed{seed}/parameter_scan.json"]
        results += [f"<results>/figures/parametric/{variant}/seed{seed}/parameter_scan.png"]
    return results
