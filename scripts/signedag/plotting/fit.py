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
from matplotlib.ticker import MaxNLocator, NullLocator

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
from signedag.report.limits import SIMULATION_ERROR
from signedag.report.numbers import signed, significant, with_error, with_interval
from signedag.statistics.template_files import RegionTemplates

Json = Mapping[str, Any]

DECADES = 4.0
"""Range of the colour scale; smaller contents have the colour of its lower end."""
MOST_HATCHED_BINS = 2500
HATCH = "xxxxxx"
HIGHEST_DELTA_NLL = 4.5
LEVELS = {r"1$\sigma$": 0.5, r"2$\sigma$": 2.0}
"""ΔNLL at one and two standard deviations."""
COLUMN_OF_NUMBERS = 0.52
"""Where the numbers beside the intervals begin, as a share of the panel's width."""
PARTS = {
    "statistical": "statistical",
    "scale factors": "systematic_from_scale_factors",
    "other nuisances": "systematic_from_nuisances",
}
"""Parts of the uncertainty: their names in the figure and in `result.json`."""


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
    figure, panels = panel_grid(len(labels), ratio=False, width=3.5, height=3.7, heading=0.9, gap=0.98)
    bins = " × ".join(str(edges.size - 1) for edges in region.edges)
    stamp(heading_axes(figure, panels, above=0.5), settings, subject=f"{variant}, {bins} bins")
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
    positive = np.ma.masked_less_equal(values.T, 0)
    axes.pcolormesh(edges[0], edges[1], positive, norm=scale, cmap="viridis", rasterized=True)
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
    of_sign = f"{negative.size} negative" + (f" (sum {significant(float(negative.sum()), 2)})" if negative.size else "")
    return f"{text}\nbins: {of_sign}, {empty} empty"


