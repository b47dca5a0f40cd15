"""Settings of a dense scan of a parameter: how a conditioned classifier's score runs between its trained points."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from signedag.config.base import Settings
from signedag.config.names import Name


def _increasing(values: tuple[float, ...]) -> tuple[float, ...]:
    for low, high in pairwise(values):
        if high <= low:
            raise ValueError(f"must increase from value to value, but {low:g} is followed by {high:g}")
    return values


Grid = Annotated[tuple[float, ...], AfterValidator(_increasing)]
"""Values of a parameter, increasing."""


class ScanParameterSettings(Settings):
    """Stage settings of `scan_parameter`."""

    folds: int
    """Number of folds."""
    variant: Name
    """The classifier's name."""
    region: Name
    """Region whose events are scored."""
    samples: dict[Name, Name] = Field(min_length=1)
    """Sample to process."""
    events_per_process: int = Field(2000, ge=1, le=10_000_000)
    """So many events of each process are scored at every value: the first ones of its samples in the region, each
    sample with its share of the process's events."""
    single_events: int = Field(3, ge=0, le=100)
    """Of so many of them per process the own curve is kept."""
    parameter: Name
    """The parameter that is scanned."""
    grid: Grid = Field(min_length=3, max_length=10_000)
    """Its values."""
    others: dict[Name, float] = {}
    """The classifier's other parameters, with their fixed values."""
    trained: Grid = ()
    """Values of the scanned parameter that the classifier was trained at."""
    own: dict[Name, float] = {}
    """Signal process to its own value of the scanned parameter."""
