"""Figures of one classifier: ROC, score by process, course of the training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import hatched_band, legend_from_top, panel_grid, points
from signedag.plotting.style import BLACK, BLUE, DASHES, GREY, SERIES, Floats, stacked_processes, stamp
from signedag.report.numbers import with_error

Json = Mapping[str, Any]

MOST_SEEDS_IN_LEGEND = 6
ENHANCEMENT_STEPS = (1, 2, 5)


def roc(performance: Json, settings: PlotSettings) -> Figure:
    """Draw the ROC of the combined score, linear and with a logarithmic background efficiency.

    Signed weights: the curve need not be monotone, and nothing is repaired.

    Args:
        performance: content of `performance.json`.
        settings: names and labels.
    """
    figure, panels = panel_grid(2, ratio=False, width=5.2, height=4.9, columns=2)
    stamp(panels[0].main, settings, right=panels[1].main, subject=performance["variant"])
    curve = performance["roc"]
    signal, background = np.array(curve["signal_efficiency"]), np.array(curve["background_efficiency"])
    for panel in panels:
        axes = panel.main
        axes.set_xlabel("Signal efficiency")
        axes.set_ylabel("Background efficiency")
        axes.set_xlim(0, 1)
        if not curve["signal_efficiency"]:
            axes.text(0.5, 0.5, f"undefined: {curve['reason']}", transform=axes.transAxes, ha="center", wrap=True)
            continue
        axes.plot(signal, background, color=BLUE, label=_area("combined score", performance["auc"]))
        axes.plot(np.linspace(0, 1, 200), np.linspace(0, 1, 200), color=GREY, linestyle=":", linewidth=1)
    _list_seeds(panels[0].main, performance["per_seed"])
    panels[0].main.set_ylim(min(0.0, float(background.min(initial=0))), 1.0)
    panels[0].main.legend(loc="upper left", title="area under the curve, signed weights", alignment="left")
    panels[1].main.set_yscale("log")
    visible = background[(background > 0) & (signal > 0.02)]
    panels[1].main.set_ylim(0.5 * float(visible.min(initial=0.1)), 1.5)
    return figure


def _area(name: str, area: Json) -> str:
    return f"{name}: {'undefined' if area['value'] is None else with_error(area['value'], area['error'])}"


def _list_seeds(axes: Axes, per_seed: Mapping[str, Json]) -> None:
    """Add the area of each seed to the legend, or their mean and spread where there are many."""
    if len(per_seed) < 2:
        return
    if len(per_seed) <= MOST_SEEDS_IN_LEGEND:
        for seed, found in sorted(per_seed.items(), key=lambda item: int(item[0])):
            axes.plot([], [], linestyle="none", label=_area(f"seed {seed}", found["auc"]))
        return
    areas = np.array([found["auc"]["value"] for found in per_seed.values() if found["auc"]["value"] is not None])
    if areas.size > 1:
        text = with_error(float(areas.mean()), float(areas.std(ddof=1)))
        axes.plot([], [], linestyle="none", label=f"{areas.size} seeds, mean and spread: {text}")


def score(performance: Json, settings: PlotSettings) -> Figure:
    """Draw the combined score: expected events stacked by process, and the shape of each process.

    Args:
        performance: content of `performance.json`, with `score_histograms`.
        settings: names, colours and order of the processes.
    """
    figure, panels = panel_grid(2, ratio=False, width=5.6, height=4.9, columns=2)
    region = str(settings.regions.get(performance["region"], performance["region"]))
    stamp(panels[0].main, settings, right=panels[1].main, subject=performance["variant"])
    histograms = performance["score_histograms"]
    _stacked(panels[0].main, *_by_process(histograms["uniform"], settings), settings, region)
    _shapes(panels[1].main, *_by_process(histograms["configured"], settings), settings)
    for panel in panels:
        panel.main.set_xlabel(settings.plots.labels.get("score", "Classifier score"))
        panel.main.set_xlim(0, 1)
    return figure


def _by_process(histogram: Json, settings: PlotSettings) -> tuple[Floats, dict[str, tuple[Floats, Floats]]]:
    """Add up samples of one process; give edges, and values and variances by process in the order of the stack."""
    edges = np.array(histogram["edges"])
    found: dict[str, tuple[Floats, Floats]] = {}
    for name in stacked_processes(settings):
        samples = [sample for sample in histogram["samples"] if settings.samples.get(sample) == name]
        if samples:
            values = np.sum([histogram["samples"][sample]["values"] for sample in samples], axis=0)
            variances = np.sum([histogram["samples"][sample]["variances"] for sample in samples], axis=0)
            found[name] = (values, variances)
    return edges, found


def _stacked(
    axes: Axes, edges: Floats, histograms: dict[str, tuple[Floats, Floats]], settings: PlotSettings, region: str
) -> None:
    total, variance = np.zeros(edges.size - 1), np.zeros(edges.size - 1)
    for name, (values, variances) in reversed(histograms.items()):
        process = settings.processes[name]
        if process.signal:
            continue
        axes.stairs(total + values, edges, baseline=total, fill=True, color=process.colour, label=process.label)
        total, variance = total + values, variance + variances
    hatched_band(axes, edges, total, np.sqrt(variance), label="√Σ$w^2$")
    for name, (values, variances) in histograms.items():
        process = settings.processes[name]
        if not process.signal:
            continue
        factor = enhancement(float(values.max()), float(total.max()))
        label = f"{process.label} × {factor:g}" if factor > 1 else process.label
        axes.stairs(factor * values, edges, color=BLACK, linewidth=1.6, zorder=3, label=label)
        points(axes, edges, factor * values, factor * np.sqrt(variances), color=BLACK, fmt="none", zorder=3)
    positive = total[total > 0]
    if positive.size:
        axes.set_yscale("log")
        low = np.clip(0.3 * positive.min(), 1e-4 * positive.max(), 2e-3 * positive.max())
        axes.set_ylim(float(low), 40 * float(positive.max()))
    axes.set_ylabel(f"Expected events / {edges[1] - edges[0]:g}")
    legend_from_top(axes, ncols=2, title=region)


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
        colour = BLACK if process.signal else process.colour
        line = 2.0 if process.signal else 1.3
        axes.stairs(
            density, edges, color=colour, linewidth=line, linestyle=DASHES[index % len(DASHES)], label=process.label
        )
        points(axes, edges, density, error, color=colour, fmt="none")
        highest = max(highest, float(np.max(density + error)))
    axes.axhline(0, color=GREY, linewidth=0.6, zorder=0.5)
    axes.set_ylim(top=1.45 * highest if highest else None)
    axes.set_ylabel("Normalised to unit area")
    axes.legend(ncols=2, loc="upper right")


def training(histories: Sequence[Json], settings: PlotSettings) -> Figure:
    """Draw the objective by epoch, training and validation, of all folds and seeds; one panel per phase.

    Args:
        histories: contents of `history.json`, one per seed and fold.
        settings: names and labels.
    """
    phases = sorted({epoch["phase"] for history in histories for epoch in history["epochs"]}) or [0]
    figure, panels = panel_grid(len(phases), ratio=False, width=6.0 if len(phases) == 1 else 4.6, height=4.4)
    stamp(panels[0].main, settings, right=panels[min(len(phases), 3) - 1].main, subject=histories[0]["variant"])
    seeds = sorted({history["seed"] for history in histories})
    folds = sorted({history["fold"] for history in histories})
    for panel, phase in zip(panels, phases, strict=True):
        for history in histories:
            colour = SERIES[seeds.index(history["seed"]) % len(SERIES)]
            _course(panel.main, history, phase, colour, DASHES[folds.index(history["fold"]) % len(DASHES)])
        panel.main.set_xlabel("Epoch" if len(phases) == 1 else f"Epoch of phase {phase + 1}")
        panel.main.set_ylabel("Objective")
        panel.main.margins(x=0.03, y=0.06)
        panel.main.xaxis.set_major_locator(MaxNLocator(integer=True))
        panel.main.xaxis.set_minor_locator(NullLocator())
    _training_legend(panels[0].main, histories, seeds, folds)
    return figure


def _course(axes: Axes, history: Json, phase: int, colour: str, dashes: Any) -> None:
    """Draw one training's phase: validation as a line, training fainter, the epoch that was kept as a point."""
    epochs = [epoch for epoch in history["epochs"] if epoch["phase"] == phase]
    numbers = [epoch["epoch"] for epoch in epochs]
    faint = {"color": colour, "linestyle": dashes, "linewidth": 1.0, "alpha": 0.4}
    axes.plot(numbers, _defined([epoch["training"] for epoch in epochs]), **faint)
    validation = _defined([epoch["validation"] for epoch in epochs])
    axes.plot(numbers, validation, color=colour, linestyle=dashes, linewidth=1.6)
    if phase < len(history["best_epochs"]) and history["best_epochs"][phase] in numbers:
        best = history["best_epochs"][phase]
        axes.plot([best], [validation[numbers.index(best)]], "o", color=colour, markersize=5)


def _defined(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _training_legend(axes: Axes, histories: Sequence[Json], seeds: Sequence[int], folds: Sequence[int]) -> None:
    axes.plot([], [], color=BLACK, linewidth=1.6, label="validation")
    axes.plot([], [], color=BLACK, linewidth=1.0, alpha=0.4, label="training")
    axes.plot([], [], "o", color=BLACK, markersize=5, label="epoch that was kept")
    if len(folds) > 1:
        for index, fold in enumerate(folds):
            axes.plot(
                [], [], color=BLACK, linestyle=DASHES[index % len(DASHES)], linewidth=1.2, label=f"without fold {fold}"
            )
    if 1 < len(seeds) <= MOST_SEEDS_IN_LEGEND:
        for index, seed in enumerate(seeds):
            axes.plot([], [], color=SERIES[index % len(SERIES)], linewidth=3, label=f"seed {seed}")
    diverged = sum(history["diverged"] is not None for history in histories)
    title = f"{diverged} of {len(histories)} trainings diverged" if diverged else None
    axes.legend(loc="upper right", ncols=2, title=title)
