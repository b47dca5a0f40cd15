"""Definitions that are kept between runs: what is kept is what would be parsed, and nothing else counts."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest

from signedag import definitions, kept_definitions
from signedag.definitions import Module
from signedag.fingerprint import SCRIPTS
from signedag.kept_definitions import read_module

SOURCE = """
from __future__ import annotations
import numpy as np
from package.other import limit as bound
from package import sub
def f(x):
    from package import late
    return sub.g(np.abs(x), bound, "f")
VALUE = f(1)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small tree of modules."""
    for name in ("__init__", "other", "sub", "late"):
        path = tmp_path / "package" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("limit = 1\n", encoding="utf-8")
    (tmp_path / "command.py").write_text(SOURCE, encoding="utf-8")
    return tmp_path


def anew(name: str, root: Path) -> Module:
    """Read a module as another process would."""
    for function in (read_module, kept_definitions._surroundings, definitions.read_module, definitions.module_file):
        function.cache_clear()
    return read_module(name, root)


def parsing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note which modules are parsed."""
    parsed: list[str] = []
    parse = definitions.read_module.__wrapped__

    def noted(name: str, root: Path) -> Module:
        parsed.append(name)
        result: Module = parse(name, root)
        return result

    noted.cache_clear = lambda: None  # type: ignore[attr-defined]
    monkeypatch.setattr(definitions, "read_module", noted)
    return parsed


def test_kept_definitions_are_those_of_the_source(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = definitions.read_module("command", root)
    parsed = parsing(monkeypatch)
    assert [anew("command", root), anew("command", root)] == [expected, expected]
    assert parsed == ["command"]


def test_every_module_of_the_project_survives_being_kept(tmp_path: Path) -> None:
    for path in sorted(SCRIPTS.rglob("*.py"))[::7]:
        name = ".".join(path.relative_to(SCRIPTS).with_suffix("").parts).removesuffix(".__init__")
        module = definitions.read_module(name, SCRIPTS)
        kept_definitions._keep(tmp_path / "kept" / path.name, "key", module)
        assert kept_definitions._kept(tmp_path / "kept" / path.name, "key", name) == module


@pytest.mark.parametrize("edit", ["source", "module_added"])
def test_what_has_changed_is_parsed_again(root: Path, monkeypatch: pytest.MonkeyPatch, edit: str) -> None:
    before = anew("command", root)
    parsed = parsing(monkeypatch)
    if edit == "source":
        (root / "command.py").write_text(SOURCE.replace("f(1)", "f(2)"), encoding="utf-8")
    else:  # what was a name of a module may now be a module
        (root / "package" / "other").mkdir()
        (root / "package" / "other.py").rename(root / "package" / "other" / "__init__.py")
        (root / "package" / "other" / "limit.py").write_text("", encoding="utf-8")
    after = anew("command", root)
    assert parsed == ["command"]
    assert after != before


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"\xff", b'{"key": "K"}', b'{"key": "K", "statements": [1]}']
)
@pytest.mark.parametrize("packed", [True, False])
def test_what_cannot_be_read_is_parsed(root: Path, content: bytes, packed: bool) -> None:
    expected = anew("command", root)
    (kept,) = (root / "__pycache__").glob("*.definitions")
    key: str = json.loads(zlib.decompress(kept.read_bytes()))["key"]
    kept.write_bytes(zlib.compress(content.replace(b"K", key.encode())) if packed else content)
    assert anew("command", root) == expected


def test_a_folder_that_cannot_be_written_is_none_of_its_business(root: Path) -> None:
    (root / "__pycache__").write_text("a file where the folder would be", encoding="utf-8")
    assert anew("command", root) == definitions.read_module("command", root)
