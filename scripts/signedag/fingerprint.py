"""Fingerprints of a command's source: which modules it imports, directly or through others, and what they say.

A fingerprint is taken from the syntax tree without docstrings, so comments, docstrings, formatting and time stamps
do not change it. The workflow puts the fingerprints into each rule's parameters, which makes Snakemake rerun exactly
the rules whose code changed; every output file carries their digest as its code version.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
SCRIPTS = PACKAGE.parent


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _without_docstrings(tree: ast.Module) -> ast.Module:
    """Drop every statement that is a mere string: docstrings of modules, classes, functions and of their attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [statement for statement in node.body if not _is_text(statement)]
    return tree


def _module_file(name: str, root: Path) -> Path | None:
    base = root.joinpath(*name.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _imported_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def _read_module(path: Path) -> tuple[str, tuple[str, ...]]:
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    imports = tuple(sorted({name for name in _imported_names(tree) if name.split(".")[0] == PACKAGE.name}))
    return hashlib.sha256(ast.dump(_without_docstrings(tree)).encode()).hexdigest()[:12], imports


def fingerprints(command: str, *modules: str, root: Path = SCRIPTS) -> dict[str, str]:
    """Fingerprint the command `root/<command>.py` and every library module that it imports, directly or not.

    Args:
        command: the script's name without `.py`.
        modules: modules that the command looks up by name.
        root: the folder that holds the script and the package.

    Returns:
        module name → first 12 hexadecimal digits of the SHA-256 of its syntax tree, sorted by name.

    Raises:
        FileNotFoundError: there is no such script.
    """
    start = root / f"{command}.py"
    digest, imports = _read_module(start)
    found = {command: digest}
    waiting = [*imports, *modules]
    while waiting:
        name = waiting.pop()
        path = None if name in found else _module_file(name, root)
        if path is None:
            continue
        found[name], imports = _read_module(path)
        waiting.extend(imports)
    return dict(sorted(found.items()))


def code_version(command: str, *modules: str, root: Path = SCRIPTS) -> str:
    """Give one digest for all the code behind a command; provenance carries it."""
    text = "\n".join(f"{name} {digest}" for name, digest in fingerprints(command, *modules, root=root).items())
    return hashlib.sha256(text.encode()).hexdigest()[:12]
