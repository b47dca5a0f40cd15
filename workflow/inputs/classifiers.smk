"""Files of the classifiers: what a variant is trained on, its scores, and what the target `classifiers` asks for."""

CLASSIFIER_FIGURES = ("roc", "score", "training")
SCORE_MAP_FIGURES = ("roc", "score", "score_map")
COMPARISON_FIGURES = ("roc_comparison",)


def training_inputs(kind):
    """Give an input function: the events, training weights or checkpoints that a variant is trained with."""

    # Trainings that serve a check of their own have no seed and leave out each fold in turn.
    return lambda wildcards: training_files(kind, wildcards.variant, wildcards.get("seed"), wildcards.get("fold"))


def training_files(kind, variant, seed, fold):
    """Give what a training reads: `events`, `weights`, or `checkpoints`, the networks that its phases start from."""
    trained = stages.train_classifier(ANALYSIS, variant)
    samples = [name for names in trained.classes.values() for name in names]
    if kind == "events":
        return stores("<results>/ntuples/{sample}/{shift}.arrow", samples)
    if kind == "weights":
        strategy = trained.variant.weights.strategy
        return stores(f"<results>/weights/{strategy}/{{sample}}/without_fold{fold}.arrow", samples)
    origins = sorted({phase.starts_from for phase in trained.variant.phases if phase.starts_from})
    return [f"<results>/classifiers/{origin}/seed{seed}/fold{fold}/model.safetensors" for origin in origins]


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
        for seed in ANALYSIS.seeds_of(wildcards.variant)
        for path in stores(
            f"<results>/scores/{wildcards.variant}/seed{seed}/{{sample}}/{{shift}}.arrow", samples, shifts
        )
    ]


def performances(variants=ANALYSIS.judged()):
    """Give the performance of classifiers and score maps, of all that are judged if not told otherwise."""
    return expand("<results>/classifiers/{variant}/performance.json", variant=variants)


def classifier_figures(variant):
    """Name the figures of what is judged: scores that are taken as they are have neither a training nor a map."""
    if variant not in ANALYSIS.score_maps:
        return CLASSIFIER_FIGURES
    return SCORE_MAP_FIGURES if ANALYSIS.score_maps[variant].spectators else SCORE_MAP_FIGURES[:2]


def classifier_results():
    """Give the performance of everything that is judged and its figures, and what compares several."""
    figures = [
        f"<results>/figures/classifiers/{variant}/{figure}.png"
        for variant in ANALYSIS.judged()
        for figure in classifier_figures(variant)
    ]
    return performances() + figures + comparison_results() + mass_results() + mass_figures()


def comparison_results():
    """Give the comparison of what is judged and its figure, if there are several."""
    if len(ANALYSIS.judged_on_all_signals()) < 2:
        return []
    figures = expand("<results>/figures/classifiers/{figure}.png", figure=COMPARISON_FIGURES)
    return ["<results>/classifiers/comparison.json", *figures]
