"""Figures of the ROC: of one classifier, and of several with the paired differences of their areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import Panel, panel_grid
from signedag.plotting.style import BLACK, BLUE, DASHES, GREY, MARKERS, SERIES, Floats, stamp
from signedag.report.numbers import with_error

Json = Mapping[str, Any]

MOST_SEEDS_IN_LEGEND = 6
MOST_CURVES_IN_LEGEND = 8
SMALLEST_SIGNAL_EFFICIENCY = 0.02
"""Below it a background efficiency is a handful of events: ratios and the logarithmic range start here."""


def roc(performance: Json, settings: PlotSettings) -> Figure:
    """Draw the ROC of the combined score, linear and with a logarithmic background efficiency.

    Signed weights: the curve need not be monotone, and nothing is repaired.

    Args:
        performance: content of `performance.json`.
        settings: names and labels.
    """
    figure, panels = panel_grid(2, ratio=False, width=4.6, height=4.4, columns=2)
    stamp(panels[0].main, settings, right=panels[1].main, subject=performance["variant"])
    curve = performance["roc"]
    signal, background = _points_of(performance)
    for panel in panels:
        axes = panel.main
        axes.set_xlabel("Signal efficiency")
        axes.set_ylabel("Background efficiency")
        axes.set_xlim(0, 1)
        if not signal.size:
            axes.text(0.5, 0.5, f"undefined: {curve['reason']}", transform=axes.transAxes, ha="center", wrap=True)
            continue
        axes.plot(signal, background, color=BLUE, label=_area(_combined(performance), performance["auc"]))
        _no_separation(axes)
    _list_seeds(panels[0].main, performance["per_seed"])
    panels[0].main.set_ylim(min(0.0, float(background.min(initial=0))), 1.0)
    panels[0].main.legend(loc="upper left", title="Area under the curve, signed weights", alignment="left")
    _logarithmic(panels[1].main, [(signal, background)])
    return figure


def roc_comparison(comparison: Json, performances: Sequence[Json], settings: PlotSettings) -> Figure:
    """Draw the ROCs of several classifiers in one figure, and the differences of their areas from the first one.

    Left: background efficiency against signal efficiency, and below its ratio to the first classifier. Right: AUC of
    each classifier minus AUC of the first. Thick bars are the errors of the paired bootstrap over the events that judge
    both; thin grey bars are what independent events would give; a second, thin bar with caps has the spread over
    initialisations, where there are several, in quadrature.

    Args:
        comparison: content of `comparison.json` of `compare_classifiers`.
        performances: content of `performance.json` of each classifier, in the order of the comparison.
        settings: names and labels.
    """
    names = [performance["variant"] for performance in performances]
    height = max(4.9, 2.2 + 0.5 * len(names))
    figure, panels = panel_grid(2, ratio=(True, False), width=5.0, height=height, columns=2)
    stamp(panels[0].main, settings, right=panels[1].main)
    _overlaid(panels[0], comparison, performances, settings)
    _differences(panels[1].main, comparison, names)
    return figure


def _points_of(performance: Json) -> tuple[Floats, Floats]:
    """Give signal and background efficiencies of the curve, from the tightest threshold to the loosest."""
    curve = performance["roc"]
    return np.array(curve["signal_efficiency"]), np.array(curve["background_efficiency"])


def _combined(performance: Json) -> str:
    seeds = len(performance["per_seed"])
    return "classifier" if seeds < 2 else f"mean score of {seeds} seeds"


def _no_separation(axes: Axes) -> None:
    line = np.linspace(0, 1, 200)
    axes.plot(line, line, color=GREY, linestyle=":", linewidth=1, label="no separation")


def _logarithmic(axes: Axes, curves: Sequence[tuple[Floats, Floats]]) -> None:
    """Give the background efficiency a logarithmic axis that shows every curve from a small signal efficiency on."""
    visible = [background[(background > 0) & (signal > SMALLEST_SIGNAL_EFFICIENCY)] for signal, background in curves]
    axes.set_yscale("log")
    axes.set_ylim(0.5 * min(float(some.min(initial=0.1)) for some in visible), 1.5)


def _area(name: str, area: Json) -> str:
    return f"{name}: {'undefined' if area['value'] is None else with_error(area['value'], area['error'])}"


def _list_seeds(axes: Axes, per_seed: Mapping[str, Json]) -> None:
    """Add the area of each seed to the legend, or their mean and spread where there are many."""
    if len(per_seed) < 2:
        return
    if len(per_seed) <= MOST_SEEDS_IN_LEGEND:
        for seed, judged in sorted(per_seed.items(), key=lambda item: int(item[0])):
            axes.plot([], [], linestyle="none", label=_area(f"seed {seed}", judged["auc"]))
        return
    areas = np.array([judged["auc"]["value"] for judged in per_seed.values() if judged["auc"]["value"] is not None])
    if areas.size > 1:
        text = with_error(float(areas.mean()), float(areas.std(ddof=1)))
        axes.plot([], [], linestyle="none", label=f"{areas.size} seeds, mean and spread: {text}")


def background_at(signal: Floats, background: Floats, efficiencies: Floats) -> Floats:
    """Give the background efficiency at given signal efficiencies, where the curve first reaches each.

    With signed weights a curve may cross a signal efficiency several times; the tightest threshold counts. Between two
    points of the curve the background efficiency is interpolated linearly.

    Args:
        signal: signal efficiencies of the curve, from the tightest threshold to the loosest, starting at 0.
        background: background efficiencies at the same thresholds.
        efficiencies: in (0, 1).

    >>> background_at(np.array([0.0, 0.4, 0.3, 0.8]), np.array([0.0, 0.1, 0.2, 0.3]), np.array([0.2, 0.4])).tolist()
    [0.05, 0.1]
    """
    after = np.argmax(signal >= efficiencies[:, None], axis=1)
    before = np.maximum(after - 1, 0)
    rise = signal[after] - signal[before]
    share = np.divide(efficiencies - signal[before], rise, out=np.ones_like(rise), where=rise > 0)
    result: Floats = background[before] + share * (background[after] - background[before])
    return result


def _overlaid(panel: Panel, comparison: Json, performances: Sequence[Json], settings: PlotSettings) -> None:
    """Draw all curves, and their ratios to the first one that is defined."""
    assert panel.ratio is not None
    grid = np.linspace(SMALLEST_SIGNAL_EFFICIENCY, 0.99, 98)
    reference: Floats | None = None
    ratios, curves = [], []
    regions = {content["region"] for content in comparison["classifiers"].values()}
    for index, performance in enumerate(performances):
        signal, background = _points_of(performance)
        style: dict[str, Any] = {"color": SERIES[index % len(SERIES)], "linestyle": DASHES[index % len(DASHES)]}
        name = performance["variant"]
        if len(regions) > 1:
            name += f" in {settings.regions.get(performance['region'], performance['region'])}"
        label = _area(name, comparison["classifiers"][performance["variant"]]["auc"])
        panel.main.plot(signal, background, label=label if index < MOST_CURVES_IN_LEGEND else None, **style)
        if not signal.size:
            continue
        curves.append((signal, background))
        at_grid = background_at(signal, background, grid)
        reference = at_grid if reference is None else reference
        ratio = np.divide(at_grid, reference, out=np.full(grid.shape, np.nan), where=reference > 0)
        panel.ratio.plot(grid, ratio, **style)
        ratios.append(ratio)
    _no_separation(panel.main)
    if curves:
        _logarithmic(panel.main, curves)
        _ratio_axis(panel.ratio, ratios)
    more = len(performances) - MOST_CURVES_IN_LEGEND
    title = "Area under the curve, signed weights" + (f"; {more} more at the right" if more > 0 else "")
    panel.main.legend(loc="lower right", title=title, alignment="left")
    panel.main.set_xlim(0, 1)
    panel.main.set_ylabel("Background efficiency")
    panel.ratio.set_ylabel("Ratio to first")
    panel.lowest.set_xlabel("Signal efficiency")


def _ratio_axis(axes: Axes, ratios: Sequence[Floats]) -> None:
    """Show all ratios, from 0 to 3 at most."""
    values = np.concatenate(ratios)
    values = values[np.isfinite(values)]
    furthest = float(np.abs(values - 1).max(initial=0.05))
    axes.axhline(1, color=BLACK, linewidth=0.8, zorder=0.8)
    axes.set_ylim(max(1 - 1.15 * furthest, 0.0), min(1 + 1.15 * furthest, 3.0))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, prune="both"))


def _differences(axes: Axes, comparison: Json, names: Sequence[str]) -> None:
    """Draw the difference of each area from the first one, a line per classifier."""
    first = names[0]
    differences = {
        difference["first"]: difference for difference in comparison["differences"] if difference["second"] == first
    }
    heights = np.arange(len(names), dtype=np.float64)[::-1]
    axes.plot([0, 0], [-0.6, heights[0]], color=GREY, linestyle="--", linewidth=1, zorder=0.5)
    axes.plot([0], heights[:1], marker=MARKERS[0], color=SERIES[0], markersize=6)
    ends = [0.0]
    for index, (name, height) in enumerate(zip(names, heights, strict=True)):
        at = axes.get_yaxis_transform()
        axes.text(0.03, height + 0.14, name, transform=at, ha="left", va="bottom")
        if index == 0:
            continue
        difference = differences.get(name)
        if difference is None or difference["value"] is None:
            reason = "judged in another region" if difference is None else difference["reason"]
            axes.text(0.97, height, f"undefined: {reason}", transform=at, ha="right", va="center", size="small")
            continue
        ends += _difference(axes, height, difference, SERIES[index % len(SERIES)], MARKERS[index % len(MARKERS)])
        text = with_error(difference["value"], difference["error"])
        axes.text(0.97, height + 0.14, text, transform=at, ha="right", va="bottom")
    half = 1.15 * max(abs(end) for end in ends) or 1e-3
    axes.set_xlim(-half, half)
    axes.set_ylim(-0.6, len(names) + 0.2 + 0.12 * len(names))
    axes.set_yticks([])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, prune="both"))
    axes.set_xlabel(f"AUC $-$ AUC of {first}")
    axes.errorbar([], [], xerr=[], fmt="o", color=BLACK, elinewidth=2.5, label="error, same events for both (paired)")
    axes.errorbar([], [], xerr=[], fmt="none", color=GREY, elinewidth=6, alpha=0.5, label="if events were independent")
    if any(difference["training_error"] is not None for difference in differences.values()):
        axes.errorbar(
            [], [], xerr=[], fmt="none", color=BLACK, capsize=3, elinewidth=1, label="with the spread of seeds"
        )
    axes.legend(loc="upper left")


def _difference(axes: Axes, height: float, difference: Json, colour: str, marker: str) -> list[float]:
    """Draw one difference with its errors; give the ends of the widest of them."""
    value, paired, training = difference["value"], difference["error"], difference["training_error"]
    unpaired = difference["unpaired_error"] or 0.0
    axes.errorbar(value, height, xerr=unpaired, fmt="none", color=GREY, elinewidth=6, alpha=0.5)
    total = float(np.hypot(paired or 0.0, training or 0.0))
    if training is not None:
        axes.errorbar(value, height, xerr=total, fmt="none", color=colour, elinewidth=1, capsize=3)
    axes.errorbar(value, height, xerr=paired, fmt=marker, color=colour, elinewidth=2.5, markersize=6)
    widest = max(unpaired, total)
    return [value - widest, value + widest]
