"""Settings leaf by leaf, `a.b.c=value`: what Snakemake compares and shows, so that a reason names the changed keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from signedag.config.base import Settings


def leaves(settings: Settings) -> dict[str, str]:
    r"""Give every leaf of the settings: dotted key to its value as JSON.

    A list of plain values is one leaf; of a list of blocks the blocks are numbered. What is empty is a leaf, too, so
    that two settings differ if and only if their leaves do.

    >>> from signedag.config.weights import SignNetwork
    >>> leaves(SignNetwork(epochs=7))["epochs"], leaves(SignNetwork(inputs=("a", "b")))["inputs"]
    ('7', '["a","b"]')
    """
    return dict(_walk(settings.model_dump(mode="json"), ""))


def _walk(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for name in sorted(value):
            yield from _walk(value[name], f"{key}.{name}" if key else name)
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        for number, item in enumerate(value):
            yield from _walk(item, f"{key}.{number}")
    else:
        yield key, json.dumps(value, sort_keys=True, separators=(",", ":"))
