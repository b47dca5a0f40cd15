"""Drawings: which events each mini-batch of an epoch holds. How events are weighted is another matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from signedag.errors import UserError
from signedag.training.pairing import Groups


@dataclass(frozen=True)
class EpochBatches:
    """The mini-batches of one epoch."""

    events: NDArray[np.int64]
    """Event indices, batch after batch."""
    sizes: tuple[int, ...]
    """How many of them each batch holds."""
    columns: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    """Columns that are drawn along, in place of the events' own, in the order of `events`; shape (drawn events,)."""


Drawing = Callable[[np.random.Generator], EpochBatches]
"""Draws the batches of an epoch."""


def cut(events: NDArray[np.int64], size: int) -> EpochBatches:
    """Cut events into batches of `size`; the last one may be smaller."""
    whole, rest = divmod(len(events), size)
    return EpochBatches(events, (size,) * whole + ((rest,) if rest else ()))


def shuffled_batches(events: int, size: int) -> Drawing:
    """Give a drawing that shuffles all events and cuts them into batches of `size`."""
    return lambda generator: cut(generator.permutation(events), size)


def full_batch(events: int) -> Drawing:
    """Give a drawing with one batch, which holds all events in their order."""
    everything = EpochBatches(np.arange(events), (events,))
    return lambda _: everything


def stratified_batches(strata: NDArray[np.integer], size: int, shares: NDArray[np.float64] | None = None) -> Drawing:
    """Give a drawing whose batches hold fixed numbers of events of every stratum.

    docs/physics.md, "Weights of a training". An epoch has as many batches as all events make. A stratum with fewer
    events than its share is shuffled anew whenever it runs out, so that each of its events is drawn equally often up to
    one; of a larger one an epoch sees a part, the next epoch another.

    Args:
        strata: each event's stratum, shape (events,).
        size: events in a batch; what rounding leaves goes to the strata of the largest remainders, the first ones
            first.
        shares: each stratum's share of a batch, in the order of their numbers; equal ones if left out.

    Raises:
        UserError: a batch has no room for an event of each stratum.
    """
    members = [np.flatnonzero(strata == stratum) for stratum in np.unique(strata)]
    counts = _rounded(np.full(len(members), 1 / len(members)) if shares is None else shares, size)
    if shares is not None and not all(counts):
        raise UserError(
            f"a batch of {size} events has no room for each of {len(counts)} strata; make batch.size larger, or strata "
            "fewer"
        )
    batches = max(1, round(len(strata) / size))

    def draw(generator: np.random.Generator) -> EpochBatches:
        columns = []
        for own, share in zip(members, counts, strict=True):
            rounds = -(-share * batches // len(own))
            drawn = np.concatenate([generator.permutation(own) for _ in range(rounds)])[: share * batches]
            columns.append(drawn.reshape(batches, share))
        return EpochBatches(np.concatenate(columns, axis=1).reshape(-1), (size,) * batches)

    return draw


def _rounded(shares: NDArray[np.float64], size: int) -> list[int]:
    """Round shares to whole numbers of events that add up to `size`."""
    exact = size * shares / shares.sum()
    counts = np.floor(exact + 1e-9).astype(int)
    rest = np.argsort(counts - exact, kind="stable")[: size - counts.sum()]
    counts[rest] += 1
    return [int(count) for count in counts]


def grouped_batches(groups: Groups, size: int) -> Drawing:
    """Give a drawing that shuffles groups and cuts between them, so that a batch holds whole groups of about `size`."""
    lengths = np.diff(np.append(groups.starts, len(groups.members)))

    def draw(generator: np.random.Generator) -> EpochBatches:
        order = generator.permutation(len(groups.starts))
        ends = np.cumsum(lengths[order])
        events = groups.members[_ranges(groups.starts[order], lengths[order])]
        batches = max(1, round(len(groups.members) / size))
        cuts = ends[np.searchsorted(ends, len(events) * np.arange(1, batches) / batches)]
        sizes = np.diff(np.concatenate(([0], cuts, [len(events)])))
        return EpochBatches(events, tuple(int(count) for count in sizes if count))

    return draw


def _ranges(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Concatenate starts[i], starts[i] + 1, ..., starts[i] + lengths[i] - 1 for all i."""
    before = np.cumsum(lengths) - lengths
    inside: NDArray[np.int64] = np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths)
    return inside
