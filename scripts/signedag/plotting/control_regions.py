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
from signedag.plotting.matrix import correlation_matrix
from signedag.plotting.panels import (
    cut_bins,
    divide,
    panel_grid,
    points,
    poisson_errors,
)
from signedag.plotting.stack import Stack, data_and_simulation
from signedag.plotting.style import (
    BLACK,
    BLUE,
    GREY,
    SERIES,
    VERMILION,
    Floats,
    axis_label,
    chi2_text,
    per_unit,
    stamp,
)
from signedag.report.numbers import with_error, with_interval
from signedag.statistics.prediction_band import shape_variance
from signedag.statistics.template_files import RegionTemplates

Json = Mapping[str, Any]

MOST_COLUMNS = 3
TITLES = {"prefit": "before", "postfit": "after"}
PULL_EDGES = np.linspace(-4, 4, 25)


def control_regions(fitted: Json, templates: Mapping[str, RegionTemplates], settings: PlotSettings) -> Figure:
    """Draw data and stacked simulation of every control region, before and after the scale factors.

    Events per unit of the observable; data have Poisson intervals. Processes too small to be seen are named without a
    colour in the legend.

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
    drawn = [(kind, name) for kind in TITLES for name in regions]
    if not by_row:
        drawn = [(kind, name) for name in regions for kind in TITLES]
    figure, panels = panel_grid(len(drawn), ratio=True, width=3.9, height=4.5, columns=columns)
    stamp(panels[0].main, settings, right=panels[columns - 1].main)
    pseudo = any(factor["truth"] is not None for factor in fitted["scale_factors"].values())
    data_name = "pseudo-data" if pseudo else "data"
    for panel, (kind, name) in zip(panels, drawn, strict=True):
        errors = _uncertainty(fitted, kind, name, templates.get(name))
        drawn_region = regions[name]
        stack = Stack(
            np.array(drawn_region["edges"][0]),
            {process: np.array(events) for process, events in drawn_region[kind].items()},
            np.array(drawn_region[f"{kind}_total"]),
            errors,
            np.array(drawn_region["data"]),
        )
        title = f"{settings.regions.get(name, name)},\n{TITLES[kind]} scale factors"
        data_and_simulation(panel, stack, settings, title, data_name)
        one_bin = len(regions[name]["data"]) == 1
        observable = settings.observables.get(name, name)
        panel.main.set_ylabel("Events" if one_bin else per_unit(settings, observable))
        label = axis_label(settings, observable) + cut_bins(np.array(regions[name]["edges"][0]))
        panel.lowest.set_xlabel("Total yield" if one_bin else label)
    return figure


def _uncertainty(fitted: Json, kind: str, region: str, templates: RegionTemplates | None) -> Floats:
    """Give the error of the total prediction, shape (bins,)."""
    drawn = fitted["regions"][region]
    variance: Floats = np.square(np.array(drawn[f"{kind}_template_error"]))
    if kind == "postfit":
        variance = variance + np.square(np.array(drawn["postfit_fit_error"]))
        if fitted["nuisances_profiled"]:  # the error of the fit has them already
            templates = None
    if templates is None:
        return np.asarray(np.sqrt(variance))
    scales = {
        process: np.nan_to_num(divide(np.array(drawn[kind][process]), template.values.ravel()))
        for process, template in templates.nominal.items()
    }
    return np.asarray(np.sqrt(variance + shape_variance(templates, scales)))


def scale_factors(fitted: Json, settings: PlotSettings) -> Figure:
    """Draw the fitted scale factors with their intervals, the truth where it is known, and their correlation.

    Args:
        fitted: content of `scale_factors/result.json`.
        settings: names and labels.
    """
    names: list[str] = fitted["order"]
    figure, panels = panel_grid(2, ratio=False, width=4.8, height=max(4.2, 1.6 + 0.75 * len(names)), columns=2)
    stamp(panels[0].main, settings, right=panels[1].main)
    labels = [_factor_label(fitted, name, settings) for name in names]
    _factors(panels[0].main, [fitted["scale_factors"][name] for name in names], labels, fitted["goodness_of_fit"])
    correlation_matrix(panels[1].main, np.array(fitted["correlation"]), labels)
    panels[1].main.set_xlabel("Correlation of the scale factors")
    return figure


def _factor_label(fitted: Json, name: str, settings: PlotSettings) -> str:
    processes = fitted["processes"].get(name, [])
    return ", ".join(settings.processes[p].label for p in processes if p in settings.processes) or name


def _factors(axes: Axes, factors: list[Json], labels: list[str], goodness: Json) -> None:
    """Draw one line per factor, with its numbers at the right end."""
    rows = np.arange(len(factors), dtype=np.float64)[::-1]
    ends = [1.0]
    for row, factor in zip(rows, factors, strict=True):
        down, up = (0.0 if factor[side] is None else factor[side] for side in ("down", "up"))
        axes.errorbar(factor["value"], row, xerr=[[down], [up]], fmt="o", color=BLUE, markersize=6, elinewidth=2)
        text = with_interval(factor["value"], factor["down"], factor["up"])
        ends += [factor["value"] - down, factor["value"] + up]
        if factor["truth"] is not None:
            axes.plot(factor["truth"], row, "D", color=VERMILION, markersize=6, markerfacecolor="none", zorder=3)
            text += f"\ntruth {factor['truth']:g}"
            ends.append(factor["truth"])
        at = axes.get_yaxis_transform()
        axes.text(0.97, row, text, transform=at, ha="right", va="center", size="small", multialignment="left")
    axes.plot([1, 1], [-0.6, len(factors) - 0.4], color=GREY, linestyle="--", linewidth=1)
    axes.set_yticks(rows, labels, rotation=90, va="center")
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


def pulls(study: Json, settings: PlotSettings) -> Figure:
    """Draw the pulls of each scale factor over pseudo-experiments, with a unit Gaussian.

    Args:
        study: content of `scale_factors/pulls.json`.
        settings: names and labels.
    """
    factors: dict[str, Json] = study["scale_factors"]
    figure, panels = panel_grid(len(factors), ratio=False, width=3.7, height=4.2)
    stamp(panels[0].main, settings, right=panels[min(len(factors), 3) - 1].main)
    done = f"{study['pseudo_experiments']} pseudo-experiments"
    if study["failed"]:
        done += f", {study['failed']} failed"
    for index, (panel, (name, pulled)) in enumerate(zip(panels, factors.items(), strict=True)):
        outside = int(np.sum(np.abs(np.array(pulled["pulls"])) > PULL_EDGES[-1]))
        title = f"{name}\n{done}" + (f", {outside} outside" if outside else "")
        _pulls(panel.main, pulled, SERIES[index % len(SERIES)], title)
    return figure


def _pulls(axes: Axes, pulled: Json, colour: str, title: str) -> None:
    """Draw one factor's pulls with Poisson intervals, the unit Gaussian and the Gaussian that was measured."""
    values = np.array(pulled["pulls"])
    counts = np.histogram(values, PULL_EDGES)[0].astype(np.float64)
    errors = poisson_errors(counts)
    smooth = np.linspace(PULL_EDGES[0], PULL_EDGES[-1], 200)
    area = values.size * np.diff(PULL_EDGES)[0]
    points(axes, PULL_EDGES, counts, errors, color=colour, label=_pull_text(pulled))
    axes.plot(smooth, area * norm.pdf(smooth), color=BLACK, linewidth=1.2, label="unit Gaussian (expected)")
    measured = area * norm.pdf(smooth, pulled["mean"]["value"], pulled["width"]["value"])
    axes.plot(smooth, measured, color=colour, linestyle="--", linewidth=1.2)
    axes.legend(loc="upper right", title=title, alignment="left")
    axes.set_xlim(PULL_EDGES[0], PULL_EDGES[-1])
    axes.set_ylim(0, 1.9 * max(float(np.max(counts + errors[1])), float(area * norm.pdf(0))))
    axes.set_xlabel(r"(fitted $-$ true) / $\sigma$")
    axes.set_ylabel(f"Pseudo-experiments / {np.diff(PULL_EDGES)[0]:.2g}")


def _pull_text(pulled: Json) -> str:
    mean, width, coverage = (
        with_error(pulled[key]["value"], pulled[key]["error"]) for key in ("mean", "width", "coverage")
    )
    return f"mean {mean}\nwidth {width}\nwithin 1σ: {coverage} (0.683)"
