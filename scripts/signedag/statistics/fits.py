"""A fit: its minimum, the covariance from the exact Hessian, and what the covariance cannot tell."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from signedag.statistics.held_curvature import HeldCurvature, solve_positive
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.minimise import UNDETERMINED, Minimum, minimise
from signedag.statistics.model import Kind
from signedag.statistics.templates import Floats


@dataclass(frozen=True)
class FitStatus:
    """How a fit ended."""

    problem: str | None
    """Why it must not be used; `None` if it may."""
    steps: int
    """Newton steps taken."""
    distance: float
    """Estimated distance to the minimum, in NLL."""
    minimum_nll: float
    """NLL where it ended."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields, with null for what is not finite."""
        return {
            "converged": self.problem is None,
            "message": self.problem or "",
            "steps": self.steps,
            "estimated_distance_to_minimum": self.distance if np.isfinite(self.distance) else None,
            "minimum_nll": self.minimum_nll if np.isfinite(self.minimum_nll) else None,
        }


@dataclass(frozen=True)
class FittedParameter:
    """A parameter after the fit."""

    kind: Kind
    constrained: bool
    """Whether a Gaussian constrains it."""
    fixed: bool
    """Whether it was kept where it started."""
    value: float
    error: float | None
    """From the Hessian; `None` if there is none."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "kind": self.kind,
            "constrained": self.constrained,
            "fixed": self.fixed,
            "value": self.value,
            "error": self.error,
        }


@dataclass(frozen=True)
class ChiSquareTest:
    """A χ² and its probability, or why there is none."""

    chi2: float | None
    ndf: int
    p_value: float | None
    """Probability of a larger χ²; `None` if undefined."""
    reason: str = ""
    """Why something is undefined; empty if everything is defined."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields, with null for what is undefined."""
        return {"chi2": self.chi2, "ndf": self.ndf, "p_value": self.p_value, "reason": self.reason}


def chi_square_test(distance: float, degrees: int) -> ChiSquareTest:
    """Give a χ² of `degrees` > 0 degrees of freedom with its probability.

    >>> round(chi_square_test(2 * np.log(2), 2).p_value, 9)  # for two degrees of freedom exp(-χ²/2)
    0.5
    """
    return ChiSquareTest(distance, degrees, float(chi2.sf(distance, degrees)))


@dataclass(frozen=True)
class Fit:
    """The outcome of a fit."""

    likelihood: Likelihood
    minimum: Minimum
    free: NDArray[np.bool_]
    """Which parameters were fitted, shape (parameters,)."""
    covariance: Floats | None
    """Inverse of the exact Hessian, shape (parameters, parameters), zero for fixed parameters; `None` if it has none.

    At θ = 0 of a nuisance with a kink the mean of the two slopes is used.
    """
    undetermined: tuple[str, ...]
    """Parameters that the likelihood does not determine."""
    hessian: Floats | None = None
    """Exact second derivatives at the minimum, shape (parameters, parameters); `None` without a likelihood there."""

    @property
    def values(self) -> Floats:
        """Fitted parameters, shape (parameters,)."""
        return self.minimum.parameters

    @property
    def problem(self) -> str | None:
        """Why the fit must not be used; `None` if it may."""
        if self.undetermined and self.minimum.message in ("", UNDETERMINED):
            return f"the data do not determine {' and '.join(self.undetermined)}"
        if not self.minimum.converged:
            return self.minimum.message
        return None if self.covariance is not None else "the Hessian is not positive at the minimum"

    def error(self, name: str) -> float | None:
        """Give a parameter's error from the Hessian; `None` if there is none."""
        if self.covariance is None:
            return None
        index = self.likelihood.expectation.model.index(name)
        return float(np.sqrt(self.covariance[index, index]))

    def status(self) -> FitStatus:
        """Describe how the fit ended."""
        return FitStatus(self.problem, self.minimum.steps, self.minimum.distance, self.minimum.value)

    def parameters(self) -> dict[str, FittedParameter]:
        """Describe every parameter, by name."""
        return {
            parameter.name: FittedParameter(
                kind=parameter.kind,
                constrained=parameter.constrained,
                fixed=not bool(self.free[index]),
                value=float(self.values[index]),
                error=self.error(parameter.name),
            )
            for index, parameter in enumerate(self.likelihood.parameters)
        }


