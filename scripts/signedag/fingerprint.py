"""Fingerprints of a command's source: which definitions it uses, directly or through others, and what they say.

A fingerprint follows names: of a module from which a command needs one function, that function counts and what it
refers to, there and in other modules; so does whatever runs when the module is imported. Where a name cannot be
followed (a module passed on as a whole, `import *`, `globals()`) all of the module counts. It is taken from the syntax
tree without docstrings, so comments, docstrings, formatting and time stamps do not change it. The workflow puts the
fingerprints into each rule's parameters, which makes Snakemake rerun exactly the rules whose code changed; every output
file carries their digest as its code version.

What a command looks up by name while it runs (an objective, an architecture) is no import: the caller names it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from signedag.definitions import FUTURE, SEES_ALL, Module, Statement, Target, module_file
from signedag.kept_definitions import read_module

PACKAGE = Path(__file__).resolve().parent
SCRIPTS = PACKAGE.parent


class _Reach:
    """What can be reached from some definitions: statements by module."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._entered: set[str] = set()
        self._visited: set[Target] = set()
        self._waiting: list[Target] = []
        self.needed: dict[str, set[int]] = {}

    def add(self, name: str) -> None:
        """Add every statement of a module, and all that they refer to.

        Raises:
            FileNotFoundError: there is no such module.
        """
        added = read_module(name, self._root)
        self._enter(name)
        for number, statement in enumerate(added.statements):
            self._need(added, number, statement)
        while self._waiting:
            target = self._waiting.pop()
            if target not in self._visited and module_file(target[0], self._root):
                self._visited.add(target)
                self._enter(target[0])
                self._visit(read_module(target[0], self._root), target[1])

    def _enter(self, name: str) -> None:
        """Importing a module runs it, the packages around it and what it imports."""
        if name in self._entered:
            return
        self._entered.add(name)
        if "." in name:
            self._enter(name.rpartition(".")[0])
        if module_file(name, self._root) is None:
            return
        module = read_module(name, self._root)
        for number in module.running:
            self._need(module, number, module.statements[number])
        for imported in module.entered:
            self._enter(imported)

    def _visit(self, module: Module, name: str | None) -> None:
        known = [(n, one) for n, one in enumerate(module.statements) if name is None or name in one.binds]
        if not known:
            self._waiting.append((module.name, None))  # perhaps through `import *`: all of it
        for number, statement in known:
            self._need(module, number, statement)
        followed = module.imported if name is None else {name} & set(module.imported)
        self._waiting.extend(module.imported[imported] for imported in followed)

    def _need(self, module: Module, number: int, statement: Statement) -> None:
        needed = self.needed.setdefault(module.name, set())
        if number in needed:
            return
        needed.add(number)
        self._waiting.extend(statement.imports)
        if statement.names & SEES_ALL:
            self._waiting.append((module.name, None))
        self._waiting.extend((module.name, name) for name in statement.names & module.defined)
        for base, attribute in statement.attributes:
            imported, within = module.imported.get(base, ("", ""))
            if imported and within is None:
                self._waiting.append((imported, attribute))
                needed.update(n for n, one in enumerate(module.statements) if base in one.binds)
            elif base in module.defined:
                self._waiting.append((module.name, base))


def fingerprints(*modules: str, root: Path = SCRIPTS) -> dict[str, str]:
    """Fingerprint commands or modules and all of the library that they use.

    Args:
        modules: a command, which is its script's name without `.py`, and modules that it looks up by name; all of each
            counts.
        root: the folder that holds the scripts and the package.

    Returns:
        module name → first 12 hexadecimal digits of the SHA-256 of what is needed of it, sorted by name; modules of
        which nothing is needed are left out.

    Raises:
        FileNotFoundError: there is no such script or module.
    """
    reach = _Reach(root)
    for name in modules:
        reach.add(name)
    digests = {}
    for name, needed in sorted(reach.needed.items()):
        statements = read_module(name, root).statements
        text = "\n".join(one.digest for n, one in enumerate(statements) if n in needed or FUTURE in one.binds)
        digests[name] = hashlib.sha256(text.encode()).hexdigest()[:12]
    return digests


def code_version(*modules: str, root: Path = SCRIPTS) -> str:
    """Give one digest for all the code behind a command and the modules that it looks up; provenance carries it."""
    text = "\n".join(f"{name} {digest}" for name, digest in fingerprints(*modules, root=root).items())
    return hashlib.sha256(text.encode()).hexdigest()[:12]
