"""Numbers over seeds, of initialisations or of the simulation, and what two numbers have in common at equal seed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.estimate import number

Floats = NDArray[np.float64]

EQUAL_WITHIN_ERRORS = 2.0
"""What is within so many paired errors of the best is as good."""


@dataclass(frozen=True)
class SeedSpread:
    """A number over seeds."""

    per_seed: tuple[float | None, ...]
    """Of each seed; None where a seed has none."""

    @property
    def known(self) -> Floats:
        """What is defined, shape (at most seeds,)."""
        return np.array([value for value in self.per_seed if value is not None])

    @property
    def is_complete(self) -> bool:
        """Whether every seed has a value, so that means can be compared."""
        return None not in self.per_seed

    @property
    def mean(self) -> float:
        """Mean; NaN with fewer than two values."""
        return float(self.known.mean()) if len(self.known) > 1 else math.nan

    @property
    def spread(self) -> float:
        """Standard deviation; NaN with fewer than two values."""
        return float(self.known.std(ddof=1)) if len(self.known) > 1 else math.nan

    @property
    def error(self) -> float:
        """Error of the mean."""
        return self.spread / math.sqrt(max(len(self.known), 1))

    def paired_with(self, other: SeedSpread, combine: Callable[[float, float], float]) -> SeedSpread:
        """Combine two numbers seed by seed, such as their difference; None where one of them has none.

        >>> SeedSpread((3.0, 5.0, None)).paired_with(SeedSpread((1.0, 2.0, 3.0)), lambda a, b: a - b).per_seed
        (2.0, 3.0, None)
        """
        pairs = zip(self.per_seed, other.per_seed, strict=True)
        return SeedSpread(tuple(None if a is None or b is None else combine(a, b) for a, b in pairs))

    def as_json(self) -> dict[str, Any]:
        """Give `value`, `spread`, `error` and `reason`, null where undefined."""
        reason = None if len(self.known) > 1 else "fewer than two seeds have a value"
        return {
            "value": number(self.mean),
            "spread": number(self.spread),
            "error": number(self.error),
            "reason": reason,
        }


def as_good(distance: float, error: float) -> bool:
    """Tell whether something is as good as the best, from its distance to it and the paired error of that distance.

    >>> as_good(0.01, 0.006), as_good(0.01, 0.004), as_good(0.01, math.nan)
    (True, False, False)
    """
    return distance <= EQUAL_WITHIN_ERRORS * error
