"""The contours of two signal strengths, with the best fit and the standard model."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import panel_grid
from signedag.plotting.style import BLACK, BLUE, DASHES, VERMILION, stamp
from signedag.report.numbers import significant

Json = Mapping[str, Any]

ROOM = 0.12
"""Of the range of the contours on every side; above there is more, for the legend."""
FOR_LEGEND = 0.5
LETTERS = 70
"""In a line of the legend."""
LARGEST_P_VALUE = 0.995
"""Above it a point is the best fit itself."""


def contour(content: Json, settings: PlotSettings, subject: str) -> Figure:
    """Draw the expected contours and, once they are unblinded, the observed ones.

    Args:
        content: content of a file of `compute_contour`.
        settings: names and labels.
        subject: the classifier, the binning and the treatment.
    """
    figure, (panel,) = panel_grid(1, ratio=False, width=5.6, height=5.6, columns=1)
    axes = panel.main
    stamp(axes, settings)
    observed = content["observed"]
    drawn = {"expected": content["expected"]}
    if observed is not None and observed["contours"] is not None:
        drawn["observed"] = observed
    for (kind, one), colour in zip(drawn.items(), (BLUE, BLACK), strict=False):
        _contours(axes, one, kind, colour)
        if kind == "expected":  # so that the legend has one column for each kind of data
            _standard_model(axes, drawn[list(drawn)[-1]]["standard_model"])
    first, second = content["expected"]["parameters"]
    axes.set_xlabel(_label(content, settings, first))
    axes.set_ylabel(_label(content, settings, second))
    _set_range(axes, [*drawn.values()])
    reasons = dict.fromkeys(item["reason"] for one in drawn.values() for item in one["contours"] if "reason" in item)
    title = "\n".join([subject, *(fill(f"open: {reason}", LETTERS) for reason in reasons)])
    axes.legend(loc="upper left", ncols=len(drawn), title=title, alignment="left")
    return figure


def _label(content: Json, settings: PlotSettings, strength: str) -> str:
    """Name a strength after the processes that it scales."""
    labels = [settings.processes[name].label for name in content["processes"][strength] if name in settings.processes]
    return rf"Signal strength $\mu$ of {' and '.join(labels)}" if labels else strength


def _contours(axes: Axes, one: Json, kind: str, colour: str) -> None:
    """Draw the contours of one kind of data and its best fit."""
    for number, item in enumerate(one["contours"]):
        label = f"{kind}, {100 * item['level']:.0f} %"
        for line in item["lines"]:
            x, y = np.array(line).T
            axes.plot(x, y, color=colour, linestyle=DASHES[number], linewidth=1.8, label=label)
            label = "_"
    best = ", ".join(f"{value:.2f}" for value in one["best"]).replace("-", "−")
    style: dict[str, Any] = {"color": colour, "markersize": 15, "markeredgewidth": 1.8, "linestyle": "none"}
    axes.plot(*one["best"], "+", label=f"{kind} best fit ({best})", **style)


def _standard_model(axes: Axes, point: Json) -> None:
    """Draw the standard model; how well it agrees is said unless the data are made with it."""
    p_value = point["p_value"]
    agreement = "" if p_value is None or p_value > LARGEST_P_VALUE else f" (p = {significant(p_value, 2)})"
    style: dict[str, Any] = {"color": VERMILION, "markersize": 9, "linestyle": "none", "zorder": 3}
    axes.plot(*point["values"], "*", label=f"standard model{agreement}", **style)


def _set_range(axes: Axes, drawn: list[Json]) -> None:
    """Show all lines and points, with room for the legend above them."""
    points = [point for one in drawn for point in (one["best"], one["standard_model"]["values"])]
    points += [point for one in drawn for item in one["contours"] for line in item["lines"] for point in line]
    low, high = np.min(points, axis=0), np.max(points, axis=0)
    span = np.where(high > low, high - low, 1.0)
    axes.set_xlim(low[0] - ROOM * span[0], high[0] + ROOM * span[0])
    axes.set_ylim(low[1] - ROOM * span[1], high[1] + FOR_LEGEND * span[1])
