"""Terms that train a weight network beside the classifier (strategy `joint`)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from signedag.objectives.batch import Batch, Outputs


def sign_cross_entropy(batch: Batch, outputs: Outputs) -> Tensor:
    """Mean over events of |w| times the cross-entropy of the sign: trains p(x, y) = P(w > 0 | x, y) under |w|."""
    positive = (batch.signed_weight > 0).to(batch.target.dtype)
    loss = binary_cross_entropy_with_logits(outputs.weight_logit, positive, reduction="none")
    return (batch.signed_weight.abs() * loss).mean()


def joint_cross_entropy(batch: Batch, outputs: Outputs) -> Tensor:
    """Cross-entropy with the weights |w| max(0, 2p - 1) of the weight network as it is; no gradient reaches p."""
    return _weighted(batch, outputs, outputs.weight_logit.detach())


def joint_cross_entropy_through_weights(batch: Batch, outputs: Outputs) -> Tensor:
    """The same with the gradient reaching the weight network, for comparison."""
    return _weighted(batch, outputs, outputs.weight_logit)


def _weighted(batch: Batch, outputs: Outputs, weight_logit: Tensor) -> Tensor:
    weight = batch.signed_weight.abs() * torch.tanh(weight_logit / 2).clamp_min(0)  # tanh(z / 2) = 2 sigmoid(z) - 1
    loss = binary_cross_entropy_with_logits(outputs.logit, batch.target, reduction="none")
    return (weight * loss).mean()
