"""Which Python and libraries made a result, and whether they are those of the lock file and of the run before."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from signedag.files import whole_or_nothing

LIBRARIES = (
    "awkward", "hist", "iminuit", "matplotlib", "mplhep", "numba", "numpy", "pyarrow", "pydantic", "safetensors",
    "scipy", "torch", "uproot",
)  # fmt: skip
"""Libraries that a result can depend on."""

NOTE = "software.txt"
"""File in `results/<analysis>/` with the versions of the last run."""


def versions() -> str:
    """Give the versions of Python and of the libraries that this process has loaded, as one line."""
    loaded = [f"{name} {metadata.version(name)}" for name in LIBRARIES if name in sys.modules]
    return ", ".join([f"python {platform.python_version()}", *loaded])


def installed_versions() -> dict[str, str]:
    """Give the installed versions of the libraries, without what names a build (`+cpu`); `none` if one is missing."""
    return {name: _installed(name) for name in LIBRARIES}


def _installed(name: str) -> str:
    try:
        return metadata.version(name).split("+")[0]
    except metadata.PackageNotFoundError:
        return "none"


def read_versions(file: Path) -> dict[str, str]:
    """Read the libraries' versions from a lock file, or from a note of `note_versions`."""
    pins = dict(re.findall(r"(?m)^([\w.-]+)==(\S+)", file.read_text(encoding="utf-8")))
    return {name: version for name, version in pins.items() if name in LIBRARIES}


def note_versions(results: Path, installed: Mapping[str, str]) -> None:
    """Write down which versions a run has; a note that says so already stays as it is.

    Raises:
        UserError: the file could not be written.
    """
    note, text = results / NOTE, "".join(f"{name}=={version}\n" for name, version in installed.items())
    if not note.is_file() or note.read_text(encoding="utf-8") != text:
        with whole_or_nothing(note) as temporary:
            temporary.write_text(text, encoding="utf-8")


def changed_software(lock: Path, results: Path, installed: Mapping[str, str]) -> list[str]:
    """Say, in a line each, where the installed versions are not those of the lock file or of the run before.

    Args:
        lock: the lock file.
        results: folder of the analysis's results.
        installed: the installed versions.
    """
    lines = []
    asked = read_versions(lock)
    if unlike := {name: version for name, version in asked.items() if installed[name] != version}:
        differences = ", ".join(f"{name} {installed[name]} instead of {version}" for name, version in unlike.items())
        lines.append(f"installed is not what {lock.name} asks for: {differences}; run pip install -r {lock}")
    before = read_versions(results / NOTE) if (results / NOTE).is_file() else installed
    if changed := {name: version for name, version in before.items() if installed[name] != version}:
        differences = ", ".join(f"{name} {version} -> {installed[name]}" for name, version in changed.items())
        lines.append(f"libraries changed since the last run: {differences}; results stay unless --forceall is given")
    return lines
