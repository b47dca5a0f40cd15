"""The figure of two signal strengths: lines are those of the file, axes are named after processes."""

from __future__ import annotations

import numpy as np
from matplotlib.text import Text

from signedag.plotting.contour import contour
from signedag.plotting.style import house_style

SQUARE = [[0.5, 0.5], [1.5, 0.5], [1.5, 1.5], [0.5, 0.5]]
EXPECTED = {
    "parameters": ["mu_zh", "mu_tt"],
    "best": [1.0, 1.0],
    "contours": [{"level": 0.6827, "lines": [SQUARE]}, {"level": 0.95, "lines": [SQUARE[:2], SQUARE[2:]]}],
    "standard_model": {"values": [1.0, 1.0], "p_value": 1.0},
}


def drawn(plot_settings, **more):
    first, second = list(plot_settings.processes)[:2]
    content = {"expected": EXPECTED, "observed": None, "processes": {"mu_zh": [first], "mu_tt": [second, first]}}
    with house_style():
        figure = contour(content | more, plot_settings, "plain, coarse, fixed")
    figure.draw_without_rendering()
    return figure.axes[0], " | ".join(text.get_text() for text in figure.findobj(Text))


def test_axes_are_named_after_the_processes_of_each_strength(plot_settings):
    axes, text = drawn(plot_settings)
    first, second = (style.label for style in list(plot_settings.processes.values())[:2])
    assert axes.get_xlabel().endswith(f"of {first}") and axes.get_ylabel().endswith(f"of {second} and {first}")
    assert all(part in text for part in ("expected, 68 %", "expected, 95 %", "plain, coarse, fixed", "standard model"))
    assert "observed" not in text and "p =" not in text


def test_lines_are_those_of_the_file_and_all_are_inside(plot_settings):
    observed = EXPECTED | {"best": [3.0, -2.0], "standard_model": {"values": [1.0, 1.0], "p_value": 0.021}}
    observed["contours"] = [{"level": 0.95, "lines": [[[2.5, -3.0], [3.5, -1.0]]], "reason": "the end of it"}]
    axes, text = drawn(plot_settings, observed=observed)
    lines = [np.transpose(line.get_data()).tolist() for line in axes.get_lines()]
    for line in (SQUARE, SQUARE[:2], SQUARE[2:], [[2.5, -3.0], [3.5, -1.0]], [[3.0, -2.0]], [[1.0, 1.0]]):
        assert line in lines
    assert "open: the end of it" in text and "standard model (p = 0.021)" in text
    assert axes.get_xlim()[0] < 0.5 and axes.get_xlim()[1] > 3.5 and axes.get_ylim()[0] < -3.0
    assert axes.get_ylim()[1] > 1.5 + 1.0, "room for the legend"


def test_withheld_observed_contours_leave_no_trace(plot_settings):
    with_reason = {"contours": None, "reason": "hidden until the blinding says so"}
    _, text = drawn(plot_settings, observed=with_reason)
    assert "observed" not in text
