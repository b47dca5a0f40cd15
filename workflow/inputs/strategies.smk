"""Files of the strategy diagnostics and comparison: what the targets `weights` and `strategies` ask for."""

STRATEGY_FIGURES = ("strategy_comparison",)
JOINT_VARIANTS = tuple(name for name, variant in ANALYSIS.variants().items() if variant.weights.strategy == "joint")


def joint_weights(sample):
    """Give the training weights that a joint training of one seed ended with, outside each fold, in order."""
    return [f"<results>/weights/joint/{{variant}}/seed{{seed}}/{sample}/without_fold{fold}.arrow" for fold in FOLDS]


def joint_class(*patterns):
    """Give an input function: the files of all samples of a class, sample by sample."""

    def of_wildcards(wildcards):
        classes = stages.train_classifier(ANALYSIS, wildcards.variant).classes
        return [
            pattern.format(**dict(wildcards.items()) | {"sample": sample})
            for sample in classes[wildcards.class_name]
            for pattern in patterns
        ]

    return of_wildcards


def diagnostic_results():
    """Give the diagnostics of every sample whose weights have signs, and its figure."""
    return expand("<results>/weights/diagnostics/{sample}.json", sample=DIAGNOSED_SAMPLES) + expand(
        "<results>/figures/weights/{sample}/diagnostics.png", sample=DIAGNOSED_SAMPLES
    )


def strategy_results():
    """Give the comparison of all strategies, if the configuration asks for one."""
    comparison = ANALYSIS.strategy_comparison
    if comparison is None:
        return []
    return [
        "<results>/strategies/comparison.json",
        f"<results>/weights/diagnostics/signs_{comparison.variant}.json",
    ] + expand("<results>/figures/strategies/{figure}.png", figure=STRATEGY_FIGURES)


def compared_inputs(wildcards):
    """Give everything that the comparison reads: performance, closure, weights, histories and scores."""
    compared = stages.compare_weight_strategies(ANALYSIS)
    variants = list(compared.strategies.values())
    closed = [strategy for strategy in compared.strategies if strategy != "truth"]
    return (
        expand("<results>/classifiers/{variant}/performance.json", variant=variants)
        + [f"<results>/weights/{path}" for strategy in closed for path in compared.closure_files(strategy).values()]
        + expand(
            "<results>/weights/{folder}/{sample}/without_fold{fold}.arrow",
            folder=compared.weight_folders().values(),
            sample=compared.samples,
            fold=FOLDS,
        )
        + expand(
            "<results>/classifiers/{variant}/seed{seed}/fold{fold}/history.json",
            variant=variants,
            seed=compared.seeds,
            fold=FOLDS,
        )
        + expand(
            "<results>/scores/{variant}/combined/{sample}/nominal.arrow",
            variant=variants,
            sample=dict.fromkeys(compared.samples + compared.signal_samples + compared.background_samples),
        )
    )
