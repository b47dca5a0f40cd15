"""The validated configuration, wildcard constraints and the functions that every rule file uses.

needs   config/<name>.yaml, the default one or the one given by --configfile
makes   ANALYSIS (validated), settings() and code() for `params`, by_size() for `resources`
"""

import json
import os
import sys
from contextlib import suppress
from functools import cache
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))
# Jobs call `python`: without a conda environment that is the interpreter that runs Snakemake.
os.environ.update(PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}")

from signedag.config import stages
from signedag.config.chosen_modules import chosen_modules
from signedag.config.cross_checks import read_analysis
from signedag.config.leaves import leaves
from signedag.config.ownership import check_owner, claim
from signedag.config.replicas import REPLICA, replica_name, replica_of
from signedag.config.sources import file_checksums, input_files, one_configuration, table_files
from signedag.config.strategies import SIMPLE_STRATEGIES, STRATEGIES
from signedag.config.table_source import diagnosed_samples
from signedag.config.yaml_files import read_yaml
from signedag.errors import UserError
from signedag.fingerprint import fingerprints
from signedag.software import changed_software, installed_versions, note_versions

# Snakemake merges configuration files key by key, so the default is read only where no other one was given.
if not workflow.configfiles:

    configfile: Path(workflow.basedir) / "config" / "vhbb.yaml"


try:
    CONFIGURATION = one_configuration(workflow.configfiles)
    ANALYSIS = read_analysis(config, CONFIGURATION)
    check_owner(Path("results") / ANALYSIS.analysis, Path(CONFIGURATION))
    FILES = input_files(ANALYSIS, CONFIGURATION)
    TABLES = table_files(ANALYSIS, CONFIGURATION)
    CHECKSUMS = file_checksums(ANALYSIS, FILES, CONFIGURATION)
    if workflow.is_main_process:  # jobs on a cluster read the rules again, not what these import and open

        from signedag.plotting.spelling import check_spelling

        check_spelling(ANALYSIS, CONFIGURATION)
        if FILES:

            from signedag.events.first_look import check_first_files

            check_first_files(ANALYSIS, FILES, CONFIGURATION)
        if TABLES:

            from signedag.events.first_look import check_tables

            check_tables(ANALYSIS, TABLES, CONFIGURATION)
            left_out = ", ".join(name for name in config["samples"] if name not in ANALYSIS.samples)
            print(f"note: events come from tables.files; samples left out: {left_out or 'none'}", file=sys.stderr)
except UserError as error:
    sys.exit(f"error: {error}")

RESULTS = Path("results") / ANALYSIS.analysis
LOCK = Path(workflow.basedir) / "envs" / "requirements.lock"
INSTALLED = installed_versions()
SAMPLES = tuple(sorted(ANALYSIS.samples))
TRANSFORMED_SAMPLES = tuple(name for name in SAMPLES if ANALYSIS.samples[name].transform)
DIAGNOSED_SAMPLES = tuple(sorted(diagnosed_samples(ANALYSIS)))
SAMPLES_AND_DATA = SAMPLES + ANALYSIS.data_names()
# Data have scores only where the fit or a figure asks for them.
OBSERVED = ANALYSIS.data_names() if ANALYSIS.fit and ANALYSIS.fit.data == "observed" else ()
DRAWN_SCORES = ANALYSIS.distributions is not None and bool(ANALYSIS.distributions.scores)
SCORED_DATA = OBSERVED or (ANALYSIS.data_names() if DRAWN_SCORES else ())
SHIFTS = ANALYSIS.shift_names(SAMPLES[0])
SHIFTED = SHIFTS[1:]
# Some shifts are there for studies alone.
FITTED_SHIFTS = ("nominal", *ANALYSIS.sides_of(ANALYSIS.fitted_shifts()))
FOLDS = tuple(range(ANALYSIS.folds))
# The values of each wildcard that settings depend on.
NAMES = {
    "sample": SAMPLES_AND_DATA,
    "variant": (*ANALYSIS.variants(), *ANALYSIS.maps()),
    "strategy": SIMPLE_STRATEGIES,
    "binning": tuple(ANALYSIS.fit.binnings) if ANALYSIS.fit else (),
    "treatment": ("fixed", "constrained", "simultaneous"),
    "region": tuple(ANALYSIS.distributions.regions) if ANALYSIS.distributions else (),
}


for line in changed_software(LOCK, RESULTS, INSTALLED):
    print(f"note: {line}", file=sys.stderr)


onstart:
    claim(RESULTS, Path(CONFIGURATION))
    note_versions(RESULTS, INSTALLED)


# Paths of rules begin with <results>; a target names one analysis (see `wanted`).
pathvars:
    results="results/{analysis}",
    logs="results/{analysis}/logs",
    benchmarks="results/{analysis}/benchmarks",


wildcard_constraints:
    # The configured analysis, and replicas of it under other seeds of the simulation.
    analysis=f"{ANALYSIS.analysis}({REPLICA})?",
    sample="|".join(SAMPLES),
    shift="|".join(SHIFTS),
    part=r"\d+",
    strategy="|".join(STRATEGIES),
    variant="|".join(NAMES["variant"]),
    seed=r"\d+",
    fold=r"\d+",
    binning="|".join(NAMES["binning"]) or "none",
    treatment="|".join(NAMES["treatment"]),
    region="|".join(NAMES["region"]) or "none",


# GPUs are counted where a job runs: those of a submitting machine limit no job of a cluster.
resource_scopes:
    gpu="local",


