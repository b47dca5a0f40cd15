"""Figure of a classifier's score: expected events by process, and the shape of each process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import Panel, divide, hatched_band, legend_from_top, panel_grid, points
from signedag.plotting.style import BLACK, DASHES, GREY, Floats, stacked_processes, stamp

Json = Mapping[str, Any]

ENHANCEMENT_STEPS = (1, 2, 5)


def score(performance: Json, settings: PlotSettings) -> Figure:
    """Draw the combined score: expected events stacked by process, signal over background, and each process's shape.

    Args:
        performance: content of `performance.json`, with `score_histograms`.
        settings: names, colours and order of the processes.
    """
    figure, panels = panel_grid(2, ratio=(True, False), width=4.9, height=5.0, columns=2)
    region = str(settings.regions.get(performance["region"], performance["region"]))
    stamp(panels[0].main, settings, right=panels[1].main, subject=performance["variant"])
    histograms = performance["score_histograms"]
    _stacked(panels[0], *_by_process(histograms["uniform"], settings), settings, region)
    _shapes(panels[1].main, *_by_process(histograms["configured"], settings), settings)
    for panel in panels:
        panel.lowest.set_xlabel(settings.plots.labels.get("score", "Classifier score"))
        panel.main.set_xlim(0, 1)
    return figure


def _by_process(histogram: Json, settings: PlotSettings) -> tuple[Floats, dict[str, tuple[Floats, Floats]]]:
    """Add up samples of one process; give edges, and values and variances by process in the order of the stack."""
    edges = np.array(histogram["edges"])
    histograms: dict[str, tuple[Floats, Floats]] = {}
    for name in stacked_processes(settings):
        samples = [sample for sample in histogram["samples"] if settings.samples.get(sample) == name]
        if samples:
            values = np.sum([histogram["samples"][sample]["values"] for sample in samples], axis=0)
            variances = np.sum([histogram["samples"][sample]["variances"] for sample in samples], axis=0)
            histograms[name] = (values, variances)
    return edges, histograms


def _stacked(
    panel: Panel, edges: Floats, histograms: dict[str, tuple[Floats, Floats]], settings: PlotSettings, region: str
) -> None:
    """Stack the backgrounds, draw each signal enhanced over them, and signal over background below."""
    axes = panel.main
    total, variance = np.zeros(edges.size - 1), np.zeros(edges.size - 1)
    signal, signal_variance = np.zeros(edges.size - 1), np.zeros(edges.size - 1)
    for name, (values, variances) in reversed(histograms.items()):
        process = settings.processes[name]
        if process.signal:
            signal, signal_variance = signal + values, signal_variance + variances
            continue
        axes.stairs(total + values, edges, baseline=total, fill=True, color=process.colour, label=process.label)
        total, variance = total + values, variance + variances
    hatched_band(axes, edges, total, np.sqrt(variance), label="statistical, √Σ$w^2$")
    for name, (values, variances) in histograms.items():
        process = settings.processes[name]
        if not process.signal:
            continue
        factor = enhancement(float(values.max()), float(total.max()))
        label = f"{process.label} × {factor:g}" if factor > 1 else process.label
        halo = [withStroke(linewidth=4, foreground="white")]
        axes.stairs(
            factor * values,
            edges,
            color=process.colour,
            linewidth=2,
            zorder=3,
            label=label,
            path_effects=halo,
            baseline=None,
        )
        points(axes, edges, factor * values, factor * np.sqrt(variances), color=process.colour, fmt="none", zorder=3)
    positive = total[total > 0]
    if positive.size:
        axes.set_yscale("log")
        low = np.clip(0.3 * positive.min(), 1e-4 * positive.max(), 2e-3 * positive.max())
        axes.set_ylim(float(low), 300 * float(positive.max()))
    axes.set_ylabel(f"Expected events / {edges[1] - edges[0]:g}")
    legend_from_top(axes, ncols=2, title=region)
    _purity(panel, edges, (signal, signal_variance), (total, variance))


def _purity(panel: Panel, edges: Floats, signal: tuple[Floats, Floats], background: tuple[Floats, Floats]) -> None:
    """Draw signal over background, neither enhanced, with the statistical errors of both."""
    assert panel.ratio is not None
    ratio = divide(signal[0], background[0])
    errors = np.sqrt(
        divide(signal[1], background[0] ** 2) + np.square(ratio) * divide(background[1], background[0] ** 2)
    )
    points(panel.ratio, edges, ratio, errors, color=BLACK, markersize=3)
    seen = ratio[np.nan_to_num(ratio) > 0]
    if seen.size:
        panel.ratio.set_yscale("log")
        panel.ratio.set_ylim(0.3 * float(seen.min()), 5 * float(seen.max()))
    panel.ratio.set_ylabel("S / B")


def enhancement(signal: float, background: float) -> float:
    """Give the round factor that brings a signal's maximum near a background's; at least 1.

    >>> enhancement(2.0, 900.0), enhancement(5.0, 3.0)
    (200, 1)
    """
    if signal <= 0 or background <= signal:
        return 1
    ratio = 0.5 * background / signal
    steps = [step * 10**power for power in range(8) for step in ENHANCEMENT_STEPS]
    return max([step for step in steps if step <= ratio], default=1)


def _shapes(axes: Axes, edges: Floats, histograms: Mapping[str, tuple[Floats, Floats]], settings: PlotSettings) -> None:
    width = np.diff(edges)
    highest = 0.0
    for index, (name, (values, variances)) in enumerate(histograms.items()):
        process, area = settings.processes[name], float(values.sum())
        if area <= 0:
            axes.plot([], [], linestyle="none", label=f"{process.label}: no positive sum of weights")
            continue
        density, error = values / area / width, np.sqrt(variances) / area / width
        colour = process.colour
        line = 2.4 if process.signal else 1.3
        axes.stairs(
            density, edges, color=colour, linewidth=line, linestyle=DASHES[index % len(DASHES)], label=process.label
        )
        points(axes, edges, density, error, color=colour, fmt="none")
        highest = max(highest, float(np.max(density + error)))
    axes.axhline(0, color=GREY, linewidth=0.6, zorder=0.5)
    axes.set_ylim(top=1.45 * highest if highest else None)
    axes.set_ylabel("Normalised to unit area")
    axes.legend(ncols=2, loc="upper right")
