"""Figure of the scan of a parameter: the score of fixed events against it, the trained points marked."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from signedag.config.plotting import PlotSettings
from signedag.json_blocks import Block
from signedag.plotting.panels import columns_for, last_of_first_row, panel_grid
from signedag.plotting.style import BLACK, DASHES, GREY, SERIES, Floats, axis_label, process_label, stamp

WIDEST = 11.7
"""Of a row of panels, inches: so that its texts can be read in print."""
SCORE_TOP = 1.7
"""Upper end of the score's axis: room for the legend."""


def parameter_scan(scan: Block, settings: PlotSettings) -> Figure:
    """Draw the mean score of every process against the parameter, then each process with its spread.

    Dotted lines are the trained points. A star on a curve is the value where the process is at home; the cross, where
    its mean is largest. Bands hold the central 68 % of the events, thin lines are single events.

    Args:
        scan: content of the file of `scan_parameter`.
        settings: names and labels.
    """
    processes = scan.blocks("processes")
    grid, trained = np.array(scan.defined_numbers("grid")), scan.defined_numbers("trained")
    count = len(processes) + 1
    columns = columns_for(count)
    figure, panels = panel_grid(count, ratio=False, width=min(4.2, WIDEST / columns), height=3.7, columns=columns)
    stamp(panels[0].main, settings, right=last_of_first_row(panels, columns), subject=_subject(scan))
    order = sorted(processes, key=lambda name: (not processes[name].has("own_value"), _own(processes[name]), name))
    for number, name in enumerate(order):
        colour, dashes = _colour(name, number, settings), DASHES[number % len(DASHES)]
        label = process_label(settings, name)
        _mean(panels[0].main, grid, processes[name], colour, dashes, label)
        _spread(panels[number + 1].main, grid, processes[name], colour, label)
    for panel in panels:
        axes = panel.main
        for value in trained:
            if grid[0] <= value <= grid[-1]:
                axes.axvline(value, ymax=1 / SCORE_TOP, color=GREY, linestyle=":", linewidth=1.0, zorder=0.5)
        axes.set_xlim(grid[0], grid[-1])
        axes.set_ylim(0, SCORE_TOP)
        axes.set_yticks(np.linspace(0, 1, 6))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_xlabel(axis_label(settings, scan.text("parameter")))
        axes.set_ylabel("Score")
    _explain(panels[0].main, any(process.has("own_value") for process in processes.values()), len(order))
    return figure


def _explain(axes: Axes, signals: bool, curves: int) -> None:
    """Add the legend of the means, with what the marks are."""
    if signals:
        axes.plot([], [], "*", color=BLACK, markersize=12, markerfacecolor="none", label="own value")
        axes.plot([], [], "x", color=BLACK, markersize=6, label="maximum")
    axes.plot([], [], color=GREY, linestyle=":", linewidth=1.0, label="trained")
    crowded: dict[str, Any] = {"columnspacing": 0.8}
    if curves > 9:
        crowded = {"columnspacing": 0.5, "handlelength": 1.3, "handletextpad": 0.4, "borderaxespad": 0.2}
    axes.legend(loc="upper left", ncols=2 if curves < 6 else 3, title="Mean score", alignment="left", **crowded)


def _subject(scan: Block) -> str:
    others = scan.block("others").content
    fixed = ", ".join(f"{name} = {value:g}" for name, value in others.items())
    return f"{scan.text('variant')}, {fixed}" if fixed else scan.text("variant")


def _own(process: Block) -> float:
    value = process.number_or_none("own_value")
    return np.inf if value is None else value


def _colour(name: str, number: int, settings: PlotSettings) -> str:
    """Give the process its colour in all figures; one of a series where the settings have none."""
    return settings.processes[name].colour if name in settings.processes else SERIES[number % len(SERIES)]


def _curve(values: tuple[float | None, ...]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _mean(axes: Axes, grid: Floats, process: Block, colour: str, dashes: Any, label: str) -> None:
    mean = _curve(process.numbers("mean"))
    axes.plot(grid, mean, color=colour, linestyle=dashes, label=label)
    _marks(axes, grid, mean, process, colour)


def _marks(axes: Axes, grid: Floats, mean: Floats, process: Block, colour: str) -> None:
    """Mark where the process is at home, and where its mean is largest."""
    own, largest = process.number_or_none("own_value"), process.block("peak").number_or_none("value")
    if own is not None and grid[0] <= own <= grid[-1]:
        axes.plot([own], [np.interp(own, grid, mean)], "*", color=colour, markersize=14, markerfacecolor="none")
    if own is not None and largest is not None:
        axes.plot([largest], [np.interp(largest, grid, mean)], "x", color=BLACK, markersize=6, zorder=4)


def _spread(axes: Axes, grid: Floats, process: Block, colour: str, label: str) -> None:
    mean = _curve(process.numbers("mean"))
    if not np.isfinite(mean).all():
        axes.text(0.5, 0.5, f"undefined: {process.text('reason')}", transform=axes.transAxes, ha="center", wrap=True)
        return
    quantiles = {name: _curve(process.block("quantiles").numbers(name)) for name in ("0.16", "0.5", "0.84")}
    axes.fill_between(grid, quantiles["0.16"], quantiles["0.84"], color=colour, alpha=0.2, linewidth=0, label="68 %")
    for number, event in enumerate(process.listed("single_events")):
        name = "single events" if number == 0 else None
        axes.plot(grid, event.defined_numbers("score"), color=BLACK, linewidth=0.6, alpha=0.6, label=name)
    axes.plot(grid, quantiles["0.5"], color=colour, linestyle="--", linewidth=1.0, label="median")
    axes.plot(grid, mean, color=colour, linewidth=2.0, label="mean")
    _marks(axes, grid, mean, process, colour)
    axes.legend(loc="upper left", ncols=2, title=f"{label}\n{_steps(process)}", alignment="left")


def _steps(process: Block) -> str:
    """Say how large the largest steps of the mean are."""
    steps = process.block("smoothness")
    at, between = steps.number_or_none("at_trained"), steps.number_or_none("between_trained")
    if at is None or between is None:
        return steps.text_or_empty("reason") or "mean"
    return f"steps up to {100 * at:.1f} % at trained\npoints, up to {100 * between:.1f} % between"
