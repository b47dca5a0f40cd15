"""dCorr under signed weights: known truth, and what is undefined."""

from __future__ import annotations

import math

import numpy as np
import pytest

from signedag.metrics.dependence import distance_correlation


def signed(events: int, dependence: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw score and mass, and weights of which a fifth is negative."""
    generator = np.random.default_rng(seed)
    mass = generator.normal(100, 20, events)
    score = dependence * (mass - 100) / 20 + math.sqrt(1 - dependence**2) * generator.normal(size=events)
    return score, mass, np.where(generator.random(events) < 0.2, -1.0, 1.0)


def test_a_normal_pair_has_its_known_value() -> None:
    """Székely, Rizzo and Bakirov, theorem 7: a closed form for Gaussians of correlation rho."""
    rho = 0.6
    numerator = rho * math.asin(rho) + math.sqrt(1 - rho**2) - rho * math.asin(rho / 2) - math.sqrt(4 - rho**2) + 1
    known = math.sqrt(numerator / (1 + math.pi / 3 - math.sqrt(3)))
    assert distance_correlation(*signed(200_000, rho)).value == pytest.approx(known, abs=0.01)


def test_independent_variables_have_next_to_none() -> None:
    result = distance_correlation(*signed(200_000, 0.0))
    assert result.value < 0.02 or "below zero" in result.reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda score, mass, weight: (score, mass, -weight), "sum of weights is not positive"),
        (lambda score, mass, weight: (np.full_like(score, 0.3), mass, weight), "the score does not vary"),
        (lambda score, mass, weight: (score, np.full_like(mass, 91.2), weight), "the mass does not vary"),
    ],
)
def test_what_is_undefined_says_why(change, reason: str) -> None:
    result = distance_correlation(*change(*signed(500, 0.5)))
    assert math.isnan(result.value) and reason in result.reason
