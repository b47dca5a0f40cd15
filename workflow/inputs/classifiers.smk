"""Files of the classifiers: what a variant is trained on, its scores, and what the target `classifiers` asks for."""

CLASSIFIER_FIGURES = ("roc", "score", "training")
COMPARISON_FIGURES = ("roc_comparison",)


def training_inputs(kind):
    """Give an input function: events or training weights of the samples that a variant is trained on."""

    def of_wildcards(wildcards):
        trained = stages.train_classifier(ANALYSIS, wildcards.variant)
        samples = [name for names in trained.classes.values() for name in names]
        if kind == "events":
            return stores("<results>/ntuples/{sample}/{shift}.arrow", samples)
        strategy = trained.variant.weights.strategy
        return stores(f"<results>/weights/{strategy}/{{sample}}/without_fold{wildcards.fold}.arrow", samples)

    return of_wildcards


def checkpoints(wildcards):
    """Give the networks of the same seed and fold, one per variant that a phase starts from."""
    phases = ANALYSIS.variants()[wildcards.variant].phases
    return [
        f"<results>/classifiers/{origin}/seed{wildcards.seed}/fold{wildcards.fold}/model.safetensors"
        for origin in sorted({phase.starts_from for phase in phases if phase.starts_from})
    ]


def architecture_modules(analysis, variant):
    """Give the modules of a variant's architectures, which scoring finds by the names in the networks' files."""
    return [name for name in chosen_modules(stages.train_classifier(analysis, variant)) if "architectures" in name]


def combined_scores(samples, shifts=("nominal",)):
    """Give an input function: the combined scores of a variant for some samples and shifts."""
    return lambda wildcards: stores(
        f"<results>/scores/{wildcards.variant}/combined/{{sample}}/{{shift}}.arrow", samples, shifts
    )


def seed_scores(samples, shifts=("nominal",)):
    """Give an input function: the scores of each seed of a variant for some samples and shifts."""
    return lambda wildcards: [
        path
        for seed in ANALYSIS.variants()[wildcards.variant].seeds
        for path in stores(
            f"<results>/scores/{wildcards.variant}/seed{seed}/{{sample}}/{{shift}}.arrow", samples, shifts
        )
    ]


def classifier_results():
    """Give the performance of every classifier and its figures, and what compares several."""
    variants = tuple(ANALYSIS.classifiers)
    return (
        expand("<results>/classifiers/{variant}/performance.json", variant=variants)
        + expand("<results>/figures/classifiers/{variant}/{figure}.png", variant=variants, figure=CLASSIFIER_FIGURES)
        + comparison_results()
    )


def comparison_results():
    """Give the comparison of the classifiers and its figure, if there are several."""
    if len(ANALYSIS.classifiers) < 2:
        return []
    figures = expand("<results>/figures/classifiers/{figure}.png", figure=COMPARISON_FIGURES)
    return ["<results>/classifiers/comparison.json", *figures]
