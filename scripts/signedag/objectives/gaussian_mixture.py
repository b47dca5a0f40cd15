"""Mixtures of Gaussians: the density that a network's outputs describe, and the mixture that fits some values best."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import softplus

NARROWEST = 0.01
"""Least width, in standard deviations of the values: without one the likelihood of a single value has no limit."""
HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)

GROUPS = 4096
"""Groups of neighbouring values that stand for the values in a fit."""
MOST_ITERATIONS = 500
ENOUGH = 1e-9
"""Gain in the mean log likelihood below which a fit ends."""


def negative_log_density(outputs: Tensor, values: Tensor) -> Tensor:
    """Give -ln Σ_k f_k N(t; μ_k, σ_k) of each value; docs/physics.md, "Adversary".

    The outputs are, for K components, K means, K widths before σ = 0.01 + softplus(·) and K shares before the softmax.
    Everything is done with logarithms, so that a value far from all components has a finite loss and gradient.

    Args:
        outputs: shape (events, 3 K), or (3 K,) for one mixture for all.
        values: shape (events,), standardised.

    >>> raw = math.log(math.expm1(1 - NARROWEST))  # one Gaussian of mean 0 and width 1
    >>> round(float(negative_log_density(torch.tensor([[0.0, raw, 0.0]]), torch.tensor([2.0]))), 5)  # ln √2π + 2
    2.91894
    """
    mean, width, share = outputs.chunk(3, dim=-1)
    sigma = NARROWEST + softplus(width)
    pull = (values.unsqueeze(-1) - mean) / sigma
    parts = torch.log_softmax(share, dim=-1) - torch.log(sigma) - 0.5 * pull.square()
    return HALF_LOG_TWO_PI - torch.logsumexp(parts, dim=-1)


def best_mixture(values: NDArray[np.float64], weights: NDArray[np.float64], components: int) -> NDArray[np.float64]:
    """Fit one mixture to all values by expectation maximisation; docs/physics.md, "Adversary".

    It starts from components at equal quantiles, so that it needs no random numbers, and ends in the next maximum of
    the likelihood, which for one component is the only one: mean and spread of the values.

    Args:
        values: standardised, shape (events,).
        weights: not negative, shape (events,).
        components: how many Gaussians.

    Returns:
        the outputs of a network that gives this mixture, shape (3 · components,).
    """
    order = np.argsort(values, kind="stable")
    cut = np.linspace(0, len(values), min(GROUPS, len(values)) + 1).astype(np.int64)[:-1]
    share, moment, square = (
        np.add.reduceat((weights * power)[order], cut) for power in (np.ones_like(values), values, values**2)
    )
    filled = share > 0
    point, square = moment[filled] / share[filled], square[filled] / share[filled]
    share = share[filled] / share.sum()
    below = np.cumsum(share) - share / 2
    mean = np.interp((np.arange(components) + 0.5) / components, below, point)
    spread = math.sqrt(max(share @ square - (share @ point) ** 2, NARROWEST**2))
    sigma, part = np.full(components, max(spread / components, 2 * NARROWEST)), np.full(components, 1 / components)
    before = -math.inf
    for _ in range(MOST_ITERATIONS):
        # A group's second moment counts, too, so that the spread inside groups is not lost.
        distance = square[:, None] - 2 * point[:, None] * mean + mean**2
        logarithms = np.log(part) - np.log(sigma) - distance / (2 * sigma**2)
        largest = logarithms.max(axis=1)
        likelihood = np.exp(logarithms - largest[:, None])
        total = likelihood.sum(axis=1)
        after = float(share @ (np.log(total) + largest))
        if after - before < ENOUGH:
            break
        before = after
        belongs = share[:, None] * likelihood / total[:, None]
        part = np.maximum(belongs.sum(axis=0), 1e-12)
        mean = belongs.T @ point / part
        variance = belongs.T @ square / part - mean**2
        sigma = np.sqrt(np.maximum(variance, (2 * NARROWEST) ** 2))
        part = part / part.sum()
    return np.concatenate([mean, np.log(np.expm1(sigma - NARROWEST)), np.log(part)])
