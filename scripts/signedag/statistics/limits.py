"""CLs upper limits on a signal strength: observed, and expected with bands, by root finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from signedag.statistics.asymptotics import SIGMAS, AsymptoticTest
from signedag.statistics.intervals import ConditionalFitError
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.likelihood_ratio import LikelihoodRatio, Statistic
from signedag.statistics.model import SIGNAL_STRENGTH
from signedag.statistics.roots import first_root
from signedag.statistics.templates import Floats

CONFIDENCE = 0.95
PRECISION = 1e-7
"""Of limits, relative to the expected error of the strength."""


@dataclass(frozen=True)
class Limit:
    """An upper limit, or why there is none."""

    value: float | None
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """Give the value, and the reason where it is undefined."""
        return {"value": self.value} | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True)
class UpperLimits:
    """Upper limits at one confidence level."""

    confidence: float
    observed: Limit
    expected: tuple[Limit, ...]
    """For each of `SIGMAS`, the middle one is the median."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "confidence": self.confidence,
            "observed": self.observed.as_json(),
            "expected": {str(sigmas): item.as_json() for sigmas, item in zip(SIGMAS, self.expected, strict=True)},
        }


def upper_limits(
    likelihood: Likelihood,
    name: str = SIGNAL_STRENGTH,
    confidence: float = CONFIDENCE,
    statistic: Statistic = "q_tilde",
    start: Floats | None = None,
) -> UpperLimits:
    """Find where CLs falls to 1 - confidence; docs/physics.md, "Upper limits".

    Limits that do not exist are undefined with the reason, each for itself.

    Args:
        likelihood: of the data; of Asimov data the observed limit is an expected one.
        name: the parameter to limit.
        confidence: between 0.5 and 1.
        statistic: `q` or `q_tilde`.
        start: where fits begin, shape (parameters,); the model's initial values if left out.
    """
    assert 0.5 < confidence < 1
    try:
        test = AsymptoticTest(likelihood, name, statistic, start)
        step = _expected_error(test.asimov)
    except ConditionalFitError as error:
        none = Limit(None, str(error))
        return UpperLimits(confidence, none, tuple(none for _ in SIGMAS))
    logarithm = float(np.log1p(-confidence))

    def excess(value: float) -> float:
        both, background = test.log_cls(value)
        return logarithm - (both - background)

    # CLs is at least one half where the fitted value is
    observed = _limit(excess, max(test.observed.value, 0.0), 2 * step, step)
    expected = tuple(_expected_limit(test.asimov, confidence, sigmas, step) for sigmas in SIGMAS)
    return UpperLimits(confidence, observed, expected)


def _expected_limit(asimov: LikelihoodRatio, confidence: float, sigmas: int, step: float) -> Limit:
    """Find where √q of the Asimov data is what it takes: Φ(√q - N) = 1 - (1 - confidence) Φ(N)."""
    needed = float(norm.isf((1 - confidence) * norm.cdf(sigmas))) + sigmas
    return _limit(lambda value: float(np.sqrt(asimov.at(value))) - needed, 0.0, needed * step, step)


def _limit(excess: Callable[[float], float], start: float, distance: float, step: float) -> Limit:
    try:
        return Limit(first_root(excess, start, distance, PRECISION * step))
    except ConditionalFitError as error:
        return Limit(None, str(error))


def _expected_error(asimov: LikelihoodRatio) -> float:
    """Give the error of the strength on data without signal, from the Fisher information.

    Raises:
        ConditionalFitError: nothing in the data depends on the strength.
    """
    information = asimov.likelihood.fisher(asimov.best.parameters)
    error = float(np.sqrt(abs(np.linalg.pinv(information, hermitian=True)[asimov.index, asimov.index])))
    if not error > 0:
        raise ConditionalFitError(f"there is no limit: the expected data do not depend on {asimov.name}")
    return error
