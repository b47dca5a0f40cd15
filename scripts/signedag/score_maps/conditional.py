"""A conditional distribution function F(s | spectators) of signed events: fitted, repaired and applied.

F is linear in the spectators between nodes, and in the score between
thresholds, so that it is a table: what is kept executes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RegularGridInterpolator
from scipy.optimize import isotonic_regression

Floats = NDArray[np.float64]

CHUNK = 262_144
"""Events that are mapped at a time, so that memory is bounded."""


class SparseNodeError(ValueError):
    """The events around a node do not determine F there."""


@dataclass(frozen=True, eq=False)
class ConditionalMap:
    """F(s | spectators) as a table."""

    nodes: tuple[Floats, ...]
    """Nodes of each spectator, increasing."""
    thresholds: Floats
    """Scores from 0 to 1, increasing, shape (thresholds,)."""
    values: Floats
    """F there, from 0 to 1, shape (thresholds, nodes of each spectator)."""

    def __call__(self, score: Floats, spectators: Sequence[Floats]) -> Floats:
        """Map scores in [0, 1], shape (events,), to F in [0, 1]; spectators outside the nodes count as at their ends.

        Non-decreasing in the score wherever the spectators are equal.
        """
        table = RegularGridInterpolator((self.thresholds, *self.nodes), self.values)
        mapped = np.empty(score.size)
        for start in range(0, score.size, CHUNK):
            part = slice(start, start + CHUNK)
            inside = [
                np.clip(column[part], nodes[0], nodes[-1]) for column, nodes in zip(spectators, self.nodes, strict=True)
            ]
            mapped[part] = table(np.column_stack([score[part], *inside]))
        return np.clip(mapped, 0.0, 1.0)


@dataclass(frozen=True)
class FittedMap:
    """A map and how it came about."""

    map: ConditionalMap
    events: int
    """Events that it was fitted to."""
    effective_events: float
    """(Σw)²/Σw² of them."""
    sparsest_node: float
    """Effective events around the node that has the fewest."""
    largest_repair: float
    """Largest change of F at any threshold and node that made it non-decreasing and kept it in [0, 1]."""
    mean_repair: float
    """Mean absolute change."""


def fit_conditional_map(
    score: Floats,
    weight: Floats,
    spectators: Sequence[Floats],
    nodes: Sequence[Floats],
    effective_events: float,
    thresholds: int,
) -> FittedMap:
    """Fit F(s | spectators) to signed events by least squares.

    docs/physics.md, "Conditional score map": with hat functions φ_g of the nodes, F_g(t) solves
    Σ_h A_gh F_h(t) = Σ_i w_i φ_g(m_i) 1[s_i <= t], A_gh = Σ_i w_i φ_g(m_i) φ_h(m_i), for every threshold t. Signed sums
    are not monotone in t; isotonic regression at each node repairs that.

    Args:
        score: shape (events,), in [0, 1].
        weight: signed weights, shape (events,).
        spectators: columns of shape (events,).
        nodes: nodes of each spectator, increasing; events outside count as at the ends.
        effective_events: fewest effective events around a node.
        thresholds: most thresholds at which F is kept.

    Raises:
        SparseNodeError: the events around a node have too few effective ones or no positive sum of weights.
    """
    shape = tuple(len(axis) for axis in nodes)
    size = int(np.prod(shape))
    matrix, sums, squares = np.zeros((size, size)), np.zeros(size), np.zeros(size)
    kept = _thresholds(score, thresholds)
    block = np.searchsorted(kept, score, side="left")
    steps = np.zeros((kept.size + 1) * size)
    corners = list(_corners(spectators, nodes, shape))
    for node, share in corners:
        sums += np.bincount(node, weights=weight * share, minlength=size)
        steps += np.bincount(block * size + node, weights=weight * share, minlength=steps.size)
        for other, other_share in corners:
            pair = np.bincount(node * size + other, weights=weight * share * other_share, minlength=size * size)
            matrix += pair.reshape(size, size)
            squares += np.bincount(node, weights=weight**2 * share * other_share * (node == other), minlength=size)
    effective = np.divide(sums**2, squares, out=np.zeros(size), where=squares > 0)
    _refuse_sparse(np.where(sums > 0, effective, 0.0), nodes, shape, effective_events)
    below = np.cumsum(steps.reshape(-1, size), axis=0)[:-1]
    raw = np.linalg.solve(matrix, below.T).T
    rising = [isotonic_regression(column).x if column.size else column for column in raw.T]
    repaired = np.clip(np.column_stack(rising), 0.0, 1.0)
    values = np.concatenate([np.zeros((1, size)), repaired, np.ones((1, size))])
    change = np.abs(repaired - raw)
    return FittedMap(
        ConditionalMap(tuple(nodes), np.concatenate([[0.0], kept, [1.0]]), values.reshape(-1, *shape)),
        score.size,
        float(weight.sum() ** 2 / np.square(weight).sum()),
        float(effective.min()),
        float(change.max(initial=0.0)),
        float(change.mean()) if change.size else 0.0,
    )


def _thresholds(score: Floats, most: int) -> Floats:
    """Choose scores strictly between 0 and 1 with about equally many events between them; not the largest of all.

    Above the largest threshold F rises to 1 at a score of 1, so that scores above all of the fitted events' still
    differ.
    """
    distinct = np.unique(score)[:-1]
    distinct = distinct[(distinct > 0) & (distinct < 1)]
    if distinct.size <= most:
        return distinct
    ranks = np.sort(score)[np.linspace(0, score.size - 1, most + 1).astype(np.int64)[1:-1]]
    return np.unique(ranks[(ranks > 0) & (ranks <= distinct[-1])])


def _corners(
    spectators: Sequence[Floats], nodes: Sequence[Floats], shape: tuple[int, ...]
) -> Iterator[tuple[NDArray[np.int64], Floats]]:
    """Give the nodes around each event with the values of their hat functions: 2 to the power of the spectators."""
    sides = []
    for column, axis in zip(spectators, nodes, strict=True):
        inside = np.clip(column, axis[0], axis[-1])
        left = np.clip(np.searchsorted(axis, inside, side="right") - 1, 0, len(axis) - 2)
        right_share = (inside - axis[left]) / (axis[left + 1] - axis[left])
        sides.append(((left, 1 - right_share), (left + 1, right_share)))
    for corner in product(*sides):
        node = np.ravel_multi_index([index for index, _ in corner], shape)
        yield node.astype(np.int64), np.prod([share for _, share in corner], axis=0)


def _refuse_sparse(effective: Floats, nodes: Sequence[Floats], shape: tuple[int, ...], least: float) -> None:
    worst = int(np.argmin(effective))
    if effective[worst] < least:
        place = np.unravel_index(worst, shape)
        at = ", ".join(f"{axis[index]:g}" for axis, index in zip(nodes, place, strict=True))
        raise SparseNodeError(f"{effective[worst]:.3g} effective events of background around ({at}), {least:g} needed")
