"""Data on top of stacked simulation, with the ratio below: what every data/simulation figure is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import (
    DrawnRatio,
    Panel,
    band,
    drawn_edges,
    hatched_band,
    legend_from_top,
    mark_undefined,
    points,
    poisson_errors,
    ratio_range,
)
from signedag.plotting.style import BLACK, Floats, stacked_processes

SMALLEST_SEEN = 0.01
"""A process whose layer is nowhere higher than this share of the panel's highest point is not in the legend."""
LOGARITHMIC_ROOM = 1.9
"""The vertical axis of a logarithmic panel ends so many times as many decades above its lowest point as it needs."""


@dataclass(frozen=True)
class Stack:
    """What one panel shows; events, not yet divided by any width."""

    edges: Floats
    """Shape (bins + 1,)."""
    processes: Mapping[str, Floats]
    """Expected events by process, shape (bins,) each."""
    total: Floats
    """Shape (bins,)."""
    errors: Floats
    """Of the total, shape (bins,)."""
    data: Floats
    """Shape (bins,); NaN where they are hidden."""


def data_and_simulation(
    panel: Panel, stack: Stack, settings: PlotSettings, title: str, data_name: str, logarithmic: bool = False
) -> None:
    """Draw events per unit of the observable, so that wide bins do not stand out; one bin is drawn as a yield.

    Args:
        panel: with a ratio panel.
        stack: what to draw.
        settings: names, colours and order of the processes.
        title: stands above the legend.
        data_name: what the points are.
        logarithmic: whether the vertical axis is.
    """
    assert panel.ratio is not None
    edges, data, total = drawn_edges(stack.edges), stack.data, stack.total
    width = np.diff(edges) if data.size > 1 else np.ones(1)
    known = np.isfinite(data) & (data >= 0)  # Asimov data of signed weights may be below zero in single bins
    data_errors = np.where(known, poisson_errors(np.where(known, data, 0.0)), np.nan)
    tops = np.concatenate([((data + data_errors[1]) / width)[known], (total + stack.errors) / width])
    highest = float(tops.max())
    names = [name for name in reversed(stacked_processes(settings)) if name in stack.processes]
    seen = {name for name in names if _is_seen(stack.processes[name] / width, 0.05 if logarithmic else highest)}
    below = np.zeros(total.size)
    for name in names:
        process, values = settings.processes[name], stack.processes[name] / width
        label = process.label if name in seen else None
        panel.main.stairs(below + values, edges, baseline=below, fill=True, color=process.colour, label=label)
        below = below + values
    hatched_band(panel.main, edges, total / width, stack.errors / width, label="uncertainty")
    points(panel.main, edges, data / width, data_errors / width, color=BLACK, label=data_name)
    expected = np.where(total > 0, total, np.nan)
    ratio = data / expected
    band(panel.ratio, edges, expected / expected, stack.errors / expected)
    points(panel.ratio, edges, ratio, data_errors / expected, color=BLACK)
    ratio_range(panel.ratio, edges, [DrawnRatio(ratio, BLACK)], smallest=0.25)
    mark_undefined(panel.ratio, edges, (total <= 0) & (data > 0))
    panel.main.set_xlim(edges[0], edges[-1])
    _vertical_range(panel, (total / width)[total > 0], highest, logarithmic)
    panel.ratio.set_ylabel("Data / pred.")
    if edges.size == 2:
        for axes in (panel.main, panel.ratio):
            axes.set_xticks([])
    unseen = [settings.processes[name].label for name in reversed(names) if name not in seen]
    more = f"\nnot visible: {', '.join(unseen)}" if unseen else ""
    legend_from_top(panel.main, ncols=2, title=f"{title}{more}")


def _vertical_range(panel: Panel, positive: Floats, highest: float, logarithmic: bool) -> None:
    if not logarithmic or not positive.size:
        panel.main.set_ylim(0, 2.1 * highest)
        return
    lowest = 0.3 * float(positive.min())
    panel.main.set_yscale("log")
    panel.main.set_ylim(lowest, lowest * (highest / lowest) ** LOGARITHMIC_ROOM)


def _is_seen(values: Floats, highest: float) -> bool:
    """Tell whether a process is high enough in some bin to be seen in the stack."""
    return bool(np.max(np.abs(values)) >= SMALLEST_SEEN * highest)
