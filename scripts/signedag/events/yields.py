"""Counts and signed sums of weights: what cutflows, denominators and negative fractions are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Yield:
    """Number of events and sums of their signed weights."""

    events: int = 0
    negative_events: int = 0
    sum_of_weights: float = 0.0
    sum_of_absolute_weights: float = 0.0
    sum_of_weights_squared: float = 0.0

    @classmethod
    def of(cls, weights: NDArray[np.float64]) -> Yield:
        """Add up signed weights, shape (events,), pairwise."""
        return cls(
            events=weights.size,
            negative_events=int((weights < 0).sum()),
            sum_of_weights=float(weights.sum()),
            sum_of_absolute_weights=float(np.abs(weights).sum()),
            sum_of_weights_squared=float((weights**2).sum()),
        )

    def __add__(self, other: Yield) -> Yield:
        return Yield(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Yield:
        """Read what `as_json` gave; keys that follow from the others are left out."""
        return cls(**{name: content[name] for name in cls.__dataclass_fields__})

    def as_json(self) -> dict[str, float | int | str | None]:
        """Give the sums, with the negative fraction under |w| and the effective-size factor (sum w)^2 / (N sum w^2).

        Both are null, with a reason, where there is nothing to divide by.
        """
        content: dict[str, float | int | str | None] = dict(asdict(self))
        if self.sum_of_weights_squared > 0:
            content["negative_fraction"] = 0.5 * (1 - self.sum_of_weights / self.sum_of_absolute_weights)
            content["effective_size_factor"] = self.sum_of_weights**2 / (self.events * self.sum_of_weights_squared)
        else:
            reason = "no events" if self.events == 0 else "all weights are zero"
            content |= {"negative_fraction": None, "effective_size_factor": None, "undefined_because": reason}
        return content
