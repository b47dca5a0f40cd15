"""Names of the negative-weight strategies."""

from __future__ import annotations

from typing import Literal, get_args

SimpleStrategy = Literal["signed", "unit", "absolute", "positive_only", "paired", "joint"]
Strategy = Literal[
    "signed", "unit", "absolute", "positive_only", "paired", "transformed", "reweighted", "resampled", "joint", "truth"
]
STRATEGIES: tuple[str, ...] = get_args(Strategy)
SIMPLE_STRATEGIES: tuple[str, ...] = get_args(SimpleStrategy)
"""Strategies whose training weights are a closed form of the event's own weight."""
SIGNED_STRATEGIES: tuple[str, ...] = ("signed", "paired")
"""Strategies whose training weights are the signed ones, from the first epoch to the last."""
