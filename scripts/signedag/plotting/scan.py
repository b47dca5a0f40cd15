"""Figures of a scan: maps of every pair of settings, each setting alone, and the frontier."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullFormatter, NullLocator, StrMethodFormatter

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import heading_axes, panel_grid
from signedag.plotting.style import BLACK, BLUE, GREEN, GREY, VERMILION, Floats, stamp
from signedag.report.numbers import signed

Json = Mapping[str, Any]

MOST_CELLS_WITH_NUMBERS = 42
"""Cells of a map that have room for their values."""
FAILED: dict[str, Any] = {
    "marker": "x",
    "color": VERMILION,
    "linestyle": "none",
    "markeredgewidth": 1.6,
}
"""How points that failed are drawn."""


@dataclass(frozen=True)
class Quantity:
    """A number that is drawn of every point."""

    label: str
    better: str
    """Which values are better, in words."""
    value: Callable[[Json], float | None]
    larger_is_better: bool
    colours: str
    """Name of a colour map whose dark end is the better one."""

    def of(self, points: Sequence[Json]) -> Floats:
        """Give the number of each point, NaN where it is undefined or the point failed; shape (points,)."""
        values = [None if point["failed"] else self.value(point) for point in points]
        return np.array([math.nan if value is None else value for value in values], dtype=np.float64)

    def best(self, values: Floats) -> float:
        """Give the best of some values; NaN if none is defined."""
        known = values[np.isfinite(values)]
        if not known.size:
            return math.nan
        return float(known.max() if self.larger_is_better else known.min())


def _log_chi2(point: Json) -> float | None:
    sculpting = point["sculpting"]
    chi2 = None if sculpting is None else sculpting["chi2_mean"]
    return math.log10(chi2) if chi2 else None


QUANTITIES = (
    Quantity(
        "Binned significance", "larger is better", lambda point: point["binned_significance"]["value"],
        True, "Blues",
    ),
    Quantity(r"$\log_{10}$ mean $\chi^2$/ndf", "smaller is better", _log_chi2, False, "Purples_r"),
    Quantity(r"$\sigma_\mu$", "smaller is better", lambda point: point["sigma_mu"], False, "Greens_r"),
)  # fmt: skip


def scan_maps(summary: Json, settings: PlotSettings) -> Figure:
    """Draw, for every pair of settings, significance, χ² and σ_μ; of a grid the best over the other settings.

    Cells whose points all failed are empty with a cross; a small cross in a cell says that some did. Random points are
    drawn where they are.

    Args:
        summary: content of `summary.json`.
        settings: names and labels.
    """
    axes_of = {axis["path"]: axis for axis in summary["axes"] if len(axis["values"]) > 1} or {
        axis["path"]: axis for axis in summary["axes"]
    }
    pairs = list(combinations(axes_of, 2)) or [tuple(axis["path"] for axis in summary["axes"][:2])]
    figure, panels = panel_grid(3 * len(pairs), ratio=False, width=3.75, height=3.3, columns=3, heading=0.8, gap=1.0)
    stamp(heading_axes(figure, panels, above=0.4), settings, subject=_subject(summary))
    known = {axis["path"]: axis for axis in summary["axes"]}
    for row, (across, up) in enumerate(pairs):
        others = [path for path in axes_of if path not in (across, up)]
        for column, quantity in enumerate(QUANTITIES):
            axes = panels[3 * row + column].main
            draw = _cells if summary["kind"] == "grid" else _scattered
            draw(axes, summary["points"], known[across], known[up], quantity)
            axes.set_xlabel(_short(across))
            axes.set_ylabel(_short(up))
            over = ", best of the rest" if others and summary["kind"] == "grid" else ""
            axes.set_title(f"{quantity.label}{over}", loc="left", pad=5)
    return figure


def _subject(summary: Json) -> str:
    choice = summary["choice"]
    failed = f", {choice['failed']} failed" if choice["failed"] else ""
    return f"scan of {summary['scanned']}: {choice['points']} points{failed}"


def _short(path: str) -> str:
    """Give the end of a path that is too long for an axis.

    >>> _short("phases[0].updates[0].terms[1].weight"), _short("disco.weight")
    ('…terms[1].weight', 'disco.weight')
    """
    return path if len(path) < 24 else f"…{'.'.join(path.split('.')[-2:])}"


def _cells(axes: Axes, points: Sequence[Json], across: Json, up: Json, quantity: Quantity) -> None:
    """Draw the best value of each cell."""
    shape = (len(up["values"]), len(across["values"]))
    best, failed = np.full(shape, math.nan), np.zeros(shape, dtype=int)
    values, broken = quantity.of(points), np.array([bool(point["failed"]) for point in points])
    inside = np.array([[point["settings"][axis["path"]] for point in points] for axis in (up, across)])
    for row, column in np.ndindex(shape):
        here = (inside[0] == up["values"][row]) & (inside[1] == across["values"][column])
        best[row, column] = quantity.best(values[here])
        failed[row, column] = int((here & broken).sum())
    # Pale colours only, so that black numbers can be read on all of them.
    ends = (0.35, 1.0) if quantity.colours.endswith("_r") else (0.0, 0.65)
    pale = ListedColormap(colormaps[quantity.colours](np.linspace(*ends, 256)))
    drawn = axes.imshow(best, origin="lower", aspect="auto", cmap=pale)
    _colour_bar(axes, drawn)
    decimals = _decimals(best)
    for row, column in np.ndindex(shape):
        value = best[row, column]
        if np.isnan(value):
            axes.plot(column, row, markersize=8, **FAILED)
        elif failed[row, column]:
            axes.plot(column + 0.36, row + 0.34, markersize=4, **FAILED)
        if np.isfinite(value) and best.size <= MOST_CELLS_WITH_NUMBERS:
            axes.text(column, row, signed(float(value), decimals), ha="center", va="center", size="small")
    for axis, one in ((axes.xaxis, across), (axes.yaxis, up)):
        step = math.ceil(len(one["values"]) / 8)
        numbers = list(range(0, len(one["values"]), step))
        axis.set_ticks(numbers, [f"{one['values'][number]:g}" for number in numbers])
        axis.set_minor_locator(NullLocator())
    axes.tick_params(which="both", length=0)


def _decimals(values: Floats) -> int:
    """Give the decimals that tell values apart: two digits of their spread, two to four decimals."""
    known = values[np.isfinite(values)]
    spread = float(np.ptp(known)) if known.size else 0.0
    return 2 if spread == 0 else min(max(1 - math.floor(math.log10(spread)), 2), 4)


def _colour_bar(axes: Axes, drawn: ScalarMappable) -> None:
    """Add a colour bar in the panel's own room, so that the label of the next one has its own."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    box, inch = axes.get_position(), 1 / figure.get_figwidth()
    axes.set_position((box.x0, box.y0, box.width - 0.62 * inch, box.height))
    bar = figure.add_axes((box.x1 - 0.54 * inch, box.y0, 0.1 * inch, box.height))
    figure.colorbar(drawn, cax=bar)
    bar.yaxis.set_major_locator(MaxNLocator(nbins=5))
    bar.yaxis.set_minor_locator(NullLocator())
    bar.tick_params(which="both", labelsize="small", length=2)


