"""Files of the signal-strength fit: which variants are fitted, with what, and what the target `fit` asks for."""

from signedag.config.fit_stages import strength_pairs, uncertainty_groups
from signedag.config.fitting import SCALE_FACTOR_GROUP

FIT_FIGURES = ("templates", "likelihood_scan")
DETAIL_FIGURES = ("limits", "impacts", "correlations", "post_fit")
EXPORT_FORMATS = ("combine", "hepdata", "covariance")


# One job per group of uncertainties.
FIT_GROUPS = tuple(uncertainty_groups(ANALYSIS)) if ANALYSIS.fit else ()
FIT_GROUPS += (SCALE_FACTOR_GROUP,) if ANALYSIS.fit and ANALYSIS.scale_factors else ()
# Pairs of signal strengths by the name of their files; names of strengths have single underscores.
STRENGTH_PAIRS = {"__".join(pair): pair for pair in strength_pairs(ANALYSIS)} if ANALYSIS.fit else {}


def fit_jsons():
    """Give the fit results of every variant, binning and treatment, if the configuration asks for a fit."""
    if ANALYSIS.fit is None:
        return []
    return expand(
        "<results>/fit/{variant}/{binning}/{treatment}/result.json",
        variant=ANALYSIS.fitted_variants(),
        binning=ANALYSIS.fit.binnings,
        treatment=ANALYSIS.fit.treatments,
    )


def fit_results():
    """Give the fit results and their figures."""
    if ANALYSIS.fit is None:
        return []
    return fit_jsons() + expand(
        "<results>/figures/fit/{variant}/{binning}/{figure}.png",
        variant=ANALYSIS.fitted_variants(),
        binning=ANALYSIS.fit.binnings,
        figure=FIT_FIGURES,
    )


def detailed_variants():
    """Give the variants whose fits have limits and impacts: the recommended one, or all that are fitted."""
    recommended = ANALYSIS.recommended()
    return [name for name in ANALYSIS.fitted_variants() if recommended in (None, name)]


def limit_jsons():
    """Give the upper limits of every treatment, if the configuration asks for a fit."""
    if ANALYSIS.fit is None:
        return []
    return expand(
        "<results>/fit/{variant}/{binning}/{treatment}/limits.json",
        variant=detailed_variants(),
        binning=ANALYSIS.fit.binnings,
        treatment=ANALYSIS.fit.treatments,
    )


def detail_files(wildcards):
    """Give limits of all treatments, and of the last treatment, which leaves out least, the fit and its impacts."""
    folder = f"<results>/fit/{wildcards.variant}/{wildcards.binning}"
    last = f"{folder}/{ANALYSIS.fit.treatments[-1]}"
    bounds = expand(f"{folder}/{{treatment}}/limits.json", treatment=ANALYSIS.fit.treatments)
    return [
        f"{last}/result.json",
        f"{last}/distributions.json",
        *bounds,
        *(f"{last}/impacts/{group}.json" for group in FIT_GROUPS),
    ]


def detail_results():
    """Give limits, impacts and their figures."""
    if ANALYSIS.fit is None:
        return []
    every = {"variant": detailed_variants(), "binning": ANALYSIS.fit.binnings}
    moved = expand(
        "<results>/fit/{variant}/{binning}/{treatment}/impacts/{group}.json",
        **every,
        treatment=ANALYSIS.fit.treatments[-1],
        group=FIT_GROUPS,
    )
    figures = expand("<results>/figures/fit/{variant}/{binning}/{figure}.png", **every, figure=DETAIL_FIGURES)
    return limit_jsons() + moved + figures + contour_results()


def contour_jsons():
    """Give the contours of each pair of signal strengths, of the last treatment; none where there is one strength."""
    if ANALYSIS.fit is None:
        return []
    return expand(
        "<results>/fit/{variant}/{binning}/{treatment}/contours/{pair}.json",
        variant=detailed_variants(),
        binning=ANALYSIS.fit.binnings,
        treatment=ANALYSIS.fit.treatments[-1],
        pair=STRENGTH_PAIRS,
    )


def contour_results():
    """Give the contours and their figures."""
    if ANALYSIS.fit is None:
        return []
    return contour_jsons() + expand(
        "<results>/figures/fit/{variant}/{binning}/{treatment}/contour_{pair}.png",
        variant=detailed_variants(),
        binning=ANALYSIS.fit.binnings,
        treatment=ANALYSIS.fit.treatments[-1],
        pair=STRENGTH_PAIRS,
    )


def strengths_of_pair(wildcards):
    """Give the two signal strengths of a pair, as arguments."""
    return " ".join(STRENGTH_PAIRS[wildcards.pair])


def export_folders():
    """Give the exports of every fit that has limits, of the last treatment, which leaves out least."""
    if ANALYSIS.fit is None:
        return []
    return expand(
        "<results>/fit/{variant}/{binning}/{treatment}/exports/{format}",
        variant=detailed_variants(),
        binning=ANALYSIS.fit.binnings,
        treatment=ANALYSIS.fit.treatments[-1],
        format=EXPORT_FORMATS,
    )


def toy_results():
    """Give the study by pseudo-experiments and its figure, of the treatment that leaves out least."""
    if ANALYSIS.fit is None:
        return []
    every = {"variant": detailed_variants(), "binning": ANALYSIS.fit.binnings}
    last = ANALYSIS.fit.treatments[-1]
    return expand(f"<results>/fit/{{variant}}/{{binning}}/{last}/toys.json", **every) + expand(
        f"<results>/figures/fit/{{variant}}/{{binning}}/{last}/toys.png", **every
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
