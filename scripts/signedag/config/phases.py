"""Settings of a training: phases, what moves in each, and under which objective."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from signedag.config.base import Settings

# A new objective adds its name here and its function to signedag.objectives.registry.
Objective = Literal[
    "cross_entropy",
    "density_ratio",
    "joint_cross_entropy",
    "joint_cross_entropy_through_weights",
    "sign_cross_entropy",
]
NetworkRole = Literal["classifier", "weight_network"]
NETWORKS_OF: dict[Objective, frozenset[NetworkRole]] = {
    "cross_entropy": frozenset({"classifier"}),
    "density_ratio": frozenset({"classifier"}),
    "joint_cross_entropy": frozenset({"classifier", "weight_network"}),
    "joint_cross_entropy_through_weights": frozenset({"classifier", "weight_network"}),
    "sign_cross_entropy": frozenset({"weight_network"}),
}
"""The networks that each objective term asks."""


class Term(Settings):
    """One term of the objective."""

    objective: Objective
    """Its name."""
    weight: float = 1.0
    """Its factor in the sum."""


class Phase(Settings):
    """A stretch of the training with one objective."""

    epochs: int = Field(ge=1)
    """Passes over the training events, at most."""
    moves: tuple[NetworkRole, ...] = ("classifier",)
    """Networks whose parameters move."""
    learning_rate: float = Field(1e-3, gt=0)
    """Learning rate (Adam)."""
    weight_decay: float = Field(0.0, ge=0)
    """L2 penalty of the weights."""
    terms: tuple[Term, ...] = (Term(objective="cross_entropy"),)
    """Terms of the objective; each moves only the networks that it depends on."""
    patience: int | None = Field(None, ge=1)
    """Stop after this many epochs without a better validation objective and keep the best; `null` runs them all."""

    @model_validator(mode="after")
    def _terms_touch_what_moves(self) -> Phase:
        touched = frozenset().union(*(NETWORKS_OF[term.objective] for term in self.terms))
        for role in self.moves:
            if role not in touched:
                raise ValueError(
                    f"'{role}' is to move, but no term of the phase depends on it; add one or do not move it"
                )
        return self

    @field_validator("terms")
    @classmethod
    def _some_terms(cls, terms: tuple[Term, ...]) -> tuple[Term, ...]:
        if not terms:
            raise ValueError("a phase needs at least one term")
        return terms
