"""Impacts: how far the signal strength moves with each nuisance, and what the data made of the nuisance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from signedag.config.base import suggestion
from signedag.errors import UserError
from signedag.statistics.fits import Fit, fit
from signedag.statistics.model import SIGNAL_STRENGTH
from signedag.statistics.templates import Floats


@dataclass(frozen=True)
class Shift:
    """How far the signal strength moves as a parameter goes down and up; signed."""

    down: float | None
    """`None` if undefined."""
    up: float | None
    """`None` if undefined."""
    reason: str = ""
    """Why one is undefined."""

    @property
    def largest(self) -> float:
        """The larger size of the two; 0 if both are undefined."""
        return max(abs(self.down or 0.0), abs(self.up or 0.0))

    def as_json(self) -> dict[str, Any]:
        """Give both sides, and the reason where one is undefined."""
        sides: dict[str, Any] = {"down": self.down, "up": self.up}
        return sides | {"reason": self.reason} if self.reason else sides


@dataclass(frozen=True)
class Impact:
    """One parameter and its effect on the signal strength."""

    parameter: str
    value: float
    """Fitted value."""
    error: float
    """From the Hessian."""
    constrained: bool
    """Whether an auxiliary measurement constrains it: if that is 0 ± 1, `value` is its pull and `error` its
    constraint."""
    post_fit: Shift
    """With the parameter at value ± error and everything else fitted anew."""
    pre_fit: Shift
    """The same at value ± its error before the fit, which is 1 for nuisances."""
    covariance: float
    """What the covariance has for `post_fit.up`: cov(μ, θ) / error."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "value": self.value,
            "error": self.error,
            "constrained": self.constrained,
            "post_fit": self.post_fit.as_json(),
            "pre_fit": self.pre_fit.as_json(),
            "covariance": self.covariance,
        }


def impacts(result: Fit, names: Iterable[str], parameter: str = SIGNAL_STRENGTH) -> tuple[Impact, ...]:
    """Give the impact of each of `names` on a parameter; docs/physics.md, "Impacts".

    Any of them may be computed by another job: they do not depend on each other.

    Args:
        result: a fit that converged, with covariance.
        names: fitted parameters, scale factors among them.
        parameter: what moves.

    Raises:
        UserError: the fit has no such free parameter, or no covariance.
    """
    if result.problem or result.covariance is None:
        raise UserError(f"there are no impacts on {parameter}: {result.problem or 'the fit has no covariance'}")
    return tuple(_impact(result, name, parameter) for name in names)


def ranked(items: Iterable[Impact]) -> tuple[Impact, ...]:
    """Sort by post-fit impact, the largest first; equal ones by name."""
    return tuple(sorted(items, key=lambda item: (-item.post_fit.largest, item.parameter)))


def _impact(result: Fit, name: str, of: str) -> Impact:
    model = result.likelihood.expectation.model
    if name not in model.names:
        raise UserError(f"the fit has no parameter '{name}'{suggestion(name, model.names)}")
    index, target = model.index(name), model.index(of)
    assert result.covariance is not None
    error = float(np.sqrt(result.covariance[index, index]))
    if name == of or not error > 0:
        raise UserError(f"there is no impact of '{name}' on {of}: it is {'the same' if name == of else 'fixed'}")
    constrained = model.parameters[index].constrained
    post_fit = _shifts(result, index, target, error)
    if not constrained:
        pre_fit = Shift(None, None, "nothing but the data constrains it, so it has no error before the fit")
    else:
        pre_fit = _shifts(result, index, target, model.parameters[index].width)
    covariance = float(result.covariance[target, index]) / error
    return Impact(name, float(result.values[index]), error, constrained, post_fit, pre_fit, covariance)


def _shifts(result: Fit, index: int, target: int, size: float) -> Shift:
    ends: list[float | None] = []
    reasons = []
    for side, step in (("down", -size), ("up", size)):
        moved = _refit(result, index, step)
        ends.append(None if moved.problem else float(moved.values[target] - result.values[target]))
        if moved.problem:
            reasons.append(f"{side}: {moved.problem}")
    return Shift(ends[0], ends[1], "; ".join(reasons))


def _refit(result: Fit, index: int, step: float) -> Fit:
    """Fit everything else with one parameter moved, from where the covariance expects it.

    What the fit itself kept fixed stays so.
    """
    likelihood = result.likelihood
    assert result.covariance is not None
    names = likelihood.expectation.model.names
    fixed = {names[index], *(name for name, free in zip(names, result.free, strict=True) if not free)}
    start: Floats = result.values + result.covariance[index] / result.covariance[index, index] * step
    start[index] = result.values[index] + step
    if not np.isfinite(likelihood.value(start)):
        start = result.values.copy()
        start[index] += step
    return fit(likelihood, fixed, start)
