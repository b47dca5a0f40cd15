"""Weighted binary cross-entropy."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from signedag.objectives.batch import Batch, Outputs


def cross_entropy(batch: Batch, outputs: Outputs) -> Tensor:
    """Mean over events of w [-y ln s - (1 - y) ln(1 - s)] with training weights w.

    The sum is divided by the number of events, not by the sum of weights, so that a batch whose signed weights cancel
    does not blow up.
    """
    loss = binary_cross_entropy_with_logits(outputs.logit, batch.target, reduction="none")
    return (batch.training_weight * loss).mean()
