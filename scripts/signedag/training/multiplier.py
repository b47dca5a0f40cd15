"""A factor that is learned so that a term reaches a target: the modified differential method of multipliers."""

from __future__ import annotations

import torch
from torch import Tensor

from signedag.config.term import Target


class Multiplier:
    """The factor λ >= 0 of a term g that is to stay at or below a target t (Platt and Barr 1987; arXiv:2506.08826).

    docs/physics.md, "Learned multipliers". The networks descend on max(0, λ + c (g - t))² / 2c - λ² / 2c, which is
    λ (g - t) + c (g - t)² / 2 as long as the constraint presses, and λ ascends on g - t: the saddle point has g = t, or
    g < t and λ = 0. Without the damping c the two circle around it.

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
        self.limit = target.at_most if target.at_most is not None else start + (target.above_start or 0.0)
        self._rate, self._damping = target.rate, target.damping
        self.factor = torch.zeros((), device=device)

    def contribution(self, value: Tensor) -> Tensor:
        """Give what the term adds to the objective."""
        excess = value - self.limit
        if not self._damping:
            return self.factor * excess
        pressure = (self.factor + self._damping * excess).clamp_min(0)
        return (pressure.square() - self.factor.square()) / (2 * self._damping)

    @torch.no_grad()
    def ascend(self, value: Tensor) -> None:
        """Move λ along the gradient after a step in which the term had this value."""
        self.factor = (self.factor + self._rate * (value - self.limit)).clamp_min(0)
