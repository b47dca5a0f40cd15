"""Files of the strategy diagnostics and comparison: what the targets `weights` and `strategies` ask for."""

STRATEGY_FIGURES = ("strategy_comparison",)
JOINT_VARIANTS = tuple(name for name, variant in ANALYSIS.variants().items() if variant.weights.strategy == "joint")


def joint_weights():
    """Give the training weights that a joint training of one seed ended with, outside each fold, in order."""
    return expand("<results>/weights/joint/{{variant}}/seed{{seed}}/{{sample}}/without_fold{fold}.arrow", fold=FOLDS)


def diagnostic_results():
    """Give the diagnostics of every sample and its figure."""
    return expand("<results>/weights/diagnostics/{sample}.json", sample=SAMPLES) + expand(
        "<results>/figures/weights/{sample}/diagnostics.png", sample=SAMPLES
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
    folders = [folder for strategy, folder in compared.weight_folders().items() if strategy != "truth"]
    return (
        expand("<results>/classifiers/{variant}/performance.json", variant=variants)
        + expand("<results>/weights/{folder}/{sample}/closure.json", folder=folders, sample=compared.samples)
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
