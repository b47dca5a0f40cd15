"""The density ratio of a signed-weighted to a unit-weighted copy of one sample (strategy `reweighted`)."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import softplus

from signedag.objectives.batch import Batch, Outputs


def density_ratio(batch: Batch, outputs: Outputs) -> Tensor:
    """Binary cross-entropy between the copies: mean over events of w softplus(-z) + softplus(z).

    Every event is in both copies, once with label 1 and its signed weight and once with label 0 and weight one. The
    minimum is at s/(1 - s) = exp(z) = E[w | x] (arXiv:2007.11586, eq. 5 ff.).
    """
    return (batch.signed_weight * softplus(-outputs.logit) + softplus(outputs.logit)).mean()
