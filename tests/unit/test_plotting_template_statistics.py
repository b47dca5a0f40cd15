"""Figure of the study of template statistics: every cell is drawn, what is undefined is not, far values are marked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from signedag.plotting.style import house_style
from signedag.plotting.template_statistics import template_statistics

WAYS = (("exact", "none", 0.0), ("redrawn", "none", 0.0), ("redrawn", "barlow_beeston_lite", 10.0))


@pytest.fixture
def study() -> dict[str, Any]:
    """Give a table of three ways to fit in two binnings."""
    rows = []
    for bins in (10, 100):
        for number, (templates, statistics, least) in enumerate(WAYS):
            measured = {"value": 0.3, "error": 0.01}
            covered = {level: {"value": 0.6 + 0.02 * number, "error": 0.02} for level in ("0.6827", "0.95")}
            row = {"templates": templates, "template_statistics": statistics, "least_effective_events": least}
            row |= {"bins": bins, "pseudo_experiments": 100, "failed": number, "coverage": covered}
            row |= {"bias": {"value": 0.03 * number, "error": 0.01}, "mean_error": measured}
            rows.append(row | {"pull_width": {"value": 1.0 + number / 10, "error": 0.03}, "template_bias": 0.06})
    return {"variant": "plain", "table": rows}


def marks(axes: Any) -> list[tuple[str, Any]]:
    """Give marker and height of every mark."""
    lines = [line for line in axes.lines if len(line.get_xdata()) == 1]
    return [(line.get_marker(), float(np.asarray(line.get_ydata())[0])) for line in lines]


def test_every_cell_is_drawn(study: dict[str, Any], plot_settings: Any, assert_legible: Any) -> None:
    with house_style():
        figure = template_statistics(study, plot_settings)
        assert_legible(figure)
    bias, width, narrow, wide, error, failed = figure.axes[:6]
    expected = [("D", pytest.approx(0.0))] * 2 + [("_", pytest.approx(0.2))] * 4
    expected += [("o", pytest.approx(0.1))] * 2 + [("s", pytest.approx(0.2))] * 2
    assert sorted(marks(bias)) == expected
    assert [height for _, height in sorted(marks(width))] == pytest.approx([1.0, 1.0, 1.1, 1.1, 1.2, 1.2])
    assert len(marks(narrow)) == len(marks(wide)) == len(marks(error)) == 6
    assert sorted(height for _, height in marks(failed)) == pytest.approx([0, 0, 0.01, 0.01, 0.02, 0.02])
    assert marks(wide) == [("v", pytest.approx(0.75 + 0.03 * 0.25))] * 6  # all of them are below the panel


def test_what_is_undefined_has_no_mark(study: dict[str, Any], plot_settings: Any) -> None:
    for row in study["table"][:2]:
        row.update(bias=None, coverage=None, pull_width=None, mean_error=None)
    with house_style():
        figure = template_statistics(study, plot_settings)
    assert [len(marks(axes)) for axes in figure.axes[:6]] == [7, 4, 4, 4, 4, 6]
