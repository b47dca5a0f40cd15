"""Which configuration file made a folder of results: two analyses of one name would overwrite each other's."""

from __future__ import annotations

from pathlib import Path

from signedag.config.yaml_files import read_yaml
from signedag.errors import UserError
from signedag.files import whole_or_nothing

STAMP = "configuration_file.txt"
"""File in `results/<analysis>/` with the path of the configuration file that its results are made from."""
ELSEWHERE = "its name was given on the command line"
"""Second line of the file where the configuration file itself gives another name."""


def check_owner(results: Path, configuration: Path) -> None:
    """Refuse a configuration whose results would replace those of another one.

    A file that was moved, or that now gives its analysis another name, has no claim on the folder any more; one that
    cannot be read keeps its claim.

    Args:
        results: folder of the analysis's results, `results/<analysis>`.
        configuration: the file that describes the analysis.

    Raises:
        UserError: the folder belongs to another file that still exists and still has this name.
    """
    stamp = results / STAMP
    if not stamp.is_file():
        return
    name, *notes = stamp.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
    owner = Path(name)
    if not owner.is_file() or owner.resolve() == configuration.resolve():
        return
    if ELSEWHERE not in notes and _name(owner) not in (results.name, None):
        return
    raise UserError(
        f"{_short(configuration)}: analysis: '{results.name}' is the name of {owner} too, which made {results}/, and "
        f"would overwrite its results; give it a name of its own (analysis: <name>), or remove {stamp} to replace them"
    )


def claim(results: Path, configuration: Path) -> None:
    """Write down that `results` is made from `configuration`; a file that says so already stays as it is.

    Raises:
        UserError: the file could not be written.
    """
    stamp, text = results / STAMP, f"{_short(configuration)}\n"
    if _name(configuration) != results.name:
        text += f"{ELSEWHERE}\n"
    if stamp.is_file() and stamp.read_text(encoding="utf-8", errors="replace") == text:
        return
    with whole_or_nothing(stamp) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _name(configuration: Path) -> str | None:
    """Give the analysis that a file describes, empty if it describes none any more; None if it cannot be read."""
    try:
        content = read_yaml(configuration)
    except UserError:
        return None
    return str(content.get("analysis", "")) if isinstance(content, dict) else ""


def _short(path: Path) -> Path:
    """Give the path relative to the working directory, if it is below."""
    here = Path.cwd()
    return path.resolve().relative_to(here) if path.resolve().is_relative_to(here) else path.resolve()
