"""Parts that figures share: grids of panels with ratio panels below, drawn bins, error bars and ratio ranges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from signedag.plotting.style import GREY, Floats

WIDEST_OUTER_BIN = 2.0
"""Outer bins are drawn at most so many times as wide as their neighbours; they hold everything beyond."""


@dataclass(frozen=True)
class Panel:
    """One panel of a figure."""

    main: Axes
    ratio: Axes | None = None
    """The panel below with the same horizontal axis."""

    @property
    def lowest(self) -> Axes:
        """The axes that carry the horizontal label."""
        return self.ratio or self.main


def columns_for(count: int) -> int:
    """Tell how many columns a grid of `count` panels gets, so that it stays legible on a page."""
    return count if count < 4 else 2 if count == 4 else 3 if count <= 18 else 4


def panel_grid(
    count: int,
    ratio: bool,
    width: float = 3.5,
    height: float = 3.0,
    columns: int | None = None,
    heading: float = 0.35,
    gap: float = 0.58,
) -> tuple[Figure, list[Panel]]:
    """Make a figure of `count` panels, row by row.

    Args:
        count: number of panels.
        ratio: whether each has a ratio panel below.
        width: of a panel with its labels, inches.
        height: likewise.
        columns: panels in a row; chosen for legibility if left out.
        heading: room above the first row, inches.
        gap: room between rows, inches.
    """
    across = columns or columns_for(count)
    rows = math.ceil(count / across)
    size = (across * width + 0.2, rows * height + heading)
    figure = Figure(figsize=size)
    top = 1 - heading / size[1]
    outer = GridSpec(
        rows,
        across,
        figure=figure,
        left=0.72 / size[0],
        right=1 - 0.17 / size[0],
        bottom=0.52 / size[1],
        top=top,
        wspace=0.72 / (width - 0.72),
        hspace=gap / (height - gap),
    )
    panels = []
    for index in range(count):
        place = outer[index // across, index % across]
        if not ratio:
            panels.append(Panel(figure.add_subplot(place)))
            continue
        inner = place.subgridspec(2, 1, height_ratios=(2.1, 1), hspace=0.06)
        main = figure.add_subplot(inner[0])
        below = figure.add_subplot(inner[1], sharex=main)
        main.tick_params(labelbottom=False)
        panels.append(Panel(main, below))
    return figure, panels


def heading_axes(figure: Figure, panels: list[Panel], above: float) -> Axes:
    """Give invisible axes that end `above` inches over the first row: their upper edge carries the stamp.

    For grids whose panels have titles.
    """
    boxes = [panel.main.get_position() for panel in panels]
    left, right, top = min(box.x0 for box in boxes), max(box.x1 for box in boxes), max(box.y1 for box in boxes)
    height = above / figure.get_figheight()
    axes = figure.add_axes((left, top, right - left, height))
    axes.set_axis_off()
    return axes


def last_of_first_row(panels: list[Panel], columns: int | None = None) -> Axes:
    """Give the axes at the right end of the first row."""
    return panels[min(len(panels), columns or columns_for(len(panels))) - 1].main


def drawn_edges(edges: Floats) -> Floats:
    """Give edges for drawing: outer bins that reach far into a tail are cut, or the rest would not be visible.

    >>> drawn_edges(np.array([0.0, 1.0, 2.0, 50.0])).tolist()
    [0.0, 1.0, 2.0, 4.0]
    """
    drawn = np.array(edges, dtype=np.float64)
    if len(drawn) > 3:
        drawn[0] = max(drawn[0], drawn[1] - WIDEST_OUTER_BIN * (drawn[2] - drawn[1]))
        drawn[-1] = min(drawn[-1], drawn[-2] + WIDEST_OUTER_BIN * (drawn[-2] - drawn[-3]))
    return drawn


def centres(edges: Floats) -> Floats:
    """Give the bin centres, shape (bins,)."""
    return 0.5 * (edges[1:] + edges[:-1])


def divide(numerator: Floats, denominator: Floats) -> Floats:
    """Divide bin by bin; a bin with a denominator that is not positive is undefined (NaN) and not drawn."""
    defined = denominator > 0
    ratio: Floats = np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=defined)
    return ratio


def points(axes: Axes, edges: Floats, values: Floats, errors: Floats, offset: float = 0.0, **style: Any) -> Any:
    """Draw values with error bars at the bin centres.

    Args:
        axes: where.
        edges: shape (bins + 1,).
        values: shape (bins,); NaN is left out.
        errors: shape (bins,).
        offset: horizontal shift as a share of the bin width, so that two sets do not hide each other.
        style: passed to matplotlib.
    """
    at = centres(edges) + offset * np.diff(edges)
    return axes.errorbar(at, values, yerr=errors, fmt=style.pop("fmt", "o"), elinewidth=1, **style)


def band(axes: Axes, edges: Floats, values: Floats, errors: Floats, **style: Any) -> None:
    """Draw a grey band of half height `errors` around `values`; undefined bins stay empty."""
    drawn: dict[str, Any] = {"color": GREY, "alpha": 0.45, "linewidth": 0, "zorder": 0.5} | style
    low, high = np.nan_to_num(values - errors), np.nan_to_num(values + errors)
    axes.stairs(high, edges, baseline=low, fill=True, **drawn)


def hatched_band(axes: Axes, edges: Floats, values: Floats, errors: Floats, **style: Any) -> None:
    """Draw a hatched band of half height `errors` around `values`, for use on top of filled histograms."""
    drawn: dict[str, Any] = {
        "facecolor": "none",
        "edgecolor": "#333333",
        "hatch": "//////",
        "linewidth": 0,
        "zorder": 2,
    }
    axes.stairs(values + errors, edges, baseline=values - errors, fill=True, **(drawn | style))


def legend_from_top(axes: Axes, **style: Any) -> None:
    """Add a legend that lists a stack from its top, after the data if there are any."""
    handles, labels = axes.get_legend_handles_labels()
    drawn: dict[str, Any] = {"loc": "upper right", "alignment": "left"} | style
    axes.legend(handles[::-1], labels[::-1], **drawn)


def ratio_range(
    axes: Axes, edges: Floats, ratios: Sequence[tuple[Floats, str]], smallest: float = 0.05, largest: float = 0.75
) -> None:
    """Choose a symmetric range around 1 and mark ratios outside it by arrows at the border.

    Args:
        axes: the ratio panel.
        edges: shape (bins + 1,).
        ratios: all that is drawn, each of shape (bins,), NaN where undefined, with its colour.
        smallest: the range is at least 1 ± this.
        largest: and at most 1 ± this.
    """
    distances = np.abs(np.concatenate([ratio for ratio, _ in ratios]) - 1)
    furthest = float(np.nanmax(distances)) if np.isfinite(distances).any() else 0.0
    half = min(max(1.25 * furthest, smallest), largest)
    axes.set_ylim(1 - half, 1 + half)
    axes.axhline(1, color="black", linewidth=0.8, zorder=0.8)
    for ratio, colour in ratios:
        for sign, marker in ((1, "^"), (-1, "v")):
            beyond = sign * (ratio - 1) > half
            if beyond.any():
                at = np.full(int(beyond.sum()), 1 + sign * 0.92 * half)
                axes.plot(centres(edges)[beyond], at, marker, color=colour, markersize=4, linestyle="none")
