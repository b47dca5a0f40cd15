"""A number with its statistical error, or the reason why it is undefined."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A value and its error; what is undefined is NaN with a reason, never 0."""

    value: float
    """The number; NaN if undefined."""
    error: float = math.nan
    """Its statistical error (one standard deviation); NaN if undefined."""
    reason: str = ""
    """Why value or error are undefined; empty if both are defined."""

    def as_json(self) -> dict[str, float | str | None]:
        """Give `value`, `error` and `reason`, with null for what is undefined.

        >>> Estimate(0.75, 0.01).as_json()
        {'value': 0.75, 'error': 0.01, 'reason': None}
        >>> undefined("signal has no events").as_json()
        {'value': None, 'error': None, 'reason': 'signal has no events'}
        """
        return {"value": number(self.value), "error": number(self.error), "reason": self.reason or None}


def undefined(reason: str) -> Estimate:
    """Give an undefined estimate with the reason for it."""
    return Estimate(math.nan, math.nan, reason)


def number(value: float) -> float | None:
    """Give a number as JSON has it: null where it is not finite."""
    return float(value) if math.isfinite(value) else None
