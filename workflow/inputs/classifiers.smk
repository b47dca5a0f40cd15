"""Files of the classifiers: what a variant is trained on, its scores, and what the target `classifiers` asks for."""

CLASSIFIER_FIGURES = ("roc", "score", "training")


def training_inputs(kind):
    """Give an input function: events or training weights of the samples that a variant is trained on."""

    def of_wildcards(wildcards):
        trained = stages.train_classifier(ANALYSIS, wildcards.variant)
        samples = trained.signal_samples + trained.background_samples
        if kind == "events":
            return stores(f"{RESULTS}/ntuples/{{sample}}/{{shift}}.arrow", samples)
        return stores(
            f"{RESULTS}/weights/{trained.variant.weights.strategy}/{{sample}}/training_weights.arrow", samples
        )

    return of_wildcards


def weights_folder(wildcards):
    """Give the folder of the training weights of a variant's strategy."""
    return f"{RESULTS}/weights/{ANALYSIS.variants()[wildcards.variant].weights.strategy}"


def combined_scores(samples, shifts=("nominal",)):
    """Give an input function: the combined scores of a variant for some samples and shifts."""
    return lambda wildcards: stores(
        f"{RESULTS}/scores/{wildcards.variant}/combined/{{sample}}/{{shift}}.arrow", samples, shifts
    )


def seed_scores(samples):
    """Give an input function: the nominal scores of each seed of a variant."""
    return lambda wildcards: [
        path
        for seed in ANALYSIS.variants()[wildcards.variant].seeds
        for path in stores(f"{RESULTS}/scores/{wildcards.variant}/seed{seed}/{{sample}}/{{shift}}.arrow", samples)
    ]


def classifier_results():
    """Give the performance of every classifier and its figures."""
    variants = tuple(ANALYSIS.classifiers)
    return expand(f"{RESULTS}/classifiers/{{variant}}/performance.json", variant=variants) + expand(
        f"{RESULTS}/figures/classifiers/{{variant}}/{{figure}}.png", variant=variants, figure=CLASSIFIER_FIGURES
    )


def seed_folders(wildcards):
    """Give the folders of a variant's scores, one per seed."""
    seeds = ANALYSIS.variants()[wildcards.variant].seeds
    return [f"{RESULTS}/scores/{wildcards.variant}/seed{seed}" for seed in seeds]
