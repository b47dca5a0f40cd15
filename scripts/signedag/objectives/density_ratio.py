"""The density ratio of a signed-weighted to a unit-weighted copy of one sample (strategy `reweighted`)."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import softplus

from signedag.config.objectives.density_ratio import Kind
from signedag.objectives.batch import SIGNED_WEIGHT, Batch, Outputs
from signedag.objectives.term import Term


def density_ratio(batch: Batch, outputs: Outputs) -> Tensor:
    """Binary cross-entropy between the copies: mean over events of w softplus(-z) + softplus(z).

    docs/physics.md, "Strategies". Every event is in both copies, once with label 1 and its signed weight and once with
    label 0 and weight one. The minimum is at s/(1 - s) = exp(z) = E[w | x] (arXiv:2007.11586, eq. 5 ff.).
    """
    logit = outputs.of("classifier")
    return (batch[SIGNED_WEIGHT] * softplus(-logit) + softplus(logit)).mean()


def term(settings: Kind) -> Term:
    """Make the term."""
    return Term("density_ratio", density_ratio, settings.weight)
