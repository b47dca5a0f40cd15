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
        "train.py": "from signedag.middle import Result, outer\nouter(Result.value)\n",
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


def test_every_module_that_is_used_is_named(tmp_path: Path) -> None:
    named = fingerprints("train", root=project(tmp_path))
    assert list(named) == ["signedag.inner.deepest", "signedag.middle", "train"]
    assert all(len(digest) == 12 and int(digest, 16) >= 0 for digest in named.values())
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


TWO = """
LIMIT = 3.0
OTHER = 4.0


def near(x):
    return helper(x) < LIMIT


def helper(x):
    return x


def far(x):
    return x > OTHER


class Point:
    def far(self):
        return far(self.x)
"""


def changed_by(folder: Path, before: dict[str, str], after: dict[str, str]) -> bool:
    """Tell whether an edit of some modules changes the fingerprint of `train`."""
    first = fingerprints("train", root=project(folder / "before", **before))
    return fingerprints("train", root=project(folder / "after", **(before | after))) != first


@pytest.mark.parametrize(
    ("edit", "concerns"),
    [
        (("helper(x) < LIMIT", "helper(x) <= LIMIT"), True),  # the function itself
        (("    return x\n\n\ndef far", "    return -x\n\n\ndef far"), True),  # what it calls
        (("LIMIT = 3.0", "LIMIT = 5.0"), True),  # a constant that it reads
        (("OTHER = 4.0", "OTHER = 5.0"), False),
        (("return x > OTHER", "return x >= OTHER"), False),
        (("LIMIT = 3.0", "LIMIT = 3.0\nNEW = 1"), False),
        (("LIMIT = 3.0", "LIMIT = 3.0\nprint(LIMIT)"), True),  # runs when the module is imported
        (("LIMIT = 3.0", "LIMIT = 3.0\nNEW = helper(1)"), True),  # calls code of the library: who knows what it does
        (("LIMIT = 3.0", "LIMIT = 3.0\nNEW = tuple()"), False),
        (("    return helper(x) < LIMIT", "    y = far\n    return helper(x) < LIMIT"), True),
    ],
)
def test_of_a_module_only_what_is_used_counts(tmp_path: Path, edit: tuple[str, str], concerns: bool) -> None:
    command = {"train": "from signedag.two import near\nnear(1)\n", "signedag__two": TWO}
    assert edit[0] in TWO
    assert changed_by(tmp_path, command, {"signedag__two": TWO.replace(*edit)}) is concerns


@pytest.mark.parametrize(
    "command",
    [
        "from signedag.two import *\n",
        "import signedag.two\nsignedag.two.near(1)\n",
        "from signedag import two\ngetattr(two, 'near')(1)\n",
        "import signedag.two as two\ncall(two)\n",
        "from signedag.two import Point\nPoint()\n",  # uses far
        "def late():\n    from signedag.two import far\n    return far\n",
        "def late():\n    import signedag.two\n    return signedag.two.near\n",
    ],
)
def test_what_cannot_be_followed_counts_as_a_whole(tmp_path: Path, command: str) -> None:
    far = {"signedag__two": TWO.replace("x > OTHER", "x >= OTHER")}
    assert changed_by(tmp_path, {"train": command, "signedag__two": TWO}, far)


@pytest.mark.parametrize(
    "command",
    [
        "from signedag import two\ntwo.near(1)\n",
        "import signedag.two as two\ntwo.near(1)\n",
        "from signedag.two import near as close\nclose(1)\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from signedag.two import far\n",
    ],
)
def test_an_attribute_of_a_module_is_followed(tmp_path: Path, command: str) -> None:
    far = {"signedag__two": TWO.replace("x > OTHER", "x >= OTHER")}
    assert not changed_by(tmp_path, {"train": command, "signedag__two": TWO}, far)


