"""Fingerprints: what changes them, what does not, and whose change."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from signedag.fingerprint import PACKAGE, SCRIPTS, code_version, fingerprints

MODULE = '''"""What it is about."""

from signedag.inner import deepest


class Result:
    """A result."""

    value: float = 0.0
    """Its value, GeV."""


def outer(x: float) -> float:
    """Add."""
    # why
    return deepest.add(x, 1.0)
'''

REWORDED = '''"""Something else entirely.

At length.
"""
# A comment.
from signedag.inner import (
    deepest,
)
class Result:
    value: float = 0.0
    """Reworded, and the docstring of the class is gone."""



def outer(x: float) -> float: return deepest.add(
        x, 1.0)   # another comment
'''


def project(folder: Path, **changed: str) -> Path:
    """Write two commands over a chain of modules, some of them changed; give the folder."""
    files = {
        "train.py": "from signedag.middle import outer\n",
        "plot.py": "import signedag.colours\n",
        "signedag/__init__.py": "",
        "signedag/middle.py": MODULE,
        "signedag/colours.py": "RED = 'red'\n",
        "signedag/inner/__init__.py": "",
        "signedag/inner/deepest.py": "def add(x, y):\n    return x + y\n",
        "signedag/unused.py": "X = 1\n",
    } | {name.replace("__", "/") + ".py": text for name, text in changed.items()}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_every_imported_module_is_found_by_name(tmp_path: Path) -> None:
    found = fingerprints("train", root=project(tmp_path))
    assert list(found) == ["signedag.inner", "signedag.inner.deepest", "signedag.middle", "train"]
    assert all(len(digest) == 12 and int(digest, 16) >= 0 for digest in found.values())
    assert list(fingerprints("plot", root=tmp_path)) == ["plot", "signedag.colours"]


def test_comments_docstrings_and_format_change_nothing(tmp_path: Path) -> None:
    before = fingerprints("train", root=project(tmp_path / "before"))
    after = fingerprints("train", root=project(tmp_path / "after", signedag__middle=REWORDED))
    assert after == before
    assert code_version("train", root=tmp_path / "after") == code_version("train", root=tmp_path / "before")


def test_a_changed_helper_of_a_helper_changes_its_users_only(tmp_path: Path) -> None:
    before, after = project(tmp_path / "before"), tmp_path / "after"
    project(after, signedag__inner__deepest="def add(x, y):\n    return x - y\n")
    changed = {
        name
        for name, digest in fingerprints("train", root=after).items()
        if digest != fingerprints("train", root=before)[name]
    }
    assert changed == {"signedag.inner.deepest"}
    assert code_version("train", root=after) != code_version("train", root=before)
    assert fingerprints("plot", root=after) == fingerprints("plot", root=before)


@pytest.mark.parametrize(
    "changed",
    [
        MODULE.replace("1.0)", "2.0)"),
        MODULE.replace("value: float = 0.0", "value: float = 1.0"),
        MODULE.replace("return deepest", 'print("a string that is printed")\n    return deepest'),
    ],
)
def test_code_changes_the_fingerprint(tmp_path: Path, changed: str) -> None:
    before = fingerprints("train", root=project(tmp_path / "before"))
    assert fingerprints("train", root=project(tmp_path / "after", signedag__middle=changed)) != before


def test_an_import_inside_a_function_counts(tmp_path: Path) -> None:
    late = "def outer(x):\n    from signedag import unused\n    return unused.X\n"
    assert "signedag.unused" in fingerprints("train", root=project(tmp_path, signedag__middle=late))


def test_modules_that_import_each_other_end(tmp_path: Path) -> None:
    circle = "import signedag.middle\n"
    found = fingerprints("train", root=project(tmp_path, signedag__inner__deepest=circle))
    assert {"signedag.middle", "signedag.inner.deepest"} <= set(found)


def test_a_missing_command_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing"):
        fingerprints("nothing", root=project(tmp_path))


def library_modules() -> list[Path]:
    """Give the files whose imports the fingerprints follow."""
    return sorted([*PACKAGE.rglob("*.py"), *SCRIPTS.glob("*.py")])


def test_no_import_of_the_library_escapes_the_fingerprints() -> None:
    for path in library_modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: a relative import is not followed"
            called = node.func if isinstance(node, ast.Call) else None
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            assert name not in {"import_module", "__import__"}, f"{path}: an import by name is not followed"


def test_package_files_import_nothing() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        statements = ast.parse(path.read_text(encoding="utf-8")).body
        assert all(isinstance(statement, ast.Expr) for statement in statements), f"{path} must only have a docstring"
