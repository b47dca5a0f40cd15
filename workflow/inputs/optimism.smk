"""Files of the optimism: what one simulation needs, what is combined, and what the target `optimism` asks for."""

from signedag.config.optimism import reference_name


def judged_samples():
    """Give the samples that classifiers are judged on, signal first, as the settings list them."""
    return ANALYSIS.samples_of("signal") + ANALYSIS.samples_of("background")


def reference_scores(wildcards):
    """Give the scores of the same variant trained on the true weights, where the configuration asks for it."""
    reference = reference_name(wildcards.variant)
    if reference not in ANALYSIS.optimism_references():
        return []
    return stores(f"<results>/scores/{reference}/combined/{{sample}}/{{shift}}.arrow", judged_samples())


def simulations(wildcards):
    """Give what each simulation says about a variant, one file per seed."""
    measured = [f"<results>/optimism/{wildcards.variant}.json"]
    return [path for seed in ANALYSIS.optimism.seeds for path in wanted(measured, analysis=replica(seed))]


def optimism_results():
    """Give the combined optimism of every variant that the configuration names."""
    if ANALYSIS.optimism is None:
        return []
    return expand("<results>/optimism/combined/{variant}.json", variant=ANALYSIS.optimism.variants)
