"""The user's own ROOT files, whatever their names, from the configuration through the DAG to columns; and checksums."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import uproot

from signedag.config.example import examples
from signedag.events.store import EventStore
from signedag.identity import Identity

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.xdist_group("dag_own_files")

NAMES = ("tt [1] {sample} <results>.root", "tt::ü 'π' $HOME \"x\".root", "-tt {{1}}.root")
CONFIG = ("--configfile", "config/own.yaml")


@pytest.fixture(scope="module")
def own(empty_project: Project) -> Project:
    """A project with ntuples of odd names, each with its own event numbers."""
    branches = ("weight", "m_tt", "m_tt_up", "m_tt_down", "c_hel")
    for number, name in enumerate((*NAMES, "data.root")):
        with uproot.recreate(os.fspath(empty_project.root / "plain.root")) as file:
            tree = file.mktree("events", {"event": "i8", **dict.fromkeys(branches, "f8")})
            tree.extend({"event": np.arange(3) + 10 * number, **dict.fromkeys(branches, np.ones(3))})
            file.mktree("Runs", {"genEventSumw": "f8"}).extend({"genEventSumw": np.ones(1)})
        (empty_project.root / "plain.root").rename(empty_project.root / name)
    content = configured({})
    empty_project.write_config(content, "config/own.yaml")
    return empty_project


def configured(checksums: dict[str, str]) -> dict[str, Any]:
    content = examples()[1]
    content["samples"]["tt"] |= {"files": list(NAMES), "checksums": checksums}
    return content


def converted(part: int, file: str = "summary.json") -> str:
    return f"results/example/ntuples/tt/parts/{part}/{file}"


def adler32(path: Path) -> str:
    return f"adler32:{zlib.adler32(path.read_bytes()):08x}"


def test_files_of_any_name_are_converted_and_followed(own: Project) -> None:
    targets = [*map(converted, range(3)), converted(0, "shifts.json")]
    done = own.snakemake("--cores", "2", *targets, *CONFIG)
    assert done.returncode == 0, done.output
    for part in range(3):
        store = EventStore(own.root / converted(part, "nominal.arrow"), Identity.of("converted events", sample="tt"))
        assert store.column("event_number").tolist() == [10 * part, 10 * part + 1, 10 * part + 2]
    assert not own.plan(*targets, config="config/own.yaml").jobs
    os.utime(own.root / NAMES[0], (1, 1))
    rerun = own.plan(*targets, config="config/own.yaml")
    assert {job.name for job in rerun.jobs} == {
        ("convert_ntuple", converted(0, "nominal.arrow")),
        ("convert_shifts", converted(0, "scale_up.arrow")),
    }


def test_a_checksum_is_verified_when_its_file_is_converted(own: Project) -> None:
    right = {name: adler32(own.root / name) for name in NAMES}
    wrong = {**right, NAMES[1]: "adler32:01234567"}
    own.write_config(configured(wrong), "config/own.yaml")
    plan = own.plan(*map(converted, range(3)), config="config/own.yaml")
    assert {job.rule for job in plan.jobs if job.is_first} == {"convert_ntuple"}, "new checksums are verified"
    done = own.snakemake("--cores", "1", converted(1), *CONFIG)
    assert done.returncode != 0
    log = (own.root / "results/example/logs/convert_ntuple/tt_1.log").read_text(encoding="utf-8")
    assert log.splitlines()[1:] == [
        f"error: {NAMES[1]}: its checksum is {right[NAMES[1]]}, the configuration says adler32:01234567; "
        "copy the file again, or correct its line under 'checksums'"
    ]


def test_a_checksum_of_no_file_is_refused_before_anything_runs(own: Project) -> None:
    own.write_config(configured({"ttt.root": "adler32:01234567"}), "config/own.yaml")
    done = own.snakemake("--dry-run", *CONFIG)
    assert done.returncode != 0
    assert "config/own.yaml: samples.tt.checksums: 'ttt.root' is none of the files; " in done.output