@cache
def analysis_named(name):
    """Give the configured analysis, or its replica of that name."""
    return replica_of(ANALYSIS, name)


def replica(seed):
    """Give the name of the analysis under another seed of the simulation: `wanted(paths, analysis=replica(2))` are targets."""
    return replica_name(ANALYSIS, seed)


def wanted(paths, block=None, analysis=ANALYSIS.analysis):
    """Give the paths of one analysis, figures in both formats; refuse a target for which a block is missing.

    Args:
        paths: paths that begin with `<results>`.
        block: the configuration's block without which there are no paths.
        analysis: the analysis's name, or a replica's.
    """
    if block and not paths:
        return lambda wildcards: sys.exit(
            f"error: {CONFIGURATION}: no block '{block}', so this target has nothing to make; add it or name another target"
        )
    figures = [f"{path.removesuffix('.png')}.pdf" for path in paths if path.endswith(".png")]
    return [path.replace("<results>", f"results/{analysis}") for path in [*paths, *figures]]


def described(prefix, names, lines_of):
    """Give params that Snakemake compares one by one, so that its reason shows what changed and nothing else.

    Args:
        prefix: what the params' names begin with.
        names: wildcards that the lines depend on.
        lines_of: gives the lines by key, from a name of the analysis and the values of the wildcards.
    """

    @cache
    def lines(*values):
        return lines_of(analysis_named(values[0]), *values[1:])

    def lines_of_job(wildcards):
        return lines(wildcards.analysis, *(wildcards.get(name, "data") for name in names))

    keys = set()
    for values in product(*(NAMES[name] for name in names)):
        with suppress(AssertionError, AttributeError, KeyError, ValueError):  # this analysis has no such stage
            keys.update(lines(ANALYSIS.analysis, *values))

    def line(key):
        return lambda wildcards: lines_of_job(wildcards).get(key)

    def others(wildcards):
        return [line for key, line in lines_of_job(wildcards).items() if key not in keys]

    # Snakemake compares the set of values. A key that this job has not is None, so None is always there: otherwise the
    # first or last key that another job alone has would count as a change of this one.
    unset = {f"unset_{prefix}": lambda wildcards: None}
    return {f"{prefix}.{key}": line(key) for key in sorted(keys)} | {f"other_{prefix}": others} | unset


def settings(stage, *names):
    """Give the params of a stage's settings, taken from the wildcards in `names`: their JSON, their leaves, and the code
    of what they choose by name, such as an objective.

    The leaves decide on reruns. The JSON goes to the command and is not compared: Snakemake compares no parameter
    that depends on the output.
    """

    def stage_settings(analysis, *values):
        return stage(analysis, **dict(zip(names, values, strict=True)))

    def as_json(wildcards, output):
        values = (wildcards.get(name, "data") for name in names)
        return stage_settings(analysis_named(wildcards.analysis), *values).as_json()

    def lines(analysis, *values):
        return {key: f"{key}={value}" for key, value in leaves(stage_settings(analysis, *values)).items()}

    def chosen(analysis, *values):
        return code_lines(chosen_modules(stage_settings(analysis, *values)))

    return {"settings": as_json} | described("settings", names, lines) | described("chosen_code", names, chosen)


def code_lines(modules):
    """Give a line for every module that some modules use, by its name."""
    return code_lines_of(tuple(modules))


@cache
def code_lines_of(modules):
    return {module: f"{module} {digest}" for module, digest in fingerprints(*modules).items()}


def code(command, *names, chosen=lambda analysis: ()):
    """Give the params of a command's code: the fingerprint of every module that it uses.

    Args:
        command: the script's name without `.py`.
        names: wildcards that `chosen` takes.
        chosen: gives the modules that the command looks up by name, other than by its own settings, from the analysis
            and the wildcards' values.
    """
    return described("code", names, lambda analysis, *values: code_lines([command, *chosen(analysis, *values)]))


def by_size(base, per_input=0):
    """Give a resource function: the base and a factor of the input's MB, twice as much in the second attempt."""
    return lambda wildcards, input, attempt: round(attempt * (base + (per_input * input.size_mb if per_input else 0)))


def on_gpu(memory, minutes):
    """Give the resources of a rule that can use a GPU, also under the names that HTCondor's executor reads.

    HTCondor's profile asks for enough for every other rule.

    Args:
        memory: MB, and a factor of the input's MB.
        minutes: run time, and a factor of the input's MB.
    """
    return {
        "gpu": 1,
        "mem_mb": by_size(*memory),
        "runtime": by_size(*minutes),
        "request_gpus": 1,
        "htcondor_request_mem_mb": by_size(*memory),
        "allowed_execute_duration": by_size(*(60 * part for part in minutes)),
    }


def sample_of(wildcards):
    """Give the sample that a job works on; the rules of data have no wildcard for it."""
    return wildcards.get("sample", "data")


def results_folder(wildcards, input):
    """Give the folder of the analysis's results that the inputs are in, wherever Snakemake keeps them."""
    return f"{input[0].partition(f'/{wildcards.analysis}/')[0]}/{wildcards.analysis}"


def input_folders(wildcards, input):
    """Give the folders that the inputs are in, in the order of the inputs."""
    return list(dict.fromkeys(str(Path(path).parent) for path in input.get("parts", input)))


def stores(pattern, samples, shifts=("nominal",)):
    """Give the stores of some samples and shifts; data have the nominal one only."""
    return [
        pattern.replace("{sample}", sample).replace("{shift}", shift)
        for sample in samples
        for shift in shifts
        if shift in ANALYSIS.shift_names(sample)
    ]
