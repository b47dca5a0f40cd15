"""Jobs that train, score or judge several classifiers: which ones, with what, and what comes out."""

from signedag.config.grouping import judging_groups, scoring_groups, training_groups
from signedag.config.parametric_stages import fitted_at_points

NETWORKS_PER_JOB = ANALYSIS.training.networks_per_job
# What is judged is grouped apart from what targets of their own ask for, so that it waits for nothing else.
REPORTED = ANALYSIS.needed_for(ANALYSIS.judged())
DECORRELATED = ANALYSIS.needed_for(ANALYSIS.decorrelated()) - REPORTED
CLASSIFIER_SETS = [
    {name: variant for name, variant in ANALYSIS.classifiers.items() if name in names}
    for names in (REPORTED, DECORRELATED, set(ANALYSIS.classifiers) - REPORTED - DECORRELATED)
]
STUDIED = ANALYSIS.parametric_variants()
GROUPED = [*CLASSIFIER_SETS, ANALYSIS.compared_variants(), STUDIED] if NETWORKS_PER_JOB > 1 else []
TRAINING_GROUPS = [group for variants in GROUPED for group in training_groups(variants, len(FOLDS), NETWORKS_PER_JOB)]
SCORING_GROUPS = [group for variants in GROUPED for group in scoring_groups(variants, len(FOLDS), NETWORKS_PER_JOB)]
# Only what is fitted is scored under the shifts: of what is judged, and of what decorrelation comparison and parametric
# study add.
AT_POINTS = [name for model in fitted_at_points(ANALYSIS).values() for name in model.values()]
JUDGED_FITS = (*ANALYSIS.fitted_variants(), *AT_POINTS)
FITTED = (JUDGED_FITS, ANALYSIS.decorrelated(), AT_POINTS, (), AT_POINTS) if ANALYSIS.fit else ()
FITTED_VARIANTS = [
    {name: variants[name] for name in variants if name in ANALYSIS.trained_for(fitted)}
    for variants, fitted in zip(GROUPED, FITTED)
]
SHIFT_SCORING_GROUPS = [
    group for variants in FITTED_VARIANTS for group in scoring_groups(variants, len(FOLDS), NETWORKS_PER_JOB)
]
JUDGING_GROUPS = [group for variants in GROUPED for group in judging_groups(variants, len(FOLDS), NETWORKS_PER_JOB)]
# Variants of the comparison are not drawn.
DRAWING_GROUPS = [group for variants in GROUPED[:1] for group in judging_groups(variants, len(FOLDS), NETWORKS_PER_JOB)]
SHIFT_JUDGING_GROUPS = [
    group for variants in FITTED_VARIANTS for group in judging_groups(variants, len(FOLDS), NETWORKS_PER_JOB)
]


# Points of a scan are jobs of their own (scan.smk).
POINTS = tuple(ANALYSIS.scanned_variants())
TRAINED_ALONE = tuple(name for name in ANALYSIS.variants() if name not in POINTS)


def variants_alone(grouped, among=TRAINED_ALONE):
    """Give the pattern of the variants that the rules for one classifier make: those that are in no group.

    Args:
        grouped: the groups.
        among: all variants; those that are trained, but for the points of a scan, if not given.
    """
    in_groups = {member.variant for group in grouped for member in group}
    return "|".join(name for name in among if name not in in_groups) or "(?!)"


def group_training_inputs(group, kind):
    """Give an input function: the events, training weights or checkpoints of all trainings of a group."""

    def of_wildcards(wildcards):
        return sorted({path for member in group for path in training_files(kind, *member)})

    return of_wildcards


def group_networks(group, file="model.safetensors"):
    """Give a file of each training of a group."""
    return [f"<results>/classifiers/{variant}/seed{seed}/fold{fold}/{file}" for variant, seed, fold in group]


def group_folds(group):
    """Give the networks of every fold of a group's variants and seeds."""
    return [
        path for variant, seed, folds in group for path in group_networks([(variant, seed, f) for f in range(folds)])
    ]


def group_scores(group, shifts):
    """Give the scores of a group's variants and seeds, all samples and some shifts; those under shifts do not stay."""
    paths = [path for member in group for path in scores_of([member], lambda _: [f"seed{member.seed}"], shifts)]
    return paths if "nominal" in shifts else temp(paths)


def scores_of(group, seeds, shifts):
    """Give the scores of a group's variants, all samples and some shifts.

    Args:
        group: the variants.
        seeds: gives the folders of a variant's seeds, or of its combined scores, from the variant's name.
        shifts: the shifts.
    """
    return [
        path
        for variant, *_ in group
        for seed in seeds(variant)
        for path in stores(f"<results>/scores/{variant}/{seed}/{{sample}}/{{shift}}.arrow", SAMPLES, shifts)
    ]


def combined(variant):
    """Give the folder of a variant's combined scores."""
    return ["combined"]


def seeds_of(variant):
    """Give the folders of a variant's seeds."""
    return [f"seed{seed}" for seed in ANALYSIS.seeds_of(variant)]


def group_histories(group):
    """Give the histories of all trainings of a group's variants."""
    return [
        f"<results>/classifiers/{variant}/{seed}/fold{fold}/history.json"
        for variant, *_ in group
        for seed in seeds_of(variant)
        for fold in FOLDS
    ]


def group_settings(stage, group):
    """Give the params of a group: the JSON that goes to the command, and the leaves and code that decide on reruns."""

    def as_json(wildcards, output):
        analysis = analysis_named(wildcards.analysis)
        members = [
            member._asdict() | {"settings": json.loads(stage(analysis, member.variant).as_json())} for member in group
        ]
        return json.dumps(members, sort_keys=True, separators=(",", ":"))

    variants = sorted({member.variant for member in group})
    lines = {"members": as_json}
    for variant in variants:
        own = settings(lambda analysis, variant=variant: stage(analysis, variant))
        lines |= {f"{variant}.{key}": of_member(variant, value) for key, value in own.items() if key != "settings"}
    return lines


def of_member(variant, value):
    """Say in a compared parameter whose it is: Snakemake compares values, and two variants may swap theirs."""
    if callable(value):
        return lambda wildcards: f"{variant}: {value(wildcards)}"
    return f"{variant}: {value}"
