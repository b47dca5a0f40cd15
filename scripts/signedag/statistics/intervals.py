"""Profile likelihoods: intervals at ΔNLL = 0.5, scans and the discovery significance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.statistics.fits import Fit
from signedag.statistics.held_curvature import HeldCurvature, solve_positive
from signedag.statistics.minimise import Minimum, minimise
from signedag.statistics.profile_path import ConditionalFitError as ConditionalFitError
from signedag.statistics.profile_path import ConditionalPath, first_crossing
from signedag.statistics.templates import Floats

LEVEL = 0.5
"""ΔNLL of a 68.3 % interval."""
ROOT_TOLERANCE = 1e-9
"""Precision of an interval's ends, in units of the error from the Hessian."""
NEGLIGIBLE = 1e-8
"""ΔNLL below zero that rounding explains."""


@dataclass(frozen=True)
class Interval:
    """A value with its two uncertainties."""

    value: float
    down: float | None
    """Distance to the lower end, positive; `None` if undefined."""
    up: float | None
    """Distance to the upper end, positive; `None` if undefined."""
    reason: str = ""
    """Why an end is undefined."""

    def as_json(self) -> dict[str, Any]:
        """Give `value`, `down`, `up`, and `reason` where something is undefined."""
        return {"value": self.value, **self.sides()}

    def sides(self) -> dict[str, Any]:
        """Give `down`, `up`, and `reason` where one is undefined."""
        sides: dict[str, Any] = {"down": self.down, "up": self.up}
        return sides | {"reason": self.reason} if self.reason else sides

    def __str__(self) -> str:
        """Spell it out for logs.

        >>> str(Interval(1.0, None, 0.25))
        '1.0000 -undefined +0.2500'
        """
        sides = (f"{side:.4f}" if side is not None else "undefined" for side in (self.down, self.up))
        return f"{self.value:.4f} -{' +'.join(sides)}"


class Profile:
    """The profile likelihood of one parameter around a fit; docs/physics.md, "Profile likelihood".

    Args:
        result: the fit.
        name: the parameter.
        only: whether all others are kept at their fitted values instead of fitted anew.
        held: further parameters to keep at their fitted values.
    """

    def __init__(self, result: Fit, name: str, only: bool = False, held: tuple[str, ...] = ()) -> None:
        model = result.likelihood.expectation.model
        self.index = model.index(name)
        self.best = float(result.values[self.index])
        self._likelihood = result.likelihood
        self._lowest = result.minimum.value
        self._free: NDArray[np.bool_] = result.free & ~np.isin(model.names, (name, *held))
        if only:
            self._free = np.zeros(result.free.size, dtype=bool)
        self._held = HeldCurvature(result.likelihood, result.hessian, result.values)
        hessian = self._held.exactly_at(result.values)
        self._path = ConditionalPath(self.best, result.values, self._held.tangent(self.index, self._free))
        self.step = self._width(hessian)
        """A first guess of the uncertainty."""

    def _width(self, hessian: Floats) -> float:
        moving = self._free.copy()
        moving[self.index] = True
        row = int(moving[: self.index].sum())
        along = np.eye(int(moving.sum()))[row]
        chosen = hessian[np.ix_(moving, moving)]
        column = solve_positive(chosen, along)
        variance = (np.linalg.pinv(chosen) if column is None else column[:, None])[
            row, 0 if column is not None else row
        ]
        return float(np.sqrt(abs(variance))) or 1.0

    def conditional(self, value: float) -> Minimum:
        """Fit everything else with the parameter at `value`, starting from where earlier conditional fits lead."""
        nearest, predicted = self._path.nearest(value), self._path.at(value, self.step)
        nearest[self.index] = predicted[self.index] = value
        # a nuisance on its kink mostly stays there
        predicted[self._likelihood.expectation.kinked & (nearest == 0)] = 0.0
        minimum = minimise(self._likelihood, predicted, self._free, self._held, exact=False)
        if not minimum.converged and not np.array_equal(nearest, predicted):
            minimum = minimise(self._likelihood, nearest, self._free, self._held, exact=False)
        if minimum.converged:
            self._path.add(value, minimum.parameters)
        return minimum

    def delta(self, value: float) -> float:
        """Give ΔNLL at `value`.

        Raises:
            ConditionalFitError: the conditional fit failed, or found a lower minimum than the fit.
        """
        return max(self._checked(value).value - self._lowest, 0.0)

    def _checked(self, value: float) -> Minimum:
        minimum = self.conditional(value)
        if not minimum.converged:
            raise ConditionalFitError(minimum.message)
        difference = minimum.value - self._lowest
        if difference < -NEGLIGIBLE:
            raise ConditionalFitError(f"a conditional fit is {-difference:.2g} in NLL below the minimum of the fit")
        return minimum

    def _crossing(self, direction: int) -> float:
        """Find the distance at which ΔNLL = 0.5; √(2 ΔNLL) is nearly linear, so few conditional fits are needed."""

        def excess(value: float) -> tuple[float, float]:
            minimum = self._checked(value)
            ratio = float(np.sqrt(max(minimum.value - self._lowest, 0.0) / LEVEL))
            # all other parameters are at their best, so the slope is that at fixed others
            assert minimum.gradient is not None
            return ratio - 1.0, float(minimum.gradient[self.index]) / (2 * LEVEL * ratio) if ratio > 0 else 0.0

        return abs(first_crossing(excess, self.best, direction * self.step, ROOT_TOLERANCE * self.step) - self.best)

    def interval(self) -> Interval:
        """Give the interval at ΔNLL = 0.5; an end that does not exist is `None`, with the reason."""
        ends: list[float | None] = []
        reasons = []
        for direction, side in ((-1, "down"), (1, "up")):
            try:
                ends.append(self._crossing(direction))
            except ConditionalFitError as error:
                ends.append(None)
                reasons.append(f"{side}: {error}")
        return Interval(self.best, ends[0], ends[1], "; ".join(reasons))

    def side(self, towards: float) -> float:
        """Give the uncertainty on the side that points to `towards`.

        Raises:
            ConditionalFitError: it does not exist.
        """
        return self._crossing(1 if towards > self.best else -1)

    def scan(self, values: Floats) -> list[float | None]:
        """Give ΔNLL at each of `values`; `None` where the likelihood does not exist or the fit failed."""
        result: list[float | None] = []
        for value in values.tolist():
            try:
                result.append(self.delta(value))
            except ConditionalFitError:
                result.append(None)
        return result


@dataclass(frozen=True)
class DiscoverySignificance:
    """How far the data are from a signal strength of zero."""

    q0: float | None
    """The test statistic; `None` if undefined."""
    z: float | None
    """Standard deviations, √q₀; `None` if undefined."""
    reason: str = ""
    """Why it is undefined; empty if it is defined."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields, with null for what is undefined."""
        return {"q0": self.q0, "z": self.z, "reason": self.reason}


def discovery_significance(profile: Profile) -> DiscoverySignificance:
    """Give q₀ = 2 ΔNLL at zero and Z = √q₀; zero where the fitted value is negative.

    docs/physics.md, "Profile likelihood" (arXiv:1007.1727, eq. 12 and 53).
    """
    if profile.best <= 0:
        return DiscoverySignificance(0.0, 0.0)
    try:
        distance = 2 * profile.delta(0.0)
    except ConditionalFitError as error:
        return DiscoverySignificance(None, None, str(error))
    return DiscoverySignificance(distance, float(np.sqrt(distance)))
