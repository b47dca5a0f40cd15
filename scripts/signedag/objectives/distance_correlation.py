"""Weighted distance correlation of a score and a spectator, differentiable in the score."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from signedag.objectives import distance_covariance_torch

NO_SPREAD = 1e-24
"""dCov² of a variable with itself, over its largest square, below which its spread is that of rounding."""


def distance_correlation(score: Tensor, spectator: Tensor, weight: Tensor) -> Tensor:
    """Give dCorr²(s, m) = dCov²(s, m) / √(dCov²(s, s) dCov²(m, m)); docs/physics.md, "Distance correlation".

    Exact, with ties, in N log N time and in memory for N numbers; float64 inside. On a CPU the sums are compiled, on a
    GPU they are torch operations. Of variables that do not vary it is 0, and so is the gradient: there is nothing to
    correlate.

    Args:
        score: shape (events,); the gradient is with respect to it.
        spectator: shape (events,).
        weight: shape (events,), not negative; its scale does not matter. With negative weights the root may be of a
            negative number.

    Returns:
        a scalar of the score's type, between 0 and 1.

    Raises:
        ValueError: the shapes differ.

    >>> mass = torch.tensor([90.0, 100.0, 110.0, 120.0], dtype=torch.float64)
    >>> round(float(distance_correlation(mass / 200, mass, torch.ones(4))), 12)
    1.0
    """
    if not score.shape == spectator.shape == weight.shape or score.dim() != 1:
        shapes = [tuple(values.shape) for values in (score, spectator, weight)]
        raise ValueError(f"score, spectator and weight must be of one shape (events,), got {shapes}")
    result: Tensor = _DistanceCorrelation.apply(score, spectator, weight)  # type: ignore[no-untyped-call]
    return result


class _DistanceCorrelation(torch.autograd.Function):
    """The value, with a gradient that comes out of the same sums."""

    @staticmethod
    def forward(ctx: Any, score: Tensor, spectator: Tensor, weight: Tensor) -> Tensor:
        given = (score.detach(), spectator.detach(), weight.detach())
        value, gradient = (_on_cpu if score.device.type == "cpu" else _on_device)(*given)
        ctx.save_for_backward(gradient.to(score.dtype))
        return value.to(score.dtype)

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return outer[0] * gradient, None, None


def _on_cpu(score: Tensor, spectator: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Give value and gradient by compiled sums; numba is imported by those alone who need it."""
    from signedag.objectives.distance_covariance_cpu import correlation_with_gradient

    value, gradient = correlation_with_gradient(score.numpy(), spectator.numpy(), weight.numpy(), NO_SPREAD)
    return torch.scalar_tensor(value, dtype=score.dtype), torch.from_numpy(gradient)


def _on_device(score: Tensor, spectator: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Give value and gradient by torch operations, without waiting for the device."""
    s, m, w = score.double(), spectator.double(), weight.double()
    joint, own_s, own_m, gradient_joint, gradient_own = distance_covariance_torch.distance_covariances(s, m, w)
    varies = (own_s > NO_SPREAD * s.square().max()) & (own_m > NO_SPREAD * m.square().max())
    root = torch.where(varies, own_s * own_m, 1.0).sqrt()
    share = torch.where(varies, joint / (2 * own_s * root), 0.0)
    gradient = varies * (gradient_joint / root - share * gradient_own)
    return torch.where(varies, joint / root, 0.0).clamp(min=0.0), gradient
