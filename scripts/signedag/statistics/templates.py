"""Templates: histograms of signed weights in one or two observables, with Σw² and nothing lost at the edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Edges = tuple[Floats, ...]


@dataclass(frozen=True)
class Template:
    """A histogram of one process in one region.

    Arrays carry one extra bin below and one above each axis, so that events outside the range stay visible.
    Bins include their lower edge, and the last bin its upper edge too.
    """

    flow_values: Floats
    """Sum of signed weights, events; shape (bins + 2 of each axis)."""
    flow_variances: Floats
    """Sum of squared signed weights; same shape."""
    edges: Edges
    """Bin edges of each axis, shape (bins + 1,)."""

    @property
    def values(self) -> Floats:
        """Sum of signed weights inside the range, shape (bins of each axis)."""
        return self.flow_values[self._inside]

    @property
    def variances(self) -> Floats:
        """Sum of squared signed weights inside the range, shape (bins of each axis)."""
        return self.flow_variances[self._inside]

    @property
    def outside(self) -> float:
        """Sum of signed weights of the events outside the range of any axis."""
        return float(self.flow_values.sum() - self.values.sum())

    @property
    def _inside(self) -> tuple[slice, ...]:
        return (slice(1, -1),) * len(self.edges)

    def __add__(self, other: Template) -> Template:
        """Add another template of the same bins: two samples of one process."""
        if len(self.edges) != len(other.edges) or any(
            not np.array_equal(mine, theirs) for mine, theirs in zip(self.edges, other.edges, strict=True)
        ):
            raise ValueError("templates with different bins cannot be added")
        return Template(
            self.flow_values + other.flow_values, self.flow_variances + other.flow_variances, edges=self.edges
        )

    def rebinned(self, edges: Edges) -> Template:
        """Merge bins: what filling into `edges` would give, each of which is one of the template's own.

        Only an event exactly on an upper end that was none before is in the bins there and in the flow bin here.

        Args:
            edges: bin edges of each axis, increasing.

        Raises:
            ValueError: another number of axes, or an edge that the template does not have.
        """
        if len(edges) != len(self.edges):
            raise ValueError(f"a template of {len(self.edges)} axes cannot have bins of {len(edges)}")
        values, variances = self.flow_values, self.flow_variances
        for axis, (own, wanted) in enumerate(zip(self.edges, edges, strict=True)):
            places = np.searchsorted(own, wanted)
            lost = np.flatnonzero(own[np.minimum(places, own.size - 1)] != wanted)
            if lost.size:
                raise ValueError(f"axis {axis} of the template has no edge at {wanted[lost[0]]!r}")
            # flow bin j ends at edge j
            starts = np.concatenate([[0], places + 1])
            values = np.add.reduceat(values, starts, axis=axis)
            variances = np.add.reduceat(variances, starts, axis=axis)
        return Template(values, variances, edges)

    def one_bin(self, index: int) -> Template:
        """Give a template of one bin out of a one-dimensional one; the others become its flow bins."""

        def three(flow: Floats) -> Floats:
            return np.array([flow[: index + 1].sum(), flow[index + 1], flow[index + 2 :].sum()])

        return Template(three(self.flow_values), three(self.flow_variances), (self.edges[0][index : index + 2],))


def empty_template(edges: Edges) -> Template:
    """Give a template without events."""
    zeros = np.zeros(tuple(edge.size + 1 for edge in edges))
    return Template(zeros, zeros.copy(), edges)


@dataclass(frozen=True)
class BinIndices:
    """Where events fall: looked up once, then used for every alternative weight of the same events."""

    flat: NDArray[np.int64]
    """Index into the flattened flow array, shape (events,)."""
    edges: Edges
    """Bin edges of each axis."""
    outside_events: int
    """Number of events outside the range of any axis."""

    def fill(self, weights: Floats, repetitions: Floats | None = None) -> Template:
        """Make the template of these events.

        Args:
            weights: signed weights, shape (events,).
            repetitions: how often each event is there, shape (events,); once if left out.
        """
        shape = tuple(edge.size + 1 for edge in self.edges)
        bins = int(np.prod(shape))
        # without events bincount would give integers
        often = 1.0 if repetitions is None else repetitions
        values = np.bincount(self.flat, weights=often * weights, minlength=bins).astype(np.float64)
        variances = np.bincount(self.flat, weights=often * np.square(weights), minlength=bins).astype(np.float64)
        return Template(values.reshape(shape), variances.reshape(shape), self.edges)


def find_bins(coordinates: Sequence[NDArray[np.floating]], edges: Edges) -> BinIndices:
    """Find the bin of each event; docs/physics.md, "Templates".

    Args:
        coordinates: one array of shape (events,) per axis, no NaN.
        edges: bin edges of each axis.

    >>> indices = find_bins([np.array([0.0, 0.5, 1.0, 2.0])], (np.array([0.0, 0.5, 1.0]),))
    >>> indices.fill(np.array([1.0, -1.0, 3.0, 5.0])).values.tolist(), indices.outside_events
    ([1.0, 2.0], 1)
    """
    shape = tuple(edge.size + 1 for edge in edges)
    flat = np.zeros(coordinates[0].size, dtype=np.int64)
    outside = np.zeros(coordinates[0].size, dtype=bool)
    for values, edge, size in zip(coordinates, edges, shape, strict=True):
        # float32 columns are compared as the doubles that they are, so a bin edge means one number for all columns
        exact = values.astype(np.float64)
        index = np.searchsorted(edge, exact, side="right")
        index[exact == edge[-1]] = size - 2
        outside |= (index == 0) | (index == size - 1)
        flat = flat * size + index
    return BinIndices(flat, edges, int(outside.sum()))
