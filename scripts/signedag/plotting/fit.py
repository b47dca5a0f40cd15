"""Figures of the signal-strength fit: two-dimensional templates, profile-likelihood scans of all treatments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import columns_for, heading_axes, panel_grid
from signedag.plotting.style import (
    BLACK,
    DASHES,
    GREY,
    MARKERS,
    SERIES,
    VERMILION,
    Floats,
    axis_label,
    stacked_processes,
    stamp,
)
from signedag.report.numbers import signed, significant, with_error, with_interval
from signedag.statistics.template_files import RegionTemplates

Json = Mapping[str, Any]

DECADES = 4.0
"""Range of the colour scale; smaller contents have the colour of its lower end."""
MOST_HATCHED_BINS = 2500
HATCH = "xxxxxx"
HIGHEST_DELTA_NLL = 4.5
OPAQUE = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}


def templates(region: RegionTemplates, settings: PlotSettings, variant: str) -> Figure:
    """Draw the mass × score template of every process and of their sum.

    Contents share one logarithmic colour scale. Bins with a negative sum of weights have a colour of their own and a
    hatch; bins without events are white.

    Args:
        region: the signal region's templates, two axes.
        settings: names and labels.
        variant: the classifier's name.
    """
    names = [name for name in stacked_processes(settings) if name in region.nominal]
    contents = {name: (region.nominal[name].values, region.nominal[name].variances) for name in names}
    total = (np.sum([v for v, _ in contents.values()], axis=0), np.sum([v for _, v in contents.values()], axis=0))
    labels = ["all processes", *(settings.processes[name].label for name in names)]
    figure, panels = panel_grid(len(labels), ratio=False, width=4.3, height=4.1, heading=0.95, gap=0.98)
    stamp(heading_axes(figure, panels, above=0.5), settings, subject=variant)
    highest = float(total[0].max())
    scale = LogNorm(highest * 10**-DECADES, highest) if highest > 0 else LogNorm(1e-4, 1)
    for panel, label, (values, variances) in zip(panels, labels, [total, *contents.values()], strict=True):
        _template(panel.main, values, region.edges, scale)
        panel.main.set_title(_contents_text(label, values, variances), loc="left", size="small", pad=4)
        panel.main.set_xlabel(axis_label(settings, settings.mass))
        panel.main.set_ylabel(settings.plots.labels.get("score", "Classifier score"))
    _colour_bar(figure, panels[columns_for(len(panels)) - 1].main, scale)
    return figure


def _template(axes: Axes, values: Floats, edges: Sequence[Floats], scale: LogNorm) -> None:
    shown = np.ma.masked_less_equal(values.T, 0)
    axes.pcolormesh(edges[0], edges[1], shown, norm=scale, cmap="viridis", rasterized=True)
    negative = np.ma.masked_greater_equal(values.T, 0)
    colours = ListedColormap([VERMILION])
    if negative.count() > MOST_HATCHED_BINS:
        axes.pcolormesh(edges[0], edges[1], negative, cmap=colours, rasterized=True)
    elif negative.count():
        style: dict[str, Any] = {"hatch": HATCH, "edgecolors": BLACK, "linewidth": 0, "rasterized": True}
        axes.pcolor(edges[0], edges[1], negative, cmap=colours, **style)


def _contents_text(label: str, values: Floats, variances: Floats) -> str:
    """Say how many events a template has, and how many of its bins are negative or empty."""
    text = f"{label}: {with_error(float(values.sum()), float(np.sqrt(variances.sum())))} events"
    negative, empty = values[values < 0], int(np.sum(variances == 0))
    found = (
        f"{negative.size} negative (sum {significant(float(negative.sum()), 2)})" if negative.size else "none negative"
    )
    return f"{text}\nof {values.size} bins {found}, {empty} empty"


def _colour_bar(figure: Figure, axes: Axes, scale: LogNorm) -> None:
    """Put the colour scale into the last panel of the first row, along its right side outside of it."""
    old = figure.get_figwidth()
    new = old + 1.0
    for drawn in figure.axes:
        box = drawn.get_position()
        drawn.set_position((box.x0 * old / new, box.y0, box.width * old / new, box.height))
    figure.set_figwidth(new)
    box = axes.get_position()
    place = figure.add_axes((box.x1 + 0.12 / new, box.y0, 0.16 / new, box.height))
    image = ScalarMappable(norm=scale, cmap="viridis")
    figure.colorbar(image, cax=place, label="Events / bin", extend="min")
    place.legend(
        handles=[Patch(facecolor=VERMILION, edgecolor=BLACK, hatch=HATCH, linewidth=0, label="negative")],
        loc="upper left",
        bbox_to_anchor=(-0.1, -0.06),
        borderaxespad=0,
    )


def likelihood_scan(results: Sequence[Json], settings: PlotSettings, subject: str) -> Figure:
    """Draw ΔNLL against the signal strength for every treatment of the scale factors, and the intervals.

    Args:
        results: contents of `result.json`, one per treatment.
        settings: names and labels.
        subject: the classifier and the binning.
    """
    figure, panels = panel_grid(2, ratio=False, width=5.6, height=4.9, columns=2)
    stamp(panels[0].main, settings, right=panels[1].main, subject=subject)
    _scans(panels[0].main, results)
    _intervals(panels[1].main, results)
    return figure


def _scans(axes: Axes, results: Sequence[Json]) -> None:
    for index, result in enumerate(results):
        scan, interval = result["scan"], result["interval"]
        text = with_interval(interval["value"], interval["down"], interval["up"], more=1)
        axes.plot(
            scan["mu"],
            _defined(scan["delta_nll"]),
            color=SERIES[index],
            linestyle=DASHES[index],
            linewidth=1.8,
            label=f"{result['treatment']}: $\\mu$ = {text}",
        )
    scan = results[0]["scan"]
    axes.plot(
        scan["mu"], _defined(scan["delta_nll_statistical"]), color=GREY, linewidth=1.2, label="everything else fixed"
    )
    for level, name in ((0.5, "68.3 %"), (2.0, "95.4 %")):
        axes.axhline(level, color=BLACK, linewidth=0.7, linestyle=":")
        axes.text(0.99, level, name, transform=axes.get_yaxis_transform(), ha="right", va="bottom", size="x-small")
    axes.set_ylim(0, 1.5 * HIGHEST_DELTA_NLL)
    axes.set_xlabel(r"Signal strength $\mu$")
    axes.set_ylabel(r"$\Delta$NLL = $-\ln L(\mu) + \ln L(\hat{\mu})$")
    axes.margins(x=0)
    axes.legend(loc="upper center", title="Asimov data, $\\mu$ = 1; treatment of the scale factors", alignment="left")


def _defined(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _intervals(axes: Axes, results: Sequence[Json]) -> None:
    """Draw each treatment's interval with its statistical part inside and the breakdown in words."""
    places = np.arange(len(results), dtype=np.float64)[::-1]
    for index, (place, result) in enumerate(zip(places, results, strict=True)):
        interval = result["interval"]
        style: dict[str, Any] = {"color": SERIES[index], "fmt": MARKERS[index], "markersize": 6}
        axes.errorbar(interval["value"], place, xerr=_sides(interval), elinewidth=1.5, capsize=4, **style)
        axes.errorbar(interval["value"], place, xerr=_sides(result["statistical"]), elinewidth=4, alpha=0.45, **style)
        at = axes.get_yaxis_transform()
        axes.text(0.03, place + 0.16, _breakdown(result), transform=at, size="x-small", va="bottom", bbox=OPAQUE)
    axes.axvline(1, color=GREY, linestyle="--", linewidth=1)
    axes.set_yticks([])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(-0.5, len(results) - 0.2)
    axes.margins(x=0.12)
    axes.set_xlabel(r"Signal strength $\mu$ (thick: statistical part)")


def _sides(interval: Json) -> Floats:
    return np.array([[0.0 if interval[side] is None else interval[side]] for side in ("down", "up")])


def _breakdown(result: Json) -> str:
    """Write significance and parts of the uncertainty; what is undefined is a question mark."""

    def part(key: str) -> str:
        down, up = (result[key][side] for side in ("down", "up"))
        if not down and not up:
            return "?" if down is None else "0"
        return " ".join(
            f"{sign}{'?' if value is None else signed(value, 3)}" for sign, value in (("−", down), ("+", up))
        )

    z = result["significance"]["z"]
    significance = "undefined" if z is None else f"{z:.2f} σ"
    return (
        f"{result['treatment']}: significance {significance}\n"
        f"statistical {part('statistical')}, scale factors {part('systematic_from_scale_factors')},\n"
        f"other nuisances {part('systematic_from_nuisances')}"
    )
