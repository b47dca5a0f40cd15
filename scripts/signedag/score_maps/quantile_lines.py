"""What is said of score maps: what determines them, and the scores at which F has some values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from signedag.config.score_maps import FitScoreMapSettings
from signedag.score_maps.conditional import ConditionalMap, FittedMap, Floats

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.97)
"""Values of F of which lines are drawn."""


def described_maps(fitted: Mapping[tuple[int, int], FittedMap], settings: FitScoreMapSettings) -> dict[str, Any]:
    """Give the content of the JSON about the maps of all folds and halves."""
    spectators = tuple(settings.score_map.spectators)
    return {
        "scores_of": settings.score_map.scores_of,
        "region": settings.region,
        "samples": list(settings.samples),
        "spectators": list(spectators),
        "levels": list(LEVELS),
        "nodes": next(iter(fitted.values())).map.nodes[0].tolist(),
        "maps": [
            {
                "fold": fold,
                "half": half,
                "events": one.events,
                "effective_events": one.effective_events,
                "sparsest_node": one.sparsest_node,
                "largest_repair": one.largest_repair,
                "mean_repair": one.mean_repair,
                "lines": quantile_lines(one.map).tolist(),
            }
            for (fold, half), one in fitted.items()
        ],
    }


def quantile_lines(one: ConditionalMap) -> Floats:
    """Give the scores at which F has the values of `LEVELS`, shape (levels, nodes of the first spectator).

    Further spectators are held at the middle of their nodes.
    """
    table = one.values
    for axis in one.nodes[1:]:
        table = np.asarray(table.take(len(axis) // 2, axis=2))
    # where F is flat the first score is given, so that a line never lies where nothing is
    rows = np.array([[np.searchsorted(column, level) for column in table.T] for level in LEVELS])
    above, below = np.minimum(rows, one.thresholds.size - 1), np.maximum(rows - 1, 0)
    nodes = np.arange(table.shape[1])
    high, low = table[above, nodes], table[below, nodes]
    share = np.divide(np.array(LEVELS)[:, None] - low, high - low, out=np.ones_like(high), where=high > low)
    lines = one.thresholds[below] + share * (one.thresholds[above] - one.thresholds[below])
    return np.asarray(lines, dtype=np.float64)
