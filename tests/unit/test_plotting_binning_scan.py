"""Figure of the scan of binnings: every row that is defined is drawn, hollow where its bias is not small."""

from __future__ import annotations

from typing import Any

import numpy as np

from signedag.plotting.binning_scan import binning_scan
from signedag.plotting.style import house_style


def row(bins: int, statistics: str, least: float, sigma: float | None, bias: float) -> dict[str, Any]:
    defined = {
        "sigma": sigma,
        "relative_bias": None if sigma is None else bias,
        "trusted": sigma is not None and bias < 0.2,
    }
    return {"bins": bins, "template_statistics": statistics, "least_effective_events": least, **defined}


def test_every_defined_row_is_drawn_and_hollow_where_biased(plot_settings: Any, assert_legible: Any) -> None:
    rows = [
        row(bins, statistics, least, None if bins == 300 and least else 0.3, bias)
        for bins, bias in ((5, 0.01), (30, 0.5), (300, 9.0))
        for statistics in ("none", "barlow_beeston_lite")
        for least in (0.0, 30.0, 100.0)
    ]
    with house_style():
        figure = binning_scan({"variant": "plain", "rows": rows}, plot_settings)
        assert_legible(figure)
    for axes, heights in zip(figure.axes[:2], ((0.3,), (0.01, 0.5, 9.0)), strict=True):
        marks = [line for line in axes.lines if len(line.get_xdata()) == 1]
        assert len(marks) == 14  # 18 rows, four of them undefined
        for line in marks:
            place, height = float(np.asarray(line.get_xdata())[0]), float(np.asarray(line.get_ydata())[0])
            assert (line.get_markerfacecolor() == "white") == (place > 5)
            assert height in heights
        assert [text.get_text() for text in axes.get_xticklabels()] == ["5", "30", "300"]
