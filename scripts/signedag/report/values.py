"""Numbers with their uncertainties, as results hold them: what is undefined is None with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from signedag.json_blocks import Block

EXACT = "exact for this sample, no estimate"


@dataclass(frozen=True)
class Estimate:
    """A value with a symmetric error."""

    value: float | None
    error: float | None
    reason: str = ""
    """Why the value is undefined, or has no error."""

    @classmethod
    def read(cls, block: Block) -> Estimate:
        """Read `value`, `error` and `reason`."""
        return cls(block.number_or_none("value"), block.number_or_none("error"), block.text_or_empty("reason"))

    @classmethod
    def exact(cls, value: float) -> Estimate:
        """Give a property of the sample at hand, which has no error."""
        return cls(value, None, EXACT)

    def as_json(self) -> dict[str, Any]:
        """Give `value`, `error`, and `reason` where there is one."""
        return {"value": self.value, "error": self.error} | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True)
class Interval:
    """A value with its distances to the lower and the upper end of its interval, both positive."""

    value: float | None
    down: float | None
    up: float | None
    reason: str = ""
    """Why the value or an end is undefined."""

    @classmethod
    def read(cls, block: Block) -> Interval:
        """Read `value`, `down`, `up` and `reason`."""
        value, down, up = (block.number_or_none(key) for key in ("value", "down", "up"))
        return cls(value, down, up, block.text_or_empty("reason"))

    @property
    def error(self) -> float | None:
        """Mean of the two distances, or the one that is defined."""
        known = [end for end in (self.down, self.up) if end is not None]
        return sum(known) / len(known) if known else None

    @property
    def width(self) -> float | None:
        """Length of the interval; None if an end is undefined."""
        return None if self.down is None or self.up is None else self.down + self.up

    def as_json(self) -> dict[str, Any]:
        """Give `value`, `down`, `up`, and `reason` where there is one."""
        numbers = {"value": self.value, "down": self.down, "up": self.up}
        return numbers | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True)
class Goodness:
    """A χ² test."""

    chi2: float | None
    ndf: int
    p_value: float | None
    reason: str = ""
    """Why the p-value is undefined."""

    @classmethod
    def read(cls, block: Block) -> Goodness:
        """Read `chi2`, `ndf`, `p_value` and `reason`."""
        numbers = block.number_or_none("chi2"), block.count("ndf"), block.number_or_none("p_value")
        return cls(*numbers, block.text_or_empty("reason"))

    def as_json(self) -> dict[str, Any]:
        """Give `chi2`, `ndf`, `p_value`, and `reason` where there is one."""
        numbers = {"chi2": self.chi2, "ndf": self.ndf, "p_value": self.p_value}
        return numbers | ({"reason": self.reason} if self.reason else {})
