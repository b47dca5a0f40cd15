"""Files of the scale factors: what the targets `scale_factors` and `pulls` ask for."""

SCALE_FACTOR_FIGURES = ("control_regions", "scale_factors")


def scale_factor_results():
    """Give the scale factors and their figures, if the analysis has control regions."""
    if ANALYSIS.scale_factors is None:
        return []
    return ["<results>/scale_factors/result.json"] + expand(
        "<results>/figures/scale_factors/{figure}.png", figure=SCALE_FACTOR_FIGURES
    )


def pull_results():
    """Give the pull study, if the analysis has control regions."""
    if ANALYSIS.scale_factors is None:
        return []
    return ["<results>/scale_factors/pulls.json", "<results>/figures/scale_factors/pulls.png"]
