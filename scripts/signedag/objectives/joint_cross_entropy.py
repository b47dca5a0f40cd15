"""The classifier's cross-entropy with weights that a network beside it learns (strategy `joint`)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from signedag.config.objectives.joint_cross_entropy import Kind
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, Batch, Outputs
from signedag.objectives.cross_entropy import cross_entropy, saturation
from signedag.objectives.term import Term


def joint_cross_entropy(batch: Batch, outputs: Outputs) -> Tensor:
    """Cross-entropy with the weights |w| max(0, 2p - 1) of the weight network as it is; no gradient reaches p.

    docs/physics.md, "Strategies".
    """
    return _weighted(batch, outputs, outputs.of("weight_network").detach())


def joint_cross_entropy_through_weights(batch: Batch, outputs: Outputs) -> Tensor:
    """The same with the gradient reaching the weight network, for comparison."""
    return _weighted(batch, outputs, outputs.of("weight_network"))


def _weighted(batch: Batch, outputs: Outputs, weight_logit: Tensor) -> Tensor:
    weight = batch[SIGNED_WEIGHT].abs() * torch.tanh(weight_logit / 2).clamp_min(0)  # tanh(z / 2) = 2 sigmoid(z) - 1
    loss = binary_cross_entropy_with_logits(outputs.of("classifier"), batch[CLASS], reduction="none")
    return (weight * loss).mean()


def term(settings: Kind) -> Term:
    """Make the term; its own weights move, so it is validated by the cross-entropy with the signed weights."""
    value = joint_cross_entropy_through_weights if settings.through_weights else joint_cross_entropy
    return Term(
        "joint_cross_entropy",
        value,
        settings.weight,
        settings.networks(),
        validation=cross_entropy,
        fault=saturation,
    )
