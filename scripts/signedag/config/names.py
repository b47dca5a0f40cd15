"""The one rule of names: of processes, samples, regions, columns, uncertainties, classifiers, binnings and analyses.

A name becomes part of paths, of columns of stores, of histograms in ROOT files and of parameters of fits. Everything
that puts names together does so with `_` or `__`, so a name that follows the rule is never two, and never a word that
means something else in one of these places.
"""

from __future__ import annotations

import keyword
import re
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from signedag.config.base import KindOfText
from signedag.events.expressions import FUNCTIONS

LONGEST = 60
PATTERN = r"^[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*$"
ANALYSIS_PATTERN = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
RULE = "letters, digits and single underscores between them, beginning with a letter"
RESERVED = ("combined", "data", "mu", "nominal", "none", "null", "signal_strength", "summary", "truth")
"""Words that mean something of their own in paths, template files or fits."""
STORE_COLUMNS = ("calibration_half", "event_number", "fold", "generator_weight", "row_key", "score", "weight")
"""Columns that stores have anyway."""
STORE_PREFIXES = ("raw_probability_member", "region_", "score_", "training_weight", "weight_")
"""What names of columns begin with that stores have for regions, weights and scores."""


def _name(text: str) -> str:
    _follow(PATTERN, text, RULE)
    return text


def _analysis_name(text: str) -> str:
    _follow(ANALYSIS_PATTERN, text, f"lower-case {RULE}")
    if re.search(r"_seed[0-9]+$", text):
        raise ValueError("is the name of a replica under another seed; end it differently")
    return text


def _follow(pattern: str, text: str, rule: str) -> None:
    """Raise ValueError where a text is no name."""
    if len(text) > LONGEST:
        raise ValueError(f"is too long for a name; {LONGEST} characters are the most")
    if re.fullmatch(pattern, text) is None:
        raise ValueError(f"cannot be a name; use {rule}")
    if text in RESERVED or keyword.iskeyword(text):
        raise ValueError(f"cannot be a name, '{text}' is reserved; choose another one")


def _column(text: str) -> str:
    _name(text)
    if text in FUNCTIONS:
        raise ValueError(f"cannot be a column, '{text}' is a function of expressions; choose another name")
    return text


def _stored_column(text: str) -> str:
    _column(text)
    if text in STORE_COLUMNS or text.startswith(STORE_PREFIXES):
        raise ValueError(
            f"'{text}' is a name that the store needs for weights, regions, folds or scores; map the branch to another "
            "name in events.branches"
        )
    return text


def different(names: tuple[str, ...]) -> tuple[str, ...]:
    """Check that names differ.

    Raises:
        ValueError: one is there twice.
    """
    repeated = [name for number, name in enumerate(names) if name in names[:number]]
    if repeated:
        raise ValueError(f"lists '{repeated[0]}' twice")
    return names


def _schema(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "maxLength": LONGEST})


Name = Annotated[str, AfterValidator(_name), _schema(PATTERN), KindOfText("name")]
"""A name that the user gives something, or refers to."""
AnalysisName = Annotated[str, AfterValidator(_analysis_name), _schema(ANALYSIS_PATTERN), KindOfText("name")]
"""The name of an analysis."""
ColumnName = Annotated[str, AfterValidator(_column), _schema(PATTERN), KindOfText("name")]
"""The name of a column of events, which expressions may use."""
StoredColumn = Annotated[str, AfterValidator(_stored_column), _schema(PATTERN), KindOfText("name")]
"""The name of a column that stores keep beside those of their own."""
Names = Annotated[tuple[Name, ...], AfterValidator(different)]
"""Different names, maybe none."""
SomeNames = Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(different)]
"""Different names, at least one: a selection of nothing would act on nothing."""
StoredColumns = Annotated[tuple[StoredColumn, ...], AfterValidator(different)]
"""Different columns that stores keep, maybe none."""
