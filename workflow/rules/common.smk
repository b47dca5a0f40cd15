"""The validated configuration, wildcard constraints and the functions that every rule file uses.

needs   config/<name>.yaml, the default one or the one given by --configfile
makes   ANALYSIS (validated), settings() and code() for `params`
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))
# Jobs call `python`: without a conda environment that is the interpreter that runs Snakemake.
os.environ.update(PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}")

from signedag.config import stages
from signedag.config.cross_checks import read_analysis
from signedag.config.ownership import check_owner, claim
from signedag.config.sources import count_gpus, input_files, one_configuration
from signedag.config.strategies import SIMPLE_STRATEGIES, STRATEGIES
from signedag.errors import UserError
from signedag.fingerprint import fingerprints

# Snakemake merges configuration files key by key, so the default is read only where no other one was given.
if not workflow.configfiles:

    configfile: Path(workflow.basedir) / "config" / "vhbb.yaml"


try:
    CONFIGURATION = one_configuration(workflow.configfiles)
    ANALYSIS = read_analysis(config, CONFIGURATION)
    check_owner(Path("results") / ANALYSIS.analysis, Path(CONFIGURATION))
    FILES = input_files(ANALYSIS, CONFIGURATION)
except UserError as error:
    sys.exit(f"error: {error}")

SAMPLES = tuple(sorted(ANALYSIS.samples))
TRANSFORMED_SAMPLES = tuple(name for name in SAMPLES if ANALYSIS.samples[name].transform)
SAMPLES_AND_DATA = SAMPLES + ANALYSIS.data_names()
SHIFTS = ANALYSIS.shift_names(SAMPLES[0])
FOLDS = tuple(range(ANALYSIS.folds))
RESULTS = f"results/{ANALYSIS.analysis}"


onstart:
    claim(Path(RESULTS), Path(CONFIGURATION))



# Locally as many GPU jobs run at once as there are GPUs; without one the tag limits nothing and jobs fill the cores.
if count_gpus() and "gpu" not in workflow.global_resources:
    workflow.register_resource("gpu", count_gpus())


wildcard_constraints:
    analysis=ANALYSIS.analysis,
    sample="|".join(SAMPLES),
    shift="|".join(SHIFTS),
    part=r"\d+",
    strategy="|".join(STRATEGIES),
    variant="|".join(ANALYSIS.variants()),
    seed=r"\d+",
    fold=r"\d+",
    binning="|".join(ANALYSIS.fit.binnings) if ANALYSIS.fit else "none",
    treatment="fixed|constrained|simultaneous",


def settings(stage, *names):
    """Give a params function: the stage's settings as JSON, taken from the wildcards in `names`."""

    def of_wildcards(wildcards):
        return stage(ANALYSIS, **{name: wildcards.get(name, "data") for name in names}).as_json()

    return of_wildcards


def sample_of(wildcards):
    """Give the sample that a job works on; the rules of data have no wildcard for it."""
    return wildcards.get("sample", "data")


def results(folder):
    """Give a params function: a folder of results, from which a command builds the paths of its inputs."""
    return lambda wildcards: f"{RESULTS}/{folder}"


def code(command):
    """Give a params function: the fingerprints of the command and of every module that it imports, by name."""
    found = fingerprints(command)
    return lambda wildcards: found


def stores(pattern, samples, shifts=("nominal",)):
    """Give the stores of some samples and shifts; data have the nominal one only."""
    return [
        pattern.format(sample=sample, shift=shift)
        for sample in samples
        for shift in shifts
        if shift in ANALYSIS.shift_names(sample)
    ]
