"""What all terms of an objective have in common: a weight that is fixed, scheduled or learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, model_validator

from signedag.config.base import Settings

if TYPE_CHECKING:
    from signedag.config.networks import NetworkSettings


class Schedule(Settings):
    """A factor that changes linearly with the epochs of a phase."""

    start: float
    """Factor in the first epoch."""
    end: float
    """Factor from epoch `epochs` on."""
    epochs: int = Field(ge=2, le=1_000_000)
    """Epochs from `start` to `end`."""


class Target(Settings):
    """A factor that is learned so that the term stays on one side of a target (arXiv:2506.08826; Platt and Barr)."""

    at_most: float | None = None
    """The target that the term is not to exceed."""
    above_start: float | None = None
    """Or: the target is the term's value on the training events when the phase starts, plus this."""
    at_least: float | None = None
    """Or: the target that the term is not to fall below."""
    rate: float = Field(0.1, gt=0)
    """Learning rate of the multiplier: gradient ascent on (term - target) once per step."""
    damping: float = Field(1.0, ge=0)
    """Strength of the quadratic damping, without which multiplier and term circle around the target."""

    @model_validator(mode="after")
    def _one_target(self) -> Target:
        if sum(limit is not None for limit in (self.at_most, self.above_start, self.at_least)) != 1:
            raise ValueError("a target needs one of 'at_most', 'above_start' and 'at_least'")
        return self


class TermSettings(Settings):
    """What all terms share."""

    objective: str
    """Its name."""
    weight: float | Schedule | Target = 1.0
    """Its factor in the sum (negative: the networks that move are to make it large), a schedule, or a target with a
    learned factor."""

    full_batch: ClassVar[bool] = False
    """Whether it means nothing on a part of the events."""
    two_classes: ClassVar[bool] = False
    """Whether it means nothing with more than two classes."""
    positive_weights: ClassVar[bool] = False
    """Whether it means nothing with negative training weights."""

    def networks(self) -> frozenset[str]:
        """Give the networks that it asks."""
        return frozenset({"classifier"})

    def columns(self) -> frozenset[str]:
        """Give the columns of events that it needs beside weights, class and features."""
        return frozenset()

    def decorrelates(self) -> str | None:
        """Give the spectator of which it makes the score independent; none if that is not its purpose."""
        return None

    def made_large(self) -> bool:
        """Say whether the networks that move are to make it large."""
        if isinstance(self.weight, Schedule):
            return min(self.weight.start, self.weight.end) < 0
        return self.weight.at_least is not None if isinstance(self.weight, Target) else self.weight < 0

    def misplaced(self, moves: frozenset[str], networks: Mapping[str, NetworkSettings]) -> str:  # noqa: ARG002 - of some
        """Say what it needs of what moves and of the networks that is not so, and the fix; empty if nothing.

        Args:
            moves: the networks that its update moves.
            networks: the variant's networks beside the classifier.
        """
        return ""
