"""Weighted cross-entropy of the classes."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.nn.functional import cross_entropy as softmax_cross_entropy

from signedag.config.objectives.cross_entropy import Kind
from signedag.objectives.batch import CLASS, TRAINING_WEIGHT, Batch, Outputs
from signedag.objectives.term import Term


def cross_entropy(batch: Batch, outputs: Outputs) -> Tensor:
    """Mean over events of w (-ln s_y): the weight times the negative log of the score of the event's own class.

    docs/physics.md, "Cross-entropy". With one output s = sigmoid(z) for class 1 and 1 - s for class 0; with several s
    is their softmax. The sum is divided by the number of events, not by the sum of weights, so that a batch whose
    signed weights cancel does not blow up.
    """
    logit, weight, classes = outputs.of("classifier"), batch[TRAINING_WEIGHT], batch[CLASS]
    if logit.dim() == 1:
        return binary_cross_entropy_with_logits(logit, classes, weight=weight)
    return (weight * softmax_cross_entropy(logit, classes, reduction="none")).mean()


def least_of_constants(batch: Batch) -> float:
    """Give the least cross-entropy of a constant score: -Σ_y W_y ln(W_y / W) / N; docs/physics.md, "Cross-entropy".

    W_y is the sum of class y's weights; a sum that is not positive makes it undefined: NaN.
    """
    weight, classes = batch[TRAINING_WEIGHT].double(), batch[CLASS].long()
    sums = torch.zeros(int(classes.max()) + 1, dtype=torch.float64, device=weight.device)
    per_class = sums.index_add(0, classes, weight).cpu().tolist()
    total = math.fsum(per_class)
    if min(per_class) < 0 or total <= 0:
        return math.nan
    return -math.fsum(part * math.log(part / total) for part in per_class if part > 0) / len(batch)


SATURATED_LOGIT = 60.0
"""A probability of one minus 10⁻²⁶: no classifier can be that sure, an unbounded objective can make it so."""


def saturation(batch: Batch, outputs: Outputs) -> str | None:
    """Say that scores saturate while some weights are negative, or None.

    docs/physics.md, "Cross-entropy". The signed objective of a finite sample has no lower bound, and the scores
    saturate while it falls. Without negative weights a large logit is no divergence: an event far out in a tail of its
    features has one.
    """
    if not bool((batch[TRAINING_WEIGHT] < 0).any()):
        return None
    largest = float(outputs.of("classifier").abs().max())
    return f"the scores saturated (largest |logit| {largest:.3g})" if largest > SATURATED_LOGIT else None


def term(settings: Kind) -> Term:
    """Make the term."""
    return Term("cross_entropy", cross_entropy, settings.weight, fault=saturation, constant=least_of_constants)
