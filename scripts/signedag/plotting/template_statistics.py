"""Figure of the study of template statistics: bias, pulls, coverage, errors and failures against the number of bins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import heading_axes, panel_grid
from signedag.plotting.style import BLACK, GREY, MARKERS, SERIES, stamp

Json = Mapping[str, Any]
Point = tuple[float, float] | None
"""A value with its error; nothing where undefined."""

LEGEND = 0.75
"""Room for the legend above the panels, inches."""
LABELS = {
    ("redrawn", "none"): "redrawn, no template statistics",
    ("redrawn", "barlow_beeston_lite"): "redrawn, Barlow-Beeston-lite",
    ("transformed", "barlow_beeston_lite"): "transformed weights",
    ("exact", "none"): "exact templates",
    ("transformed_covered", "barlow_beeston_lite"): "transformed, error covered",
}
"""What templates are fitted, and how."""
MARKS = dict(zip(LABELS, (MARKERS[0], MARKERS[1], MARKERS[5], MARKERS[3], MARKERS[6]), strict=True))
"""Their marks; triangles are left for what is outside a panel."""


@dataclass(frozen=True)
class Quantity:
    """What one panel shows."""

    label: str
    of: Callable[[Json], Point]
    """Gives value and error of a row."""
    expected: float | None = None
    """Where it should be."""
    shown: tuple[float, float] | None = None
    """What the panel shows; what is outside is marked at the border."""
    said: Callable[[Json], float | None] | None = None
    """Gives what a row lets expect."""


def _bias(row: Json) -> Point:
    if row["bias"] is None:
        return None
    size = row["mean_error"]["value"]
    return row["bias"]["value"] / size, row["bias"]["error"] / size


def _measured(key: str) -> Callable[[Json], Point]:
    return lambda row: None if row[key] is None else (row[key]["value"], row[key]["error"])


def _coverage(level: str) -> Callable[[Json], Point]:
    def of(row: Json) -> Point:
        if row["coverage"] is None:
            return None
        return row["coverage"][level]["value"], row["coverage"][level]["error"]

    return of


def _said_bias(row: Json) -> float | None:
    if row["bias"] is None or row["templates"] == "exact":
        return None
    return float(row["template_bias"] / row["mean_error"]["value"])


QUANTITIES = (
    Quantity(r"Bias of $\hat{\mu}$ / $\sigma_\mu$", _bias, 0.0, (-0.5, 1.25), _said_bias),
    Quantity("Width of pulls", _measured("pull_width"), 1.0, (0.7, 1.4)),
    Quantity("Coverage of 68.3 % intervals", _coverage("0.6827"), 0.6827, (0.4, 0.8)),
    Quantity("Coverage of 95 % intervals", _coverage("0.95"), 0.95, (0.75, 1.0)),
    Quantity(r"Mean $\sigma_\mu$", _measured("mean_error")),
    Quantity("Failed fits", lambda row: (row["failed"] / row["pseudo_experiments"], 0.0), shown=(-0.03, 1.03)),
)


def template_statistics(study: Json, settings: PlotSettings) -> Figure:
    """Draw every cell of the table: a colour for each merging, a mark for which templates are fitted, and how.

    Args:
        study: content of the study's JSON.
        settings: names and labels.
    """
    rows = list(study["table"])
    bins = list(dict.fromkeys(row["bins"] for row in rows))
    ways = list(dict.fromkeys(_way(row) for row in rows))
    figure, panels = panel_grid(len(QUANTITIES), ratio=False, width=3.9, height=3.0, columns=3, heading=LEGEND + 0.35)
    top = heading_axes(figure, panels, LEGEND + 0.05)
    stamp(top, settings, str(study["variant"]))
    for panel, quantity in zip(panels, QUANTITIES, strict=True):
        for index, way in enumerate(ways):
            offset = 0.7 * ((index + 0.5) / len(ways) - 0.5)
            for row in (row for row in rows if _way(row) == way):
                _draw(panel.main, bins.index(row["bins"]) + offset, row, quantity, _style(way, ways))
        _finish(panel.main, quantity, bins)
    for number, panel in enumerate(panels):
        if number >= 3:
            panel.main.set_xlabel("Bins per axis")
    for kind in dict.fromkeys(way[:2] for way in ways):
        style = _style((*kind, ways[0][2]), ways) | {"color": BLACK}
        top.plot([], [], linestyle="none", label=LABELS[kind], **style)
    for way in {way[2]: way for way in ways}.values():
        label = f"merged to {way[2]:g}" if way[2] else "not merged"
        top.plot([], [], linestyle="none", label=label, marker="_", markersize=12, color=_style(way, ways)["color"])
    top.legend(loc="lower center", ncols=4, borderpad=0.1, columnspacing=1.4)
    return figure


Way = tuple[str, str, float]


def _way(row: Json) -> Way:
    return row["templates"], row["template_statistics"], row["least_effective_events"]


def _style(way: Way, ways: list[Way]) -> dict[str, Any]:
    templates, statistics, least = way
    merging = sorted({other[2] for other in ways})
    colour = SERIES[merging.index(least) % len(SERIES)]
    style = {"marker": MARKS[templates, statistics], "color": colour}
    return style | {"markerfacecolor": "white"} if templates == "exact" else style


def _draw(axes: Axes, place: float, row: Json, quantity: Quantity, style: dict[str, Any]) -> None:
    said = None if quantity.said is None else quantity.said(row)
    if said is not None:
        axes.plot(place, said, marker="_", markersize=8, color=BLACK, linestyle="none", zorder=3)
    point = quantity.of(row)
    if point is None:
        return
    value, error = point
    low, high = quantity.shown or (value, value)
    if low <= value <= high:
        axes.errorbar(place, value, yerr=error or None, elinewidth=1, **style)
        return
    edge = 0.03 * (high - low)
    marker, border = ("v", low + edge) if value < low else ("^", high - edge)
    axes.plot(place, border, linestyle="none", **(style | {"marker": marker}))


def _finish(axes: Axes, quantity: Quantity, bins: list[int]) -> None:
    axes.set_ylabel(quantity.label)
    axes.set_xticks(np.arange(len(bins)), [str(number) for number in bins])
    axes.set_xlim(-0.5, len(bins) - 0.5)
    axes.tick_params(axis="x", which="minor", bottom=False, top=False)
    axes.set_axisbelow(True)
    for place in range(len(bins) - 1):
        axes.axvline(place + 0.5, color=GREY, alpha=0.3, linewidth=0.8)
    if quantity.expected is not None:
        axes.axhline(quantity.expected, color=BLACK, linewidth=1, zorder=0.5)
    if quantity.shown is not None:
        axes.set_ylim(*quantity.shown)
    else:
        axes.margins(y=0.15)
