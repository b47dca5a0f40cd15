"""Files of the scan: what trains and judges its points, and what the target `scan` asks for."""

SCAN = stages.summarise_scan(ANALYSIS) if ANALYSIS.scan else None
SCAN_FIGURES = ("scan_marginals", "scan_frontier")
PAIR_FIGURES = ("scan_maps",)
# One setting alone has no map.
DRAWN_OF_SCAN = SCAN_FIGURES + (PAIR_FIGURES if SCAN and len(SCAN.paths) > 1 else ())
# Where a score map is scanned, that map of each point.
MAPPED_POINTS = tuple(ANALYSIS.scanned_maps())
# Scores under shifts serve the fit alone.
POINT_SHIFTS = FITTED_SHIFTS if ANALYSIS.fit else FITTED_SHIFTS[:1]
POINT_SEEDS = SCAN.template.seeds if SCAN else ()


def point_training_inputs(kind):
    """Give an input function: the events, training weights or checkpoints of all trainings of a point."""

    def of_wildcards(wildcards):
        trainings = product(POINT_SEEDS, FOLDS)
        return sorted({path for one in trainings for path in training_files(kind, wildcards.variant, *one)})

    return of_wildcards


def point_networks(file):
    """Give a file of each training of a point."""
    return expand(
        f"<results>/classifiers/{{{{variant}}}}/seed{{seed}}/fold{{fold}}/{file}", seed=POINT_SEEDS, fold=FOLDS
    )


def point_scores(folders):
    """Give the scores of a point below some folders, all samples and shifts."""
    return [
        path
        for folder in folders
        for path in stores(f"<results>/scores/{{variant}}/{folder}/{{sample}}/{{shift}}.arrow", SAMPLES, POINT_SHIFTS)
    ]


def point_members(stage, folds=(0,)):
    """Give a parameter: all trainings of a point, or its initialisations, as commands for several classifiers take them.

    Like `settings` in `settings()`, it is not compared.
    """

    def as_json(wildcards, output):
        own = json.loads(stage(analysis_named(wildcards.analysis), wildcards.variant).as_json())
        members = [
            {"variant": wildcards.variant, "seed": seed, "fold": fold, "settings": own}
            for seed, fold in product(POINT_SEEDS, folds)
        ]
        return json.dumps(members, sort_keys=True, separators=(",", ":"))

    return as_json


def point_results():
    """Give what the summary reads of every point: performance, histories, sculpting and fit."""
    if SCAN is None:
        return []
    points = ANALYSIS.scan_points()
    patterns = ["<results>/classifiers/{variant}/performance.json"]
    if SCAN.has_sculpting:
        patterns.append("<results>/sculpting/{variant}/sculpting.json")
    if SCAN.binning:
        patterns.append(f"<results>/fit/{{variant}}/{SCAN.binning}/{SCAN.treatment}/result.json")
    histories = expand(point_networks("history.json"), variant=[point.trained for point in points])
    return histories + expand(patterns, variant=[point.name for point in points])


def scan_results():
    """Give the summary of the scan and its figures, if the configuration asks for one."""
    if SCAN is None:
        return []
    return ["<results>/scan/summary.json", *expand("<results>/figures/scan/{figure}.png", figure=DRAWN_OF_SCAN)]
