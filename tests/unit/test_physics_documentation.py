"""docs/physics.md and the docstrings name each other: a section its functions, each function its section."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "physics.md"
LIBRARY = ROOT / "scripts" / "signedag"
NAMED_FUNCTION = re.compile(r"`(signedag[\w.]*:[\w.]+)`")
NAMED_SECTION = re.compile(r'docs/physics\.md, "([^"]+)"')


def sections() -> dict[str, list[str]]:
    """Give the functions that each section names."""
    parts = re.split(r"^#{2,3} (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    names = parts[::2]
    assert len(set(names)) == len(names), "two sections have one title"
    return {name: NAMED_FUNCTION.findall(text) for name, text in zip(names, parts[1::2], strict=True)}


@cache
def docstrings() -> dict[str, str]:
    """Give the docstring of every module, class and function of the library, with single spaces."""

    def definitions(node: ast.AST, name: str) -> Iterator[tuple[str, ast.AST]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef | ast.FunctionDef):
                path = f"{name}.{child.name}" if ":" in name and not name.endswith(":") else f"{name}{child.name}"
                yield path, child
                yield from definitions(child, path)

    found = {}
    for path in LIBRARY.rglob("*.py"):
        module = ".".join(path.relative_to(LIBRARY.parent).with_suffix("").parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name, node in [(module, tree), *definitions(tree, f"{module}:")]:
            assert isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            found[name] = " ".join((ast.get_docstring(node) or "").split())
    return found


PAIRS = [(section, function) for section, functions in sections().items() for function in functions]


@pytest.mark.parametrize(("section", "function"), PAIRS)
def test_every_function_of_a_section_exists_and_names_it_back(section: str, function: str) -> None:
    assert function in docstrings(), (
        f"docs/physics.md, {section!r}: there is no {function}; name the one that computes it"
    )
    assert section in NAMED_SECTION.findall(docstrings()[function]), (
        f'{function}: its docstring must say: docs/physics.md, "{section}"'
    )


def test_every_docstring_that_names_a_section_is_named_there() -> None:
    known = sections()
    for name, text in docstrings().items():
        named = NAMED_SECTION.findall(text)
        assert len(named) == text.count("docs/physics.md"), f'{name}: write docs/physics.md, "section"'
        for section in named:
            assert section in known, f"{name}: docs/physics.md has no section {section!r}"
            assert name in known[section], f"docs/physics.md, {section!r} must name `{name}`"


def test_every_section_of_a_computation_names_code() -> None:
    headings = re.findall(r"^### (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    known = sections()
    assert len(headings) > 20
    assert [heading for heading in headings if not known[heading]] == []


def test_nothing_on_the_page_needs_a_renderer_of_formulas() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "$" not in text and "\\" not in text


def test_readme_links_to_the_page() -> None:
    assert "(docs/physics.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
