"""Mixtures of Gaussians against their closed forms, far from all values too, and the mixture that fits best."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from signedag.objectives.gaussian_mixture import HALF_LOG_TWO_PI, NARROWEST, best_mixture, negative_log_density

Floats = NDArray[np.float64]


def unpacked(outputs: Floats) -> tuple[Floats, Floats, Floats]:
    """Give means, widths and shares of outputs of shape (..., 3 K)."""
    mean, width, share = np.split(outputs, 3, axis=-1)
    shares = np.exp(share - share.max(axis=-1, keepdims=True))
    return mean, NARROWEST + np.logaddexp(0, width), shares / shares.sum(axis=-1, keepdims=True)


def naive(outputs: Floats, values: Floats) -> Floats:
    mean, sigma, share = unpacked(outputs)
    pull = (values[:, None] - mean) / sigma
    density = (share * np.exp(-(pull**2) / 2) / (sigma * math.sqrt(2 * math.pi))).sum(axis=-1)
    return np.asarray(-np.log(density))


@given(st.integers(1, 4), st.integers(0, 1000))
@settings(deadline=None, max_examples=30)
def test_it_is_the_log_of_the_sum_of_densities(components: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    outputs, values = generator.normal(size=(20, 3 * components)), generator.normal(size=20)
    found = negative_log_density(torch.from_numpy(outputs), torch.from_numpy(values))
    np.testing.assert_allclose(found.numpy(), naive(outputs, values), rtol=1e-10)


def test_value_and_gradient_are_finite_where_every_density_is_zero() -> None:
    outputs = torch.tensor([[0.0, 0.0, -80.0, -80.0, 0.0, 90.0]], requires_grad=True)
    loss = negative_log_density(outputs, torch.tensor([40.0]))
    assert loss.item() == pytest.approx((40 / NARROWEST) ** 2 / 2, rel=1e-4)
    loss.sum().backward()
    assert outputs.grad is not None and bool(torch.isfinite(outputs.grad).all())


def test_gradient() -> None:
    generator = torch.Generator().manual_seed(1)
    outputs = torch.randn(5, 6, dtype=torch.float64, generator=generator).requires_grad_()
    values = torch.randn(5, dtype=torch.float64, generator=generator).requires_grad_()
    assert torch.autograd.gradcheck(negative_log_density, (outputs, values))


def test_the_best_single_gaussian_has_mean_and_spread_of_the_values() -> None:
    """Its loss is ln √(2πe) σ: for standardised values 1.4189."""
    generator = np.random.default_rng(2)
    values, weights = generator.exponential(1.5, 20000), generator.uniform(0, 2, 20000)
    mean = np.average(values, weights=weights)
    spread = math.sqrt(np.average((values - mean) ** 2, weights=weights))
    best = best_mixture(values, weights, 1)
    np.testing.assert_allclose(np.concatenate(unpacked(best)), [mean, spread, 1.0], rtol=1e-9)
    loss = np.average(naive(best[None], values), weights=weights)
    assert loss == pytest.approx(HALF_LOG_TWO_PI + 0.5 + math.log(spread), rel=1e-9)


def test_two_gaussians_are_found_again() -> None:
    """A third of the weight, not of the events, is in the second."""
    generator = np.random.default_rng(3)
    second = generator.random(40000) < 0.5
    values = np.where(second, generator.normal(2.0, 0.3, 40000), generator.normal(-0.5, 0.6, 40000))
    mean, sigma, share = unpacked(best_mixture(values, np.where(second, 1.0, 2.0), 2))
    np.testing.assert_allclose(mean, [-0.5, 2.0], atol=0.02)
    np.testing.assert_allclose(sigma, [0.6, 0.3], atol=0.02)
    np.testing.assert_allclose(share, [2 / 3, 1 / 3], atol=0.01)


def test_more_components_never_fit_worse_and_values_on_a_point_do_not_make_it_infinitely_good() -> None:
    generator = np.random.default_rng(4)
    values, weights = generator.gamma(2.0, 1.0, 5000), np.ones(5000)
    losses = [naive(best_mixture(values, weights, count)[None], values).mean() for count in (1, 2, 4)]
    assert losses[0] > losses[1] > losses[2]
    point = best_mixture(np.zeros(50), np.ones(50), 2)
    assert np.isfinite(point).all() and unpacked(point)[1].min() >= NARROWEST
