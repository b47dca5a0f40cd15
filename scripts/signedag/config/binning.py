"""Axes of histograms."""

from __future__ import annotations

import itertools

from pydantic import Field, model_validator

from signedag.config.base import Settings

MOST_BINS = 10_000


class Axis(Settings):
    """Bins of one observable: either `edges`, or `bins` equal ones between `low` and `high`."""

    edges: tuple[float, ...] | None = Field(None, max_length=MOST_BINS + 1)
    """Bin edges, increasing, in the observable's unit."""
    bins: int | None = Field(None, ge=1, le=MOST_BINS)
    """Number of equal bins."""
    low: float | None = None
    """Lower end of the first bin."""
    high: float | None = None
    """Upper end of the last bin."""

    @model_validator(mode="after")
    def _one_way_only(self) -> Axis:
        if self.edges is not None:
            if self.bins is not None or self.low is not None or self.high is not None:
                raise ValueError("give either 'edges' or 'bins', 'low' and 'high', not both")
            if len(self.edges) < 2 or any(b <= a for a, b in zip(self.edges, self.edges[1:], strict=False)):
                raise ValueError(f"bin edges must increase, got {list(self.edges)}")
        elif self.bins is None or self.low is None or self.high is None:
            raise ValueError("give 'edges', or all of 'bins', 'low' and 'high'")
        elif self.bins < 1 or self.high <= self.low:
            raise ValueError(f"bins must be at least 1 and high above low, got {self.bins}, {self.low}, {self.high}")
        edges = self.all_edges()
        if any(b <= a for a, b in itertools.pairwise(edges)):
            raise ValueError(f"{self.bins} bins between {self.low} and {self.high} are too narrow for numbers")
        return self

    def all_edges(self) -> tuple[float, ...]:
        """Give the bin edges, shape (bins + 1,)."""
        if self.edges is not None:
            return self.edges
        assert self.bins is not None and self.low is not None and self.high is not None
        step = (self.high - self.low) / self.bins
        return (*(self.low + step * i for i in range(self.bins)), self.high)


class ScoreAxis(Axis):
    """Bins of a classifier's score, from 0 to 1: `edges`, equal widths, or equal signal."""

    equal_signal: int | None = Field(None, ge=1, le=MOST_BINS)
    """Number of bins in each of which the nominal signal has the same sum of weights, instead of `edges`, `bins`, `low`
    and `high`: the same binning serves scores of any shape."""

    @model_validator(mode="after")
    def _one_way_only(self) -> ScoreAxis:
        if self.equal_signal is None:
            super()._one_way_only()  # type: ignore[operator]
        elif self.edges is not None or self.bins is not None or self.low is not None or self.high is not None:
            raise ValueError("give either 'equal_signal' or 'edges' or 'bins', 'low' and 'high', not two of them")
        return self

    @property
    def most_bins(self) -> int:
        """How many bins there are, at most: of equal signal there are fewer where many events share a score."""
        return self.equal_signal or len(self.all_edges()) - 1
