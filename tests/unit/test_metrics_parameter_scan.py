"""Scans of a parameter: signed means, where they peak, and whether a curve jumps at trained points."""

from __future__ import annotations

import math

import numpy as np
import pytest

from signedag.config.parameter_scan import ScanParameterSettings
from signedag.errors import UserError
from signedag.metrics.parameter_scan import curves, peak, smoothness
from signedag.training.parameter_scan import points_along

GRID = np.linspace(400.0, 1600.0, 121)


def test_a_smooth_curve_has_small_steps_everywhere_and_smaller_ones_on_a_finer_grid():
    coarse, fine = (
        smoothness(grid, np.exp(-(((grid - 1000) / 300) ** 2)), (750.0, 1000.0))
        for grid in (GRID, np.linspace(400, 1600, 241))
    )
    assert 0 < coarse.at_trained <= coarse.largest_step < 0.05
    assert coarse.largest_step == pytest.approx(2 * fine.largest_step, rel=0.1)


def test_a_jump_at_a_trained_point_shows_whatever_the_grid():
    for grid in (GRID, np.linspace(400, 1600, 1201)):
        curve = 0.2 + 0.1 * (grid / 1000) + 0.5 * (np.abs(grid - 1000) < 0.5)
        steps = smoothness(grid, curve, (1000.0,))
        assert steps.at_trained == steps.largest_step > 0.7
        assert steps.between_trained < 0.02


def test_what_is_undefined_is_said():
    flat = smoothness(GRID, np.full(len(GRID), 0.3), (1000.0,))
    assert flat.reason == "the score does not change over the grid" and math.isnan(flat.largest_step)
    outside = smoothness(GRID, GRID / 1600, (5000.0,))
    assert outside.reason == "no step is at a trained value" and outside.largest_step == pytest.approx(1 / 120)
    assert outside.as_json()["at_trained"] is None
    assert peak(GRID, GRID).reason == "the curve is largest at the end of the grid"
    cancelling = curves(np.ones((5, 2)), np.array([1.0, -1.0]))
    assert "no positive sum of weights" in cancelling.reason
    assert cancelling.as_json()["mean"] == [None] * 5
    assert smoothness(GRID[:5], cancelling.mean, ()).reason == peak(GRID[:5], cancelling.mean).reason


def test_means_and_quantiles_have_signed_weights():
    generator = np.random.default_rng(1)
    scores = generator.random((4, 500))
    weights = np.where(generator.random(500) < 0.3, -1.0, 2.0)
    given = curves(scores, weights)
    np.testing.assert_allclose(given.mean, [np.average(row, weights=weights) for row in scores])
    assert given.quantiles.shape == (3, 4)
    assert np.all(np.diff(given.quantiles, axis=0) >= 0)
    plain = curves(scores, np.ones(500))
    np.testing.assert_allclose(plain.quantiles[1], np.median(scores, axis=1), atol=0.01)
    np.testing.assert_allclose(plain.error, scores.std(axis=1) / np.sqrt(500))


class Asked:
    """What a scan needs to know of networks."""

    def __init__(self, *names, columns=False):
        self.conditioned_on = names
        self.asked_at = () if columns else names


def settings(**changes):
    plain = {
        "folds": 2, "variant": "pnn", "region": "sr", "samples": {"x1": "x1"}, "parameter": "mass",
        "grid": [1.0, 2.0, 3.0], "others": {"width": 5.0},
    }  # fmt: skip
    return ScanParameterSettings.model_validate(plain | changes)


def test_points_have_the_order_of_the_networks():
    assert points_along(Asked("width", "mass"), settings()) == [(5.0, 1.0), (5.0, 2.0), (5.0, 3.0)]


@pytest.mark.parametrize(
    ("model", "changes", "words"),
    [
        (Asked("mass"), {}, "is conditioned on mass, the scan gives 'mass' and fixed width; scan one"),
        (Asked("mass", "width"), {"others": {}}, "is conditioned on mass, width, the scan gives 'mass' and fixed none"),
        (Asked(), {}, "the classifier 'pnn' has no parameters; scan one that is conditioned"),
        (Asked("m", columns=True), {}, "the classifier 'pnn' takes m from each event; scan one that is conditioned"),
    ],
)
def test_other_parameters_than_the_networks_have_are_refused(model, changes, words):
    with pytest.raises(UserError, match=words):
        points_along(model, settings(**changes))


@pytest.mark.parametrize("grid", [[1.0, 1.0, 2.0], [3.0, 2.0, 1.0]])
def test_a_grid_increases(grid):
    with pytest.raises(ValueError, match="must increase from value to value"):
        settings(grid=grid)
