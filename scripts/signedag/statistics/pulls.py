"""Pulls of the scale factors over pseudo-experiments: does the fit find what goes in, with the error it states?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from signedag.errors import UserError
from signedag.seeds import stream
from signedag.statistics.data_sets import constrained, pseudo_experiment
from signedag.statistics.fits import fit
from signedag.statistics.intervals import ConditionalFitError, Profile
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.scale_factors import ControlFit
from signedag.statistics.templates import Floats

EXPECTED_COVERAGE = 0.6827


@dataclass(frozen=True)
class Measured:
    """A number with its statistical error."""

    value: float
    error: float

    def as_json(self) -> dict[str, float]:
        """Give value and error."""
        return {"value": self.value, "error": self.error}


@dataclass(frozen=True)
class Pulls:
    """The pulls of one scale factor."""

    truth: float
    """What the pseudo-experiments were drawn with."""
    pulls: Floats
    """Shape (pseudo-experiments that could be fitted,)."""

    @property
    def mean(self) -> Measured:
        """Their mean; 0 if the fit is unbiased."""
        return Measured(float(self.pulls.mean()), float(float(self.pulls.std(ddof=1)) / np.sqrt(self.pulls.size)))

    @property
    def width(self) -> Measured:
        """Their standard deviation; 1 if the fit states its error right."""
        width = float(self.pulls.std(ddof=1))
        return Measured(width, float(width / np.sqrt(2 * (self.pulls.size - 1))))

    @property
    def coverage(self) -> Measured:
        """How often the interval holds the truth; its error is that of the expected coverage."""
        error = np.sqrt(EXPECTED_COVERAGE * (1 - EXPECTED_COVERAGE) / self.pulls.size)
        return Measured(float((np.abs(self.pulls) <= 1).mean()), float(error))

    def as_json(self) -> dict[str, Any]:
        """Give the pulls and what they say."""
        return {
            "pulls": self.pulls,
            "mean": self.mean.as_json(),
            "width": self.width.as_json(),
            "coverage": self.coverage.as_json() | {"expected": EXPECTED_COVERAGE},
            "truth": self.truth,
        }


@dataclass(frozen=True)
class Failure:
    """A pseudo-experiment that could not be fitted."""

    pseudo_experiment: int
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Give number and reason."""
        return {"pseudo_experiment": self.pseudo_experiment, "reason": self.reason}


@dataclass(frozen=True)
class PullStudy:
    """The pulls of all scale factors over pseudo-experiments."""

    scale_factors: Mapping[str, Pulls]
    pseudo_experiments: int
    failures: tuple[Failure, ...]

    def as_json(self) -> dict[str, Any]:
        """Give the pulls, and how many pseudo-experiments could not be fitted and why."""
        return {
            "scale_factors": {name: pulls.as_json() for name, pulls in self.scale_factors.items()},
            "pseudo_experiments": self.pseudo_experiments,
            "failed": len(self.failures),
            "failures": [failure.as_json() for failure in self.failures],
        }


def study_pulls(fitted: ControlFit, count: int, seed: int) -> PullStudy:
    """Draw pseudo-experiments from the fitted model, fit each, and compare with what went in.

    docs/physics.md, "Scale factors". The pull is (fitted - true) / σ with σ from ΔNLL = 0.5 on the side that points to
    the truth. Counts are Poisson; where nuisances are profiled, their auxiliary measurements fluctuate by a unit
    Gaussian too. Templates do not fluctuate: the study is of the fit, not of the simulation's statistics.

    Raises:
        UserError: fewer than two pseudo-experiments could be fitted.
    """
    expectation = fitted.result.likelihood.expectation
    truth = fitted.result.values.copy()
    truth[constrained(expectation.model)] = 0.0
    pulls: list[list[float]] = []
    failures: list[Failure] = []
    for number in range(count):
        generator = stream(seed, "study_pulls", number)
        drawn = pseudo_experiment(expectation, truth, generator)
        try:
            pulls.append(_pulls_of_one(drawn.likelihood(expectation), truth, fitted.factors))
        except ConditionalFitError as error:
            failures.append(Failure(number, str(error)))
    if len(pulls) < 2:
        raise UserError(f"only {len(pulls)} of {count} pseudo-experiments could be fitted ({failures[0].reason})")
    table = np.array(pulls)
    by_factor = {
        name: Pulls(float(truth[expectation.model.index(name)]), table[:, column])
        for column, name in enumerate(fitted.factors)
    }
    return PullStudy(by_factor, count, tuple(failures))


def _pulls_of_one(likelihood: Likelihood, truth: Floats, factors: list[str]) -> list[float]:
    result = fit(likelihood, start=truth)
    if result.problem:
        raise ConditionalFitError(result.problem)
    pulls = []
    for name in factors:
        index = likelihood.expectation.model.index(name)
        true = float(truth[index])
        pulls.append((float(result.values[index]) - true) / Profile(result, name).side(true))
    return pulls
