"""Distance correlation of the background's score and a spectator (DisCo, arXiv:2001.05310)."""

from __future__ import annotations

import torch
from torch import Tensor

from signedag.config.objectives.disco import Kind
from signedag.objectives.batch import CLASS, TRAINING_WEIGHT, Batch, Outputs
from signedag.objectives.distance_correlation import distance_correlation
from signedag.objectives.term import Objective, Term


def disco_of(spectator: str) -> Objective:
    """Give dCorr² of score and spectator under the training weights of the background; docs/physics.md, "DisCo"."""

    def disco(batch: Batch, outputs: Outputs) -> Tensor:
        score, mass, weight = outputs.score(), batch[spectator], batch[TRAINING_WEIGHT]
        background = batch[CLASS] == 0
        if score.device.type != "cpu":  # choosing events would wait for the device: others get no weight
            return distance_correlation(score, mass, weight * background)
        rows = torch.nonzero(background)[:, 0]
        return distance_correlation(*(values.index_select(0, rows) for values in (score, mass, weight)))

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
