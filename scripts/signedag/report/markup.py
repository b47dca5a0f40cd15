"""reStructuredText for the report's first page: Snakemake runs Jinja over it, then docutils."""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import east_asian_width

SPECIAL = re.compile(r"([\\*`_|@]|:(?! ))")
"""What marks up within a text; a colon before a space does not."""
JINJA = re.compile(r"\{(?=[{%#])")
BLOCK = re.compile(r"[^\w\\]|\w+[.)](\s|$)")
"""What would begin a list, a section or another block at the start of a text."""


def escape(text: str) -> str:
    r"""Protect names and messages from being read as markup, by docutils or by Jinja; what comes out is one line.

    >>> print(escape("pt_jj of |w|"))
    pt\_jj of \|w\|
    >>> print(escape("a {{ b }}"))
    a { { b }}
    >>> print(escape("1. first"))
    \1. first
    >>> print(escape("A title\n\n.. raw:: html"))
    A title .. raw\:: html
    """
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    protected = SPECIAL.sub(r"\\\1", JINJA.sub("{ ", text))
    return f"\\{protected}" if BLOCK.match(protected) else protected


def heading(title: str, underline: str = "-") -> str:
    """Give a heading; `title` is plain text."""
    escaped = escape(title)
    width = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in escaped)
    return f"{escaped}\n{underline * width}\n"


def paragraph(text: str) -> str:
    """Give a paragraph; `text` may hold markup."""
    return " ".join(text.split()) + "\n"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Give a table; cells are plain text.

    >>> print(table(["sample", "share"], [["tt", "0.1"]]))
    .. list-table::
       :header-rows: 1
       :widths: auto
    <BLANKLINE>
       * - sample
         - share
       * - tt
         - 0.1
    <BLANKLINE>
    """
    return rich_table(header, [[escape(cell) for cell in row] for row in rows])


def rich_table(header: Sequence[str], rows: Sequence[Sequence[str]], style: str = "") -> str:
    """Give a table whose cells may hold markup.

    Args:
        header: titles of the columns, plain text.
        rows: cells.
        style: its class, for the page's style sheet.
    """
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: auto"]
    lines += [f"   :class: {style}", ""] if style else [""]
    for row in ([escape(cell) for cell in header], *rows):
        for index, cell in enumerate(row):
            lines.append(f"   {'* -' if index == 0 else '  -'} {cell}".rstrip())
    return "\n".join(lines) + "\n"


def definitions(entries: Sequence[tuple[str, str]]) -> str:
    """Give a list of terms with their explanations, both plain text."""
    return "\n\n".join(f"{escape(term)}\n   {escape(' '.join(text.split()))}" for term, text in entries) + "\n"


def bullets(entries: Sequence[str]) -> str:
    """Give a bullet list; entries may hold markup."""
    return "\n".join(f"* {' '.join(entry.split())}" for entry in entries) + "\n"
