"""What is said of a name that is not known."""

from __future__ import annotations

from collections.abc import Iterable

from signedag.config.base import suggestion


def unknown(key: str, value: str, known: Iterable[str], kind: str) -> str:
    """Give the line of a problem: which key names what does not exist, and the known name that is most like it."""
    return f"{key}: no {kind} '{value}'{suggestion(value, set(known))}"
