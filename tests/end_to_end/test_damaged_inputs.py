"""Every command of the tiny analysis, with each kind of file that it reads damaged, or exchanged for another one.

None may end well with other numbers, and none with more than one line of error.
"""

from __future__ import annotations

import importlib
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from cached_files import others_of
from tiny_analysis import ROOT
from tiny_runs import Call, calls, identity_in, write_as

from signedag.identity import Identity

pytestmark = pytest.mark.xdist_group("tiny")  # one run for all

ELSEWHERE = {
    "assign_joint_weights", "assign_training_weights", "assign_true_weights", "check_classifiers",
    "check_diboson_peak", "check_joint_closure", "combine_optimism", "compare_classifiers", "compare_decorrelation",
    "compute_contour", "export_fit", "fit_workspace", "plot_contour", "plot_toys", "study_toys",
    "compare_weight_strategies", "cross_check_signs", "fit_score_map", "map_scores", "measure_optimism",
    "plot_classifier_comparison", "plot_decorrelation", "plot_diboson_peak", "plot_mismodelling", "plot_pulls",
    "plot_scan", "plot_score_map", "plot_strategies", "plot_template_statistics", "resample_events",
    "reweight_events", "score_classifiers", "study_mismodelling", "study_pulls", "study_template_statistics",
    "summarise_scan", "train_classifiers", "train_ratio_network", "combine_template_statistics",
    "scan_binnings", "plot_binnings", "check_masses", "compare_mass_limits", "compare_masses", "plot_batches",
    "plot_mass_comparison", "plot_mass_limits", "plot_masses", "plot_parameter_scan", "scan_parameter",
}  # fmt: skip
"""Commands that the tiny analysis does not run; their own tests exchange their files."""
WITHOUT_CACHED_FILES = {
    "check_configuration", "read_table", "render_report", "simulate_ntuple", "write_config_documentation",
}  # fmt: skip
COMMANDS = sorted({path.stem for path in (ROOT / "scripts").glob("*.py")} - ELSEWHERE - WITHOUT_CACHED_FILES)
FLIPS = 1


@pytest.fixture(scope="module")
def copied(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run's folder again, free to be changed: files are exchanged there, never written into."""
    folder = tmp_path_factory.mktemp("damaged") / "run"
    shutil.copytree(finished.parents[1], folder, copy_function=os.link, ignore=shutil.ignore_patterns(".snakemake"))
    return folder


Run = Callable[[Call], tuple[int, list[str]]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process; give its status and what it said."""

    def call(given: Call) -> tuple[int, list[str]]:
        capsys.readouterr()
        status = importlib.import_module(given.command).main(given.arguments)
        return status, capsys.readouterr().err.splitlines()

    return call


def inputs(call: Call, run: Run) -> Iterator[tuple[Path, Identity]]:
    """Give a file of each kind that a command reads: those without which it fails."""
    tried = set()
    for path in call.files():
        identity = identity_in(path)
        if identity is None or (identity.kind, identity.made_by) in tried or identity.made_by == call.command:
            continue
        tried.add((identity.kind, identity.made_by))
        aside = path.rename(path.with_name("aside"))
        status, _ = run(call)
        aside.rename(path)
        if status:
            yield path, identity


def outputs(call: Call) -> dict[Path, int]:
    """Give a checksum of each file that a command names or that is in a folder that it names."""
    return {path: zlib.crc32(path.read_bytes()) for path in call.files() if "logs" not in path.parts}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_ends_well_with_a_file_that_is_damaged_or_another_one(
    copied: Path, run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(copied)
    call = calls(Path("results/tiny/logs"))[command]
    generator = np.random.default_rng(zlib.crc32(command.encode()))
    assert run(call)[0] == 0
    before = outputs(call)
    checked = 0
    for path, identity in list(inputs(call, run)):
        kept = path.read_bytes()
        for other in others_of(identity):
            write_as(path, other)
            status, lines = run(call)
            path.unlink()
            path.write_bytes(kept)
            assert status == 1, f"{command}: {path} as {other}"
            assert [line for line in lines if line.startswith("error: ")] == [lines[-1]]
            # Networks are told apart by their folds all together.
            assert f"{path}: holds {other}, expected" in lines[-1] or "leave out the folds" in lines[-1], lines[-1]
            checked += 1
        for place in generator.integers(0, len(kept), FLIPS).tolist():
            flipped = bytearray(kept)
            flipped[place] ^= 1 << int(generator.integers(8))
            path.unlink(missing_ok=True)
            path.write_bytes(flipped)
            status, lines = run(call)
            path.write_bytes(kept)
            errors = [line for line in lines if line.startswith("error: ")]
            if status:
                assert errors == [lines[-1]]
                assert f"{path}: " in errors[0], f"{command}: byte {place} of {path}: {errors[0]}"
            assert not any("Traceback" in line or "Warning" in line for line in lines)
            assert outputs(call) == before, f"byte {place} of {path}"
            checked += 1
    assert checked
