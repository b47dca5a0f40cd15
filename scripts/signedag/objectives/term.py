"""A term of an objective: one signature for all, and what the training has to know of it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from signedag.config.term import Schedule, Target, TermSettings
from signedag.objectives.batch import Batch, EventTable, Outputs

Objective = Callable[[Batch, Outputs], Tensor]
"""Batch and outputs in, a scalar tensor out."""

Derivation = Callable[[EventTable], Callable[[EventTable], Mapping[str, Tensor]]]
"""Training events in, from which units, bins and constants are taken; out comes what gives any events further columns.
Equal derivations are made once."""


def not_below_zero(value: float) -> str | None:
    """Say that a value broke the lower bound of zero, or None: most objectives have it, where weights are positive."""
    return f"fell below its bound of zero ({value:.4g})" if value < 0 else None


@dataclass(frozen=True)
class Term:
    """A term, with everything that the training has to know of it."""

    name: str
    """How histories and messages name it."""
    value: Objective
    """Its value on a batch."""
    weight: float | Schedule | Target = 1.0
    """Its factor in the sum."""
    networks: frozenset[str] = frozenset({"classifier"})
    """The networks that it asks."""
    columns: frozenset[str] = frozenset()
    """Columns that it needs beside weights and class."""
    full_batch: bool = False
    """Whether it means nothing on a part of the events."""
    validation: Objective | None = None
    """Its value on the validation events, where that is another function: a term whose own weights move while it is
    trained is judged with weights that do not."""
    bound: Callable[[float], str | None] = not_below_zero
    """Says which bound a value broke, or None."""
    fault: Callable[[Batch, Outputs], str | None] | None = None
    """Says what else shows divergence on the validation events, or None."""
    constant: Callable[[Batch], float] | None = None
    """The least value that a constant output can reach: a training that does no better has learned nothing."""
    decorrelates: str | None = None
    """The column of which it makes the background's score independent, or None: a training that leaves the dependence
    as it was, or the score without use, has failed."""
    derivation: Derivation | None = None
    """What makes further columns that it needs, once, before the training."""

    def validated(self, batch: Batch, outputs: Outputs) -> Tensor:
        """Give its value on validation events."""
        return (self.validation or self.value)(batch, outputs)


def term_of(settings: TermSettings) -> Term:
    """Make the term that settings describe, by the function `term` of `signedag.objectives.<objective>`."""
    module = importlib.import_module(f"{__package__}.{settings.objective}")
    term: Term = module.term(settings)
    return term
