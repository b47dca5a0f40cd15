"""Figures of the control regions: data and simulation before and after the scale factors, the factors, their pulls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from scipy.stats import norm

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import (
    Panel,
    band,
    divide,
    drawn_edges,
    hatched_band,
    legend_from_top,
    panel_grid,
    points,
    ratio_range,
)
from signedag.plotting.style import (
    BLACK,
    BLUE,
    GREY,
    SERIES,
    VERMILION,
    Floats,
    axis_label,
    chi2_text,
    stacked_processes,
    stamp,
)
from signedag.report.numbers import with_error, with_interval
from signedag.statistics.template_files import RegionTemplates

Json = Mapping[str, Any]

MOST_COLUMNS = 3
TITLES = {"prefit": "before", "postfit": "after"}
PULL_EDGES = np.linspace(-4, 4, 25)


def control_regions(fitted: Json, templates: Mapping[str, RegionTemplates], settings: PlotSettings) -> Figure:
    """Draw data and stacked simulation of every control region, before and after the scale factors.

    The hatched band is the statistical error of the simulation (√Σw²) with the shifts and weight variations in
    quadrature and, after the fit, with the error of the fit.

    Args:
        fitted: content of `scale_factors/result.json`.
        templates: control templates by region, for the shifts and weight variations.
        settings: names, colours and order of the processes.
    """
    regions: dict[str, Json] = fitted["regions"]
    by_row = len(regions) <= MOST_COLUMNS
    columns = len(regions) if by_row else 2
    places = [(kind, name) for kind in TITLES for name in regions]
    if not by_row:
        places = [(kind, name) for name in regions for kind in TITLES]
    figure, panels = panel_grid(len(places), ratio=True, width=4.6, height=4.5, columns=columns)
    stamp(panels[0].main, settings, right=panels[columns - 1].main)
    pseudo = any(factor["truth"] is not None for factor in fitted["scale_factors"].values())
    data_name = "pseudo-data" if pseudo else "data"
    for panel, (kind, name) in zip(panels, places, strict=True):
        errors = _uncertainty(fitted, kind, name, templates.get(name))
        _region(panel, regions[name], kind, errors, settings, settings.regions.get(name, name), data_name)
        one_bin = len(regions[name]["data"]) == 1
        observable = settings.observables.get(name, name)
        panel.lowest.set_xlabel("Total yield" if one_bin else axis_label(settings, observable))
    return figure


def _uncertainty(fitted: Json, kind: str, region: str, templates: RegionTemplates | None) -> Floats:
    """Give the error of the total prediction, shape (bins,)."""
    found = fitted["regions"][region]
    variance: Floats = np.square(np.array(found[f"{kind}_template_error"]))
    if kind == "postfit":
        variance = variance + np.square(np.array(found["postfit_fit_error"]))
        if fitted["nuisances_profiled"]:  # the error of the fit has them already
            templates = None
    if templates is None:
        return np.asarray(np.sqrt(variance))
    names = {variation for _, variation in templates.variations}
    for name in sorted(names):
        change = np.zeros((2, variance.size))
        for (process, variation), sides in templates.variations.items():
            if variation == name:
                nominal = templates.nominal[process].values.ravel()
                scale = divide(np.array(found[kind][process]), nominal)
                change += np.nan_to_num(scale) * np.array([side.values.ravel() - nominal for side in sides])
        variance = variance + np.square(np.abs(change).max(axis=0))
    return np.asarray(np.sqrt(variance))


def _region(
    panel: Panel, found: Json, kind: str, errors: Floats, settings: PlotSettings, title: str, data_name: str
) -> None:
    assert panel.ratio is not None
    edges, data = drawn_edges(np.array(found["edges"][0])), np.array(found["data"])
    total = np.array(found[f"{kind}_total"])
    below = np.zeros(total.size)
    for name in [name for name in reversed(stacked_processes(settings)) if name in found[kind]]:
        process, values = settings.processes[name], np.array(found[kind][name])
        panel.main.stairs(below + values, edges, baseline=below, fill=True, color=process.colour, label=process.label)
        below = below + values
    hatched_band(panel.main, edges, total, errors, label="uncertainty")
    points(panel.main, edges, data, np.sqrt(data), color=BLACK, label=data_name)
    ratio = divide(data, total)
    band(panel.ratio, edges, np.where(total > 0, 1.0, np.nan), divide(errors, total))
    points(panel.ratio, edges, ratio, divide(np.sqrt(data), total), color=BLACK)
    ratio_range(panel.ratio, edges, [(ratio, BLACK)], smallest=0.25)
    panel.main.set_xlim(edges[0], edges[-1])
    headroom = 2.0 if edges.size > 2 else 2.4
    panel.main.set_ylim(0, headroom * float(max(np.max(data + np.sqrt(data)), np.max(total + errors))))
    panel.main.set_ylabel("Events / bin")
    panel.ratio.set_ylabel("Data / pred.")
    if edges.size == 2:
        for axes in (panel.main, panel.ratio):
            axes.set_xticks([])
    legend_from_top(panel.main, ncols=2, title=f"{title}\n{TITLES[kind]} scale factors")


def scale_factors(fitted: Json, settings: PlotSettings) -> Figure:
    """Draw the fitted scale factors with their intervals, the truth where it is known, and their correlation.

    Args:
        fitted: content of `scale_factors/result.json`.
        settings: names and labels.
    """
    names: list[str] = fitted["order"]
    figure, panels = panel_grid(2, ratio=False, width=5.2, height=max(4.2, 1.6 + 0.75 * len(names)), columns=2)
    stamp(panels[0].main, settings, right=panels[1].main)
    labels = [_factor_label(fitted, name, settings) for name in names]
    _factors(panels[0].main, [fitted["scale_factors"][name] for name in names], labels, fitted["goodness_of_fit"])
    _correlation(panels[1].main, np.array(fitted["correlation"]), labels)
    return figure


def _factor_label(fitted: Json, name: str, settings: PlotSettings) -> str:
    processes = fitted["processes"].get(name, [])
    return ", ".join(settings.processes[p].label for p in processes if p in settings.processes) or name


def _factors(axes: Axes, factors: list[Json], labels: list[str], goodness: Json) -> None:
    """Draw one line per factor, with its numbers at the right end."""
    places = np.arange(len(factors), dtype=np.float64)[::-1]
    ends = [1.0]
    for place, factor in zip(places, factors, strict=True):
        down, up = (0.0 if factor[side] is None else factor[side] for side in ("down", "up"))
        axes.errorbar(factor["value"], place, xerr=[[down], [up]], fmt="o", color=BLUE, markersize=6, elinewidth=2)
        text = with_interval(factor["value"], factor["down"], factor["up"])
        ends += [factor["value"] - down, factor["value"] + up]
        if factor["truth"] is not None:
            axes.plot(factor["truth"], place, "D", color=VERMILION, markersize=6, markerfacecolor="none", zorder=3)
            text += f"\ntruth {factor['truth']:g}"
            ends.append(factor["truth"])
        at = axes.get_yaxis_transform()
        axes.text(0.97, place, text, transform=at, ha="right", va="center", size="small", multialignment="left")
    axes.plot([1, 1], [-0.6, len(factors) - 0.4], color=GREY, linestyle="--", linewidth=1)
    axes.set_yticks(places, labels, rotation=90, va="center")
    axes.tick_params(axis="y", which="both", length=0)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(-0.6, len(factors) + 0.1)
    span = max(ends) - min(ends)
    axes.set_xlim(min(ends) - 0.1 * span, max(ends) + 0.75 * span)
    axes.set_xlabel("Scale factor")
    axes.errorbar([], [], xerr=[], fmt="o", color=BLUE, label=r"fit, $\Delta$NLL = 0.5")
    if any(factor["truth"] is not None for factor in factors):
        axes.plot([], [], "D", color=VERMILION, markerfacecolor="none", label="truth of the pseudo-data")
    tested = f"goodness of fit {chi2_text(goodness)}" if goodness["ndf"] > 0 else "as many factors as bins: no test"
    axes.legend(loc="upper left", title=tested, alignment="left", ncols=2)


def _correlation(axes: Axes, correlation: Floats, labels: list[str]) -> None:
    axes.imshow(correlation, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    for row in range(len(labels)):
        for column in range(len(labels)):
            value = correlation[row, column]
            colour = "white" if abs(value) > 0.6 else "black"
            axes.text(column, row, f"{value:.2f}".replace("-", "−"), ha="center", va="center", color=colour)
    axes.set_xticks(range(len(labels)), labels)
    axes.set_yticks(range(len(labels)), labels, rotation=90, va="center")
    axes.tick_params(which="both", length=0)
    axes.minorticks_off()
    axes.set_xlabel("Correlation of the scale factors")


def pulls(study: Json, settings: PlotSettings) -> Figure:
    """Draw the pulls of each scale factor over pseudo-experiments, with a unit Gaussian.

    Args:
        study: content of `scale_factors/pulls.json`.
        settings: names and labels.
    """
    factors: dict[str, Json] = study["scale_factors"]
    figure, panels = panel_grid(len(factors), ratio=False, width=4.4, height=4.2)
    stamp(panels[0].main, settings, right=panels[min(len(factors), 3) - 1].main)
    failed = f", {study['failed']} failed" if study["failed"] else ""
    smooth = np.linspace(-4, 4, 200)
    for index, (panel, (name, found)) in enumerate(zip(panels, factors.items(), strict=True)):
        values = np.array(found["pulls"])
        counts = np.histogram(values, PULL_EDGES)[0].astype(np.float64)
        axes = panel.main
        points(axes, PULL_EDGES, counts, np.sqrt(counts), color=SERIES[index % len(SERIES)], label=_pull_text(found))
        expected = values.size * np.diff(PULL_EDGES)[0] * norm.pdf(smooth)
        axes.plot(smooth, expected, color=BLACK, linewidth=1.2, label="unit Gaussian")
        mean, width = found["mean"]["value"], found["width"]["value"]
        measured = values.size * np.diff(PULL_EDGES)[0] * norm.pdf(smooth, mean, width)
        axes.plot(smooth, measured, color=SERIES[index % len(SERIES)], linestyle="--", linewidth=1.2)
        outside = int(np.sum(np.abs(values) > PULL_EDGES[-1]))
        title = f"{name}: {study['pseudo_experiments']} pseudo-experiments{failed}"
        axes.legend(loc="upper right", title=title + (f", {outside} outside" if outside else ""), alignment="left")
        axes.set_xlim(PULL_EDGES[0], PULL_EDGES[-1])
        axes.set_ylim(0, 1.6 * max(float(np.max(counts + np.sqrt(counts))), float(expected.max())))
        axes.set_xlabel(r"(fitted $-$ true) / $\sigma$")
        axes.set_ylabel("Pseudo-experiments")
    return figure


def _pull_text(found: Json) -> str:
    mean, width, coverage = (
        with_error(found[key]["value"], found[key]["error"]) for key in ("mean", "width", "coverage")
    )
    return f"mean {mean}\nwidth {width}\nwithin 1σ: {coverage}"
