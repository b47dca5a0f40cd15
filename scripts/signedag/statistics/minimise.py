"""Minimising a binned likelihood by Newton's method with its exact Hessian, made anew only where it has to be.

With closed-form second derivatives a minimum is found to rounding in a handful of steps, where a quasi-Newton method
stops at its tolerance. A Hessian costs several gradients, so that of an earlier point is kept as long as steps with it
come down fast. The piecewise-linear interpolation needs care: it has kinks at θ = 0, and a minimum may sit on one.
Between kinks the function is smooth, so a step never goes past a kink; on a kink the two one-sided derivatives decide
whether to leave it, and to which side. A kink can also be a ridge with a minimum on either side, so where there are
kinks the other sides are tried too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from signedag.statistics.held_curvature import HeldCurvature
from signedag.statistics.likelihood import Evaluation, Likelihood
from signedag.statistics.templates import Floats

STEPS = 300
DISTANCE_TOLERANCE = 1e-11
"""Expected distance to the minimum in NLL at which the last Newton step is taken."""
REMAINING_TOLERANCE = 1e-22
"""Expected distance to the minimum in NLL after a last step with a Hessian from elsewhere."""
FAST = 0.01
"""A Hessian is kept while each step divides the distance to the minimum by a hundred at least."""
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
    gradient: Floats | None = None
    """Gradient of the NLL there, mean slopes on kinks, shape (parameters,); `None` without a likelihood."""


def minimise(
    likelihood: Likelihood,
    start: Floats,
    free: NDArray[np.bool_],
    held: HeldCurvature | None = None,
    exact: bool = True,
) -> Minimum:
    """Find the minimum over the `free` parameters, the others staying at `start`; docs/physics.md, "Minimum".

    Parameters with bounds stay within them, and at one if the NLL falls outwards.

    Args:
        likelihood: what to minimise.
        start: where to begin, shape (parameters,); moved into the bounds.
        free: which parameters move, shape (parameters,).
        held: second derivatives from a point nearby, to begin with; those made last are left there.
        exact: whether the last step has to be taken with the second derivatives of its own point.
    """
    free = free & (likelihood.lower < likelihood.upper)
    start = np.where(free, np.clip(start, likelihood.lower, likelihood.upper), start)
    search = _Search(likelihood, free, held or HeldCurvature(likelihood), exact)
    best = search.descend(start)
    for index in np.flatnonzero(likelihood.expectation.kinked & free).tolist():
        if not best.converged:
            break
        mirrored = best.parameters.copy()
        mirrored[index] *= -1
        if mirrored[index] != 0:
            other = search.descend(mirrored)
            if other.converged and other.value < best.value - DISTANCE_TOLERANCE:
                best = other
    return best


@dataclass(frozen=True)
class _Step:
    """A Newton step."""

    move: Floats
    """Shape (parameters,)."""
    distance: float
    """Half the decrease of the NLL that it promises; infinite if there is none."""
    fresh: bool
    """Whether the second derivatives are those of the point."""


class _Search:
    """Minimisations of one likelihood over the same parameters."""

    def __init__(self, likelihood: Likelihood, free: NDArray[np.bool_], held: HeldCurvature, exact: bool) -> None:
        self._likelihood = likelihood
        self._free = free
        self._held = held
        self._exact = exact
        self._kinked = likelihood.expectation.kinked

    def descend(self, start: Floats) -> Minimum:
        """Find a minimum from `start` without crossing ridges."""
        here = self._likelihood.at(self._snapped(start))
        distance = np.inf
        if not np.isfinite(here.value):
            problem = f"at its start {self._likelihood.problem(here.parameters)}"
            return Minimum(here.parameters, here.value, False, problem, 0, distance)
        for count in range(STEPS):
            before = distance
            step = self._step(here, before)
            distance = step.distance
            if not np.isfinite(distance):
                return _minimum(here, UNDETERMINED, count, distance)
            if self._is_last(step, before):
                return _minimum(self._last(here, step.move), "", count, distance)
            end = self._advance(here, step.move, 2 * distance)
            if end is here and step.fresh:
                break
            if end is here:
                distance = 0.0  # whatever the next step promises, it is with new second derivatives
            here = end
        edge = self._likelihood.problem(here.parameters + step.move)
        message = (
            f"there is no minimum before {edge}"
            if edge
            else f"stopped at a distance of {distance:.1e} in NLL from the minimum"
        )
        return _minimum(here, message, count + 1, distance)

    def _is_last(self, step: _Step, before: float) -> bool:
        if step.fresh:
            return step.distance < DISTANCE_TOLERANCE
        rate = min(step.distance / before, 1.0) if np.isfinite(before) else 1.0
        return step.distance * rate < REMAINING_TOLERANCE

    def _step(self, here: Evaluation, before: float) -> _Step:
        """Give the step among the parameters that may move, with new second derivatives if those held are no good."""
        if not self._free.any():
            return _Step(np.zeros(self._free.size), 0.0, True)
        on_kink = self._kinked & self._free & (here.parameters == 0)
        sides = np.zeros(here.parameters.size)
        if on_kink.any():
            rightward, leftward = here.gradient(np.ones(sides.size)), here.gradient(-np.ones(sides.size))
            sides[on_kink & (rightward < 0) & (-rightward >= leftward)] = 1.0
            sides[on_kink & (leftward > 0) & (leftward > -rightward)] = -1.0
        gradient = here.gradient(sides if sides.any() else None)
        moving = self._free & ~(on_kink & (sides == 0)) & ~self._pushed_outwards(here.parameters, gradient)
        fresh = self._held.is_at(here.parameters, sides)
        if not self._held.missing:
            step = self._solved(here.parameters, gradient, sides, moving, fresh)
            slow = step.distance > FAST * before or (self._exact and step.distance < DISTANCE_TOLERANCE)
            if fresh or (np.isfinite(step.distance) and not slow):
                return step
        self._held.make(here.parameters, sides)
        step = self._solved(here.parameters, gradient, sides, moving, True)
        if not np.isfinite(step.distance):
            self._held.make_expected()
            step = self._solved(here.parameters, gradient, sides, moving, True)
        return step

    def _pushed_outwards(self, place: Floats, gradient: Floats) -> NDArray[np.bool_]:
        """Tell which parameters are at a bound beyond which the NLL would fall, shape (parameters,)."""
        lower, upper = self._likelihood.lower, self._likelihood.upper
        outwards: NDArray[np.bool_] = ((place <= lower) & (gradient > 0)) | ((place >= upper) & (gradient < 0))
        return outwards

    def _solved(self, place: Floats, gradient: Floats, sides: Floats, moving: NDArray[np.bool_], fresh: bool) -> _Step:
        moving = moving.copy()
        while True:
            move = np.zeros(gradient.size)
            if not moving.any():
                return _Step(move, 0.0, True)
            solved = self._held.solve(moving, gradient[moving])
            if solved is None:
                return _Step(move, np.inf, fresh)
            move[moving] = -solved
            # a step that leaves a bound by its slope may be turned outwards by what else moves
            wrong_side = moving & ((move * sides < 0) | self._pushed_outwards(place, -move))
            if not wrong_side.any():
                return _Step(move, abs(0.5 * float(gradient @ move)), fresh)
            moving &= ~wrong_side

    def _snapped(self, parameters: Floats) -> Floats:
        """Put nuisances on their kinks that rounding left beside them, where one-sided slopes would mislead."""
        return np.where(self._kinked & (np.abs(parameters) < KINK_WIDTH), 0.0, parameters)

    def _inside(self, parameters: Floats) -> Floats:
        bounded = np.clip(parameters, self._likelihood.lower, self._likelihood.upper)
        inside: Floats = np.where(self._free, bounded, parameters)
        return inside

    def _last(self, here: Evaluation, move: Floats) -> Evaluation:
        if not move.any():
            return here
        crossed = self._kinked & (here.parameters * (here.parameters + move) < 0)
        end = self._likelihood.at(self._inside(self._snapped(np.where(crossed, 0.0, here.parameters + move))))
        return end if end.value <= here.value + DISTANCE_TOLERANCE else here

    def _advance(self, here: Evaluation, move: Floats, decrease: float) -> Evaluation:
        """Go along the step as far as the next kink, or less if the NLL does not come down as promised."""
        place = here.parameters
        to_kink = np.full(place.size, np.inf)
        towards_zero = self._kinked & (place * move < 0)
        to_kink[towards_zero] = -place[towards_zero] / move[towards_zero]
        nearest = int(np.argmin(to_kink))
        ends, to_bound = self._to_bounds(place, move)
        fraction = min(1.0, float(to_kink[nearest]), float(to_bound.min()))
        while fraction > SMALLEST_STEP:
            end = self._snapped(place + fraction * move)
            end[fraction >= to_bound] = ends[fraction >= to_bound]
            if fraction == to_kink[nearest]:
                end[nearest] = 0.0
            there = self._likelihood.at(end)
            if there.value <= here.value - SUFFICIENT_DECREASE * fraction * decrease + DISTANCE_TOLERANCE:
                return here if np.array_equal(end, place) else there
            fraction *= 0.5
        return here

    def _to_bounds(self, place: Floats, move: Floats) -> tuple[Floats, Floats]:
        """Give the bounds towards which parameters move, and how much of the step it takes to get there."""
        bounds = np.where(move > 0, self._likelihood.upper, self._likelihood.lower)
        moving = self._free & (move != 0)
        away = np.where(moving, bounds - place, np.inf)
        return bounds, np.divide(away, move, out=np.full(place.size, np.inf), where=moving)


def _minimum(here: Evaluation, message: str, steps: int, distance: float) -> Minimum:
    return Minimum(here.parameters, here.value, not message, message, steps, distance, here.gradient())
