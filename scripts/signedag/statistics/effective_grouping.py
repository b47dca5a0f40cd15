"""Grouping of bins with their neighbours until every group has enough effective events."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from signedag.statistics.grouping import Neighbours
from signedag.statistics.templates import Floats


def effective_events(totals: Floats, variances: Floats) -> Floats:
    """Give (Σw)²/Σw² of each bin, same shape; infinite where Σw² is 0, zero where Σw is not positive.

    docs/physics.md, "Effective events".
    """
    positive = np.maximum(totals, 0.0)
    known = variances > 0
    result: Floats = np.where(known, np.square(positive) / np.where(known, variances, 1.0), np.inf)
    return result


def group_until_effective(
    totals: Floats, variances: Floats, adjacent: Neighbours, least_effective_events: float
) -> NDArray[np.intp]:
    """Group bins until every group has some effective events; docs/physics.md, "Bins with few effective events".

    >>> totals = np.array([1.0, 1.0, 9.0, 2.0])  # of unit weights
    >>> group_until_effective(totals, totals, [[1], [0, 2], [1, 3], [2]], 2.0).tolist()
    [0, 0, 1, 2]

    The group that is known worst comes first. Of the neighbouring groups (sharing an edge) with which it has enough, it
    joins the one that leaves it with the fewest, so that groups stay small; if none is enough, the one that leaves it
    with the most. Where fewer events than asked for are there at all, everything becomes one group.

    Args:
        totals: nominal predictions, shape (bins,).
        variances: their Σw², shape (bins,).
        adjacent: which bins touch.
        least_effective_events: how many each group needs; 0 leaves all as they are.

    Returns:
        label of each bin, numbered in the order of the groups' first bins, shape (bins,).
    """
    groups = _Groups(totals, variances, adjacent)
    waiting = [
        (effective, group) for group, effective in groups.effective.items() if effective < least_effective_events
    ]
    heapq.heapify(waiting)
    while waiting:
        effective, group = heapq.heappop(waiting)
        if groups.effective.get(group) != effective or not groups.around[group]:
            continue
        joined = groups.join(group, groups.partner(group, least_effective_events))
        if groups.effective[joined] < least_effective_events:
            heapq.heappush(waiting, (groups.effective[joined], joined))
    return np.unique(groups.owner(), return_inverse=True)[1].astype(np.intp)


def _effective(total: float, variance: float) -> float:
    """Give the effective events of one bin without an array's overhead."""
    return max(total, 0.0) ** 2 / variance if variance > 0 else float("inf")


class _Groups:
    """Groups of bins, each known by its first bin."""

    def __init__(self, totals: Floats, variances: Floats, adjacent: Neighbours) -> None:
        self._totals, self._variances = totals.tolist(), variances.tolist()
        self._members = {index: [index] for index in range(len(self._totals))}
        self.around = {index: set(others) for index, others in enumerate(adjacent)}
        self.effective: dict[int, float] = dict(enumerate(effective_events(totals, variances).tolist()))

    def _effective_with(self, one: int, other: int) -> float:
        return _effective(self._totals[one] + self._totals[other], self._variances[one] + self._variances[other])

    def partner(self, group: int, least: float) -> int:
        """Choose the neighbouring group to join."""
        candidates = [(self._effective_with(group, other), other) for other in sorted(self.around[group])]
        enough = [candidate for candidate in candidates if candidate[0] >= least]
        return min(enough)[1] if enough else max(candidates, key=lambda candidate: candidate[0])[1]

    def join(self, one: int, other: int) -> int:
        """Make one group of two; give its name."""
        kept, gone = min(one, other), max(one, other)
        self._totals[kept] += self._totals[gone]
        self._variances[kept] += self._variances[gone]
        self._members[kept] += self._members.pop(gone)
        for touching in self.around.pop(gone):
            self.around[touching].discard(gone)
            if touching != kept:
                self.around[touching].add(kept)
                self.around[kept].add(touching)
        del self.effective[gone]
        self.effective[kept] = _effective(self._totals[kept], self._variances[kept])
        return kept

    def owner(self) -> NDArray[np.intp]:
        """Give the first bin of each bin's group, shape (bins,)."""
        owner = np.empty(len(self._totals), dtype=np.intp)
        for group, members in self._members.items():
            owner[members] = group
        return owner
