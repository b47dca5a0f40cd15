"""The pinned environment: pip's lock, conda's file and the ranges of pyproject.toml say the same."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]

CONDA_NAMES = {"pytorch": "torch", "matplotlib-base": "matplotlib"}
"""conda-forge's name to pip's, where they differ. matplotlib-base is matplotlib without a graphical interface."""


def project() -> dict[str, list[str]]:
    """Give the requirements of pyproject.toml by group; those to run the workflow are the group `run`."""
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"run": content["dependencies"], **content["optional-dependencies"]}


def locked() -> dict[str, str]:
    """Give the versions of the lock by canonical name."""
    lines = (ROOT / "envs" / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9.]*\w*", pin) for pin in pins), "only exact pins, no addresses"
    found = {canonicalize_name(pin.split("==")[0]): pin.split("==")[1] for pin in pins}
    assert len(found) == len(pins), "a package is pinned twice"
    return dict(found)


def conda() -> dict[str, str]:
    """Give the versions of the conda file by pip's canonical name; Python itself is `python`."""
    content = yaml.safe_load((ROOT / "envs" / "analysis.yaml").read_text(encoding="utf-8"))
    assert content["channels"] == ["conda-forge", "nodefaults"]
    pins = dict(pin.split("=") for pin in content["dependencies"])
    return {canonicalize_name(CONDA_NAMES.get(name, name)): version for name, version in pins.items()}


@pytest.mark.parametrize("text", [text for group in project().values() for text in group])
def test_every_dependency_is_locked_within_its_range(text: str) -> None:
    requirement = Requirement(text)
    version = locked()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version), f"{text} is locked at {version}"


def needed(requirement: Requirement, seen: set[str]) -> Iterator[tuple[str, str]]:
    """Give what a requirement needs by the metadata of the installed packages, as pairs of user and package."""
    name = canonicalize_name(requirement.name)
    if name in seen:
        return
    seen.add(name)
    for text in importlib.metadata.requires(requirement.name) or []:
        inner = Requirement(text)
        extras = requirement.extras or {""}
        if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in extras):
            yield requirement.name, canonicalize_name(inner.name)
            yield from needed(inner, seen)


def test_the_lock_is_complete() -> None:
    pins, seen = locked(), set[str]()
    for text in (text for group in project().values() for text in group):
        for user, package in needed(Requirement(text), seen):
            assert package in pins, f"{user} needs {package}, which the lock does not pin"


def test_conda_has_the_same_versions() -> None:
    pins = conda()
    version = Version(pins.pop("python"))
    required = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert version in Requirement(f"python{required}").specifier
    assert pins == {name: version for name, version in locked().items() if name in pins}


def test_conda_has_what_jobs_import() -> None:
    needed_by_jobs = {canonicalize_name(Requirement(text).name) for text in project()["run"]} - {"snakemake"}
    assert needed_by_jobs == set(conda()) - {"python"}
