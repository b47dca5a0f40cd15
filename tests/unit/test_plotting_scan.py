"""Figures of a scan: grids and random points, failed ones marked, values that are undefined."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from signedag.plotting.scan import scan_frontier, scan_maps, scan_marginals
from signedag.plotting.style import VERMILION, house_style

RATE, SIZE, WEIGHT = "phases[0].updates[0].learning_rate", "batch.size", "disco.weight"


def summary(kind: str = "grid", failed: tuple[int, ...] = (3, 7), best: str | None = "p5") -> dict[str, Any]:
    """Make a summary of 2 × 3 × 2 points, of which some failed; significance is that of the point's number."""
    grid = list(product([2.0, 20.0], [1e-4, 1e-3, 1e-2], [512, 1024]))
    if kind == "random":
        generator = np.random.default_rng(1)
        grid = [(generator.uniform(1, 20), 10 ** generator.uniform(-4, -2), size) for _, _, size in grid]
    points = [
        {
            "variant": f"p{number}",
            "settings": {WEIGHT: weight, RATE: rate, SIZE: size},
            "failed": "seed 1, fold 0 diverged" if number in failed else None,
            "binned_significance": {"value": float(number)},
            "sculpting": {"chi2_mean": 30 / (1 + number)},
            "sigma_mu": 0.3 - 0.01 * number,
        }
        for number, (weight, rate, size) in enumerate(grid)
    ]
    described = ((WEIGHT, "linear"), (RATE, "log"), (SIZE, "linear"))
    axes = [
        {"path": path, "scale": scale, "values": sorted({point["settings"][path] for point in points})}
        for path, scale in described
    ]
    choice = {"points": len(points), "failed": len(failed), "best": best, "frontier": ["p5", "p11"]}
    return {"kind": kind, "scanned": "p0", "axes": axes, "points": points, "choice": choice | {"sculpting_limit": 2.0}}


@pytest.mark.parametrize("draw", [scan_maps, scan_marginals, scan_frontier])
@pytest.mark.parametrize("kind", ["grid", "random"])
def test_figures_are_legible(draw, kind, plot_settings, assert_legible):
    with house_style():
        figure = draw(summary(kind), plot_settings)
        assert_legible(figure)
        assert any("12 points, 2 failed" in text.get_text() for axes in figure.axes for text in axes.texts)


def test_a_cell_is_the_best_over_the_other_settings_without_the_failed(plot_settings):
    figure = scan_maps(summary(), plot_settings)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    (first,) = [axes for axes, title in zip(figure.axes, titles, strict=True) if title.startswith("Binned")][:1]
    assert first.get_title(loc="left").endswith("best of the rest")
    drawn = first.images[0].get_array()
    # weight across, rate up; points are numbered weight, rate, size; 3 and 7 failed
    assert np.asarray(drawn).tolist() == [[1.0, 6.0], [2.0, 9.0], [5.0, 11.0]]
    crosses = [line for line in first.lines if line.get_color() == VERMILION]
    assert len(crosses) == 2


def test_where_all_points_of_a_cell_failed_it_is_empty(plot_settings):
    figure = scan_maps(summary(failed=(2, 3)), plot_settings)
    (first,) = [axes for axes in figure.axes if axes.images][:1]
    assert np.isnan(np.asarray(first.images[0].get_array(), dtype=float)[1, 0])


@pytest.mark.parametrize("draw", [scan_maps, scan_marginals, scan_frontier])
def test_nothing_but_failures_is_drawn_too(draw, plot_settings, assert_legible):
    with house_style():
        assert_legible(draw(summary(failed=tuple(range(12)), best=None), plot_settings))


def test_one_setting_alone_has_marginals(plot_settings, assert_legible):
    content = summary()
    content["axes"] = content["axes"][1:2]
    with house_style():
        assert_legible(scan_marginals(content, plot_settings))


def test_analyses_without_sculpting_check_or_fit_are_drawn(plot_settings):
    content = summary()
    for point in content["points"]:
        point |= {"sculpting": None, "sigma_mu": None}
    for draw in (scan_maps, scan_marginals, scan_frontier):
        assert draw(content, plot_settings).axes