def test_names_are_followed_through_other_modules(tmp_path: Path) -> None:
    chain = {
        "train": "from signedag.middle import outer\nouter(1)\n",
        "signedag__middle": "from signedag.two import far, near\n\n\ndef outer(x):\n    return near(x)\n\n\n"
        "def other(x):\n    return far(x)\n",
        "signedag__two": TWO,
    }
    assert not changed_by(tmp_path / "far", chain, {"signedag__two": TWO.replace("x > OTHER", "x >= OTHER")})
    assert changed_by(tmp_path / "near", chain, {"signedag__two": TWO.replace("LIMIT = 3.0", "LIMIT = 2.0")})


def test_a_setting_of_one_command_is_no_other_ones(tmp_path: Path) -> None:
    models = "class Base:\n    seed: int\n\n\nclass Train(Base):\n    x: int\n\n\nclass Plot(Base):\n    y: int\n"
    train = {"train": "from signedag.models import Train\nTrain()\n", "signedag__models": models}
    for edit, concerns in (("y: int", False), ("x: int", True), ("seed: int", True)):
        edited = {"signedag__models": models.replace(edit, f"{edit}\n    new: int = 0")}
        assert changed_by(tmp_path / edit[0], train, edited) is concerns


def test_annotations_of_functions_are_not_followed_and_those_of_classes_are(tmp_path: Path) -> None:
    first = "from __future__ import annotations\nfrom signedag.two import Point\n"
    for name, code, concerns in (
        ("function", "def used(x: Point) -> Point:\n    return x\n", False),
        ("class", "class used:\n    x: Point\n", True),
        ("quoted", "class used:\n    x: 'Point'\n", True),
    ):
        used = {
            "train": "from signedag.middle import used\nused\n",
            "signedag__middle": first + code,
            "signedag__two": TWO,
        }
        edited = {"signedag__two": TWO.replace("far(self.x)", "far(self.y)")}
        assert changed_by(tmp_path / name, used, edited) is concerns


def test_modules_that_are_looked_up_count_as_a_whole(tmp_path: Path) -> None:
    project(tmp_path)
    assert "signedag.unused" not in fingerprints("train", root=tmp_path)
    assert "signedag.unused" in fingerprints("train", "signedag.unused", root=tmp_path)
    assert code_version("train", "signedag.unused", root=tmp_path) != code_version("train", root=tmp_path)


def test_an_import_inside_a_function_counts(tmp_path: Path) -> None:
    late = "def outer(x):\n    from signedag import unused\n    return unused.X\n"
    assert "signedag.unused" in fingerprints("train", root=project(tmp_path, signedag__middle=late))


def test_modules_that_import_each_other_end(tmp_path: Path) -> None:
    circle = "from signedag.middle import outer\n\n\ndef add(x, y):\n    return outer(x) + y\n"
    assert {"signedag.middle", "signedag.inner.deepest"} <= set(
        fingerprints("train", root=project(tmp_path, signedag__inner__deepest=circle))
    )


def test_a_missing_command_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing"):
        fingerprints("nothing", root=project(tmp_path))


def library_modules() -> list[Path]:
    """Give the files whose imports the fingerprints follow."""
    return sorted([*PACKAGE.rglob("*.py"), *SCRIPTS.glob("*.py")])


LOOK_UPS = {"config/choices.py", "networks/network.py", "objectives/term.py"}
"""Where modules are imported by the names in settings: `signedag.config.chosen_modules` knows them."""


def test_no_import_of_the_library_escapes_the_fingerprints() -> None:
    for path in library_modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: a relative import is not followed"
            called = node.func if isinstance(node, ast.Call) else None
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            by_name = name in {"import_module", "__import__"}
            assert not by_name or path.relative_to(PACKAGE).as_posix() in LOOK_UPS, f"{path}: {name} is not followed"


def test_package_files_import_nothing() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        statements = ast.parse(path.read_text(encoding="utf-8")).body
        assert all(isinstance(statement, ast.Expr) for statement in statements), f"{path} must only have a docstring"
