"""The cross-entropy of the signs, which trains a weight network beside the classifier (strategy `joint`)."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from signedag.config.objectives.sign_cross_entropy import Kind
from signedag.objectives.batch import SIGNED_WEIGHT, Batch, Outputs
from signedag.objectives.term import Term


def sign_cross_entropy(batch: Batch, outputs: Outputs) -> Tensor:
    """Mean over events of |w| times the cross-entropy of the sign: trains p(x, y) = P(w > 0 | x, y) under |w|.

    docs/physics.md, "Strategies".
    """
    signed, logit = batch[SIGNED_WEIGHT], outputs.of("weight_network")
    return binary_cross_entropy_with_logits(logit, (signed > 0).to(logit.dtype), weight=signed.abs())


def term(settings: Kind) -> Term:
    """Make the term."""
    return Term("sign_cross_entropy", sign_cross_entropy, settings.weight, settings.networks())