def fit(likelihood: Likelihood, fixed: Collection[str] = (), start: Floats | None = None) -> Fit:
    """Fit all parameters but the `fixed` ones, which stay where they start; docs/physics.md, "Minimum".

    A fit that fails is returned with its problem; it is the caller's to report or refuse.
    """
    model = likelihood.expectation.model
    free = np.array([name not in fixed for name in model.names], dtype=bool) & (likelihood.lower < likelihood.upper)
    begin = model.initial() if start is None else start
    held = HeldCurvature(likelihood)
    minimum = minimise(likelihood, begin, free, held)
    if not np.isfinite(minimum.value):
        return Fit(likelihood, minimum, free, None, ())
    everywhere = held.exactly_at(minimum.parameters)
    hessian = everywhere[np.ix_(free, free)]
    names = [name for name, moves in zip(model.names, free, strict=True) if moves]
    inverse = solve_positive(hessian, np.eye(hessian.shape[0])) if names else hessian
    if inverse is None:
        return Fit(likelihood, minimum, free, None, _flat_directions(hessian, names), everywhere)
    covariance = np.zeros((free.size, free.size))
    covariance[np.ix_(free, free)] = 0.5 * (inverse + inverse.T)
    return Fit(likelihood, minimum, free, covariance, (), everywhere)


def _flat_directions(hessian: Floats, names: list[str]) -> tuple[str, ...]:
    """Name the parameters along which the NLL does not change."""
    diagonal = np.diag(hessian)
    if not (diagonal > 0).all():
        return tuple(name for name, value in zip(names, diagonal, strict=True) if value <= 0)
    eigenvalues, vectors = np.linalg.eigh(hessian / np.sqrt(np.outer(diagonal, diagonal)))
    if eigenvalues[0] > 1e-10:
        return ()
    share = np.abs(vectors[:, 0])
    return tuple(name for name, part in zip(names, share, strict=True) if part > 0.3 * share.max())


def correlations(covariance: Floats) -> Floats:
    """Turn a covariance into correlations, same shape."""
    errors = np.sqrt(np.diag(covariance))
    result: Floats = covariance / np.outer(errors, errors)
    return result


def template_covariance(result: Fit) -> Floats:
    """Give the covariance of the fitted parameters that comes from the finite simulated samples.

    docs/physics.md, "Statistical error of the simulation": linear propagation, H⁻¹ J diag(Σw²) Jᵀ H⁻¹ with J =
    ∂²NLL/∂θ∂T: what the fit would scatter by if the templates were filled anew. It is no part of the likelihood.

    Returns:
        shape (parameters, parameters).

    Raises:
        ValueError: the fit has no covariance.
    """
    if result.covariance is None:
        raise ValueError("a fit without covariance has no template statistics to propagate")
    information = result.likelihood.template_information(result.values)
    covariance: Floats = result.covariance @ information @ result.covariance
    return covariance


def goodness_of_fit(result: Fit) -> ChiSquareTest:
    """Compare the fit with the saturated model: χ² = 2 NLL, as the NLL is half the deviance plus constraints.

    docs/physics.md, "Likelihood" (Baker and Cousins, NIM 221 (1984) 437).
    """
    likelihood = result.likelihood
    constrained = np.array([parameter.constrained for parameter in likelihood.parameters], dtype=bool)
    degrees = likelihood.counts.size - int((result.free & ~constrained).sum())
    distance = 2 * result.minimum.value
    if degrees <= 0:
        reason = "as many free parameters as bins: every data set is described perfectly"
        return ChiSquareTest(distance, degrees, None, reason)
    return chi_square_test(distance, degrees)
