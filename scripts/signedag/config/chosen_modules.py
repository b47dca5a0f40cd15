"""Modules that a command looks up by the names in its settings, so that their code counts as the command's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from signedag.config.base import Settings

IMPLEMENTED_IN = {
    "signedag.config.objectives": "signedag.objectives",
    "signedag.config.architectures": "signedag.networks.architectures",
}
"""Packages of settings, with a module for each kind, and the packages with modules of the same names that use them."""


def chosen_modules(settings: Any) -> tuple[str, ...]:
    """Give the modules of every kind of block that the settings choose: its settings and what is built from them.

    >>> from signedag.config.architectures.dense import Kind
    >>> chosen_modules(Kind())
    ('signedag.config.architectures.dense', 'signedag.networks.architectures.dense')
    """
    return tuple(sorted(set(_chosen(settings))))


def _chosen(value: Any) -> Iterator[str]:
    if isinstance(value, Settings):
        package, _, name = type(value).__module__.rpartition(".")
        if package in IMPLEMENTED_IN:
            yield f"{package}.{name}"
            yield f"{IMPLEMENTED_IN[package]}.{name}"
        for field in type(value).model_fields:
            yield from _chosen(getattr(value, field))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _chosen(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _chosen(item)
