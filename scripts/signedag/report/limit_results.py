"""Upper limits as the report reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from signedag.json_blocks import Block

SIGMAS = ("-2", "-1", "0", "1", "2")


@dataclass(frozen=True)
class UpperLimit:
    """The expected upper limit on one strength: of `limits.json` of one fit."""

    confidence: float
    expected: Mapping[str, float | None]
    """Median and bands: by number of standard deviations, as text."""
    with_signal: float | None
    """What data with signal would give."""
    reason: str
    """Why something is undefined; empty if nothing is."""

    @classmethod
    def read(cls, content: Block) -> UpperLimit:
        """Read the limit on the first strength."""
        limit = next(iter(content.blocks("strengths").values()))
        bands, with_signal = limit.block("expected"), limit.block("with_signal")
        blocks = [*(bands.block(sigmas) for sigmas in SIGMAS), with_signal]
        reasons = dict.fromkeys(block.text_or_empty("reason") for block in blocks)
        return cls(
            limit.number("confidence"),
            {sigmas: bands.block(sigmas).number_or_none("value") for sigmas in SIGMAS},
            with_signal.number_or_none("value"),
            "; ".join(filter(None, reasons)),
        )

    def as_json(self) -> dict[str, Any]:
        """Give the median as `value` with the 68 % band as `down` and `up`, and the rest beside it."""
        median, low, high = (self.expected[sigmas] for sigmas in ("0", "-1", "1"))
        return {
            "value": median,
            "down": None if median is None or low is None else median - low,
            "up": None if median is None or high is None else high - median,
            "confidence": self.confidence,
            "bands": dict(self.expected),
            "with_signal": self.with_signal,
        } | ({"reason": self.reason} if self.reason else {})
