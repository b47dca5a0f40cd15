"""Figure of the scan of binnings: expected error and predicted bias against the number of bins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FormatStrFormatter, NullLocator

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import heading_axes, panel_grid
from signedag.plotting.style import BLACK, MARKERS, SERIES, stamp
from signedag.statistics.template_study_results import LARGEST_BIAS

Json = Mapping[str, Any]
Way = tuple[str, float]

LEGEND = 0.75
"""Room for the legend above the panels, inches."""
NAMES = {"none": "no template statistics", "barlow_beeston_lite": "Barlow-Beeston-lite"}


def binning_scan(scan: Json, settings: PlotSettings) -> Figure:
    """Draw error and bias of every binning: a colour for each merging, a mark for each treatment.

    Marks are hollow where the predicted bias is no longer small beside the error.

    Args:
        scan: content of the scan's JSON.
        settings: names and labels.
    """
    rows = list(scan["rows"])
    bins = list(dict.fromkeys(row["bins"] for row in rows))
    ways = list(dict.fromkeys(_way(row) for row in rows))
    figure, panels = panel_grid(2, ratio=False, width=5.2, height=4.2, columns=2, heading=LEGEND + 0.35)
    top = heading_axes(figure, panels, LEGEND + 0.05)
    stamp(top, settings, str(scan["variant"]))
    error, bias = (panel.main for panel in panels)
    for way in ways:
        own = [row for row in rows if _way(row) == way and row["sigma"] is not None]
        style = _style(way, ways)
        _draw(error, own, "sigma", style)
        _draw(bias, own, "relative_bias", style)
        top.plot([], [], label=f"{NAMES[way[0]]}, {f'merged to {way[1]:g}' if way[1] else 'not merged'}", **style)
    error.set_ylabel(r"Expected $\sigma_\mu$")
    bias.set_ylabel(r"Predicted bias of $\hat{\mu}$ / $\sigma_\mu$")
    bias.set_yscale("symlog", linthresh=0.1)
    bias.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    bias.axhline(LARGEST_BIAS, color=BLACK, linewidth=1, zorder=0.5)
    for axes in (error, bias):
        _finish(axes, bins)
    top.legend(loc="lower center", ncols=len({way[1] for way in ways}), borderpad=0.1, columnspacing=1.4)
    hollow = Line2D([], [], linestyle="none", marker=MARKERS[1], color=BLACK, markerfacecolor="white")
    error.legend([hollow], [f"predicted bias above {LARGEST_BIAS:g} $\\sigma_\\mu$"], loc="upper left")
    return figure


def _way(row: Json) -> Way:
    return row["template_statistics"], row["least_effective_events"]


def _style(way: Way, ways: list[Way]) -> dict[str, Any]:
    statistics, least = way
    merging = sorted({other[1] for other in ways})
    plain = statistics == "none"
    return {
        "marker": MARKERS[0 if plain else 1],
        "color": SERIES[merging.index(least) % len(SERIES)],
        "linestyle": "--" if plain else "-",
        "linewidth": 1.2,
    }


def _draw(axes: Axes, rows: list[Json], key: str, style: dict[str, Any]) -> None:
    axes.plot([row["bins"] for row in rows], [row[key] for row in rows], **(style | {"marker": None}))
    for row in rows:
        face = {} if row["trusted"] else {"markerfacecolor": "white"}
        axes.plot(row["bins"], row[key], **(style | face | {"linestyle": "none"}))


def _finish(axes: Axes, bins: list[int]) -> None:
    axes.set_xlabel("Bins per axis")
    axes.set_xscale("log")
    axes.set_xticks(bins, [str(number) for number in bins])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(bins[0] / 1.15, bins[-1] * 1.15)
    axes.margins(y=0.1)
