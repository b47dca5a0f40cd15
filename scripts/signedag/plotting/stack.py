"""Data on top of stacked simulation, with the ratio below: what every data/simulation figure is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
from signedag.plotting.style import BLACK, GREY, Floats, stacked_processes

SMALLEST_SEEN = 0.01
"""A process whose layer is nowhere higher than this share of the panel's highest point is not in the legend."""
HIDDEN = "#FFF3C4"
"""Colour of the bins whose data are hidden."""
DEPTH = 2e-3
"""A logarithmic axis with overlays begins at most at this share of the highest bin."""
LEGEND_LINE = 0.19
"""Height of a line of the legend, inches."""
LETTERS = 16
"""Letters of the legend's title in an inch."""
ROOM = (1.3, 3.2)
"""The vertical axis, or its logarithm, is so many times as long as what is drawn needs, by the height of the legend."""


@dataclass(frozen=True)
class Overlay:
    """A line in front of the stack, such as the signal times a factor."""

    values: Floats
    """Events, shape (bins,)."""
    colour: str
    label: str


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
    """Shape (bins,); NaN where they are hidden, everywhere if there are none."""
    overlays: Sequence[Overlay] = ()
    """Lines in front of the stack."""


def data_and_simulation(
    panel: Panel, stack: Stack, settings: PlotSettings, title: str, data_name: str, logarithmic: bool = False
) -> None:
    """Draw events per unit of the observable, so that wide bins do not stand out; one bin is drawn as a yield.

    A process that is negative in a bin cannot be stacked there: its layer is left out, the legend says so, and a line
    along the true total stands in front of the stack. Bins whose data are hidden are grey.

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
    lines = [overlay.values / width for overlay in stack.overlays]
    layers = _layers(stack, settings, width)
    tops = np.concatenate([((data + data_errors[1]) / width)[known], (total + stack.errors) / width, *lines])
    heights = _Heights(
        low=_floor((total / width)[total > 0], stack.overlays) if logarithmic else 0.0,
        high=float(max(tops.max(), *(layer.top.max() for layer in layers))),
        lowest_line=min((float(line.min()) for line in lines), default=0.0),
    )
    for layer in layers:
        process = settings.processes[layer.process]
        label = process.label if heights.shows(layer) else None
        panel.main.stairs(layer.top, edges, baseline=layer.bottom, fill=True, color=process.colour, label=label)
    hatched_band(panel.main, edges, total / width, stack.errors / width, label="uncertainty")
    if any(layer.negative for layer in layers):
        panel.main.stairs(total / width, edges, color=BLACK, linewidth=1, label="total")
    for overlay, line in zip(stack.overlays, lines, strict=True):
        panel.main.stairs(line, edges, color=overlay.colour, linewidth=1.8, linestyle="--", label=overlay.label)
    shows_data = bool(np.isfinite(data).any())
    if shows_data:
        _shade(panel, edges, ~np.isfinite(data))
        points(panel.main, edges, data / width, data_errors / width, color=BLACK, label=data_name)
    expected = np.where(total > 0, total, np.nan)
    ratio = data / expected
    band(panel.ratio, edges, expected / expected, stack.errors / expected)
    points(panel.ratio, edges, ratio, data_errors / expected, color=BLACK)
    smallest = 0.25 if shows_data else 1.3 * float(np.nanmax(stack.errors / expected, initial=0.0))
    ratio_range(panel.ratio, edges, [DrawnRatio(ratio, BLACK)], smallest=min(max(smallest, 0.05), 0.75))
    mark_undefined(panel.ratio, edges, (total <= 0) & (data > 0))
    panel.main.set_xlim(edges[0], edges[-1])
    panel.ratio.set_ylabel("Data / pred." if shows_data else "Pred. error")
    if edges.size == 2:
        for axes in (panel.main, panel.ratio):
            axes.set_xticks([])
    text = title + _more_text(layers, heights, settings, panel.main.bbox.width / panel.main.figure.dpi)
    entries = len(panel.main.get_legend_handles_labels()[1])
    _vertical_range(panel, heights, lines=text.count("\n") + 1 + (entries + 1) // 2)
    legend_from_top(panel.main, ncols=2, title=text)


@dataclass(frozen=True)
class _Layer:
    """A process in the stack, events per unit, shape (bins,) each."""

    process: str
    bottom: Floats
    top: Floats
    negative: int
    """Bins in which it is negative and left out."""


def _layers(stack: Stack, settings: PlotSettings, width: Floats) -> list[_Layer]:
    """Put the processes on top of each other, from the bottom."""
    layers, bottom = [], np.zeros(stack.total.size)
    for name in reversed(stacked_processes(settings)):
        if name in stack.processes:
            top = bottom + np.maximum(stack.processes[name], 0.0) / width
            layers.append(_Layer(name, bottom, top, int(np.sum(stack.processes[name] < 0))))
            bottom = top
    return layers


@dataclass(frozen=True)
class _Heights:
    """The range of what is drawn, events per unit."""

    low: float
    """Lower end of a logarithmic axis; 0 for a linear one."""
    high: float
    lowest_line: float
    """Of all overlays, if below zero."""

    @property
    def logarithmic(self) -> bool:
        """Whether the axis is."""
        return self.low > 0

    def shows(self, layer: _Layer) -> bool:
        """Tell whether a layer is thick enough in some bin to be seen."""
        if not self.logarithmic:
            return bool((layer.top - layer.bottom).max() >= SMALLEST_SEEN * self.high)
        decades = np.log(np.maximum(layer.top, self.low) / np.maximum(layer.bottom, self.low))
        return bool(decades.max() >= SMALLEST_SEEN * np.log(self.high / self.low))


def _floor(positive: Floats, overlays: Sequence[Overlay]) -> float:
    """Give the lower end of a logarithmic axis: below all bins, and with overlays low enough for small processes.

    It is 0 where no bin is positive, and the axis linear.
    """
    if not positive.size:
        return 0.0
    below = 0.3 * float(positive.min())
    return min(below, DEPTH * float(positive.max())) if overlays else below


def _more_text(layers: Sequence[_Layer], heights: _Heights, settings: PlotSettings, width: float) -> str:
    """Say which processes are not seen, and which are left out of the stack in some bins.

    Args:
        layers: the stack, from the bottom.
        heights: what can be seen.
        settings: names of the processes.
        width: of the panel, inches.
    """
    unseen = [settings.processes[layer.process].label for layer in reversed(layers) if not heights.shows(layer)]
    negative = [f"{settings.processes[layer.process].label} in {layer.negative}" for layer in layers if layer.negative]
    if negative:
        negative[-1] += f" of {layers[0].top.size} bins"
    letters = int(LETTERS * width)
    return _listed("not visible", unseen, letters) + _listed("negative and not stacked", negative, letters)


def _listed(what: str, items: Sequence[str], letters: int) -> str:
    r"""Write a list of labels in lines of at most so many letters, each after a new line; nothing if it is empty.

    >>> _listed("not visible", ["Z + light", "Z + heavy"], 25)
    '\nnot visible: Z + light,\nZ + heavy'
    """
    if not items:
        return ""
    lines = [f"{what}: {items[0]}"]
    for item in items[1:]:
        if len(re.sub(r"\\[a-z]+|[${}]", "", f"{lines[-1]}, {item}")) > letters:
            lines[-1] += ","
            lines.append(item)
        else:
            lines[-1] += f", {item}"
    return "".join(f"\n{line}" for line in lines)


def _shade(panel: Panel, edges: Floats, hidden: NDArray[np.bool_]) -> None:
    """Paint the bins whose data are hidden, shape (bins,), and say once what that means."""
    for index in np.flatnonzero(hidden):
        for axes in (panel.main, panel.ratio):
            if axes is not None:
                axes.axvspan(edges[index], edges[index + 1], color=HIDDEN, linewidth=0, zorder=0.2)
    if hidden.any():
        panel.main.fill([], [], facecolor=HIDDEN, edgecolor=GREY, linewidth=0.8, label="data hidden")


def _vertical_range(panel: Panel, heights: _Heights, lines: int) -> None:
    """Leave room for a legend of so many lines above everything."""
    height = panel.main.bbox.height / panel.main.figure.dpi
    room = float(np.clip(1 / (1 - min(LEGEND_LINE * (lines + 1) / height, 0.9)), *ROOM))
    if heights.logarithmic:
        panel.main.set_yscale("log")
        panel.main.set_ylim(heights.low, heights.low * (heights.high / heights.low) ** room)
    else:
        panel.main.set_ylim(min(0.0, 1.2 * heights.lowest_line), room * heights.high)
