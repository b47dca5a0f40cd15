"""Counts and signed sums of weights: what cutflows, denominators and negative fractions are made of."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from signedag.json_blocks import Block


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
    def read(cls, content: Block) -> Yield:
        """Read what `as_json` gave; keys that follow from the others are left out."""
        sums = (content.number(f"sum_of_{name}") for name in ("weights", "absolute_weights", "weights_squared"))
        return cls(content.count("events"), content.count("negative_events"), *sums)

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


@dataclass(frozen=True)
class SumsPerFold:
    """Number of entries and sum of a quantity in each fold; one fold's sum does not depend on another's values."""

    entries: tuple[int, ...]
    sums: tuple[float, ...]

    @classmethod
    def of(cls, values: NDArray[np.float64], fold: NDArray[np.int8], folds: int) -> SumsPerFold:
        """Add up values of shape (entries,) in the folds that they belong to, pairwise."""
        own = [values[fold == number] for number in range(folds)]
        return cls(tuple(part.size for part in own), tuple(float(part.sum()) for part in own))

    def __add__(self, other: SumsPerFold) -> SumsPerFold:
        entries = (first + second for first, second in zip(self.entries, other.entries, strict=True))
        sums = (first + second for first, second in zip(self.sums, other.sums, strict=True))
        return SumsPerFold(tuple(entries), tuple(sums))

    @property
    def total(self) -> float:
        """The sum over all folds."""
        return math.fsum(self.sums)

    def sum_without(self, fold: int) -> float:
        """Add up the other folds, exactly and hence in any order."""
        return math.fsum(value for number, value in enumerate(self.sums) if number != fold)

    def share_without(self, fold: int) -> float:
        """Give the share of entries outside a fold."""
        return 1 - self.entries[fold] / sum(self.entries)

    @classmethod
    def read(cls, content: Block) -> SumsPerFold:
        """Read what `as_json` gave."""
        return cls(content.counts("entries"), content.defined_numbers("sums"))

    def as_json(self) -> dict[str, list[int] | list[float]]:
        """Give both by fold."""
        return {"entries": list(self.entries), "sums": list(self.sums)}
