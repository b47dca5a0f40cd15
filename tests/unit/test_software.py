"""Versions of Python and libraries: what results say, and what a run says when they changed."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np

from signedag.software import NOTE, changed_software, installed_versions, note_versions, read_versions, versions

ROOT = Path(__file__).resolve().parents[2]


def test_versions_name_python_and_what_is_loaded() -> None:
    named = dict(item.split(" ") for item in versions().split(", "))
    assert named["python"] == platform.python_version()
    assert named["numpy"] == np.__version__
    assert versions() == versions()


def lock(folder: Path, **changed: str) -> Path:
    """Write a lock file of what is installed, some of it changed."""
    pins = installed_versions() | changed
    path = folder / "requirements.lock"
    path.write_text("# a comment\nruff==0.1\n" + "".join(f"{name}=={pin}\n" for name, pin in pins.items()))
    return path


def test_nothing_is_said_of_an_environment_as_it_should_be(tmp_path: Path) -> None:
    assert changed_software(lock(tmp_path), tmp_path, installed_versions()) == []
    note_versions(tmp_path, installed_versions())
    assert changed_software(lock(tmp_path), tmp_path, installed_versions()) == []
    assert read_versions(tmp_path / NOTE) == installed_versions()


def test_a_changed_lock_file_is_one_line(tmp_path: Path) -> None:
    (line,) = changed_software(lock(tmp_path, numpy="99.0"), tmp_path, installed_versions())
    assert f"numpy {np.__version__} instead of 99.0" in line
    assert line.endswith(f"run pip install -r {tmp_path / 'requirements.lock'}")
    assert "scipy" not in line


def test_libraries_that_changed_since_the_last_run_are_one_line(tmp_path: Path) -> None:
    note_versions(tmp_path, installed_versions() | {"scipy": "0.1"})
    (line,) = changed_software(lock(tmp_path), tmp_path, installed_versions())
    assert "scipy 0.1 -> " in line
    assert "--forceall" in line


def test_the_projects_lock_file_names_every_library() -> None:
    assert set(read_versions(ROOT / "envs" / "requirements.lock")) == set(installed_versions())
