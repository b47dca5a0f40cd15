"""Distance of score distributions in bins from polynomials in the bins' positions, differentiable in the score."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

SAME = 1e-9
"""Share of the largest singular value below which two powers of the positions are one, as with few filled bins."""


def moment_decomposition(score: Tensor, bins: Tensor, weight: Tensor, positions: Tensor, order: int) -> Tensor:
    """Give Σ_b p_b ∫ (F_b(s) - G_b(s))² ds; docs/physics.md, "MoDe".

    F_b is the cumulative distribution of the score in bin b, p_b the bin's share of the weight and G_b(s), at every s,
    the polynomial of the given order in the bins' positions that fits F_b(s) best under p_b: for order 0 the common
    distribution. Exact, with ties, by one sort; float64 inside. A bin without weight takes no part; with fewer filled
    bins than order + 2 nothing is left over and the value is 0.

    Args:
        score: shape (events,); the gradient is with respect to it.
        bins: number of each event's bin, shape (events,), int64.
        weight: shape (events,), not negative; its scale does not matter.
        positions: where the bins are, about -1 to 1, shape (number of bins,).
        order: highest power.

    Returns:
        a scalar of the score's type, not below 0.

    >>> score, bins = torch.tensor([0.0, 0.4, 0.6, 1.0]), torch.tensor([0, 0, 1, 1])
    >>> round(float(moment_decomposition(score, bins, torch.ones(4), torch.tensor([-1.0, 1.0]), 0)), 6)
    0.1
    """
    result: Tensor = _MomentDecomposition.apply(score, bins, weight, positions, order)  # type: ignore[no-untyped-call]
    return result


class _MomentDecomposition(torch.autograd.Function):
    """The value, with a gradient that comes out of the same sums."""

    @staticmethod
    def forward(ctx: Any, score: Tensor, bins: Tensor, weight: Tensor, positions: Tensor, order: int) -> Tensor:
        value, gradient = _value_and_gradient(score.detach().double(), bins, weight.double(), positions.double(), order)
        ctx.save_for_backward(gradient.to(score.dtype))
        return value.to(score.dtype)

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor, None, None, None, None]:
        (gradient,) = ctx.saved_tensors
        return outer[0] * gradient, None, None, None, None


def residual_form(share: Tensor, positions: Tensor, order: int) -> Tensor:
    """Give the matrix M of the squared residual: Σ_b p_b (F_b - G_b)² = F · M F, shape (bins, bins).

    M = P - P Φ (Φᵀ P Φ)⁺ Φᵀ P with P the diagonal matrix of the shares p and Φ the powers of the positions; M · 1 = 0.
    """
    powers = positions.unsqueeze(-1) ** torch.arange(order + 1, device=positions.device)
    root = share.sqrt()
    directions, sizes, _ = torch.linalg.svd(root.unsqueeze(-1) * powers, full_matrices=False)
    directions = directions * (sizes > SAME * sizes[0])
    form: Tensor = torch.diag(share) - root.unsqueeze(-1) * (directions @ directions.T) * root
    return form


def _value_and_gradient(
    score: Tensor, bins: Tensor, weight: Tensor, positions: Tensor, order: int
) -> tuple[Tensor, Tensor]:
    """Give value and gradient.

    Since M · 1 = 0, ∫ F · M F ds = -½ Σ_ij M_b(i)b(j) q_i q_j |s_i - s_j| with q_i = w_i/W_b(i), and the gradient is
    -q_k Σ_j M_b(k)b(j) q_j sgn(s_k - s_j); of first degree in s, so that Σ_k s_k times it is the value.
    """
    totals = torch.zeros_like(positions).index_add(0, bins, weight)
    total = totals.sum()
    form = residual_form(totals / torch.where(total > 0, total, 1.0), positions, order)
    ordered, by_score = torch.sort(score)
    which = bins.index_select(0, by_score)
    inverse = torch.where(totals > 0, 1 / totals, 0.0)
    share = (weight * inverse.index_select(0, bins)).index_select(0, by_score)
    # What lies below each event, tied events not counted, and what lies up to it, these counted.
    cumulative = torch.zeros(len(score) + 1, len(positions), dtype=score.dtype, device=score.device)
    cumulative[1:].scatter_(1, which.unsqueeze(-1), share.unsqueeze(-1))
    cumulative = cumulative.cumsum(0)
    below, upto = (torch.searchsorted(ordered, ordered, right=right) for right in (False, True))
    signs = cumulative.index_select(0, below) + cumulative.index_select(0, upto) - cumulative[-1]
    slopes = -share * (form.index_select(0, which) * signs).sum(-1)
    gradient = torch.empty_like(score).index_copy_(0, by_score, slopes)
    return (ordered * slopes).sum().clamp_min(0.0), gradient
