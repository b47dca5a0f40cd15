"""Files of data and simulation in any variable: what a region is filled from, and what the target asks for."""

DRAWN_VARIABLES = (
    [*ANALYSIS.distributions.variables, *(f"score_{name}" for name in ANALYSIS.distributions.scores)]
    if ANALYSIS.distributions
    else []
)
# Without the block the rules make nothing, and still name a file.
DISTRIBUTIONS = [f"{variable}_{axis}" for variable in DRAWN_VARIABLES or ["none"] for axis in ("linear", "log")]


def drawn_samples(region):
    """Give the samples that a region is filled from: data only where it shows any."""
    filled = stages.fill_distributions(ANALYSIS, region)
    return (*filled.samples, *([filled.data.sample] if filled.data else []))


def drawn_events(wildcards):
    """Give the events that a region is filled from."""
    return stores("<results>/ntuples/{sample}/{shift}.arrow", drawn_samples(wildcards.region), FITTED_SHIFTS)


def drawn_scores(wildcards):
    """Give the scores that a region is filled from: those that are drawn, and those that hide events."""
    filled = stages.fill_distributions(ANALYSIS, wildcards.region)
    variants = dict.fromkeys((*filled.scores, *(filled.data.scored if filled.data else ())))
    return [
        path
        for variant in variants
        for path in stores(
            f"<results>/scores/{variant}/combined/{{sample}}/{{shift}}.arrow",
            drawn_samples(wildcards.region),
            FITTED_SHIFTS,
        )
    ]


def factor_inputs():
    """Give the fitted scale factors where figures apply them."""
    applied = ANALYSIS.distributions is not None and ANALYSIS.distributions.scale_factors
    return {"scale_factors": "<results>/scale_factors/result.json"} if applied else {}


def factor_arguments(wildcards, input):
    """Give the arguments that hand the scale factors to the figures."""
    return f"--scale-factors {input.scale_factors}" if factor_inputs() else ""


def distribution_results():
    """Give the figures of every region and variable, if the configuration asks for any."""
    if ANALYSIS.distributions is None:
        return []
    return expand("<results>/figures/distributions/{region}/{figure}.png", region=NAMES["region"], figure=DISTRIBUTIONS)
