"""A module's source as definitions: what each top-level statement binds, what it refers to, and a digest of it."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

Target = tuple[str, str | None]
"""A module and a name in it; without a name the whole module is meant."""

FUTURE = "__future__"
"""Stands for what a `from __future__ import` binds: it counts wherever anything of the module does."""
SEES_ALL = frozenset({"eval", "exec", "globals", "locals", "vars"})
"""Functions through which any name of the module may be reached."""


@dataclass(frozen=True)
class Statement:
    """A top-level statement, or one name of an import."""

    digest: str
    """Of its syntax tree without docstrings."""
    binds: frozenset[str]
    """Names that it defines."""
    names: frozenset[str]
    """Names that it refers to, of whatever kind."""
    attributes: frozenset[tuple[str, str]]
    """Attributes that it reads off a bare name: `a.b` as (a, b)."""
    imports: tuple[Target, ...]
    """What it imports itself."""
    runs: bool
    """Whether it may do more than define its names, so that importing the module is enough to need it."""


@dataclass(frozen=True)
class Module:
    """A module of the library, or a command."""

    name: str
    statements: tuple[Statement, ...]
    imported: dict[str, Target]
    """Names that the module's imports bind, with what they stand for."""
    entered: tuple[str, ...]
    """Modules of the library that run when this one is imported."""

    @cached_property
    def defined(self) -> frozenset[str]:
        """Names that its statements bind."""
        return frozenset().union(*(one.binds for one in self.statements))

    @cached_property
    def running(self) -> tuple[int, ...]:
        """Numbers of the statements that an import alone needs."""
        return tuple(number for number, one in enumerate(self.statements) if one.runs)


@cache
def module_file(name: str, root: Path) -> Path | None:
    """Give the file of a module or package below `root`, if there is one."""
    base = root.joinpath(*name.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


@cache
def read_module(name: str, root: Path) -> Module:
    """Parse a module into its statements.

    Raises:
        FileNotFoundError: there is no such module.
    """
    path = module_file(name, root)
    if path is None:
        raise FileNotFoundError(root / f"{name}.py")
    tree = _without_docstrings(ast.parse(path.read_text(encoding="utf-8"), filename=str(path)))
    reader = _Reader(name, root, _own_names(tree, root))
    return reader.read(tree)


class _Reader:
    def __init__(self, name: str, root: Path, own: frozenset[str]) -> None:
        self._name, self._root, self._own = name, root, own
        self._imported: dict[str, Target] = {}
        self._entered: list[str] = []

    def read(self, tree: ast.Module) -> Module:
        statements = [statement for node in tree.body for statement in self._statements(node)]
        return Module(self._name, tuple(statements), self._imported, tuple(dict.fromkeys(self._entered)))

    def _statements(self, node: ast.stmt) -> Iterator[Statement]:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from self._imports(node)
        elif isinstance(node, ast.If) and _is_type_checking(node.test):
            for inner in node.orelse:
                yield from self._statements(inner)
        else:
            yield self._statement(node)

    def _imports(self, node: ast.Import | ast.ImportFrom) -> Iterator[Statement]:
        """Give each name of an import a statement of its own, so that it counts only where the name does."""
        for alias in node.names:
            target = _target(node, alias, self._root)
            star = alias.name == "*"
            future = isinstance(node, ast.ImportFrom) and node.module == FUTURE
            bound = FUTURE if future else alias.asname or alias.name.split(".")[0]
            dotted = isinstance(node, ast.Import) and not alias.asname  # binds the package, of which all is taken
            if module_file(target[0], self._root):
                self._entered.append(target[0])
                if not star and not dotted:
                    self._imported[bound] = target
            text = f"{ast.dump(alias)} {getattr(node, 'module', '')} {getattr(node, 'level', 0)}"
            followed = (target,) if star or dotted else ()
            yield Statement(_digest(text), frozenset({bound}), frozenset(), frozenset(), followed, runs=star)

    def _statement(self, node: ast.stmt) -> Statement:
        uses = _Uses(self._root)
        uses.visit(node)
        self._entered.extend(module for module, _ in uses.imports if module_file(module, self._root))
        return Statement(
            digest=_digest(ast.dump(node)),
            binds=frozenset(_bound_names(node)),
            names=frozenset(uses.names),
            attributes=frozenset(uses.attributes),
            imports=tuple(uses.imports),
            runs=self._runs(node),
        )

    def _runs(self, node: ast.stmt) -> bool:
        """Tell whether a statement may have effects: anything but definitions that call no code of the library."""
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return any(self._calls_own(decorator, bare=True) for decorator in node.decorator_list)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            plain = all(isinstance(target, ast.Name | ast.Tuple) for target in targets)
            return not plain or (node.value is not None and self._calls_own(node.value))
        return not isinstance(node, ast.Pass)

    def _calls_own(self, node: ast.expr, bare: bool = False) -> bool:
        called = [inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call)]
        return any(_base_name(function) in self._own for function in ([node, *called] if bare else called))


class _Uses(ast.NodeVisitor):
    """Collects what a statement refers to; annotations of functions are never evaluated and do not count."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.names: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.imports: list[Target] = []

    def visit_Name(self, node: ast.Name) -> None:
        self.names.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name):
            self.attributes.add((node.value.id, node.attr))
        else:
            self.visit(node.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and node.value.isidentifier():
            self.names.add(node.value)  # perhaps a name in quotes, as in a forward reference

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        defaults = [default for default in (*node.args.defaults, *node.args.kw_defaults) if default is not None]
        for inner in (*node.decorator_list, *defaults, *node.body):
            self.visit(inner)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - named by ast

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        self.imports.extend(_target(node, alias, self._root) for alias in node.names)

    visit_ImportFrom = visit_Import  # noqa: N815 - named by ast


def _target(node: ast.Import | ast.ImportFrom, alias: ast.alias, root: Path) -> Target:
    if isinstance(node, ast.Import):
        return alias.name, None
    module = node.module or ""
    if alias.name == "*":
        return module, None
    whole = f"{module}.{alias.name}"
    return (whole, None) if module_file(whole, root) else (module, alias.name)


def _own_names(tree: ast.Module, root: Path) -> frozenset[str]:
    """Give the names that stand for code of the library: defined in the module or imported from it."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            own = [alias for alias in node.names if module_file(_target(node, alias, root)[0], root)]
            names.update(alias.asname or alias.name.split(".")[0] for alias in own)
    return frozenset(names)


def _bound_names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        return
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store | ast.Del):
            yield inner.id
        elif isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield inner.name
        elif isinstance(inner, ast.alias):
            yield inner.asname or inner.name.split(".")[0]


def _base_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


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


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
