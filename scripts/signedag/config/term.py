"""What all terms of an objective have in common: a weight that is fixed, scheduled or learned."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from signedag.config.base import Settings


class Schedule(Settings):
    """A factor that changes linearly with the epochs of a phase."""

    start: float
    """Factor in the first epoch."""
    end: float
    """Factor from epoch `epochs` on."""
    epochs: int = Field(ge=2, le=1_000_000)
    """Epochs from `start` to `end`."""


class Target(Settings):
    """A factor that is learned so that the term stays at or below a target (arXiv:2506.08826; Platt and Barr 1987)."""

    at_most: float | None = None
    """The target."""
    above_start: float | None = None
    """Or: the target is the term's value on the training events when the phase starts, plus this."""
    rate: float = Field(0.1, gt=0)
    """Learning rate of the multiplier: gradient ascent on (term - target) once per step."""
    damping: float = Field(1.0, ge=0)
    """Strength of the quadratic damping, without which multiplier and term circle around the target."""

    @model_validator(mode="after")
    def _one_target(self) -> Target:
        if (self.at_most is None) == (self.above_start is None):
            raise ValueError("a target needs either 'at_most' or 'above_start'")
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
