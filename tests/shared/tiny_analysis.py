"""A tiny analysis, made from the default one, and how it is run."""

from __future__ import annotations

import copy
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ("ZH", "tt", "Zheavy")
REGIONS = ("sr_medhigh_znn", "cr_tt_znn", "cr_zheavy_znn")


def tiny_configuration() -> dict[str, Any]:
    """Shrink the default analysis: three samples, few events, small networks, few bins."""
    content = copy.deepcopy(yaml.safe_load((ROOT / "config" / "vhbb.yaml").read_text(encoding="utf-8")))
    content["analysis"] = "tiny"
    content["processes"] = {name: content["processes"][name] for name in SAMPLES}
    content["samples"] = {name: content["samples"][name] for name in SAMPLES}
    for sample in content["samples"].values():
        sample["simulation"] |= {"events": 6000, "files": 1}
    content["samples"]["tt"]["simulation"]["files"] = 2
    content["data"]["pseudo_data"]["scale_factors"].pop("Zlight")
    content["events"]["regions"] = {name: content["events"]["regions"][name] for name in REGIONS}
    content["uncertainties"]["normalisations"] = {"luminosity": {"relative": 0.023}}
    content["uncertainties"]["shifts"].pop("jet_resolution")
    # it has too few events to merge bins to many
    content["fit"] |= {"template_statistics": "none", "least_effective_events": None}
    content["weights"]["sign_network"] |= {"architecture": {"hidden_layers": [16, 16]}, "epochs": 4}
    content["weights"]["closure"]["bins"] = 8
    small = {
        "architecture": {"hidden_layers": [16]},
        "batch": {"size": 128},
        "phases": [{"epochs": 6, "updates": [{"learning_rate": 0.005}]}],
    }
    content["classifiers"] = {"cross_entropy": content["classifiers"]["cross_entropy"] | small}
    content["bootstrap"] = 20
    content["scale_factors"]["regions"] = {
        name: region for name, region in content["scale_factors"]["regions"].items() if name in REGIONS
    }
    del content["scale_factors"]["flatness"]
    for block in (
        "strategy_comparison",
        "decorrelation_comparison",
        "mismodelling",
        "diboson_peak",
        "score_maps",
        "report",
    ):
        del content[block]
    content["distributions"] |= {"regions": ["sr_medhigh_znn", "cr_tt_znn"]}
    content["distributions"]["variables"] = {"met_gev": content["distributions"]["variables"]["met_gev"]}
    content["scan"] = {"variant": "cross_entropy", "grid": {"learning_rate": [0.005, 0.002]}, "treatment": "fixed"}
    axes = {"mass": {"bins": 8, "low": 50.0, "high": 200.0}, "score": {"bins": 6, "low": 0.0, "high": 1.0}}
    content["fit"]["binnings"] = {"coarse": axes}
    return content


def copy_workflow(folder: Path) -> None:
    """Copy the workflow and the configuration of the tiny analysis into a folder."""
    for name in ("Snakefile", "workflow", "scripts", "envs"):
        source = ROOT / name
        copied = shutil.copytree if source.is_dir() else shutil.copy
        copied(source, folder / name)
    (folder / "tiny.yaml").write_text(yaml.safe_dump(tiny_configuration()), encoding="utf-8")


def start(folder: Path, cores: int, *arguments: str, output: Any, **options: Any) -> subprocess.Popen[str]:
    """Start Snakemake in a folder with the workflow; `output` takes its standard output and error."""
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--configfile", "tiny.yaml"]
    return subprocess.Popen(
        [*command, "--show-failed-logs", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )


def finish(folder: Path, cores: int, *arguments: str) -> None:
    """Run Snakemake to its end in a folder with the workflow."""
    process = start(folder, cores, *arguments, output=subprocess.PIPE)
    output, _ = process.communicate()
    assert process.returncode == 0, output


def run(folder: Path, cores: int, *targets: str) -> None:
    """Copy the workflow into a folder and run targets there on some cores."""
    copy_workflow(folder)
    finish(folder, cores, *targets)


def digests(folder: Path) -> dict[str, str]:
    """Give the digest of every file with numbers below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".json", ".arrow", ".safetensors", ".root")
    }
