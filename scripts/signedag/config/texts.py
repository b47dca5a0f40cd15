"""Texts of settings that are no names: labels, titles, files and branches."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from signedag.config.base import KindOfText

LONGEST = 500
DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of the text after them."""


def _line(text: str) -> str:
    line = text.strip("\n")  # YAML's blocks end with one
    if len(line) > LONGEST:
        raise ValueError(f"is too long; {LONGEST} characters are the most")
    for character in line:
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in DIRECTIONS:
            raise ValueError(f"must be one line of text; it has the character U+{ord(character):04X}")
    return line


def _filled_line(text: str) -> str:
    line = _line(text)
    if not line.strip():
        raise ValueError("is empty; give a text or leave the key out")
    return line


Line = Annotated[str, AfterValidator(_line), WithJsonSchema({"type": "string"}), KindOfText("text")]
"""One line of text, maybe empty. In figures `$...$` is mathematics (see `signedag.plotting.spelling`)."""
FilledLine = Annotated[
    str, AfterValidator(_filled_line), WithJsonSchema({"type": "string", "minLength": 1}), KindOfText("text")
]
"""One line of text: a file, a tree, a branch."""
