"""Minimising a binned likelihood by Newton's method with its exact Hessian.

With closed-form second derivatives a minimum is found to rounding in a handful of steps, where a quasi-Newton method
stops at its tolerance. The piecewise-linear interpolation needs care: it has kinks at θ = 0, and a minimum may sit on
one. Between kinks the function is smooth, so a step never goes past a kink; on a kink the two one-sided derivatives
decide whether to leave it, and to which side. A kink can also be a ridge with a minimum on either side, so where there
are kinks the other sides are tried too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from signedag.statistics.likelihood import Likelihood
from signedag.statistics.templates import Floats

STEPS = 300
DISTANCE_TOLERANCE = 1e-11
"""Expected distance to the minimum in NLL at which the last Newton step is taken."""
SUFFICIENT_DECREASE = 1e-4
SMALLEST_STEP = 1e-12
UNDETERMINED = "the likelihood does not determine all parameters"
KINK_WIDTH = 1e-10
"""A nuisance with a kink that is closer to zero than this is at zero."""


@dataclass(frozen=True)
class Minimum:
    """Where a minimisation ended."""

    parameters: Floats
    """Shape (parameters,)."""
    value: float
    """NLL there."""
    converged: bool
    message: str
    """Why it did not converge; empty if it did."""
    steps: int
    """Newton steps taken."""
    distance: float
    """Estimated distance to the minimum, in NLL."""


def minimise(likelihood: Likelihood, start: Floats, free: NDArray[np.bool_]) -> Minimum:
    """Find the minimum over the `free` parameters, the others staying at `start`; docs/physics.md, "Minimum".

    Args:
        likelihood: what to minimise.
        start: where to begin, shape (parameters,).
        free: which parameters move, shape (parameters,).
    """
    best = _descend(likelihood, start, free)
    for index in np.flatnonzero(likelihood.expectation.kinked & free).tolist():
        if not best.converged:
            break
        mirrored = best.parameters.copy()
        mirrored[index] *= -1
        if mirrored[index] != 0:
            other = _descend(likelihood, mirrored, free)
            if other.converged and other.value < best.value - DISTANCE_TOLERANCE:
                best = other
    return best


def _descend(likelihood: Likelihood, start: Floats, free: NDArray[np.bool_]) -> Minimum:
    here = _snapped(likelihood, start)
    value = likelihood.value(here)
    distance = np.inf
    if not np.isfinite(value):
        return Minimum(here, value, False, f"at its start {likelihood.problem(here)}", 0, distance)
    for count in range(STEPS):
        step, distance = _newton_step(likelihood, here, free)
        if not np.isfinite(distance):
            return Minimum(here, value, False, UNDETERMINED, count, distance)
        if distance < DISTANCE_TOLERANCE:
            end, lower = _last_step(likelihood, here, value, step)
            return Minimum(end, lower, True, "", count, distance)
        end, lower = _advance(likelihood, here, value, step, 2 * distance)
        if np.array_equal(end, here):
            break
        here, value = end, lower
    edge = likelihood.problem(here + step)
    message = (
        f"there is no minimum before {edge}"
        if edge
        else f"stopped at a distance of {distance:.1e} in NLL from the minimum"
    )
    return Minimum(here, value, False, message, count + 1, distance)


def _newton_step(likelihood: Likelihood, here: Floats, free: NDArray[np.bool_]) -> tuple[Floats, float]:
    """Give the Newton step among the parameters that may move, and the decrease that it promises."""
    on_kink = likelihood.expectation.kinked & free & (here == 0)
    sides = np.zeros(here.size)
    if on_kink.any():
        _, rightward = likelihood.value_and_gradient(here, np.ones(here.size))
        _, leftward = likelihood.value_and_gradient(here, -np.ones(here.size))
        sides[on_kink & (rightward < 0) & (-rightward >= leftward)] = 1.0
        sides[on_kink & (leftward > 0) & (leftward > -rightward)] = -1.0
    moving = free & ~(on_kink & (sides == 0))
    gradient, hessian = likelihood.derivatives(here, sides)
    while True:
        step = np.zeros(here.size)
        if not moving.any():
            return step, 0.0
        chosen = np.ix_(moving, moving)
        solved = solve_positive(hessian[chosen], gradient[moving])
        if solved is None:
            solved = solve_positive(likelihood.fisher(here, sides)[chosen], gradient[moving])
        if solved is None:
            return step, np.inf
        step[moving] = -solved
        wrong_side = moving & (step * sides < 0)
        if not wrong_side.any():
            return step, abs(0.5 * float(gradient @ step))
        moving &= ~wrong_side


def solve_positive(matrix: Floats, vector: Floats) -> Floats | None:
    """Solve a symmetric positive definite system; `None` if the matrix is not, to rounding, positive definite."""
    scale = np.sqrt(np.abs(np.diag(matrix)))
    if not (np.diag(matrix) > 0).all():
        return None
    normalised = matrix / np.outer(scale, scale)
    try:
        factor = cho_factor(normalised, lower=True)
    except np.linalg.LinAlgError:
        return None
    if np.square(np.diag(factor[0])).min() < 1e-13:
        return None
    # one vector or several columns
    scale = scale.reshape((-1,) + (1,) * (vector.ndim - 1))
    solution: Floats = cho_solve(factor, vector / scale) / scale
    return solution


def _snapped(likelihood: Likelihood, parameters: Floats) -> Floats:
    """Put nuisances on their kinks that rounding left beside them, where one-sided slopes would mislead."""
    return np.where(likelihood.expectation.kinked & (np.abs(parameters) < KINK_WIDTH), 0.0, parameters)


def _last_step(likelihood: Likelihood, here: Floats, value: float, step: Floats) -> tuple[Floats, float]:
    crossed = likelihood.expectation.kinked & (here * (here + step) < 0)
    end = _snapped(likelihood, np.where(crossed, 0.0, here + step))
    lower = likelihood.value(end)
    return (end, lower) if lower <= value + DISTANCE_TOLERANCE else (here, value)


def _advance(likelihood: Likelihood, here: Floats, value: float, step: Floats, decrease: float) -> tuple[Floats, float]:
    """Go along the step as far as the next kink, or less if the NLL does not come down as promised."""
    to_kink = np.full(here.size, np.inf)
    towards_zero = likelihood.expectation.kinked & (here * step < 0)
    to_kink[towards_zero] = -here[towards_zero] / step[towards_zero]
    nearest = int(np.argmin(to_kink))
    fraction = min(1.0, float(to_kink[nearest]))
    while fraction > SMALLEST_STEP:
        end = _snapped(likelihood, here + fraction * step)
        if fraction == to_kink[nearest]:
            end[nearest] = 0.0
        lower = likelihood.value(end)
        if lower <= value - SUFFICIENT_DECREASE * fraction * decrease + DISTANCE_TOLERANCE:
            return end, lower
        fraction *= 0.5
    return here, value
