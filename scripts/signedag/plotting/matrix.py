"""A correlation matrix with its numbers, as several figures have it."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from signedag.plotting.style import Floats

MOST_WRITTEN = 30
"""Parameters above which the numbers in the cells would be too small to read."""


def correlation_matrix(axes: Axes, correlation: Floats, labels: Sequence[str], upright: bool = True) -> None:
    """Draw correlations as colours with their values in percent, from −1 to 1.

    Args:
        axes: where.
        correlation: shape (parameters, parameters).
        labels: of the parameters.
        upright: whether the labels of rows are written upwards and those of columns level; for few, short ones.
    """
    image = axes.imshow(correlation, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    image.set_rasterized(True)
    many = len(labels) > 12
    for row in range(len(labels) if len(labels) <= MOST_WRITTEN else 0):
        for column in range(len(labels)):
            value = correlation[row, column]
            colour = "white" if abs(value) > 0.6 else "black"
            text = f"{100 * value:.0f}" if many else f"{value:.2f}"
            size = "xx-small" if many else "medium" if len(labels) <= 6 else "small"
            text = text.replace("-", "−")
            axes.text(column, row, text, ha="center", va="center", color=colour, size=size)
    if upright:
        axes.set_xticks(range(len(labels)), labels)
        axes.set_yticks(range(len(labels)), labels, rotation=90, va="center")
    else:
        axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(which="both", length=0)
    axes.minorticks_off()
