"""Files on the way to a target.

Snakemake makes a missing file again only if a target names it, so the targets name every step on their way: what was
deleted, and whatever hangs on it, is planned.
"""


def with_steps(wanted, *steps):
    """Give a target's files, figures in both formats, and the steps on the way to them; nothing if nothing is wanted."""
    figures = [f"{path.removesuffix('.png')}.pdf" for path in wanted if path.endswith(".png")]
    return [*wanted, *figures, *(path for step in steps for path in step)] if wanted else []


def event_steps(samples):
    """Give every file on the way from simulated ROOT files to the merged events of some samples."""
    simulated = [
        f"{RESULTS}/simulated/{sample}/part{part}.root"
        for sample in samples
        if sample not in FILES
        for part in parts(sample)
    ]
    return simulated + [
        f"{RESULTS}/ntuples/{sample}/{folder}{file}"
        for sample in samples
        for folder in ["", *(f"parts/{part}/" for part in parts(sample))]
        for file in (CONVERTED_DATA if sample == "data" else CONVERTED)
    ]


def weight_steps(samples):
    """Give the sign networks of some samples, and the training weights of those that are transformed."""
    return expand(
        f"{RESULTS}/weights/sign_networks/{{sample}}/fold{{fold}}/{{file}}",
        sample=samples,
        fold=FOLDS,
        file=["model.safetensors", "history.json"],
    ) + expand(
        f"{RESULTS}/weights/transformed/{{sample}}/{{file}}",
        sample=[sample for sample in samples if sample in TRANSFORMED_SAMPLES],
        file=["training_weights.arrow", "calibration.json"],
    )


def classifier_steps(variants):
    """Give the training weights, networks and scores of some variants."""
    return [path for variant in variants for path in variant_steps(variant)]


def variant_steps(variant):
    """Give the training weights, networks and scores of one variant."""
    trained = stages.train_classifier(ANALYSIS, variant)
    samples = [name for names in trained.classes.values() for name in names]
    strategy = trained.variant.weights.strategy
    seeds = ANALYSIS.variants()[variant].seeds
    networks = expand(
        f"{RESULTS}/classifiers/{variant}/seed{{seed}}/fold{{fold}}/{{file}}",
        seed=seeds,
        fold=FOLDS,
        file=["model.safetensors", "history.json"],
    )
    scores = [
        path
        for folder in (*(f"seed{seed}" for seed in seeds), "combined")
        for path in stores(f"{RESULTS}/scores/{variant}/{folder}/{{sample}}/{{shift}}.arrow", SAMPLES, SHIFTS)
    ]
    weights = [f"{RESULTS}/weights/{strategy}/{sample}/without_fold{fold}.arrow" for sample in samples for fold in FOLDS]
    return (weight_steps(samples) if strategy in ("transformed", "resampled") else []) + weights + networks + scores


def control_steps():
    """Give the files on the way to the scale factors, if the analysis has control regions."""
    if ANALYSIS.scale_factors is None:
        return []
    return [*event_steps(SAMPLES_AND_DATA), f"{RESULTS}/templates/control.root"]


def fit_steps():
    """Give the scores, templates and workspaces of the fits, and the scale factors that they take, if there is a fit."""
    if ANALYSIS.fit is None:
        return []
    templates = expand(
        f"{RESULTS}/fit/{{variant}}/{{binning}}/templates.root",
        variant=fitted_variants(),
        binning=ANALYSIS.fit.binnings,
    )
    workspaces = [path.replace("result.json", "workspace.json") for path in fit_jsons()]
    return classifier_steps(fitted_variants()) + templates + workspaces + list(control_inputs().values())


def all_steps():
    """Give every file on the way to the report."""
    return (
        event_steps(SAMPLES)
        + weight_steps(SAMPLES)
        + classifier_steps(ANALYSIS.classifiers)
        + control_steps()
        + fit_steps()
    )
