"""The whole chain from ROOT files: redraw the signs of a fold, and what scores that fold is byte for byte the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uproot
import yaml
from event_stores import opened

from signedag.events.folds import folds_and_halves

ROOT = Path(__file__).resolve().parents[2]
FOLDS = 2
REDRAWN = 0
EVENTS = 3000
SAMPLES = {"zh": 0.8, "tt": -0.2}
VARIANTS = ("plain", "plain_joint")
SCORES = [f"results/invariance/scores/{variant}/seed1/zh/nominal.arrow" for variant in VARIANTS]


def configuration() -> dict[str, Any]:
    """Give an analysis of own ntuples, normalised to the sum of the signed weights of all entries."""
    return {
        "analysis": "invariance",
        "luminosity_fb": 1.0,
        "folds": FOLDS,
        "processes": {"zh": {"role": "signal"}, "tt": {"role": "background"}},
        "samples": {
            name: {"process": name, "cross_section_pb": 2.0, "files": [f"data/{name}.root"]} for name in SAMPLES
        },
        "events": {
            "tree": "events",
            "weight": "generator_weight",
            "branches": {"x": "x", "y": "y"},
            "selection": "x > -1.5",
            "regions": {"sr": {"selection": "y < 1.5"}},
            "features": ["x", "y"],
        },
        "weights": {
            "sign_network": {"architecture": {"hidden_layers": [8]}, "epochs": 3, "inner_parts": 2},
            "calibration": {"clipped_fraction_limit": 1.0},
        },
        "classifiers": {
            "plain": {
                "region": "sr",
                "architecture": {"hidden_layers": [8]},
                "phases": [{"epochs": 3, "updates": [{"learning_rate": 0.01}]}],
            }
        },
        "strategy_comparison": {
            "variant": "plain",
            "strategies": ["transformed", "joint"],
            "seeds": [1, 2],
        },
    }


def write_ntuples(folder: Path, redraw: bool) -> None:
    """Write a file per sample, with true positive fractions that depend on x."""
    folder.mkdir()
    for name, mean in SAMPLES.items():
        generator = np.random.default_rng(ord(name[0]))
        number, x = np.arange(EVENTS), generator.normal(mean, 1, EVENTS)
        probability = 0.95 - 0.3 / (1 + np.exp(-3 * x))
        positive = generator.random(EVENTS) < probability
        if redraw:
            again = np.random.default_rng(99).random(EVENTS) < probability
            positive = np.where(folds_and_halves(number, FOLDS)[0] == REDRAWN, again, positive)
        size = np.exp(0.3 * generator.normal(size=EVENTS))
        weight = {"generator_weight": np.where(positive, size, -size)}
        branches = {"event": number, "x": x, "y": generator.normal(size=EVENTS)} | weight
        with uproot.recreate(folder / f"{name}.root") as file:
            tree = file.mktree("events", {branch: values.dtype for branch, values in branches.items()})
            tree.extend(branches)


def run(folder: Path, redraw: bool) -> Path:
    """Copy the workflow into a folder, make the scores of some strategies there and give the folder of results."""
    for name in ("Snakefile", "workflow", "scripts", "envs"):
        source = ROOT / name
        copied = shutil.copytree if source.is_dir() else shutil.copy
        copied(source, folder / name)
    (folder / "invariance.yaml").write_text(yaml.safe_dump(configuration()), encoding="utf-8")
    write_ntuples(folder / "data", redraw)
    command = [sys.executable, "-m", "snakemake", *SCORES, "--cores", "2", "--configfile", "invariance.yaml"]
    done = subprocess.run(
        [*command, "--show-failed-logs"],
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "results" / "invariance"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The results of two runs; before the second the signs of one fold were drawn anew in the ROOT files."""
    first, second = (run(tmp_path_factory.mktemp(name), name == "redrawn") for name in ("drawn", "redrawn"))
    return first, second


def files_without(folder: Path, fold: int) -> list[Path]:
    """Give the networks, weights and histories that leave out a fold, below a folder."""
    parts = (f"fold{fold}", f"without_fold{fold}", f"without_fold{fold}.arrow")
    found = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return sorted(path for path in found if path.suffix != ".log" and set(path.parts) & set(parts))


def test_files_of_the_redrawn_fold_are_the_same_and_those_of_the_other_differ(results: tuple[Path, Path]) -> None:
    first, second = results
    for fold in range(FOLDS):
        files = files_without(first, fold)
        assert files == files_without(second, fold)
        # Per sample 3 files of sign networks and 2 training weights, per classifier 2 files.
        assert len(files) == len(SAMPLES) * (3 + 2) + len(VARIANTS) * 2
        changed = [path for path in files if (first / path).read_bytes() != (second / path).read_bytes()]
        assert changed == ([] if fold == REDRAWN else files)


def test_scores_of_the_redrawn_fold_are_the_same(results: tuple[Path, Path]) -> None:
    events = [opened(folder / "ntuples" / "zh" / "nominal.arrow") for folder in results]
    fold = events[0].column("fold")
    assert np.any(events[0].column("weight") != events[1].column("weight"))
    for variant in VARIANTS:
        before, after = (
            opened(folder / "scores" / variant / "seed1" / "zh" / "nominal.arrow").column("score") for folder in results
        )
        np.testing.assert_array_equal(before[fold == REDRAWN], after[fold == REDRAWN])
        assert np.mean(before[fold != REDRAWN] == after[fold != REDRAWN]) < 0.1
