"""Seeds as the settings give them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

MOST_SEED = 2**31 - 1
"""The largest seed: every library and file name can take it."""
Seed = Annotated[int, Field(ge=0, le=MOST_SEED)]
"""A seed."""


def _different(seeds: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(seeds)) != len(seeds):
        raise ValueError(f"seeds must differ, got {list(seeds)}")
    return seeds


Seeds = Annotated[tuple[Seed, ...], Field(max_length=1000), AfterValidator(_different)]
"""Seeds that differ."""
