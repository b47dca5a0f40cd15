"""The type of a settings value that is an expression of columns."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from signedag.config.base import KindOfText
from signedag.events.expressions import parse, parse_selection


def _checked(text: str) -> str:
    parse(text)
    return text


Expression = Annotated[str, AfterValidator(_checked), KindOfText("expression")]
"""An expression of columns, checked to be one when the settings are read (see `signedag.events.expressions`)."""


def _condition(text: str) -> str:
    parse_selection(text)
    return text


Selection = Annotated[str, AfterValidator(_condition), KindOfText("condition")]
"""An expression that is a condition: a comparison, comparisons joined by & and |, or a column of flags."""
