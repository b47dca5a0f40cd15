"""Files of the checks of a score against the mass: what the target `sculpting` asks for."""

SCULPTING_FIGURES = ("mass_in_score_quantiles", "mass_by_quantile")
DIBOSON_FIGURES = ("diboson_peak",)


def sculpting_results():
    """Give the checks of every judged score against the mass and their figures, those that are asked for."""
    variants = ANALYSIS.judged()
    checks = []
    if ANALYSIS.sculpting is not None:
        checks.append(("sculpting", SCULPTING_FIGURES))
    if ANALYSIS.diboson_peak is not None:
        checks.append(("diboson_peak", DIBOSON_FIGURES))
    return [
        path
        for check, figures in checks
        for path in (
            *expand(f"<results>/sculpting/{{variant}}/{check}.json", variant=variants),
            *expand("<results>/figures/sculpting/{variant}/{figure}.png", variant=variants, figure=figures),
        )
    ]
