"""Files of the study of mismodelling: scores of all variants under all shifts, and what the target `mismodelling` asks for."""

MISMODELLING_FIGURES = ("mismodelling",)


def mismodelling_stores(pattern):
    """Give stores of all simulated samples, nominal and under the shifts that the study looks at, for each variant."""
    if ANALYSIS.mismodelling is None:
        return []
    study = stages.study_mismodelling(ANALYSIS)
    shifted = stores(pattern, (*study.background_samples, *study.signal_samples))
    shifted += stores(pattern, study.background_samples, study.shifts)
    variants = study.variants if "{variant}" in pattern else ("",)
    return [path.replace("{variant}", variant) for variant in variants for path in shifted]


def mismodelling_results():
    """Give the study and its figure, if the configuration asks for it."""
    if ANALYSIS.mismodelling is None:
        return []
    return ["<results>/mismodelling/result.json"] + expand(
        "<results>/figures/mismodelling/{figure}.png", figure=MISMODELLING_FIGURES
    )
