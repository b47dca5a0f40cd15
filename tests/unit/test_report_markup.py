"""Everything that the user writes is data in the report: no title, name or message becomes markup."""

from __future__ import annotations

import jinja2
import pytest
from docutils import nodes
from docutils.core import publish_doctree
from hypothesis import given
from hypothesis import strategies as st

from signedag.report.markup import bullets, escape, heading, paragraph, table

SPECIAL = st.text(st.sampled_from(" \n\t.:_*`|@\\{}%#[]()<>-=+~^\"'!$&,;/?1aAé•\u2028\x00"), max_size=12)
TEXTS = st.one_of(SPECIAL, st.text(max_size=8))


def parsed(page: str) -> nodes.document:
    """Read a page as Snakemake does: Jinja first, then docutils with scripts and files allowed; warnings are errors."""
    rendered = jinja2.Environment(autoescape=False).from_string(page).render()
    options = {"report_level": 2, "halt_level": 2, "raw_enabled": True, "file_insertion_enabled": True}
    document: nodes.document = publish_doctree(rendered, settings_overrides=options)
    return document


def kinds(page: str) -> set[str]:
    """Give the kinds of nodes of a page."""
    return {node.tagname for node in parsed(page).findall()}


@given(TEXTS)
def test_any_text_is_text(text: str) -> None:
    assert kinds(paragraph(escape(text))) <= {"document", "paragraph", "#text"}
    assert kinds(heading(f"T{text}", "=")) == {"document", "title", "#text"}
    assert kinds(bullets([escape(f"T{text}")])) == {"document", "bullet_list", "list_item", "paragraph", "#text"}


@given(st.text(st.sampled_from("ab1 .:_*`|@\\{}%#[]()<>-=+~^\"'!$&,;/?é•"), max_size=12))
def test_the_text_that_is_read_is_the_text_that_was_written(text: str) -> None:
    """But for white space, and for braces that Jinja would take for its own."""
    read = parsed(paragraph(escape(text))).astext().replace(" ", "")
    assert read == "".join(text.split())


@pytest.mark.parametrize(
    "title",
    [
        "Search\n\n.. raw:: html\n\n   <script>alert(1)</script>",
        "Search\n\n.. include:: /etc/passwd",
        "Search\n======\n\n.. image:: http://example.org/x.png",
        "Search `here <javascript:alert(1)>`_ and http://example.org or x@example.org",
        "Search ::",
        "{{ snakemake.config }} {% include '/etc/passwd' %}",
        ".. |x| replace:: y",
    ],
)
def test_a_title_brings_nothing_in(title: str) -> None:
    assert kinds(heading(title, "=")) == {"document", "title", "#text"}
    cells = table([title], [[title]])
    assert not kinds(cells) & {"raw", "image", "reference", "target", "literal_block", "substitution_definition"}
