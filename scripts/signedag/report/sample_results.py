"""What the conversion says about a sample, as the report reads it: events that would count more than once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from signedag.report.reading import Block


@dataclass(frozen=True)
class SampleCounts:
    """Numbers of nominal events of a sample, or of the data."""

    events: int
    """All of them."""
    repeated_numbers: int
    """Those whose event number an earlier one has."""
    repeated_events: int
    """Those of them that are equal to the earlier one in every column."""
    regions: Mapping[str, int]
    """By region."""
    shared: Mapping[tuple[str, str], int]
    """By pair of regions, where they share any."""

    @classmethod
    def read(cls, path: Path) -> SampleCounts:
        """Read the `summary.json` of a merged sample."""
        content = Block.of_file(path)
        nominal, repetitions = content.block("nominal"), content.block("repetitions")
        shared = {}
        for overlap in content.listed("overlaps"):
            first, second = overlap.texts("regions")
            shared[first, second] = overlap.count("events")
        return cls(
            nominal.count("rows"),
            repetitions.count("numbers"),
            repetitions.count("events"),
            {name: region.count("events") for name, region in nominal.blocks("regions").items()},
            shared,
        )
