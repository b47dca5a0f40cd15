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
    if kind == "piecewise":
        share = upward_share(parameters, sides)
        none = np.zeros(parameters.shape)
        return Curve(share * parameters, share, none), Curve((1 - share) * parameters, 1 - share, none)
    # the polynomial joins the straight lines in value, slope and curvature: beyond ±1 its end is carried on
    x = np.minimum(np.maximum(parameters, -1.0), 1.0)
    beyond = parameters - x
    square = x * x
    value = square * (0.9375 - square * (0.625 - 0.1875 * square))
    slope = x * (1.875 - square * (2.5 - 1.125 * square))
    curvature = 1.875 - square * (7.5 - 5.625 * square)
    linear = 0.5 * x
    return (
        Curve(linear + value + np.maximum(beyond, 0.0), 0.5 + slope, curvature),
        Curve(linear - value + np.minimum(beyond, 0.0), 0.5 - slope, -curvature),
    )


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
        self._shape = log_up.shape
        # most contributions have few of these uncertainties: what is computed is computed for pairs that are there
        self._pairs = np.nonzero((log_up != 0) | (log_down != 0))
        self._up, self._down = log_up[self._pairs], log_down[self._pairs]
        coefficients = np.stack([np.ones(self._up.size), *_polynomial(self._up, self._down)])
        orders = np.arange(1.0, len(coefficients))[:, None]
        slopes = orders * coefficients[1:]
        none = np.zeros((1, self._up.size))
        # of the polynomials and their derivatives by powers of the parameter, shape (3, powers, pairs)
        self._coefficients = np.stack(
            [coefficients, np.vstack([slopes, none]), np.vstack([orders[:-1] * slopes[1:], none, none])]
        )
        self._powers = np.arange(len(coefficients))[:, None]

    def at(self, parameters: Floats, sides: Floats | float = 0.0) -> Curve:
        """Give the logarithms and their derivatives, shape (contributions, parameters)."""
        curve = np.zeros((3, *self._shape))
        if self._up.size:
            chosen = self._pairs[1]
            own_sides = sides if isinstance(sides, float) else sides[chosen]
            curve[:, self._pairs[0], chosen] = self._of_pairs(parameters[chosen], own_sides)
        return Curve(*curve)

    def _of_pairs(self, parameters: Floats, sides: Floats | float) -> Floats:
        """Give logarithm, slope and curvature of each pair, shape (3, pairs)."""
        if self._kind == "piecewise":
            share = upward_share(parameters, sides)
            piecewise = share * self._up - (1 - share) * self._down
            return np.stack([piecewise * parameters, piecewise, np.zeros(parameters.size)])
        x = np.minimum(np.maximum(parameters, -1.0), 1.0)
        value, slope, curvature = np.einsum("dkp,kp->dp", self._coefficients, x**self._powers)
        ratio = slope / value
        # beyond ±1 the exponentials that the polynomial joins there: their logarithms are straight
        return np.stack([np.log(value) + ratio * (parameters - x), ratio, curvature / value - ratio * ratio])


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
