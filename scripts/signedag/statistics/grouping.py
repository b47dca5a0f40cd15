"""Grouping of bins with their neighbours until every group's prediction is positive."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from signedag.statistics.templates import Floats

Neighbours = Sequence[Sequence[int]]
"""For each bin, or group of bins, the others that share an edge with it."""

NEGLIGIBLE = 1e-9
"""A total below this times its own statistical error is rounding of weights that cancel, not a prediction."""


def positive(totals: Floats, variances: Floats | np.float64) -> NDArray[np.bool_]:
    """Tell whether all totals (last axis) are positive beyond the rounding of weights that cancel."""
    return np.asarray(totals.min(axis=-1) > NEGLIGIBLE * np.sqrt(variances))


def merge_labels(totals: Floats, shape: tuple[int, ...], variances: Floats) -> NDArray[np.intp] | None:
    """Group bins until every total of every group is positive; docs/physics.md, "Bins that are not positive".

    >>> merge_labels(np.array([[5.0, -1.0, 9.0]]), (3,), np.ones(3)).tolist()  # 9 - 1 is known better than 5 - 1
    [0, 1, 1]

    Non-positive bins are taken in the order of their indices. Each joins the neighbouring group (sharing an edge) that
    makes it positive and with which the total is known best, by total over √Σw²: to join a neighbour that is barely
    positive itself would leave signal beside next to no background, sensitivity that is not there. Bins that no
    neighbour cures wait until a neighbour has joined a group; when none is left to wait for, the first of them joins
    the neighbour that brings it nearest to being positive.

    Args:
        totals: shape (combinations, bins), the first being the nominal one.
        shape: bins of each axis.
        variances: Σw² of the nominal total, shape (bins,).

    Returns:
        label of each bin, numbered in the order of the groups' first bins, shape (bins,); `None` if even all bins
        together are not positive.
    """
    return group_until_positive(totals, neighbours(shape), variances)


def group_until_positive(totals: Floats, adjacent: Neighbours, variances: Floats) -> NDArray[np.intp] | None:
    """Group bins that need not be those of a grid, as `merge_labels` does; `adjacent` says which of them touch."""
    groups = _Groups(totals, adjacent, variances)
    waiting = deque(np.flatnonzero(~positive(totals.T, variances)).tolist())
    stuck: set[int] = set()
    while waiting or stuck:
        if waiting:
            start = waiting.popleft()
            chosen = None if groups.is_positive(start) else groups.cure(start)
            if chosen is None and not groups.is_positive(start):
                stuck.add(start)
        else:
            start = min(stuck)
            stuck.discard(start)
            chosen = None if groups.is_positive(start) else groups.nearest(start)
            if chosen is None and not groups.is_positive(start):
                return None
            waiting.append(start)
        if chosen is not None:
            freed = sorted(groups.join(start, chosen) & stuck)
            stuck.difference_update(freed)
            waiting.extend(freed)
    return groups.labels()


class _Groups:
    """Groups of bins, each known by one of its bins."""

    def __init__(self, totals: Floats, adjacent: Neighbours, variances: Floats) -> None:
        self._sums = totals.T.copy()
        self._squares = variances.copy()
        self._owner = list(range(variances.size))
        self._members = {index: [index] for index in self._owner}
        self._adjacent = adjacent

    def is_positive(self, index: int) -> bool:
        """Tell whether the group of a bin is positive."""
        group = self._owner[index]
        return bool(positive(self._sums[group], self._squares[group]))

    def _around(self, index: int) -> list[int]:
        group = self._owner[index]
        touching = {self._owner[other] for member in self._members[group] for other in self._adjacent[member]}
        return sorted(touching - {group})

    def cure(self, index: int) -> int | None:
        """Find the neighbouring group with which the bin's group becomes positive and is known best."""
        others = self._around(index)
        group = self._owner[index]
        together, squares = self._sums[others] + self._sums[group], self._squares[others] + self._squares[group]
        cured = positive(together, squares) if others else np.zeros(0, dtype=bool)
        if not cured.any():
            return None
        known = np.divide(together[:, 0], np.sqrt(squares), out=np.full(squares.size, np.inf), where=squares > 0)
        return others[int(np.argmax(np.where(cured, known, -np.inf)))]

    def nearest(self, index: int) -> int | None:
        """Find the neighbouring group that brings the bin's group nearest to being positive."""
        others = self._around(index)
        if not others:
            return None
        lowest = (self._sums[others] + self._sums[self._owner[index]]).min(axis=1)
        return others[int(np.argmax(lowest))]

    def join(self, index: int, other: int) -> set[int]:
        """Let the group of a bin join the group `other`; give the bins that touch what has joined."""
        group = self._owner[index]
        moved = self._members.pop(group)
        self._sums[other] += self._sums[group]
        self._squares[other] += self._squares[group]
        self._members[other] += moved
        for member in moved:
            self._owner[member] = other
        return {touching for member in moved for touching in self._adjacent[member]}

    def labels(self) -> NDArray[np.intp]:
        """Number the groups in the order of their first bins."""
        firsts = {group: min(members) for group, members in self._members.items()}
        order = {group: number for number, group in enumerate(sorted(firsts, key=firsts.__getitem__))}
        return np.array([order[group] for group in self._owner], dtype=np.intp)


def neighbours(shape: tuple[int, ...]) -> list[list[int]]:
    """Give the bins that share an edge with each bin of a grid with `shape` bins on its axes."""
    numbers = np.arange(int(np.prod(shape))).reshape(shape)
    adjacent: list[list[int]] = [[] for _ in range(numbers.size)]
    for axis in range(len(shape)):
        below = np.delete(numbers, -1, axis=axis).ravel().tolist()
        above = np.delete(numbers, 0, axis=axis).ravel().tolist()
        for one, other in zip(below, above, strict=True):
            adjacent[one].append(other)
            adjacent[other].append(one)
    return adjacent


def neighbours_of_groups(adjacent: Neighbours, labels: NDArray[np.intp]) -> list[list[int]]:
    """Give the groups that share an edge with each group; `labels` gives each bin's group, shape (bins,).

    >>> neighbours_of_groups(neighbours((4,)), np.array([0, 0, 1, 2]))
    [[1], [0, 2], [1]]
    """
    touching: list[set[int]] = [set() for _ in range(int(labels.max()) + 1)]
    for group, others in zip(labels.tolist(), adjacent, strict=True):
        touching[group].update(labels[list(others)].tolist())
    return [sorted(others - {group}) for group, others in enumerate(touching)]
