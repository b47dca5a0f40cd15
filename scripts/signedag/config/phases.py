"""Settings of a training: phases, the updates that each is made of, and their terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from signedag.config.base import Settings
from signedag.config.choices import chosen_by
from signedag.config.drawing import MiniBatch
from signedag.config.names import Name, Names
from signedag.config.networks import MOST_EPOCHS
from signedag.config.objectives.cross_entropy import Kind as CrossEntropy
from signedag.config.term import Target, TermSettings

if TYPE_CHECKING:
    Term = TermSettings
else:
    Term = chosen_by("objective", "signedag.config.objectives")

CLASSIFIER = "classifier"
"""The network whose output is the score."""


class Update(Settings):
    """One kind of step: which networks move, and what they make small."""

    moves: Names = Field((CLASSIFIER,), min_length=1)
    """Networks whose parameters move."""
    terms: tuple[Term, ...] = Field((CrossEntropy(),), min_length=1, max_length=100)
    """Terms of the objective; their sum is made small."""
    optimiser: Literal["adam", "sgd"] = "adam"
    """How the networks move along the gradient."""
    learning_rate: float = Field(1e-3, gt=0)
    """Learning rate."""
    weight_decay: float = Field(0.0, ge=0)
    """L2 penalty of the weights."""
    steps: int = Field(1, ge=1, le=100_000)
    """Steps in each round; updates with several steps take the batches that follow."""

    @model_validator(mode="after")
    def _terms_touch_what_moves(self) -> Update:
        if any(term in self.terms[:number] for number, term in enumerate(self.terms)):
            raise ValueError("terms: one is there twice; give it twice the weight instead")
        touched = frozenset[str]().union(*(term.networks() for term in self.terms))
        for role in self.moves:
            if role not in touched:
                raise ValueError(f"'{role}' is to move, but no term depends on it; add one or do not move it")
        return self


class Phase(Settings):
    """A stretch of the training: rounds of updates, one round per mini-batch."""

    epochs: int = Field(ge=1, le=MOST_EPOCHS)
    """Passes over the training events, at most."""
    updates: tuple[Update, ...] = Field((Update(),), min_length=1, max_length=100)
    """Updates of a round, in this order: one for ordinary training, several for alternating or min-max training."""
    patience: int | None = Field(None, ge=1, le=MOST_EPOCHS)
    """Stop after this many epochs in which the objective of the last update was not better on the validation events,
    and keep the best; `null` runs all epochs and keeps the last."""
    batch: MiniBatch | None = None
    """How this phase draws its batches, where it differs from the variant."""
    starts_from: Name | None = None
    """Another variant whose networks of the same fold and seed this phase starts from."""

    @model_validator(mode="after")
    def _targets_run_to_the_end(self) -> Phase:
        learned = [term for update in self.updates for term in update.terms if isinstance(term.weight, Target)]
        if learned and self.patience is not None:
            raise ValueError(
                "a term with a target moves the objective while its factor is learned, which 'patience' would take for "
                "progress; leave patience out"
            )
        return self

    def terms(self) -> tuple[Term, ...]:
        """Give the terms of all updates."""
        return tuple(term for update in self.updates for term in update.terms)

    def moves(self) -> frozenset[str]:
        """Give the networks that any update moves."""
        return frozenset(role for update in self.updates for role in update.moves)
