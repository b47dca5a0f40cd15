"""The rows of templates that a channel's expected events are made of, stored so that one pass reads them once.

Expected events are linear in rows of bins: nominal templates and their upward and downward differences. Processes that
the same factors multiply at every parameter point share their rows, summed once. Bins are stored in blocks that fit
into a processor's cache with all their rows: what reads a block twice reads the memory once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from signedag.statistics.model import Channel, Contribution
from signedag.statistics.templates import Floats

Precision = Literal["double", "single"]

NOMINAL, UPWARD, DOWNWARD, BOTH = 0, 1, 2, 3
"""What a row is: the nominal template, a difference for one side, or one for both sides where they are the same."""

BLOCK_BYTES = 2_000_000
"""Size of a block, double precision: about a processor's share of its caches."""
FEWEST_BLOCK_BINS = 128
KINK_TOLERANCE = 1e-9
"""Relative difference of upward and downward slope above which a nuisance has a kink at zero."""
ROUNDING = 4 * float(np.finfo(np.float64).eps)
"""Relative difference of two numbers that rounding explains."""


@dataclass(frozen=True)
class Label:
    """What a row is."""

    group: int
    """Which of the channel's groups of processes it belongs to."""
    nuisance: str | None
    """What moves it; `None` for the nominal template."""
    kind: int
    """`NOMINAL`, `UPWARD`, `DOWNWARD` or `BOTH`."""


class Rows:
    """The rows of one channel; docs/physics.md, "Binned model".

    Args:
        channel: the channel.
        groups: indices of the contributions that the same factors multiply, group by group.
        precision: how rows are stored; they are always summed in double precision.
    """

    def __init__(self, channel: Channel, groups: Sequence[Sequence[int]], precision: Precision = "double") -> None:
        self.labels: list[Label] = []
        """What each row is; rows that are zero in every bin are left out."""
        self.kinked: set[str] = set()
        """Nuisances whose two sides differ."""
        most = sum(1 + 2 * len(_nuisances(_members(channel, group))) for group in groups)
        width = max(FEWEST_BLOCK_BINS, BLOCK_BYTES // (8 * most) // 8 * 8)
        whole, rest = divmod(channel.bins, width)
        kind = np.float32 if precision == "single" else np.float64
        # room for every row; memory that no row is written to is never claimed
        self._blocks = np.empty((whole, most, width), dtype=kind)
        self._rest = np.empty((most, rest), dtype=kind)
        for number, group in enumerate(groups):
            self._collect(number, _members(channel, group))

    def _collect(self, group: int, members: Sequence[Contribution]) -> None:
        nominal: Floats = np.sum([item.nominal for item in members], axis=0, dtype=np.float64)
        size: Floats = np.sum([np.abs(item.nominal) for item in members], axis=0, dtype=np.float64)
        self._store(Label(group, None, NOMINAL), nominal)
        for nuisance in _nuisances(members):
            pairs = [(shape, item) for item in members for shape in item.shapes if shape.nuisance == nuisance]
            upward, downward = np.zeros(nominal.size), np.zeros(nominal.size)
            for shape, item in pairs:
                upward += shape.up
                upward -= item.nominal
                downward += item.nominal
                downward -= shape.down
            difference = np.abs(upward - downward)
            if difference.sum() > KINK_TOLERANCE * (np.abs(upward).sum() + np.abs(downward).sum()):
                self.kinked.add(nuisance)
            if (difference <= ROUNDING * size).all():
                self._store(Label(group, nuisance, BOTH), 0.5 * (upward + downward))
            else:
                self._store(Label(group, nuisance, UPWARD), upward)
                self._store(Label(group, nuisance, DOWNWARD), downward)

    def _store(self, label: Label, values: Floats) -> None:
        if not values.any():
            return
        number = len(self.labels)
        self.labels.append(label)
        whole, _, width = self._blocks.shape
        self._blocks[:, number] = values[: whole * width].reshape(whole, width)
        self._rest[number] = values[whole * width :]

    def blocks(self) -> Iterator[tuple[slice, Floats]]:
        """Give the channel's bins and rows block by block, shape (rows, bins of the block), double precision."""
        count, (whole, _, width) = len(self.labels), self._blocks.shape
        for number in range(whole):
            yield slice(number * width, (number + 1) * width), _double(self._blocks[number, :count])
        if self._rest.shape[1]:
            yield slice(whole * width, whole * width + self._rest.shape[1]), _double(self._rest[:count])


def _double(block: NDArray[np.floating]) -> Floats:
    exact: Floats = block.astype(np.float64, copy=False)
    return exact


def _members(channel: Channel, group: Sequence[int]) -> list[Contribution]:
    return [channel.contributions[index] for index in group]


def _nuisances(members: Sequence[Contribution]) -> list[str]:
    return list(dict.fromkeys(shape.nuisance for item in members for shape in item.shapes))