def _scattered(axes: Axes, points: Sequence[Json], across: Json, up: Json, quantity: Quantity) -> None:
    """Draw random points where they are, with the value as colour."""
    values = quantity.of(points)
    x, y = (np.array([point["settings"][axis["path"]] for point in points]) for axis in (across, up))
    seen = np.isfinite(values)
    drawn = axes.scatter(
        x[seen], y[seen], c=values[seen], cmap=quantity.colours, edgecolors=BLACK, linewidths=0.5, s=36
    )
    axes.plot(x[~seen], y[~seen], markersize=6, **FAILED)
    _colour_bar(axes, drawn)
    _scale(axes, "x", across)
    _scale(axes, "y", up)
    axes.margins(0.08)


def _scale(axes: Axes, direction: str, axis: Json) -> None:
    """Give an axis the scale on which its values are spread, with few ticks."""
    own = axes.xaxis if direction == "x" else axes.yaxis
    if axis["scale"] == "log":
        (axes.set_xscale if direction == "x" else axes.set_yscale)("log")
        if len(axis["values"]) <= 8:
            own.set_major_locator(FixedLocator(axis["values"]))
            own.set_minor_locator(NullLocator())
        own.set_major_formatter(StrMethodFormatter("{x:g}"))
        own.set_minor_formatter(NullFormatter())
    else:
        own.set_major_locator(MaxNLocator(nbins=5))


