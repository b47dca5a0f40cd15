"""Distance correlation of the background's score and a spectator (DisCo, arXiv:2001.05310)."""

from __future__ import annotations

from torch import Tensor

from signedag.config.objectives.disco import Kind
from signedag.objectives.batch import CLASS, TRAINING_WEIGHT, Batch, Outputs
from signedag.objectives.distance_correlation import distance_correlation
from signedag.objectives.term import Objective, Term


def disco_of(spectator: str) -> Objective:
    """Give dCorr² of score and spectator under the training weights of the background; docs/physics.md, "DisCo"."""

    def disco(batch: Batch, outputs: Outputs) -> Tensor:
        weight = batch[TRAINING_WEIGHT] * (batch[CLASS] == 0)  # others have no weight
        return distance_correlation(outputs.score(), batch[spectator], weight)

    return disco


def term(settings: Kind) -> Term:
    """Make the term."""
    spectator = settings.spectator
    return Term(
        f"disco({spectator})",
        disco_of(spectator),
        settings.weight,
        columns=settings.columns(),
        decorrelates=settings.decorrelates(),
    )
