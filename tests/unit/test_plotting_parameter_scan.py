"""Figure of a scan of a parameter: every process with its spread, trained points and own values marked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from signedag.json_blocks import Block
from signedag.metrics.parameter_scan import curves, peak, smoothness
from signedag.plotting.parameter_scan import parameter_scan
from signedag.plotting.style import house_style

GRID = np.linspace(400, 1600, 61)
TRAINED = (500.0, 750.0, 1000.0, 1250.0, 1500.0)


def scanned(signals: int = 2, weight: float = 1.0) -> Block:
    """Give a scan in which each signal's score is a bump at its mass, that of background flat."""
    processes: dict[str, Any] = {}
    own = {f"X{mass:.0f}": mass for mass in TRAINED[:signals]}
    for number, name in enumerate((*own, "tt")):
        generator = np.random.default_rng(number)
        mass, weights = own.get(name), np.full(200, weight)
        at = generator.normal(mass or 900, 100, 200)
        scores = (0.8 if mass else 0.3) * np.exp(-(((GRID[:, None] - at) / 250) ** 2))
        summary = curves(scores, weights)
        single = [{"score": scores[:, row].tolist()} for row in (0, 100)]
        described = {"peak": peak(GRID, summary.mean), "smoothness": smoothness(GRID, summary.mean, TRAINED)}
        blocks = {key: value.as_json() for key, value in described.items()}
        processes[name] = {"own_value": mass, **summary.as_json(), **blocks, "single_events": single}
    content = {
        "variant": "pnn", "parameter": "mass_gev", "others": {"width_gev": 20.0}, "grid": GRID.tolist(),
        "trained": list(TRAINED), "processes": processes,
    }  # fmt: skip
    return Block(content, Path("scan.json"), "")


@pytest.mark.parametrize("signals", [1, 2, 5])
def test_the_figure_is_legible(signals: int, plot_settings, assert_legible) -> None:
    with house_style():
        figure = parameter_scan(scanned(signals), plot_settings)
        assert_legible(figure)
    assert len(figure.axes) == signals + 2
    for axes in figure.axes:
        dotted = [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == ":" and len(line.get_xdata())]
        assert [value for value in dotted if value in TRAINED] == list(TRAINED)
    stars = [line for line in figure.axes[0].lines if line.get_marker() == "*" and len(line.get_xdata())]
    assert [line.get_xdata()[0] for line in stars] == list(TRAINED[:signals])
    text = figure.axes[1].get_legend().get_title().get_text()
    assert text.startswith("X500\nsteps up to ") and "% at trained" in text


def test_a_process_without_positive_weights_is_said_to_be_undefined(plot_settings) -> None:
    with house_style():
        figure = parameter_scan(scanned(1, weight=-1.0), plot_settings)
    assert any("no positive sum of weights" in text.get_text() for text in figure.axes[1].texts)
