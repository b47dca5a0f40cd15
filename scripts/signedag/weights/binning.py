"""Bins for closure and calibration checks: equal sums of |w|, none with too few effective events."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def equal_weight_edges(
    values: NDArray[np.floating],
    size: NDArray[np.float64],
    bins: int,
    minimum_effective_events: float = 0.0,
    counted: Sequence[NDArray[np.bool_]] = (),
) -> NDArray[np.float64]:
    """Give edges of bins with about equal sums of |w|.

    Args:
        values: shape (events,).
        size: shape (events,), non-negative.
        bins: how many bins at most; a discrete variable gets fewer.
        minimum_effective_events: bins with fewer effective events, (Σ|w|)²/Σw², are merged with their right neighbour
            (the last one with its left neighbour).
        counted: groups of events, each of shape (events,), that must reach the minimum one by one; all events together
            if there are none.

    Returns:
        edges, shape (at most bins + 1,), increasing. Bins are half open; the last one includes its upper edge.
    """
    order = np.argsort(values, kind="stable")
    ordered = values[order].astype(np.float64)
    cumulative = np.cumsum(size[order])
    targets = cumulative[-1] * np.arange(1, bins) / bins
    inner = ordered[np.minimum(np.searchsorted(cumulative, targets, side="right"), len(ordered) - 1)]
    distinct = np.unique(ordered)
    if len(distinct) <= 2 * bins:  # a count or a flag: edges between its values, so that no bin boundary is ambiguous
        above = np.searchsorted(distinct, inner)
        inner = (distinct[np.maximum(above - 1, 0)] + distinct[above]) / 2
    edges = np.unique(np.concatenate(([ordered[0]], inner[inner > ordered[0]], [ordered[-1]])))
    if len(edges) == 1:
        edges = np.array([edges[0], np.nextafter(edges[0], np.inf)])
    index = bin_index(values, edges)
    groups = [np.where(chosen, size, 0.0) for chosen in counted] or [size]
    sums = [np.array([np.bincount(index, part, len(edges) - 1) for part in (g, np.square(g))]) for g in groups]
    return edges[_merge_thin_bins(np.stack(sums), minimum_effective_events)]


def bin_index(values: NDArray[np.floating], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give each value's bin, shape (events,); values at or outside the outer edges go to the outer bins."""
    return np.clip(np.searchsorted(edges, values.astype(np.float64), side="right") - 1, 0, len(edges) - 2)


def _merge_thin_bins(sums: NDArray[np.float64], minimum: float) -> list[int]:
    """Choose the edges to keep so that (Σ|w|)² reaches `minimum` Σw² in every bin.

    Args:
        sums: shape (groups, 2, bins), Σ|w| and Σw² of each group.
        minimum: effective events that each group needs.
    """
    bins = sums.shape[-1]
    kept = [0]
    for number in range(bins):
        total, squares = sums[:, :, kept[-1] : number + 1].sum(axis=-1).T
        if np.all(squares > 0) and np.all(np.square(total) >= minimum * squares):
            kept.append(number + 1)
    if kept[-1] != bins:
        kept[-1:] = [bins] if len(kept) > 1 else [0, bins]
    return kept
