"""What figures against the mass share: models side by side, filled where they are trained and open where held out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from signedag.plotting.style import BLACK, DASHES, GREY, MARKERS, SERIES, Floats

SPREAD = 0.3
"""Models at one mass are drawn side by side over this share of the smallest distance of two masses."""
WIDEST_STEP = 0.07
"""And at most so far from each other, as a share of the same."""
ROOM = 0.45
"""Room beside the outermost masses, as a share of the same."""


@dataclass(frozen=True)
class ModelPoints:
    """One number of a model at each of its masses."""

    label: str
    number: int
    """Of the model in the figure, from 0; it decides on colour, marker and line."""
    masses: Floats
    """Shape (masses,), increasing."""
    values: Floats
    """Shape (masses,); NaN is not drawn."""
    errors: Floats
    """Shape (masses,); NaN has no error bar."""
    trained: NDArray[np.bool_]
    """Shape (masses,)."""

    @property
    def colour(self) -> str:
        """Of its points and lines."""
        return SERIES[self.number % len(SERIES)]


def smallest_distance(masses: Floats) -> float:
    """Give the smallest distance of two masses, or something to draw a single one with.

    >>> smallest_distance(np.array([1500.0, 500.0, 750.0])), smallest_distance(np.array([500.0]))
    (250.0, 50.0)
    """
    distances = np.diff(np.unique(masses))
    return float(distances.min()) if distances.size else 0.1 * abs(float(masses[0])) or 1.0


def draw_models(axes: Axes, models: Sequence[ModelPoints], count: int, lines: bool = True) -> None:
    """Draw the points of several models side by side, joined by lines, filled where trained and open where held out.

    Args:
        axes: where.
        models: those that are drawn.
        count: how many models the figure has, so that each stands at the same place in all panels.
        lines: whether points are joined.
    """
    if not models:
        return
    distance = smallest_distance(np.concatenate([model.masses for model in models]))
    step = min(SPREAD / max(count - 1, 1), WIDEST_STEP) * distance
    for model in models:
        at = model.masses + (model.number - 0.5 * (count - 1)) * step
        marker = MARKERS[model.number % len(MARKERS)]
        if lines:
            dashes = DASHES[model.number % len(DASHES)]
            axes.plot(at, model.values, color=model.colour, linestyle=dashes, linewidth=1, alpha=0.7, zorder=2)
        for chosen, face in ((model.trained, model.colour), (~model.trained, "white")):
            axes.errorbar(
                at[chosen],
                model.values[chosen],
                yerr=np.nan_to_num(model.errors[chosen]),
                fmt=marker,
                color=model.colour,
                markerfacecolor=face,
                markersize=6,
                elinewidth=1,
                zorder=3,
            )


def mass_range(axes: Axes, masses: Floats) -> None:
    """Give the horizontal axis room for all masses and the models beside them, and a line at each mass."""
    room = ROOM * smallest_distance(masses)
    for mass in np.unique(masses):
        axes.axvline(mass, color=GREY, linestyle=":", linewidth=0.8, zorder=0.5)
    axes.set_xlim(float(masses.min()) - room, float(masses.max()) + room)


def name_models(axes: Axes, models: Sequence[ModelPoints]) -> None:
    """Add a legend entry for each model, and what open markers mean where there are some."""
    for model in models:
        axes.errorbar(
            [],
            [],
            yerr=[],
            fmt=MARKERS[model.number % len(MARKERS)],
            color=model.colour,
            linestyle=DASHES[model.number % len(DASHES)],
            linewidth=1,
            markersize=6,
            label=model.label,
        )
    if any(not model.trained.all() for model in models):
        open_marker: dict[str, Any] = {"color": BLACK, "markerfacecolor": "white", "markersize": 6}
        axes.errorbar([], [], yerr=[], fmt="o", label="open: held out", **open_marker)


def legend_over_lines(axes: Axes, title: str) -> None:
    """Add a legend that the lines at masses do not run through."""
    axes.legend(loc="best", title=title, alignment="left", frameon=True, facecolor="white", edgecolor="none")


def range_with(axes: Axes, models: Sequence[ModelPoints], centre: float) -> None:
    """Choose a vertical range that shows all points with their errors and a line at `centre`, and draw that line."""
    ends = [centre]
    for model in models:
        errors = np.nan_to_num(model.errors)
        ends += [float(end) for end in (*(model.values - errors), *(model.values + errors)) if math.isfinite(end)]
    room = 0.2 * (max(ends) - min(ends)) or 0.1 * abs(centre) or 1e-3
    axes.set_ylim(min(ends) - room, max(ends) + room)
    axes.axhline(centre, color=BLACK, linewidth=0.8, zorder=0.8)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10], prune="both"))


def or_nan(value: float | None) -> float:
    """Give a number, NaN where there is none, so that it is not drawn."""
    return math.nan if value is None else value
