"""The line of conditional fits along one parameter: where the next one starts, and where a level is crossed."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from signedag.statistics.templates import Floats

STEPS = 200
SMALLEST_STEP = 1e-6
"""Relative to the first step: where a search gives up before an edge beyond which there is no likelihood."""
PREDICTING_POINTS = 3
APART = 0.1
"""Conditional fits that are nearer to each other than this, in units of the uncertainty, predict no curvature."""

NEAR = 0.01
"""Size of a function of order one near its root; far from it, a steep function has small corrections too."""


class ConditionalFitError(Exception):
    """A conditional fit on the way failed; the message says why."""


class ConditionalPath:
    """Fitted parameters as a function of the one that is profiled; docs/physics.md, "Profile likelihood".

    Args:
        best: the profiled parameter at the minimum.
        parameters: all parameters there, shape (parameters,).
        tangent: their derivatives by the profiled one there, shape (parameters,); `None` if they have none.
    """

    def __init__(self, best: float, parameters: Floats, tangent: Floats | None) -> None:
        self._best = best
        self._tangent = tangent
        self._known = {best: parameters}

    def add(self, value: float, parameters: Floats) -> None:
        """Remember a conditional fit."""
        self._known[value] = parameters

    def nearest(self, value: float) -> Floats:
        """Give the parameters of the nearest fit so far, shape (parameters,)."""
        return self._known[min(self._known, key=lambda known: (abs(known - value), known))].copy()

    def at(self, value: float, width: float) -> Floats:
        """Predict the parameters, shape (parameters,).

        θ(μ) = θ̂ + t (μ - μ̂) + (μ - μ̂)² q(μ) with the tangent t at the minimum and a polynomial q through what is
        left in the nearest fits.

        Args:
            value: of the profiled parameter.
            width: about its uncertainty.
        """
        if self._tangent is None:
            return self.nearest(value)
        fits = self._chosen(value, APART * width)
        distance = value - self._best
        predicted: Floats = self._known[self._best] + distance * self._tangent
        for fit in fits:
            step = fit - self._best
            weight = np.prod([(value - other) / (fit - other) for other in fits if other != fit])
            left = self._known[fit] - self._known[self._best] - step * self._tangent
            predicted += (distance / step) ** 2 * weight * left
        return predicted

    def _chosen(self, value: float, apart: float) -> list[float]:
        chosen: list[float] = []
        for fit in sorted(self._known, key=lambda known: (abs(known - value), known)):
            if len(chosen) < PREDICTING_POINTS and all(abs(fit - other) > apart for other in (*chosen, self._best)):
                chosen.append(fit)
        return chosen


def first_crossing(
    function: Callable[[float], tuple[float, float]], start: float, step: float, tolerance: float
) -> float:
    """Go from `start`, where a function is negative, until it is not, and find its root by Newton's method.

    A root is kept between points on either side of it once there are such. Newton's corrections converge
    quadratically, so the next one is known from the last two; the root is taken when it is far below the tolerance.

    >>> round(first_crossing(lambda x: (x * x - 2.0, 2 * x), 0.0, 0.5, 1e-9), 9)
    1.414213562

    Args:
        function: gives value, of order one, and slope; may raise `ConditionalFitError` where it does not exist.
        start: where to begin.
        step: a first guess of the distance; its sign is the direction.
        tolerance: absolute precision of the root.

    Raises:
        ConditionalFitError: the function stays negative as far as it exists.
    """
    inner, value = start, start + step
    outer: float | None = None
    edge: float | None = None
    correction: float | None = None
    for _ in range(STEPS):
        try:
            excess, slope = function(value)
        except ConditionalFitError:
            if outer is not None or abs(value - inner) < SMALLEST_STEP * abs(step):
                raise
            edge, value, correction = value, 0.5 * (inner + value), None
            continue
        inner, outer = (value, outer) if excess < 0 else (inner, value)
        before, correction = correction, -excess / slope if slope * step > 0 else None
        if correction is not None and abs(excess) < NEAR and _negligible(correction, before, step, tolerance):
            return value + correction
        following = _following(value, correction, inner, outer, edge, step)
        if following != value + (correction or 0.0):
            correction = None
        if following == value:
            return value
        value = following
    raise ConditionalFitError(f"ΔNLL stays below its level as far as {inner:.4g}")


def _negligible(correction: float, before: float | None, step: float, tolerance: float) -> bool:
    """Tell whether what Newton's method would change after this correction is below the tolerance."""
    if abs(correction) <= tolerance:
        return True
    if before is None:
        return False
    curvature = max(abs(correction) / before**2, 1.0 / abs(step))
    return curvature * correction**2 <= 0.1 * tolerance


def _following(
    value: float, correction: float | None, inner: float, outer: float | None, edge: float | None, step: float
) -> float:
    """Give the next point: Newton's, if it is inside of what is known, else the middle or one step on."""
    if outer is None:
        following = value + (
            math.copysign(min(abs(correction), 2 * abs(step)), step) if correction is not None else step
        )
        return 0.5 * (inner + edge) if edge is not None and (edge - following) * step <= 0 else following
    if correction is not None and min(inner, outer) < value + correction < max(inner, outer):
        return value + correction
    return 0.5 * (inner + outer)
