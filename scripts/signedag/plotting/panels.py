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
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from signedag.plotting.style import GREY, Floats

WIDEST_OUTER_BIN = 2.0
"""Outer bins are drawn at most so many times as wide as their neighbours; they hold everything beyond."""
BULK_RANGE = 4.0
"""A ratio panel shows deviations up to so many times the one that three quarters of the bins stay below."""
MOST_VALUES_AT_BORDER = 4
"""So many ratios outside the range have their values written beside their marks."""


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
    ratio: bool | Sequence[bool],
    width: float = 3.5,
    height: float = 3.0,
    columns: int | None = None,
    heading: float = 0.35,
    gap: float = 0.58,
) -> tuple[Figure, list[Panel]]:
    """Make a figure of `count` panels, row by row.

    Args:
        count: number of panels.
        ratio: whether each has a ratio panel below, for all or one by one.
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
    with_ratio = [ratio] * count if isinstance(ratio, bool) else ratio
    panels = []
    for index in range(count):
        cell = outer[index // across, index % across]
        if not with_ratio[index]:
            panels.append(Panel(figure.add_subplot(cell)))
            continue
        inner = cell.subgridspec(2, 1, height_ratios=(2.1, 1), hspace=0.06)
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

    A histogram per unit is divided by the *drawn* widths, so that the area that is seen is the number of events.

    >>> drawn_edges(np.array([0.0, 1.0, 2.0, 50.0])).tolist()
    [0.0, 1.0, 2.0, 4.0]
    """
    drawn = np.array(edges, dtype=np.float64)
    if len(drawn) > 3:
        drawn[0] = max(drawn[0], drawn[1] - WIDEST_OUTER_BIN * (drawn[2] - drawn[1]))
        drawn[-1] = min(drawn[-1], drawn[-2] + WIDEST_OUTER_BIN * (drawn[-2] - drawn[-3]))
    return drawn


def cut_bins(edges: Floats) -> str:
    """Say for an axis label which outer bins are drawn narrower than they are; empty if none is.

    >>> cut_bins(np.array([0.0, 1.0, 2.0, 50.0])), cut_bins(np.array([0.0, 1.0, 2.0, 3.0]))
    (', last bin ≥ 2', '')
    """
    drawn = drawn_edges(edges)
    first = f", first bin ≤ {edges[1]:.3g}" if drawn[0] > edges[0] else ""
    return first + (f", last bin ≥ {edges[-2]:.3g}" if drawn[-1] < edges[-1] else "")


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
        errors: shape (bins,), or (2, bins) with the distances down and up.
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


@dataclass(frozen=True)
class DrawnRatio:
    """A ratio as it stands in a ratio panel: what its marks at the border need to know."""

    values: Floats
    """Shape (bins,); NaN where undefined."""
    colour: str
    """Of its points."""
    offset: float = 0.0
    """Of its points from the bin centres, as a share of the bin width."""


def ratio_range(
    axes: Axes, edges: Floats, ratios: Sequence[DrawnRatio], smallest: float = 0.05, largest: float = 0.75
) -> bool:
    """Choose a symmetric range around 1 that shows what most bins do, and mark every ratio outside it at the border.

    A ratio outside the range is a filled triangle that points out of the panel, with its value where there are few.
    The range follows the bulk: single far bins do not press all others onto the line at 1.

    Args:
        axes: the ratio panel.
        edges: shape (bins + 1,).
        ratios: all that is drawn.
        smallest: the range is at least 1 ± this.
        largest: and at most 1 ± this.

    Returns:
        whether a ratio is outside.
    """
    distances = np.abs(np.concatenate([ratio.values for ratio in ratios]) - 1)
    distances = distances[np.isfinite(distances)]
    half = smallest
    if distances.size:
        furthest = min(1.25 * float(distances.max()), BULK_RANGE * float(np.quantile(distances, 0.75)))
        half = min(max(furthest, smallest), largest)
    axes.set_ylim(1 - half, 1 + half)
    axes.axhline(1, color="black", linewidth=0.8, zorder=0.8)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10], prune="both"))
    few = bool(np.sum(distances > half) <= MOST_VALUES_AT_BORDER)
    for ratio in ratios:
        _mark_outside(axes, edges, ratio, half, with_values=few)
    return bool(distances.size) and bool(distances.max() > half)


def _mark_outside(axes: Axes, edges: Floats, ratio: DrawnRatio, half: float, with_values: bool) -> None:
    """Draw a triangle at the border for each ratio outside 1 ± half, with its value beside it or without."""
    at = centres(edges) + ratio.offset * np.diff(edges)
    outside = np.abs(np.nan_to_num(ratio.values, nan=1.0) - 1) > half
    for sign, marker, anchor in ((1, "^", "top"), (-1, "v", "bottom")):
        beyond = outside & (sign * (ratio.values - 1) > half)
        if not beyond.any():
            continue
        border = np.full(int(beyond.sum()), 1 + sign * 0.9 * half)
        axes.plot(at[beyond], border, marker, color=ratio.colour, markersize=6, linestyle="none", zorder=4)
        for index in np.flatnonzero(beyond) if with_values else ():
            left = index < 0.6 * ratio.values.size
            axes.annotate(
                f"{ratio.values[index]:.2g}".replace("-", "−"),
                (at[index], 1 + sign * 0.97 * half),
                xytext=(5 if left else -5, 0),
                textcoords="offset points",
                ha="left" if left else "right",
                va=anchor,
                size="small",
                color=ratio.colour,
            )


def mark_undefined(axes: Axes, edges: Floats, undefined: NDArray[np.bool_]) -> None:
    """Put a cross at the lower border of the bins, shape (bins,), in which the denominator is not positive."""
    at = centres(edges)[undefined]
    low, high = axes.get_ylim()
    axes.plot(
        at, np.full(at.size, low + 0.12 * (high - low)), "x", color="black", markersize=6, linestyle="none", zorder=4
    )


def poisson_errors(counts: Floats) -> Floats:
    """Give the distances from observed counts to the ends of their central 68.3 % Poisson intervals.

    Garwood, Biometrika 28 (1936) 437: ends are quantiles of χ², so that few or no events have the right asymmetric
    error; for many events both distances tend to √n.

    Returns:
        shape (2, bins): down and up.

    >>> poisson_errors(np.array([0.0, 4.0])).round(2).tolist()
    [[0.0, 1.91], [1.84, 3.16]]
    """
    tail = norm.sf(1)
    down = np.where(counts > 0, 0.5 * chi2.ppf(tail, 2 * np.maximum(counts, 1)), 0.0)
    up = 0.5 * chi2.isf(tail, 2 * (counts + 1))
    return np.stack([counts - down, up - counts])
