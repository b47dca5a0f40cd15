"""Files of the signal-strength fit: which variants are fitted, with what, and what the target `fit` asks for."""

FIT_FIGURES = ("templates", "likelihood_scan")


def fitted_variants():
    """Give the variants that are fitted with."""
    return ANALYSIS.fit.variants or ANALYSIS.judged()


def fit_jsons():
    """Give the fit results of every variant, binning and treatment, if the configuration asks for a fit."""
    if ANALYSIS.fit is None:
        return []
    return expand(
        "<results>/fit/{variant}/{binning}/{treatment}/result.json",
        variant=fitted_variants(),
        binning=ANALYSIS.fit.binnings,
        treatment=ANALYSIS.fit.treatments,
    )


def fit_results():
    """Give the fit results and their figures."""
    if ANALYSIS.fit is None:
        return []
    return fit_jsons() + expand(
        "<results>/figures/fit/{variant}/{binning}/{figure}.png",
        variant=fitted_variants(),
        binning=ANALYSIS.fit.binnings,
        figure=FIT_FIGURES,
    )


def control_inputs():
    """Give what the scale-factor fit made, as named inputs, where the analysis has control regions."""
    if ANALYSIS.scale_factors is None:
        return {}
    return {"control": "<results>/templates/control.root", "scale_factors": "<results>/scale_factors/result.json"}


def control_arguments(wildcards, input):
    """Give the arguments that hand the control regions to the fit."""
    if ANALYSIS.scale_factors is None:
        return ""
    return f"--control-templates {input.control} --scale-factors {input.scale_factors}"
