"""Upper limits from tests by pseudo-experiments at several signal strengths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from signedag.statistics.asymptotics import SIGMAS
from signedag.statistics.limits import CONFIDENCE
from signedag.statistics.pulls import Measured
from signedag.statistics.toys import ToyTest


@dataclass(frozen=True)
class ToyLimit:
    """An upper limit with the error from the number of pseudo-experiments, or why there is none."""

    limit: Measured | None
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """Give value and error, null with the reason where undefined."""
        return self.limit.as_json() if self.limit else {"value": None, "error": None, "reason": self.reason}


@dataclass(frozen=True)
class ToyLimits:
    """Upper limits at one confidence level."""

    confidence: float
    observed: ToyLimit
    expected: tuple[ToyLimit, ...]
    """For each of `SIGMAS`."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "confidence": self.confidence,
            "observed": self.observed.as_json(),
            "expected": {str(sigmas): item.as_json() for sigmas, item in zip(SIGMAS, self.expected, strict=True)},
        }


def toy_limits(tests: Sequence[ToyTest], confidence: float = CONFIDENCE) -> ToyLimits:
    """Interpolate CLs between tested values; docs/physics.md, "CLs by pseudo-experiments".

    Args:
        tests: at two values or more, in any order.
        confidence: between 0.5 and 1.
    """
    assert 0.5 < confidence < 1
    ordered = sorted(tests, key=lambda test: test.tested)
    values = [test.tested for test in ordered]

    def limit(measured: Callable[[ToyTest], Measured]) -> ToyLimit:
        return _crossing(values, [measured(test) for test in ordered], 1 - confidence)

    expected = [[item.ratio for item in test.expected] for test in ordered]
    return ToyLimits(
        confidence,
        limit(lambda test: test.observed.ratio),
        tuple(_crossing(values, [band[number] for band in expected], 1 - confidence) for number in range(len(SIGMAS))),
    )


def _crossing(values: Sequence[float], measured: Sequence[Measured], level: float) -> ToyLimit:
    """Find the last pair of values between which CLs falls to `level`, and go along a straight line in its logarithm.

    The error is the larger one of the pair over the slope.
    """
    heights = np.array([item.value for item in measured])
    above = np.flatnonzero(heights[:-1] > level)
    falls = above[heights[above + 1] <= level] if above.size else above
    if not falls.size:
        side = "above" if (heights > level).all() else "below"
        return ToyLimit(None, f"CLs is {side} {level:.3g} from {values[0]:.4g} to {values[-1]:.4g}; test other values")
    first = int(falls[-1])
    width = values[first + 1] - values[first]
    # a CLs of zero has no logarithm: half a pseudo-experiment stands for it
    high, low = (max(heights[number], 0.5 * measured[number].error) for number in (first, first + 1))
    slope = np.log(high / low) / width
    value = values[first] + float(np.log(high / level) / slope)
    error = max(measured[number].error for number in (first, first + 1)) / (level * slope)
    return ToyLimit(Measured(min(value, values[first + 1]), float(error)))
