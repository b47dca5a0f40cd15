"""The adversary: a network that predicts a spectator of the background from the score."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from signedag.config.objectives.adversary import Kind
from signedag.errors import UserError
from signedag.objectives.batch import CLASS, TRAINING_WEIGHT, Batch, EventTable, Outputs
from signedag.objectives.gaussian_mixture import HALF_LOG_TWO_PI, best_mixture, negative_log_density
from signedag.objectives.term import Term

TINY = 1e-30
"""Keeps the mean over a batch without background at zero."""


@dataclass(frozen=True)
class PredictionTarget:
    """What is predicted, and what the best constant prediction costs; docs/physics.md, "Adversary".

    Mean, spread and the constant are those of the background of the training events, under training weights.
    """

    spectator: str
    """The column that is predicted."""
    components: int
    """Gaussians of a mixture; 0 for the mean square."""

    @property
    def standardised(self) -> str:
        """Name of the column with the standardised spectator."""
        return f"{self.spectator}, standardised"

    @property
    def of_constant(self) -> str:
        """Name of the column with each event's loss by the best constant prediction."""
        return f"{self.spectator}, loss by the best constant of {self.components} components"

    def loss(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Give each event's loss, shape (events,)."""
        return negative_log_density(prediction, target) if self.components else (prediction - target).square()

    def __call__(self, training: EventTable) -> Callable[[EventTable], Mapping[str, Tensor]]:
        """Take mean, spread and the best constant from the training events.

        Raises:
            UserError: the spectator does not vary.
        """
        background = training.columns[CLASS] == 0
        mass = training.columns[self.spectator][background].double()
        weight = training.columns[TRAINING_WEIGHT][background].double()
        mean = (weight @ mass) / weight.sum()
        spread = (weight @ (mass - mean).square() / weight.sum()).sqrt()
        if not spread > 0:
            raise UserError(
                f"adversary of '{self.spectator}': it does not vary in the background of the training events; predict "
                "another spectator"
            )
        constant = torch.zeros((), device=mass.device)
        if self.components:
            standardised = ((mass - mean) / spread).cpu().numpy()
            best = best_mixture(standardised, weight.cpu().numpy(), self.components)
            constant = torch.from_numpy(best.astype(np.float32)).to(mass.device)

        def columns(events: EventTable) -> Mapping[str, Tensor]:
            target = ((events.columns[self.spectator].double() - mean) / spread).float()
            return {self.standardised: target, self.of_constant: self.loss(constant, target)}

        return columns


def background_mean(values: Tensor, batch: Batch) -> Tensor:
    """Give the mean over the background under training weights; 0 without background."""
    weight = batch[TRAINING_WEIGHT] * (batch[CLASS] == 0)
    return (weight * values).sum() / weight.sum().clamp_min(TINY)


@dataclass(frozen=True)
class Adversary:
    """The adversary's loss; docs/physics.md, "Adversary"."""

    network: str
    """The network that predicts."""
    target: PredictionTarget
    """What it predicts."""
    capped: bool
    """Whether the loss ends at that of the best constant prediction on the same events."""

    def __call__(self, batch: Batch, outputs: Outputs) -> Tensor:
        """Give the mean loss over the background; above the cap it has no gradient."""
        loss = self.target.loss(outputs.of(self.network), batch[self.target.standardised])
        mean = background_mean(loss, batch)
        return torch.minimum(mean, background_mean(batch[self.target.of_constant], batch)) if self.capped else mean

    def off_the_range(self, batch: Batch, outputs: Outputs) -> str | None:
        """Say that predictions are off the spectator's range, or None; docs/physics.md, "Adversary".

        The most that predictions within the range can lose is the loss of the end that is farther from each event; of a
        mixture, that of a Gaussian there that is as wide as the spectator is spread.
        """
        target = batch[self.target.standardised]
        inside = target[batch[CLASS] == 0]
        if not len(inside):
            return None
        farthest = torch.maximum((target - inside.min()).square(), (inside.max() - target).square())
        most = float(background_mean(farthest, batch))
        most = HALF_LOG_TWO_PI + most / 2 if self.target.components else most
        loss = float(self(batch, outputs))
        if math.isfinite(loss) and loss <= most:
            return None
        return (
            f"'{self.network}' predicts values off the range of '{self.target.spectator}' (loss {loss:.4g}, at the "
            f"wrong end of the range {most:.4g})"
        )


def no_bound(value: float) -> None:
    """Say nothing: -ln of a density has no lower bound of zero."""


def term(settings: Kind) -> Term:
    """Make the term: the loss itself for the network that learns, with the cap for the classifier."""
    target = PredictionTarget(settings.spectator, settings.components if settings.loss == "gaussian_mixture" else 0)
    value = Adversary(settings.network, target, settings.capped and settings.made_large())
    of_classifier = f", {'' if settings.capped else 'un'}capped" if settings.made_large() else ""
    return Term(
        f"adversary({settings.spectator}){of_classifier}",
        value,
        settings.weight,
        settings.networks(),
        settings.columns(),
        bound=no_bound,
        fault=None if settings.capped else value.off_the_range,
        decorrelates=settings.decorrelates(),
        derivation=target,
    )
