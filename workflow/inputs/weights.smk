"""Files of the negative weights: what the target `weights` asks for."""

WEIGHT_FIGURES = ("negative_fraction", "sign_calibration", "weight_closure")


def weight_results():
    """Give the diagnostics of every sample, the closure of all that are transformed, and the figures."""
    return (
        expand("<results>/weights/transformed/{sample}/closure.json", sample=TRANSFORMED_SAMPLES)
        + expand("<results>/figures/weights/{sample}/{figure}.png", sample=TRANSFORMED_SAMPLES, figure=WEIGHT_FIGURES)
        + diagnostic_results()
    )


def truth_input():
    """Give the truth of a simulated sample as a named input, where the configuration names one."""
    return {"truth": "<results>/ntuples/{sample}/truth.arrow"} if ANALYSIS.events.truth else {}


def truth_argument(wildcards, input):
    """Give the argument that hands the truth to the closure check."""
    return f"--truth {input.truth}" if ANALYSIS.events.truth else ""


def sign_outputs():
    """Give what a sample's sign networks say of the events outside each fold, in order."""
    return expand("<results>/weights/sign_networks/{{sample}}/without_fold{fold}/probability.arrow", fold=FOLDS)


def weights_without_folds(strategy):
    """Give a sample's training weights by a strategy, outside each fold, in order."""
    return expand("<results>/weights/{strategy}/{{sample}}/without_fold{fold}.arrow", strategy=strategy, fold=FOLDS)
