"""Definitions of modules, kept between runs: parsing all of them takes a second, which every plan and job would spend.

They lie beside the compiled modules, as `__pycache__/<module>.definitions` (packed JSON), and count only for the very
source, the same modules around it and the same Python: what is kept is what would be parsed.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from signedag import definitions
from signedag.definitions import Module, Statement, module_file


@cache
def read_module(name: str, root: Path) -> Module:
    """Give a module's definitions, parsed at most once for all runs.

    Where nothing can be written it is parsed each time.

    Raises:
        FileNotFoundError: there is no such module.
    """
    path = module_file(name, root)
    if path is None:
        return definitions.read_module(name, root)
    kept_in = path.parent / "__pycache__" / f"{path.stem}.definitions"
    key = hashlib.sha256(_surroundings(root) + path.read_bytes()).hexdigest()
    module = _kept(kept_in, key, name)
    if module is None:
        module = definitions.read_module(name, root)
        _keep(kept_in, key, module)
    return module


@cache
def _surroundings(root: Path) -> bytes:
    """Say what definitions depend on beside the source: how it is parsed, and which other modules there are."""
    parser = [Path(file).read_bytes() for file in (__file__, definitions.__file__)]
    files = sorted(str(file.relative_to(root)) for file in root.rglob("*.py"))
    return hashlib.sha256(repr((sys.version, parser, files)).encode()).digest()


def _kept(path: Path, key: str, name: str) -> Module | None:
    """Give what is kept under the key, or None if it is of another source, or not readable."""
    try:
        kept = json.loads(zlib.decompress(path.read_bytes()))
        return _module(name, kept) if kept["key"] == key else None
    except (OSError, zlib.error, ValueError, KeyError, TypeError):
        return None


def _keep(path: Path, key: str, module: Module) -> None:
    statements = [
        [one.digest, sorted(one.binds), sorted(one.names), sorted(one.attributes), one.imports, one.runs]
        for one in module.statements
    ]
    kept = {"key": key, "statements": statements, "imported": module.imported, "entered": module.entered}
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        temporary.write_bytes(zlib.compress(json.dumps(kept).encode(), level=1))
        temporary.replace(path)


def _module(name: str, kept: dict[str, Any]) -> Module:
    statements = tuple(
        Statement(
            digest,
            frozenset(binds),
            frozenset(names),
            frozenset((base, attribute) for base, attribute in attributes),
            tuple((module, within) for module, within in imports),
            runs,
        )
        for digest, binds, names, attributes, imports, runs in kept["statements"]
    )
    imported = {bound: (module, within) for bound, (module, within) in kept["imported"].items()}
    return Module(name, statements, imported, tuple(kept["entered"]))
