"""Contours of the profile likelihood in two parameters, such as two signal strengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from contourpy import contour_generator
from scipy.stats import chi2

from signedag.errors import UserError
from signedag.statistics.fits import Fit
from signedag.statistics.intervals import NEGLIGIBLE, ConditionalFitError, Profile
from signedag.statistics.minimise import minimise
from signedag.statistics.roots import first_root
from signedag.statistics.templates import Floats

LEVELS = (float(chi2.cdf(1, 1)), 0.95)
"""Probability contents: that of one standard deviation of one parameter, 68.27 %, and 95 %."""
RAYS = 48
"""Directions from the best fit."""
PRECISION = 1e-4
"""Of a contour's distance from the best fit, relative to that of the ellipse."""
MISSED = 0.05
"""Part of the range of either parameter that rays may leave out before the contour comes from a grid."""
GRID = 61
"""Points per axis of that grid."""
MARGIN = 0.05
"""How much further than the region it goes, as a part of its range."""


@dataclass(frozen=True)
class Contour:
    """Where 2 ΔNLL reaches one level."""

    level: float
    """Probability content, asymptotically."""
    height: float
    """2 ΔNLL on it: the χ²₂ quantile of the level."""
    lines: tuple[Floats, ...]
    """Closed lines, or open ones where the likelihood ends, shape (points, 2) each."""
    method: str
    """`rays`, or `grid` where the region cannot be seen as a whole from the best fit."""
    reason: str = ""
    """Why some of it is undefined."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        content = {
            "level": self.level,
            "two_delta_nll": self.height,
            "method": self.method,
            "lines": [line.tolist() for line in self.lines],
        }
        return content | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True)
class Agreement:
    """How well two values agree with the best fit."""

    values: tuple[float, float]
    two_delta_nll: float | None
    """`None` where there is no likelihood."""

    @property
    def p_value(self) -> float | None:
        """The probability of a larger 2 ΔNLL if these are the true values, of two parameters, asymptotically."""
        return None if self.two_delta_nll is None else float(chi2.sf(self.two_delta_nll, 2))

    def as_json(self) -> dict[str, Any]:
        """Give the fields and the p-value."""
        return {"values": list(self.values), "two_delta_nll": self.two_delta_nll, "p_value": self.p_value}


@dataclass(frozen=True)
class Contours:
    """Contours of two parameters around their best fit."""

    parameters: tuple[str, str]
    best: tuple[float, float]
    correlation: float
    """From the covariance."""
    contours: tuple[Contour, ...]

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "parameters": list(self.parameters),
            "best": list(self.best),
            "correlation": self.correlation,
            "contours": [contour.as_json() for contour in self.contours],
        }


class Surface:
    """2 ΔNLL of two parameters with everything else fitted; docs/physics.md, "Contours"."""

    def __init__(self, result: Fit, first: str, second: str) -> None:
        model = result.likelihood.expectation.model
        for name in (first, second):
            if name not in model.names or not result.free[model.index(name)]:
                raise UserError(f"there is no contour of {first} and {second}: the fit does not determine '{name}'")
        if first == second or result.problem or result.covariance is None:
            raise UserError(f"there is no contour of {first} and {second}: {result.problem or 'they are the same'}")
        self.indices = [model.index(first), model.index(second)]
        self.best = result.values[self.indices]
        self.covariance = result.covariance[np.ix_(self.indices, self.indices)]
        self.reason = ""
        """Why a point had no value, the last time."""
        self._likelihood = result.likelihood
        self._lowest = result.minimum.value
        self._values = result.values
        self._reaction = np.linalg.solve(self.covariance, result.covariance[self.indices])
        self._others = result.free.copy()
        self._others[self.indices] = False

    def at(self, point: Floats, start: Floats | None = None) -> tuple[float, Floats]:
        """Give 2 ΔNLL at a point, shape (2,), and all parameters there.

        Args:
            point: values of the two.
            start: parameters of a point nearby; where the covariance expects them if left out.

        Raises:
            ConditionalFitError: the fit failed.
            UserError: it found a lower minimum than the fit's.
        """
        begin = self._values + (point - self.best) @ self._reaction if start is None else start.copy()
        begin[self.indices] = point
        if not np.isfinite(self._likelihood.value(begin)):
            begin = self._values.copy()
            begin[self.indices] = point
        minimum = minimise(self._likelihood, begin, self._others)
        if not minimum.converged:
            self.reason = minimum.message
            raise ConditionalFitError(minimum.message)
        difference = minimum.value - self._lowest
        if difference < -NEGLIGIBLE:
            values = " and ".join(f"{number:.4g}" for number in point)
            raise UserError(
                f"the likelihood is {-difference:.2g} in NLL lower at {values} than at its best fit, which is another "
                "minimum; there is no contour around that"
            )
        return 2 * max(difference, 0.0), minimum.parameters

    def value(self, point: Floats) -> float:
        """Give 2 ΔNLL at a point, infinite where there is none."""
        try:
            return self.at(point)[0]
        except ConditionalFitError:
            return np.inf


def contours(result: Fit, first: str, second: str, levels: Sequence[float] = LEVELS, rays: int = RAYS) -> Contours:
    """Find where 2 ΔNLL of two parameters reaches the χ²₂ quantiles of `levels`; docs/physics.md, "Contours".

    Args:
        result: a fit that converged, with covariance.
        first: a parameter.
        second: another one.
        levels: probability contents.
        rays: directions from the best fit in which contours are looked for.

    Raises:
        UserError: the fit has not both parameters free, has a problem, or there is a lower minimum.
    """
    surface = Surface(result, first, second)
    errors = np.sqrt(np.diag(surface.covariance))
    profiles = [Profile(result, name) for name in (first, second)]
    lines = tuple(_contour(surface, profiles, level, rays) for level in levels)
    correlation = float(surface.covariance[0, 1] / errors.prod())
    best = (float(surface.best[0]), float(surface.best[1]))
    return Contours((first, second), best, correlation, lines)


def agreement(result: Fit, first: str, second: str, values: tuple[float, float]) -> Agreement:
    """Tell how well values of two parameters agree with the fit; docs/physics.md, "Contours".

    Raises:
        UserError: as for `contours`.
    """
    height = Surface(result, first, second).value(np.array(values))
    return Agreement(values, height if np.isfinite(height) else None)


def _contour(surface: Surface, profiles: Sequence[Profile], level: float, rays: int) -> Contour:
    """Follow rays from the best fit; where they miss a part of the region, take a grid.

    How far the region reaches in one parameter is where the profile of this one alone has the level, which needs no
    rays: a bent region is not seen as a whole from its best fit.
    """
    height = float(chi2.isf(1 - level, 2))
    surface.reason = ""
    # directions in which the parabola of the fit has its contour at equal distances
    axes = np.linalg.cholesky(surface.covariance) * np.sqrt(height)
    angles = np.linspace(0.0, 2 * np.pi, rays, endpoint=False)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1) @ axes.T
    points = [_along(surface, direction, height) for direction in directions]
    reason = surface.reason if any(point is None for point in points) else ""
    ranges = [_range(profile, height) for profile in profiles]
    seen = np.array([point for point in points if point is not None]).reshape(-1, 2)
    if all(_reaches(seen[:, axis], *ranges[axis]) for axis in (0, 1)):
        return Contour(level, height, _lines(points), "rays", reason)
    everywhere = np.vstack([seen, surface.best + directions])
    low, high = everywhere.min(axis=0), everywhere.max(axis=0)
    for axis, (lowest, highest) in enumerate(ranges):
        low[axis] = low[axis] if lowest is None else lowest
        high[axis] = high[axis] if highest is None else highest
    return _from_grid(surface, level, height, low, high)


def _range(profile: Profile, height: float) -> tuple[float | None, float | None]:
    """Give how far the region reaches in one parameter; `None` where the likelihood ends before."""

    def excess(value: float) -> float:
        return float(np.sqrt(2 * profile.delta(value) / height)) - 1.0

    ends: list[float | None] = []
    step = profile.step * float(np.sqrt(height))
    for direction in (-1, 1):
        try:
            ends.append(first_root(excess, profile.best, direction * step, PRECISION * step))
        except ConditionalFitError:
            ends.append(None)
    return ends[0], ends[1]


def _reaches(seen: Floats, low: float | None, high: float | None) -> bool:
    """Tell whether points have nearly the range that they should have; ends that do not exist are no reason."""
    if not seen.size:
        return low is None and high is None
    allowed = MISSED * float(np.ptp(seen))
    below = low is not None and float(seen.min()) - low > allowed
    above = high is not None and high - float(seen.max()) > allowed
    return not (below or above)


def _along(surface: Surface, direction: Floats, height: float) -> Floats | None:
    """Find the point in a direction at which the level is; √ of 2 ΔNLL is nearly linear there."""
    known: Floats | None = None

    def excess(distance: float) -> float:
        nonlocal known
        value, known = surface.at(surface.best + distance * direction, known)
        return float(np.sqrt(value / height)) - 1.0

    try:
        point: Floats = surface.best + first_root(excess, 0.0, 1.05, PRECISION) * direction
    except ConditionalFitError:
        return None
    return point


def _lines(points: Sequence[Floats | None]) -> tuple[Floats, ...]:
    """Join neighbouring points; where all are there, the line is closed."""
    if all(point is not None for point in points):
        return (np.array([*points, points[0]]),)
    gaps = [number for number, point in enumerate(points) if point is None]
    if len(gaps) == len(points):
        return ()
    turned = [*points[gaps[0] :], *points[: gaps[0]]]
    ends = [number for number, point in enumerate([*turned, None]) if point is None]
    pieces = [turned[first + 1 : last] for first, last in pairwise(ends)]
    return tuple(np.array(piece) for piece in pieces if piece)


def _from_grid(surface: Surface, level: float, height: float, low: Floats, high: Floats) -> Contour:
    """Take the contour from values on a grid that has the whole region."""
    surface.reason = ""
    margin = MARGIN * (high - low)
    x, y = (np.linspace(low[axis] - margin[axis], high[axis] + margin[axis], GRID) for axis in (0, 1))
    heights = np.array([[surface.value(np.array([one, other])) for one in x] for other in y])
    cut = np.ma.masked_invalid(np.sqrt(heights))
    found = contour_generator(x, y, cut).lines(float(np.sqrt(height)))
    lines = tuple(np.asarray(line, dtype=np.float64) for line in found)
    is_open = any(not np.array_equal(line[0], line[-1]) for line in lines)
    return Contour(level, height, lines, "grid", surface.reason if is_open else "")
