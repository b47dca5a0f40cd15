"""The factors of terms: fixed, scheduled, or learned by the modified differential method of multipliers."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from signedag.config.term import Schedule, Target
from signedag.objectives.term import Term


class Multiplier:
    """The factor λ >= 0 of a term g that is to stay at or below a target t (Platt and Barr 1987; arXiv:2506.08826).

    docs/physics.md, "Learned multipliers". The networks descend on max(0, λ + c (g - t))² / 2c - λ² / 2c, which is
    λ (g - t) + c (g - t)² / 2 as long as the constraint presses, and λ ascends on g - t: the saddle point has g = t, or
    g < t and λ = 0. Without the damping c the two circle around it. For a term that is to stay at or above a target the
    excess is t - g.

    >>> multiplier = Multiplier(Target(at_most=1.0, rate=0.5, damping=1.0), 0.0, torch.device("cpu"))
    >>> multiplier.ascend(torch.tensor(3.0))  # λ = 0.5 · (3 - 1), then 1 · (3 - 1) + (3 - 1)²/2
    >>> float(multiplier.factor), float(multiplier.contribution(torch.tensor(3.0)))
    (1.0, 4.0)

    Args:
        target: the target, the learning rate of λ and c.
        start: the term's value on the training events when the phase starts, for targets that are relative to it.
        device: where the networks are; λ is there, too, so that no step has to wait for it.
    """

    def __init__(self, target: Target, start: float, device: torch.device) -> None:
        given = target.at_most if target.at_least is None else target.at_least
        self.limit = given if given is not None else start + (target.above_start or 0.0)
        self._direction = 1.0 if target.at_least is None else -1.0
        self._rate, self._damping = target.rate, target.damping
        self.factor = torch.zeros((), device=device)

    def contribution(self, value: Tensor) -> Tensor:
        """Give what the term adds to the objective."""
        excess = self._excess(value)
        if not self._damping:
            return self.factor * excess
        pressure = (self.factor + self._damping * excess).clamp_min(0)
        return (pressure.square() - self.factor.square()) / (2 * self._damping)

    @torch.no_grad()
    def ascend(self, value: Tensor) -> None:
        """Move λ along the gradient after a step in which the term had this value."""
        self.factor = (self.factor + self._rate * self._excess(value)).clamp_min(0)

    def _excess(self, value: Tensor) -> Tensor:
        return self._direction * (value - self.limit)


def scheduled(schedule: Schedule, epoch: int) -> float:
    """Give a schedule's factor in an epoch, counted from 1; docs/physics.md, "Phases, updates and early stopping".

    >>> [scheduled(Schedule(start=0, end=2, epochs=3), epoch) for epoch in (1, 2, 3, 9)]
    [0.0, 1.0, 2.0, 2.0]
    """
    done = min(1.0, (epoch - 1) / (schedule.epochs - 1))
    return schedule.start + (schedule.end - schedule.start) * done


class Factors:
    """The factors of a phase's terms while it runs.

    Args:
        terms: by label.
        start: each term's value on the training events when the phase starts.
        device: where the networks are.
    """

    def __init__(self, terms: Mapping[str, Term], start: Mapping[str, float], device: torch.device) -> None:
        self._weights = {label: term.weight for label, term in terms.items()}
        self._learned = {
            label: Multiplier(weight, start[label], device)
            for label, weight in self._weights.items()
            if isinstance(weight, Target)
        }
        self._fixed: dict[str, float] = {}
        self.start_epoch(1)

    def start_epoch(self, epoch: int) -> None:
        """Take the factors of an epoch, counted from 1."""
        self._fixed = {
            label: scheduled(weight, epoch) if isinstance(weight, Schedule) else weight
            for label, weight in self._weights.items()
            if not isinstance(weight, Target)
        }

    def contribution(self, label: str, value: Tensor) -> Tensor:
        """Give what a term adds to the objective."""
        if label in self._learned:
            return self._learned[label].contribution(value)
        factor = self._fixed[label]
        return value if factor == 1.0 else factor * value

    def ascend(self, values: Mapping[str, Tensor]) -> None:
        """Move the learned factors after a step in which terms had these values."""
        for label, multiplier in self._learned.items():
            if label in values:
                multiplier.ascend(values[label])

    def fixed(self) -> dict[str, float]:
        """Give the factors of this epoch that are not learned."""
        return dict(self._fixed)

    def changing(self) -> dict[str, float]:
        """Give the factors that are scheduled or learned, as they are."""
        scheduled_now = {label: self._fixed[label] for label, w in self._weights.items() if isinstance(w, Schedule)}
        return scheduled_now | {label: float(multiplier.factor) for label, multiplier in self._learned.items()}
