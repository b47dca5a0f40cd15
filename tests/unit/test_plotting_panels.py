"""Grids of panels, drawn bins and ratio ranges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from scipy.stats import norm, poisson

from signedag.plotting.panels import (
    DrawnRatio,
    band,
    columns_for,
    divide,
    drawn_edges,
    mark_undefined,
    panel_grid,
    points,
    poisson_errors,
    ratio_range,
)


@pytest.mark.parametrize("ratio", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 15, 27])
def test_panels_are_inside_the_figure_and_apart(count, ratio):
    figure, panels = panel_grid(count, ratio)
    boxes = [axes.get_position() for axes in figure.axes]
    assert len(panels) == count
    assert len(boxes) == count * (2 if ratio else 1)
    assert all(0 < box.x0 < box.x1 < 1 and 0 < box.y0 < box.y1 < 1 for box in boxes)
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])


def test_few_panels_get_few_columns():
    assert [columns_for(count) for count in (1, 3, 4, 15, 27)] == [1, 3, 2, 3, 4]


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=20), st.floats(-1e3, 1e3))
@settings(deadline=None)
def test_drawn_edges_cut_only_the_outer_bins(widths, start):
    edges = np.concatenate([[start], start + np.cumsum(widths)])
    drawn = drawn_edges(edges)
    assert np.all(np.diff(drawn) > 0)
    np.testing.assert_array_equal(drawn[1:-1], edges[1:-1])
    assert drawn[0] >= edges[0]
    assert drawn[-1] <= edges[-1]
    if len(widths) > 2:
        inner = np.diff(edges)
        assert drawn[-1] - drawn[-2] <= 2 * inner[-2] * (1 + 1e-9)
        assert drawn[1] - drawn[0] <= 2 * inner[1] * (1 + 1e-9)


def test_ratios_are_undefined_without_a_positive_denominator():
    ratio = divide(np.array([1.0, 1.0, 1.0]), np.array([2.0, 0.0, -1.0]))
    assert ratio[0] == 0.5
    assert np.isnan(ratio[1:]).all()


def arrows(axes):
    return {line.get_marker(): line for line in axes.lines if line.get_marker() in ("^", "v")}


def test_ratios_out_of_range_are_marked_by_arrows_at_their_points():
    axes = Figure().subplots()
    ratio = DrawnRatio(np.array([1.0, 3.0, -2.0, np.nan]), "red", offset=0.1)
    assert ratio_range(axes, np.arange(5.0), [ratio], largest=0.5)
    assert axes.get_ylim() == (0.5, 1.5)
    marks = arrows(axes)
    assert marks["^"].get_xdata().tolist() == pytest.approx([1.6])
    assert marks["v"].get_xdata().tolist() == pytest.approx([2.6])
    for sign, marker in ((1, "^"), (-1, "v")):
        assert 0.4 < sign * (marks[marker].get_ydata()[0] - 1) < 0.5
        assert marks[marker].get_color() == "red"
    assert {text.get_text() for text in axes.texts} == {"3", "−2"}


def test_one_far_ratio_does_not_hide_the_others():
    axes = Figure().subplots()
    values = np.concatenate([1 + 0.02 * np.array([-1, 1] * 10), [0.3]])
    assert ratio_range(axes, np.arange(22.0), [DrawnRatio(values, "red")], smallest=0.01)
    assert axes.get_ylim() == pytest.approx((0.92, 1.08)), "four times what three quarters of the bins stay below"
    assert arrows(axes)["v"].get_xdata().tolist() == [20.5]
    assert [text.get_text() for text in axes.texts] == ["0.3"]


def test_many_ratios_out_of_range_have_marks_without_values():
    axes = Figure().subplots()
    ratio_range(axes, np.arange(9.0), [DrawnRatio(np.full(8, 5.0), "red")])
    assert len(arrows(axes)["^"].get_xdata()) == 8
    assert not axes.texts


def test_nothing_is_marked_inside_the_range():
    axes = Figure().subplots()
    assert not ratio_range(axes, np.arange(4.0), [DrawnRatio(np.array([0.99, 1.0, 1.02]), "red")])
    assert not arrows(axes)


def test_ratio_range_of_nothing_defined():
    axes = Figure().subplots()
    assert not ratio_range(axes, np.arange(3.0), [DrawnRatio(np.full(2, np.nan), "red")], smallest=0.1)
    assert axes.get_ylim() == pytest.approx((0.9, 1.1))


def test_undefined_ratios_are_crossed():
    axes = Figure().subplots()
    axes.set_ylim(0.5, 1.5)
    mark_undefined(axes, np.arange(4.0), np.array([False, True, False]))
    (cross,) = axes.lines
    assert (cross.get_marker(), cross.get_xdata().tolist()) == ("x", [1.5])
    assert 0.5 < cross.get_ydata()[0] < 1.5


@pytest.mark.parametrize("count", [0, 1, 3, 10, 100])
def test_poisson_errors_cover_as_they_say(count):
    """At the ends of the interval the count is a fluctuation of 15.9 % up or down."""
    down, up = poisson_errors(np.array([float(count)]))[:, 0]
    tail = norm.sf(1)
    assert poisson.cdf(count, count + up) == pytest.approx(tail)
    if count:
        assert poisson.sf(count - 1, count - down) == pytest.approx(tail)
    else:
        assert down == 0


def test_points_sit_in_their_bins():
    axes = Figure().subplots()
    edges = np.array([0.0, 1.0, 3.0])
    drawn = points(axes, edges, np.array([5.0, 7.0]), np.array([1.0, 2.0]), offset=0.1)
    assert drawn.lines[0].get_xdata().tolist() == pytest.approx([0.6, 2.2])
    bars = [segment[:, 1].tolist() for segment in drawn.lines[2][0].get_segments()]
    assert bars == [[4.0, 6.0], [5.0, 9.0]]


def test_bands_leave_undefined_bins_empty():
    axes = Figure().subplots()
    band(axes, np.arange(3.0), np.array([1.0, np.nan]), np.array([0.2, np.nan]))
    data = axes.patches[0].get_data()
    assert data.values.tolist() == pytest.approx([1.2, 0.0])
    assert data.baseline.tolist() == pytest.approx([0.8, 0.0])