def _colour_bar(figure: Figure, axes: Axes, scale: LogNorm) -> None:
    """Put the colour scale into the last panel of the first row, along its right side outside of it."""
    old = figure.get_figwidth()
    new = old + 1.0
    for drawn in figure.axes:
        box = drawn.get_position()
        drawn.set_position((box.x0 * old / new, box.y0, box.width * old / new, box.height))
    figure.set_figwidth(new)
    box = axes.get_position()
    bar = figure.add_axes((box.x1 + 0.12 / new, box.y0, 0.16 / new, box.height))
    image = ScalarMappable(norm=scale, cmap="viridis")
    figure.colorbar(image, cax=bar, label="Events / bin", extend="min")
    bar.legend(
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
    height = 6.4 if "observed" in results[0] else 5.1
    figure, panels = panel_grid(2, ratio=False, width=5.0, height=height, columns=2)
    stamp(panels[0].main, settings, right=panels[1].main, subject=subject)
    _scans(panels[0].main, results)
    _intervals(panels[1].main, results)
    return figure


def _scans(axes: Axes, results: Sequence[Json]) -> None:
    """Draw the scans; the levels of one and two standard deviations are named on the right axis, outside."""
    for index, result in enumerate(results):
        scan = result["scan"]
        axes.plot(
            scan["mu"],
            _defined(scan["delta_nll"]),
            color=SERIES[index],
            linestyle=DASHES[index],
            linewidth=1.8,
            label=result["treatment"],
        )
        if "observed" in result:
            scan = result["observed"]["scan"]
            axes.plot(scan["mu"], _defined(scan["delta_nll"]), color=SERIES[index], linewidth=4, alpha=0.4)
    scan = results[0]["scan"]
    axes.plot(
        scan["mu"], _defined(scan["delta_nll_statistical"]), color=GREY, linewidth=1.2, label="everything else fixed"
    )
    for level in LEVELS.values():
        axes.axhline(level, color=BLACK, linewidth=0.7, linestyle=":", zorder=0.5)
    axes.set_ylim(0, 1.5 * HIGHEST_DELTA_NLL)
    axes.set_xlabel(r"Signal strength $\mu$")
    axes.set_ylabel(r"$\Delta$NLL = $-\ln L(\mu) + \ln L(\hat{\mu})$")
    axes.margins(x=0)
    axes.tick_params(axis="y", which="both", right=False)
    levels = axes.secondary_yaxis("right")
    levels.set_yticks(list(LEVELS.values()), list(LEVELS))
    levels.yaxis.set_minor_locator(NullLocator())
    levels.tick_params(axis="y", length=0)
    if "observed" in results[0]:
        axes.plot([], [], color=BLACK, linewidth=4, alpha=0.4, label=_observed_name(results[0]))
    axes.legend(loc="upper center", title="Asimov data; scale factors:", alignment="left")


def _observed_name(result: Json) -> str:
    return "observed, moved" if result["observed"]["blinding"]["strengths_moved"] else "observed"


def _defined(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _intervals(axes: Axes, results: Sequence[Json]) -> None:
    """Draw each treatment's interval with its statistical part inside, and in a column beside it what it is made of.

    The column is outside the range of the intervals, so that no text lies on a line.
    """
    rows = np.arange(len(results), dtype=np.float64)[::-1]
    ends = [1.0]
    for index, (row, result) in enumerate(zip(rows, results, strict=True)):
        interval = result["interval"]
        style: dict[str, Any] = {"color": SERIES[index], "fmt": MARKERS[index], "markersize": 6}
        if not _simulation_dominates(result):
            both = _sides(_with_simulation(result))
            axes.errorbar(interval["value"], row, xerr=both, elinewidth=7, alpha=0.15, **style)
            ends += [interval["value"] - both[0, 0], interval["value"] + both[1, 0]]
        axes.errorbar(interval["value"], row, xerr=_sides(interval), elinewidth=1.5, capsize=4, **style)
        axes.errorbar(interval["value"], row, xerr=_sides(result["statistical"]), elinewidth=4, alpha=0.45, **style)
        at = axes.get_yaxis_transform()
        colour = VERMILION if _simulation_dominates(result) else BLACK
        axes.text(COLUMN_OF_NUMBERS, row, _breakdown(result), transform=at, size="small", va="center", color=colour)
        ends += [interval["value"] - (interval["down"] or 0), interval["value"] + (interval["up"] or 0)]
    axes.plot([1, 1], [-0.55, len(results) - 0.45], color=GREY, linestyle="--", linewidth=1, zorder=0.5)
    axes.set_yticks([])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(-0.6, len(results) - 0.1)
    span = max(ends) - min(ends) or 1.0
    axes.set_xlim(min(ends) - 0.1 * span, min(ends) - 0.1 * span + 1.2 * span / (COLUMN_OF_NUMBERS - 0.02))
    ticks = MaxNLocator(nbins=8).tick_values(*axes.get_xlim())
    axes.set_xticks([tick for tick in ticks if min(ends) - 0.1 * span <= tick <= max(ends) + 0.1 * span])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(r"Signal strength $\mu$")
    _bars_legend(axes)


def _bars_legend(axes: Axes) -> None:
    """Explain the three bars of an interval above all of them."""
    bars: list[dict[str, Any]] = [
        {"elinewidth": 1.5, "capsize": 4},
        {"elinewidth": 4, "alpha": 0.45},
        {"elinewidth": 7, "alpha": 0.15},
    ]
    handles = [axes.errorbar([], [], xerr=[], fmt="none", color=BLACK, **bar) for bar in bars]
    labels = ["68.3 %", "statistical", "with the simulation"]
    axes.legend(handles, labels, loc="upper left", ncols=3, columnspacing=1.2)


def _sides(interval: Json) -> Floats:
    return np.array([[0.0 if interval[side] is None else interval[side]] for side in ("down", "up")])


def _breakdown(result: Json) -> str:
    """Write interval, significance and parts of the uncertainty, a line each; what is undefined is a question mark."""

    def part(down: float | None, up: float | None) -> str:
        if not down and not up:
            return "?" if down is None else "0"
        return " ".join(
            f"{sign}{'?' if value is None else signed(value, 3)}" for sign, value in (("−", down), ("+", up))
        )

    interval, z = result["interval"], result["significance"]["z"]
    headline = "significance undefined" if z is None else f"{z:.2f} σ expected"
    lines = [
        f"{result['treatment']}: {'simulation too small' if _simulation_dominates(result) else headline}",
        f"$\\mu$ = {with_interval(interval['value'], interval['down'], interval['up'], more=1)}",
    ]
    if "observed" in result:
        lines += _observed_lines(result)
    for name, key in PARTS.items():
        lines.append(f"{name} {part(result[key]['down'], result[key]['up'])}")
    simulation = _simulation_error(result)
    if simulation is not None:
        lines.append(f"size of the simulation ±{signed(simulation, 3)}")
    if simulation is not None and not _simulation_in_fit(result):
        both = _with_simulation(result)
        lines.append(f"with it {part(both['down'], both['up'])}{_significance_with_simulation(result)}")
    return "\n".join(lines)


def _observed_lines(result: Json) -> list[str]:
    """Write significance and interval in observed data, moved by a secret number while strengths are blinded."""
    interval, z = result["observed"]["interval"], result["observed"]["significance"]["z"]
    if interval["value"] is None:
        return [f"{_observed_name(result)}: $\\mu$ undefined"]
    value = with_interval(interval["value"], interval["down"], interval["up"], more=1)
    return [_observed_name(result) + ("" if z is None else f": {z:.2f} σ"), f"$\\mu$ = {value}"]


def _simulation_error(result: Json) -> float | None:
    """Give the error of μ from the finite simulation; null where not known."""
    error = result.get("template_statistical")
    if isinstance(error, Mapping):
        error = error.get("value")
    return None if error is None else float(error)


def _simulation_in_fit(result: Json) -> bool:
    """Tell whether the interval contains the error of the finite simulation."""
    return bool(result.get("template_statistics", "none") != "none")


def _simulation_dominates(result: Json) -> bool:
    """Tell whether the finite simulation decides on the result, by the limit of the report's verdict."""
    simulation, sides = _simulation_error(result), [result["interval"][side] for side in ("down", "up")]
    if simulation is None or None in sides or not sum(sides):
        return False
    error = 0.5 * sum(sides)
    rest = error**2 - simulation**2 if _simulation_in_fit(result) else error**2
    return rest <= 0 or SIMULATION_ERROR.grade(simulation / float(np.sqrt(rest))) == "bad"


def _with_simulation(result: Json) -> dict[str, float | None]:
    """Give the distances to the ends of the interval with the error of the finite simulation in quadrature."""
    simulation = 0.0 if _simulation_in_fit(result) else _simulation_error(result) or 0.0
    sides = {side: result["interval"][side] for side in ("down", "up")}
    return {side: None if value is None else float(np.hypot(value, simulation)) for side, value in sides.items()}


def _significance_with_simulation(result: Json) -> str:
    """Write the significance with the error of the finite simulation: μ̂/√((μ̂/z)² + τ²); empty where undefined.

    μ̂/z is the fit's own error at μ = 0.
    """
    value, z, simulation = result["interval"]["value"], result["significance"]["z"], _simulation_error(result)
    if not value or z is None or z <= 0 or value <= 0 or simulation is None:
        return ""
    return f", {value / np.hypot(value / z, simulation):.2f} σ"
