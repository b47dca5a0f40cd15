"""HistFactory's interpolations between a nuisance's templates at -1, 0 and +1 (CERN-OPEN-2012-016, section 4.1).

`smooth`: polynomials for |θ| < 1 whose first and second derivatives join the straight lines (`histosys`, code 4p) and
the exponentials (`normsys`, code 4) outside; pyhf's default. `piecewise`: straight lines and exponentials up to θ = 0
(codes 0 and 1), where they have a kink if the two sides differ. Both have the same value and mean slope at 0, and the
same values at ±1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from signedag.statistics.templates import Floats

Interpolation = Literal["smooth", "piecewise"]

PYHF_CODES: dict[Interpolation, dict[str, dict[str, str]]] = {
    "smooth": {"histosys": {"interpcode": "code4p"}, "normsys": {"interpcode": "code4"}},
    "piecewise": {"histosys": {"interpcode": "code0"}, "normsys": {"interpcode": "code1"}},
}
"""pyhf's `modifier_settings` for the same model."""


@dataclass(frozen=True)
class Curve:
    """Functions of one parameter each: value and first two derivatives, all of one shape."""

    value: Floats
    slope: Floats
    curvature: Floats


def upward_share(parameters: Floats, sides: Floats | float) -> Floats:
    """Tell how much of each slope is the upward one where it is piecewise: 1 above zero, 0 below, by `sides` at it."""
    share: Floats = np.where(parameters == 0, 0.5 * (1.0 + sides), parameters > 0)
    return share


def shape_weights(kind: Interpolation, parameters: Floats, sides: Floats | float = 0.0) -> tuple[Curve, Curve]:
    """Give what multiplies the upward difference T⁺ - T and the downward one T - T⁻, each of shape (parameters,).

    docs/physics.md, "Interpolation between templates" (HistFactory codes 4p and 0). Half-way up, the smooth
    interpolation has 0.448 of the upward difference and 0.052 of the downward one:

    >>> up, down = shape_weights("smooth", np.array([0.0, 0.5, 1.0, 1.5]))
    >>> up.value.tolist(), down.value.tolist()
    ([0.0, 0.4482421875, 1.0, 1.5], [0.0, 0.0517578125, 0.0, 0.0])
    """
    share = upward_share(parameters, sides)
    none = np.zeros(parameters.shape)
    if kind == "piecewise":
        return Curve(share * parameters, share, none), Curve((1 - share) * parameters, 1 - share, none)
    inside = np.abs(parameters) < 1
    x = np.where(inside, parameters, 0.0)
    half = Curve(
        x**2 * (15 - x**2 * (10 - 3 * x**2)) / 16,
        x * (30 - x**2 * (40 - 18 * x**2)) / 16,
        (30 - x**2 * (120 - 90 * x**2)) / 16,
    )
    up, down = (
        Curve(
            np.where(inside, x / 2 + sign * half.value, outside * parameters),
            np.where(inside, 0.5 + sign * half.slope, outside),
            np.where(inside, sign * half.curvature, 0.0),
        )
        for sign, outside in ((1, share), (-1, 1 - share))
    )
    return up, down


class LogFactors:
    """Logarithms of `normsys` factors; docs/physics.md, "Interpolation between templates" (HistFactory codes 4 and 1).

    >>> factors = LogFactors("smooth", np.log([[1.1]]), np.log([[0.9]]))
    >>> np.exp([float(factors.at(np.array([theta])).value[0, 0]) for theta in (-1.0, 0.0, 0.5, 2.0)]).round(4).tolist()
    [0.9, 1.0, 1.0493, 1.21]

    Args:
        log_up: logarithm of the factor at θ = +1, shape (contributions, parameters), 0 where there is none.
        log_down: logarithm at θ = -1, same shape.
    """

    def __init__(self, kind: Interpolation, log_up: Floats, log_down: Floats) -> None:
        self._kind = kind
        self._up, self._down = log_up, log_down
        self._present = bool(log_up.any() or log_down.any())
        self._coefficients = _polynomial(log_up, log_down)

    def at(self, parameters: Floats, sides: Floats | float = 0.0) -> Curve:
        """Give the logarithms and their derivatives, shape (contributions, parameters)."""
        none = np.zeros(self._up.shape)
        if not self._present:
            return Curve(none, none, none)
        share = upward_share(parameters, sides)
        slope = share * self._up - (1 - share) * self._down
        outside = Curve(slope * parameters, slope, none)
        if self._kind == "piecewise":
            return outside
        inside = np.abs(parameters) < 1
        x = np.where(inside, parameters, 0.0)
        value, slope, half_curvature = none, none, none
        for coefficient in (*reversed(self._coefficients), none + 1.0):  # Horner's scheme, with its derivatives
            half_curvature = half_curvature * x + slope
            slope = slope * x + value
            value = value * x + coefficient
        ratio = slope / value
        return Curve(
            np.where(inside, np.log(value), outside.value),
            np.where(inside, ratio, outside.slope),
            np.where(inside, 2 * half_curvature / value - ratio**2, 0.0),
        )


def _polynomial(log_up: Floats, log_down: Floats) -> tuple[Floats, ...]:
    """Give the six coefficients whose polynomial joins the exponentials at ±1 in value, slope and curvature.

    The odd and the even part are each three conditions for three coefficients.
    """
    up, down = np.exp(log_up), np.exp(log_down)
    odd = ((up - down) / 2, (up * log_up - down * log_down) / 2, (up * log_up**2 - down * log_down**2) / 2)
    even = ((up + down) / 2 - 1, (up * log_up + down * log_down) / 2, (up * log_up**2 + down * log_down**2) / 2)
    return (
        (15 * odd[0] - 7 * odd[1] + odd[2]) / 8,
        (24 * even[0] - 9 * even[1] + even[2]) / 8,
        (-10 * odd[0] + 10 * odd[1] - 2 * odd[2]) / 8,
        (-24 * even[0] + 14 * even[1] - 2 * even[2]) / 8,
        (3 * odd[0] - 3 * odd[1] + odd[2]) / 8,
        (8 * even[0] - 5 * even[1] + even[2]) / 8,
    )
