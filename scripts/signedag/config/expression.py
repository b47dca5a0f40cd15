"""The type of a settings value that is an expression of columns."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from signedag.events.expressions import parse


def _checked(text: str) -> str:
    parse(text)
    return text


Expression = Annotated[str, AfterValidator(_checked)]
"""An expression of columns, checked to be one when the settings are read (see `signedag.events.expressions`)."""
