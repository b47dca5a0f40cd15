"""Files of the comparison of decorrelated scores: what it reads of each simulation, what the target asks for."""

DECORRELATION_FIGURES = ("decorrelation_comparison",)


def decorrelation_inputs(wildcards):
    """Give everything that the comparison reads, simulation by simulation."""
    compared = stages.compare_decorrelation(ANALYSIS)
    checks = ["sculpting", *(["diboson_peak"] if compared.has_diboson_peak else [])]
    read = (
        expand("<results>/classifiers/{variant}/performance.json", variant=compared.variants)
        + expand("<results>/sculpting/{variant}/{check}.json", variant=compared.variants, check=checks)
        + expand(
            "<results>/fit/{variant}/{binning}/{treatment}/result.json",
            variant=compared.variants,
            binning=compared.binning,
            treatment=compared.treatment,
        )
        + [
            f"<results>/classifiers/{classifier}/seed{seed}/fold{fold}/history.json"
            for classifier, seeds in compared.initialisations.items()
            for seed in seeds
            for fold in FOLDS
        ]
    )
    return [path for seed in compared.seeds for path in wanted(read, analysis=replica(seed))]


def replica_folders(wildcards, input):
    """Give the folder of each simulation's results, wherever Snakemake keeps them."""
    seeds = ANALYSIS.decorrelation_comparison.seeds
    root = input[0].partition(f"/{replica(seeds[0])}/")[0]
    return [f"{root}/{replica(seed)}" for seed in seeds]


def decorrelation_results():
    """Give the comparison and its figure, if the configuration asks for one."""
    if ANALYSIS.decorrelation_comparison is None:
        return []
    figures = expand("<results>/figures/decorrelation/{figure}.png", figure=DECORRELATION_FIGURES)
    return ["<results>/decorrelation/comparison.json", *figures]
