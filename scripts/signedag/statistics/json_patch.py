"""JSON patches (RFC 6902), as analyses publish them: one background-only workspace and a patch for each signal."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

NEEDED = {
    "add": ("value",),
    "replace": ("value",),
    "test": ("value",),
    "remove": (),
    "move": ("from",),
    "copy": ("from",),
}
"""Operations, and what each takes besides the path."""


def patched(document: Any, operations: Sequence[Any]) -> Any:
    """Give a document with the operations of a patch done one after the other.

    >>> patched({"data": [1, 2]}, [{"op": "add", "path": "/data/-", "value": 3}, {"op": "remove", "path": "/data/0"}])
    {'data': [2, 3]}

    Raises:
        ValueError: an operation is none, or cannot be done; with its number, counted from 0.
    """
    whole = copy.deepcopy(document)
    for number, operation in enumerate(operations):
        try:
            whole = _done(whole, operation)
        except (KeyError, IndexError) as error:
            raise ValueError(f"operation {number}: there is no {operation.get('path')!s:.200}") from error
        except ValueError as error:
            raise ValueError(f"operation {number}: {error}") from error
    return whole


def _done(whole: Any, operation: Any) -> Any:
    if not isinstance(operation, Mapping) or operation.get("op") not in NEEDED:
        raise ValueError(f"is none of {', '.join(NEEDED)}")
    kind = operation["op"]
    for key in ("path", *NEEDED[kind]):
        if key not in operation:
            raise ValueError(f"'{kind}' needs '{key}'")
    path = _parts(operation["path"])
    if kind == "test":
        if _at(whole, path) != operation["value"]:
            raise ValueError(f"{operation['path']} is not what the patch was made for")
        return whole
    if kind in ("remove", "replace"):
        _at(whole, path)
    value = copy.deepcopy(operation.get("value"))
    if kind in ("move", "copy"):
        source = _parts(operation["from"])
        value = copy.deepcopy(_at(whole, source))
        whole = _removed(whole, source) if kind == "move" else whole
    if kind == "remove":
        return _removed(whole, path)
    return _added(_removed(whole, path) if kind == "replace" and path else whole, path, value)


def _parts(pointer: Any) -> list[str]:
    """Split a JSON pointer (RFC 6901)."""
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise ValueError(f"{pointer!r:.200} is no path; it begins with /")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _key(container: Any, part: str) -> Any:
    if isinstance(container, list):
        if not part.isdecimal():
            raise ValueError(f"'{part:.200}' is no place in a list")
        return int(part)
    if not isinstance(container, dict):
        raise KeyError(part)
    return part


def _at(whole: Any, path: Sequence[str]) -> Any:
    for part in path:
        whole = whole[_key(whole, part)]
    return whole


def _removed(whole: Any, path: Sequence[str]) -> Any:
    if not path:
        raise ValueError("the whole document cannot be removed")
    container = _at(whole, path[:-1])
    del container[_key(container, path[-1])]
    return whole


def _added(whole: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    container = _at(whole, path[:-1])
    if not isinstance(container, list):
        container[_key(container, path[-1])] = value
        return whole
    place = len(container) if path[-1] == "-" else _key(container, path[-1])
    if place > len(container):
        raise IndexError(place)
    container.insert(place, value)
    return whole
