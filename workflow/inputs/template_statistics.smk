"""Files of the study of template statistics: its parts, and what the target `template_statistics` asks for."""

TEMPLATE_STATISTICS_FIGURES = ("template_statistics",)
BINNING_FIGURES = ("binning_scan",)


def template_statistics_parts():
    """Give the parts of one variant's study."""
    study = ANALYSIS.template_statistics_study
    if study is None:
        return []
    return expand("<results>/template_statistics/{{variant}}/parts/{part}.json", part=range(study.parts))


def first_and_last(wildcards):
    """Give the numbers of the first and the last pseudo-experiment of a part."""
    numbers = ANALYSIS.template_statistics_study.numbers(int(wildcards.part))
    return f"{numbers[0]} {numbers[-1]}"


def fitted_scale_factors():
    """Give the scale factors, as a named input, where the analysis has control regions."""
    return {} if ANALYSIS.scale_factors is None else {"scale_factors": "<results>/scale_factors/result.json"}


def scale_factors_argument(wildcards, input):
    """Give the argument that hands the scale factors to the study."""
    return "" if ANALYSIS.scale_factors is None else f"--scale-factors {input.scale_factors}"


def studied_weights():
    """Give transformed training weights, as a named input, where the study fits templates of them."""
    study = ANALYSIS.template_statistics_study
    if study is None or not study.transformed_weights:
        return {}
    path = "<results>/weights/transformed/{sample}/without_fold{fold}.arrow"
    return {"weights": expand(path, sample=TRANSFORMED_SAMPLES, fold=FOLDS)}


def weights_argument(wildcards, input):
    """Give the argument that hands these weights to the study."""
    return f"--weights {' '.join(input.weights)}" if studied_weights() else ""


def template_statistics_results():
    """Give tables and figures, if the configuration asks for the study."""
    if ANALYSIS.template_statistics_study is None:
        return []
    tables = (
        "<results>/template_statistics/{variant}/result.json",
        "<results>/template_statistics/{variant}/binnings.json",
    )
    return expand(tables, variant=ANALYSIS.studied()) + expand(
        "<results>/figures/template_statistics/{variant}/{figure}.png",
        variant=ANALYSIS.studied(),
        figure=TEMPLATE_STATISTICS_FIGURES + BINNING_FIGURES,
    )
