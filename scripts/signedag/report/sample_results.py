"""What the conversion says about a sample, as the report reads it: events that would count more than once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from signedag.json_blocks import Block


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
    def read(cls, content: Block) -> SampleCounts:
        """Read the summary of a merged sample."""
        nominal, repetitions = content.block("nominal"), content.block("repetitions")
        shared = {}
        for overlap in content.listed("overlaps"):
            shared[overlap.pair("regions")] = overlap.count("events")
        return cls(
            nominal.count("rows"),
            repetitions.count("numbers"),
            repetitions.count("events"),
            {name: region.count("events") for name, region in nominal.blocks("regions").items()},
            shared,
        )
