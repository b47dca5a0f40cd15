"""Files of the strategy diagnostics and comparison: what the targets `weights` and `strategies` ask for."""

STRATEGY_FIGURES = ("strategy_comparison",)


def diagnostic_results():
    """Give the diagnostics of every sample and its figure."""
    return expand(f"{RESULTS}/weights/diagnostics/{{sample}}.json", sample=SAMPLES) + expand(
        f"{RESULTS}/figures/weights/{{sample}}/diagnostics.png", sample=SAMPLES
    )


def strategy_results():
    """Give the comparison of all strategies, if the configuration asks for one."""
    comparison = ANALYSIS.strategy_comparison
    if comparison is None:
        return []
    return [
        f"{RESULTS}/strategies/comparison.json",
        f"{RESULTS}/weights/diagnostics/signs_{comparison.variant}.json",
    ] + expand(f"{RESULTS}/figures/strategies/{{figure}}.png", figure=STRATEGY_FIGURES)


def compared_inputs(wildcards):
    """Give everything that the comparison reads: performance, closure, weights, histories and scores."""
    compared = stages.compare_weight_strategies(ANALYSIS)
    variants = list(compared.strategies.values())
    closed = [strategy for strategy in compared.strategies if strategy != "truth"]
    return (
        expand(f"{RESULTS}/classifiers/{{variant}}/performance.json", variant=variants)
        + expand(f"{RESULTS}/weights/{{strategy}}/{{sample}}/closure.json", strategy=closed, sample=compared.samples)
        + expand(
            f"{RESULTS}/weights/{{strategy}}/{{sample}}/training_weights.arrow",
            strategy=compared.strategies,
            sample=compared.samples,
        )
        + expand(
            f"{RESULTS}/classifiers/{{variant}}/seed{{seed}}/fold{{fold}}/history.json",
            variant=variants,
            seed=compared.seeds,
            fold=FOLDS,
        )
        + expand(
            f"{RESULTS}/scores/{{variant}}/combined/{{sample}}/nominal.arrow", variant=variants, sample=compared.samples
        )
    )
