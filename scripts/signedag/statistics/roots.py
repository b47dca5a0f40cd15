"""Roots along a line of conditional fits, some of which may not exist."""

from __future__ import annotations

from collections.abc import Callable

from scipy.optimize import brentq

from signedag.statistics.intervals import ConditionalFitError

STEPS = 200
SMALLEST_STEP = 1e-6
"""Relative to the first step: where a search gives up before an edge beyond which there is no likelihood."""


def first_root(excess: Callable[[float], float], start: float, step: float, tolerance: float) -> float:
    """Go from `start`, where `excess` is negative, until it is not, and find where it is zero.

    Steps that lead to where no fit exists are halved.

    Args:
        excess: may raise `ConditionalFitError`.
        start: where to begin.
        step: the first guess of the distance; its sign is the direction.
        tolerance: absolute precision of the root.

    Raises:
        ConditionalFitError: `excess` stays negative as far as it exists.

    >>> round(first_root(lambda x: x * x - 2.0, 0.0, 0.5, 1e-12), 9)
    1.414213562
    """
    inner, smallest = start, SMALLEST_STEP * abs(step)
    for _ in range(STEPS):
        outer = inner + step
        try:
            if excess(outer) >= 0:
                return float(brentq(excess, inner, outer, xtol=tolerance))
            inner = outer
            step *= 1.5
        except ConditionalFitError:
            step *= 0.5
            if abs(step) < smallest:
                raise
    raise ConditionalFitError(f"nothing is reached as far as {inner:.4g}")
