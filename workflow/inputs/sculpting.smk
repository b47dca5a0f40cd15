"""Files of the sculpting check: what the target `sculpting` asks for."""

SCULPTING_FIGURES = ("mass_in_score_quantiles",)


def sculpting_results():
    """Give the sculpting check of everything that is judged and its figures, if the configuration asks for it."""
    if ANALYSIS.sculpting is None:
        return []
    variants = ANALYSIS.judged()
    return expand("<results>/sculpting/{variant}/sculpting.json", variant=variants) + expand(
        "<results>/figures/sculpting/{variant}/{figure}.png", variant=variants, figure=SCULPTING_FIGURES
    )
