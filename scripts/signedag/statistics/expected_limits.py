"""Upper limits on every signal strength of a fit: expected without signal, and what signal would make of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from signedag.statistics.data_sets import asimov_data, parameters_at
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.limits import Limit, UpperLimits, upper_limits


@dataclass(frozen=True)
class ExpectedLimits:
    """Upper limits on one signal strength."""

    without_signal: UpperLimits
    """On Asimov data with this strength at 0; their `observed` is the median of the expected ones."""
    with_signal: Limit
    """On the data of the fit: Asimov data with signal."""

    def as_json(self) -> dict[str, Any]:
        """Give confidence level, expected limits with bands, and the limit with signal."""
        content = self.without_signal.as_json()
        return {
            "confidence": content["confidence"],
            "expected": content["expected"],
            "with_signal": self.with_signal.as_json(),
        }


def expected_limits(likelihood: Likelihood, confidence: float) -> dict[str, ExpectedLimits]:
    """Give the CLs limits on each strength, the others where they start; docs/physics.md, "Upper limits".

    Args:
        likelihood: of the fit.
        confidence: between 0.5 and 1.

    Raises:
        UserError: a prediction without signal is not positive.
    """
    expectation = likelihood.expectation
    model = expectation.model
    limits = {}
    for name in model.strengths:
        none = asimov_data(expectation, parameters_at(model, {name: 0.0})).likelihood(expectation)
        with_signal = upper_limits(likelihood, name, confidence).observed
        limits[name] = ExpectedLimits(upper_limits(none, name, confidence), with_signal)
    return limits