def scan_marginals(summary: Json, settings: PlotSettings) -> Figure:
    """Draw significance, χ² and σ_μ of every point against each setting alone; of a grid also their mean and best.

    Points that failed are crosses at the lower edge.

    Args:
        summary: content of `summary.json`.
        settings: names and labels.
    """
    across = [axis for axis in summary["axes"] if len(axis["values"]) > 1] or list(summary["axes"])
    columns = len(across)
    figure, panels = panel_grid(
        3 * columns, ratio=False, width=3.6 if columns > 1 else 5.4, height=2.7, columns=columns, heading=0.4
    )
    stamp(heading_axes(figure, panels, above=0.05), settings, subject=_subject(summary))
    points = summary["points"]
    for row, quantity in enumerate(QUANTITIES):
        values = quantity.of(points)
        for column, axis in enumerate(across):
            axes = panels[columns * row + column].main
            _against(axes, points, axis, quantity, values, summary["kind"] == "grid")
            if column == 0:
                axes.set_ylabel(quantity.label)
            if row == len(QUANTITIES) - 1:
                axes.set_xlabel(_short(axis["path"]))
    _legend_in_room(panels[0].main)
    return figure


def _against(axes: Axes, points: Sequence[Json], axis: Json, quantity: Quantity, values: Floats, grid: bool) -> None:
    """Draw a number of all points against one setting."""
    x = np.array([point["settings"][axis["path"]] for point in points], dtype=np.float64)
    axes.plot(x, values, "o", color=GREY, markersize=3.5, alpha=0.7, label="a point", zorder=2)
    if grid:
        at = np.array(axis["values"], dtype=np.float64)
        of_value = [values[(x == value) & np.isfinite(values)] for value in at]
        means = [float(one.mean()) if one.size else math.nan for one in of_value]
        axes.plot(at, means, "--", color=BLACK, linewidth=1.3, label="mean")
        axes.plot(at, [quantity.best(one) for one in of_value], "-", color=BLUE, linewidth=1.6, label="best")
    failed = np.array([bool(point["failed"]) for point in points])
    if failed.any():
        edge = np.full(int(failed.sum()), 0.04)
        axes.plot(x[failed], edge, transform=axes.get_xaxis_transform(), label="failed", markersize=6, **FAILED)
    if not np.isfinite(values).any():
        axes.text(0.5, 0.5, "no point has it", transform=axes.transAxes, ha="center", size="small")
        axes.set_yticks([])
    else:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    _scale(axes, "x", axis)
    axes.margins(x=0.08, y=0.12)


def _legend_in_room(axes: Axes) -> None:
    """Add a legend above the points of a panel."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.35 * (high - low))
    axes.legend(loc="upper right", ncols=2, columnspacing=1.0)


def scan_frontier(summary: Json, settings: PlotSettings) -> Figure:
    """Draw σ_μ against the mean χ²/ndf of all points, with the frontier, the limit, the best, and what that is worth.

    Args:
        summary: content of `summary.json`.
        settings: names and labels.
    """
    figure, panels = panel_grid(1, ratio=False, width=5.3, height=4.5, heading=0.35)
    axes, choice = panels[0].main, summary["choice"]
    stamp(axes, settings)
    subject = _subject(summary).replace(": ", ":\n")
    axes.text(0.03, 0.96, subject, transform=axes.transAxes, va="top", size="small")
    chi2, error = QUANTITIES[1].of(summary["points"]), QUANTITIES[2].of(summary["points"])
    names = [point["variant"] for point in summary["points"]]
    x = 10.0**chi2
    axes.plot(x, error, "o", color=GREY, markersize=4, alpha=0.8, label="a point")
    ahead = [names.index(name) for name in choice["frontier"]]
    if ahead:
        axes.step(x[ahead], error[ahead], "-o", where="pre", color=BLUE, linewidth=1.4, label="frontier")
    if summary["scanned"] in names:
        own = names.index(summary["scanned"])
        axes.plot(x[own], error[own], "D", color=BLACK, markersize=7, fillstyle="none", label="as configured")
    if choice["best"] is not None:
        best = names.index(choice["best"])
        axes.plot(x[best], error[best], "*", color=GREEN, markersize=13, zorder=4, label="best that passes")
    axes.axvline(choice["sculpting_limit"], color=VERMILION, linestyle=":", linewidth=1.4, label="limit on sculpting")
    if not np.isfinite(x + error).any():
        axes.text(0.3, 0.5, "no point has both", transform=axes.transAxes, ha="center")
        axes.set_xticks([])
        axes.set_yticks([])
    else:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.margins(x=0.07, y=0.05)
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.55 * (high - low))
    axes.set_xlabel(r"Mean $\chi^2$/ndf of the background's mass in quantiles of the score")
    axes.set_ylabel(r"$\sigma_\mu$, error of the simulation included")
    title = f"best of {choice['points']} points on this sample:\nquote another seed"
    axes.legend(loc="upper right", title=title, alignment="left")
    return figure
