"""Pulls of the scale factors over pseudo-experiments: does the fit find what goes in, with the error it states?"""

from __future__ import annotations

from typing import Any

import numpy as np

from signedag.errors import UserError
from signedag.seeds import stream
from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import fit
from signedag.statistics.intervals import ConditionalFitError, Profile
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.scale_factors import ControlFit
from signedag.statistics.templates import Floats

EXPECTED_COVERAGE = 0.6827


def study_pulls(fitted: ControlFit, count: int, seed: int) -> dict[str, Any]:
    """Draw pseudo-experiments from the fitted model, fit each, and compare with what went in.

    The pull is (fitted - true) / σ with σ from ΔNLL = 0.5 on the side that points to the truth. Counts are Poisson;
    where nuisances are profiled, their auxiliary measurements fluctuate by a unit Gaussian too. Templates do not
    fluctuate: the study is of the fit, not of the simulation's statistics.

    Returns:
        per scale factor the pulls, their mean and width and the coverage, each with its error; how many
        pseudo-experiments could not be fitted, and why.

    Raises:
        UserError: fewer than two pseudo-experiments could be fitted.
    """
    expectation = fitted.result.likelihood.expectation
    truth = fitted.result.values.copy()
    constrained = np.array([parameter.constrained for parameter in expectation.model.parameters], dtype=bool)
    truth[constrained] = 0.0
    pulls: list[list[float]] = []
    failures: list[dict[str, Any]] = []
    for number in range(count):
        generator = stream(seed, "study_pulls", number)
        counts = generator.poisson(expectation.expected(truth)).astype(np.float64)
        auxiliary = np.where(constrained, generator.standard_normal(truth.size), 0.0)
        try:
            pulls.append(_pulls_of_one(expectation, counts, auxiliary, truth, fitted.factors))
        except ConditionalFitError as error:
            failures.append({"pseudo_experiment": number, "reason": str(error)})
    if len(pulls) < 2:
        raise UserError(f"only {len(pulls)} of {count} pseudo-experiments could be fitted ({failures[0]['reason']})")
    table = np.array(pulls)
    return {
        "scale_factors": {
            name: _summary(table[:, column]) | {"truth": float(truth[expectation.model.index(name)])}
            for column, name in enumerate(fitted.factors)
        },
        "pseudo_experiments": count,
        "failed": len(failures),
        "failures": failures,
    }


def _pulls_of_one(
    expectation: Expectation, counts: Floats, auxiliary: Floats, truth: Floats, factors: list[str]
) -> list[float]:
    result = fit(Likelihood(expectation, counts, auxiliary), start=truth)
    if result.problem:
        raise ConditionalFitError(result.problem)
    pulls = []
    for name in factors:
        index = expectation.model.index(name)
        true = float(truth[index])
        pulls.append((float(result.values[index]) - true) / Profile(result, name).side(true))
    return pulls


def _summary(pulls: Floats) -> dict[str, Any]:
    count = pulls.size
    width = float(pulls.std(ddof=1))
    coverage = float((np.abs(pulls) <= 1).mean())
    return {
        "pulls": pulls,
        "mean": {"value": float(pulls.mean()), "error": float(width / np.sqrt(count))},
        "width": {"value": width, "error": float(width / np.sqrt(2 * (count - 1)))},
        "coverage": {
            "value": coverage,
            "error": float(np.sqrt(EXPECTED_COVERAGE * (1 - EXPECTED_COVERAGE) / count)),
            "expected": EXPECTED_COVERAGE,
        },
    }
