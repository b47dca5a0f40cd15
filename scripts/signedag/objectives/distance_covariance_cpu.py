"""Weighted distance covariances of two variables and their gradients on a CPU: sorted sums, compiled by numba.

N log N time, a few arrays of N numbers; float64 throughout.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from signedag.objectives.float_order import bits_of, order_of_bits

Floats = NDArray[np.float64]

SINGLE = np.dtype(np.float32)


def correlation_with_gradient(
    score: NDArray[np.floating], spectator: NDArray[np.floating], weight: NDArray[np.floating], no_spread: float
) -> tuple[float, NDArray[np.floating]]:
    """Give dCorr² and its gradient; both are 0 where a variable does not vary or no event has a weight.

    docs/physics.md, "Distance correlation".

    Args:
        score: shape (events,).
        spectator: shape (events,).
        weight: shape (events,).
        no_spread: dCov² of a variable with itself, over its largest square, below which it does not vary.

    Returns:
        dCorr², and its gradient with respect to the score, shape (events,), of single precision if all arguments are.
    """
    s, m, w = _of_one_kind(score, spectator, weight)
    result: tuple[float, NDArray[np.floating]] = _correlation(s, m, w, *_orders(s, m, w), no_spread)
    return result


def distance_covariances(
    score: NDArray[np.floating], spectator: NDArray[np.floating], weight: NDArray[np.floating]
) -> tuple[float, float, float, Floats, Floats]:
    """Give dCov² of score and spectator, of the score with itself and of the spectator with itself, with gradients.

    docs/physics.md, "Distance correlation".

    Args:
        score: shape (events,).
        spectator: shape (events,).
        weight: shape (events,), with a positive sum.

    Returns:
        dCov²(s, m), dCov²(s, s), dCov²(m, m), and the gradients of the first two with respect to the score, shape
        (events,) each.
    """
    s, m, w = _of_one_kind(score, spectator, weight)
    order_s, order_m = _orders(s, m, w)
    joint, own_s, own_m, *by_score = _covariances(s, m, w, order_s, order_m)
    gradients = np.zeros((2, len(score)))
    gradients[:, order_s] = by_score
    return joint, own_s, own_m, *gradients


def _of_one_kind(*arrays: NDArray[np.floating]) -> tuple[NDArray[np.floating], ...]:
    """Give arrays of one precision and layout, so that few versions are compiled."""
    if all(values.dtype == SINGLE and values.flags.carray for values in arrays):
        return arrays
    return tuple(np.require(values, np.float64, ("C", "W")) for values in arrays)


def _orders(
    score: NDArray[np.floating], spectator: NDArray[np.floating], weight: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the events that have a weight, sorted by score and by spectator: no others count or have a gradient.

    Compiled code of another file is called from here: compiled code that calls it would keep it when that file changes.
    """
    events, bits_s, bits_m = _counted(weight, bits_of(score), bits_of(spectator))
    return events[order_of_bits(bits_s)], events[order_of_bits(bits_m)]


@njit(cache=True)
def _counted(weight: Any, bits_s: Any, bits_m: Any) -> Any:
    """Give the events that have a weight, and their bits."""
    events, number = np.empty(len(weight), dtype=np.int64), 0
    for k in range(len(weight)):
        events[number] = k
        number += weight[k] != 0
    events = events[:number]
    return events, bits_s[events], bits_m[events]


@njit(cache=True)
def _correlation(score: Any, spectator: Any, weight: Any, order_s: Any, order_m: Any, no_spread: Any) -> Any:
    """See `correlation_with_gradient`."""
    gradient = np.zeros_like(score)
    joint, own_s, own_m, gradient_joint, gradient_own = _covariances(score, spectator, weight, order_s, order_m)
    largest_s, largest_m = 0.0, 0.0
    for k in order_s:
        largest_s = max(largest_s, abs(score[k]))
        largest_m = max(largest_m, abs(spectator[k]))
    if not (own_s > no_spread * largest_s**2 and own_m > no_spread * largest_m**2):
        return 0.0, gradient
    root = np.sqrt(own_s * own_m)
    share = joint / (2 * own_s)
    for position in range(len(order_s)):
        gradient[order_s[position]] = (gradient_joint[position] - share * gradient_own[position]) / root
    return max(joint / root, 0.0), gradient


@njit(cache=True)
def _mean_distances(values: Any, p: Any) -> Any:
    """Give for each event the mean distance to all, Σ_j p_j |v_k - v_j|, of sorted values."""
    total = 0.0
    for k in range(len(values)):
        total += p[k] * values[k]
    distances = np.empty(len(values))
    below, moment = 0.0, 0.0
    for k in range(len(values)):
        below += p[k]
        moment += p[k] * values[k]
        distances[k] = values[k] * (2 * below - 1) - (2 * moment - total)
    return distances


@njit(cache=True)
def _own_covariance(centred: Any, distances: Any, p: Any) -> Any:
    """Give dCov² of a variable with itself and the mean of its distances; the squares need no pairs."""
    square, mean, of_squares = 0.0, 0.0, 0.0
    for k in range(len(p)):
        square += p[k] * centred[k] ** 2
        mean += p[k] * distances[k]
        of_squares += p[k] * distances[k] ** 2
    return 2 * square - 2 * of_squares + mean**2, mean


@njit(cache=True)
def _centred(values: Any, p: Any, order: Any) -> Any:
    """Give values in an order, minus their mean."""
    mean, ordered = 0.0, np.empty(len(order))
    for k in range(len(order)):
        ordered[k] = values[order[k]]
        mean += p[k] * ordered[k]
    for k in range(len(order)):
        ordered[k] -= mean
    return ordered


@njit(cache=True)
def _within_ties(m: Any, p: Any, rank: Any) -> Any:
    """Give Σ_j p_j |m_k - m_j| over events with the same score."""
    by_mass = np.argsort(rank)
    weight, moment = 0.0, 0.0
    for k in range(len(m)):
        weight += p[k]
        moment += p[k] * m[k]
    sums = np.empty(len(m))
    below, moment_below = 0.0, 0.0
    for k in by_mass:
        below += p[k]
        moment_below += p[k] * m[k]
        sums[k] = m[k] * (2 * below - weight) - (2 * moment_below - moment)
    return sums


@njit(cache=True)
def _covariances(score: Any, spectator: Any, weight: Any, order_s: Any, order_m: Any) -> Any:
    """Give the covariances, all 0 without a positive sum of weights, and the gradients in the order of the score."""
    n, total = len(order_s), 0.0
    for k in order_m:
        total += weight[k]
    if not total > 0:
        return 0.0, 0.0, 0.0, np.zeros(n), np.zeros(n)
    by_rank = np.empty(n)
    for position in range(n):
        by_rank[position] = weight[order_m[position]] / total
    by_mass = _centred(spectator, by_rank, order_m)
    distances = _mean_distances(by_mass, by_rank)
    own_m, mean_b = _own_covariance(by_mass, distances, by_rank)
    place = np.empty(len(weight), dtype=np.int64)
    for position in range(n):
        place[order_m[position]] = position
    rank, p, m, b = np.empty(n, dtype=np.int64), np.empty(n), np.empty(n), np.empty(n)
    for k in range(n):
        position = place[order_s[k]]
        rank[k], p[k], m[k], b[k] = position + 1, by_rank[position], by_mass[position], distances[position]
    s = _centred(score, p, order_s)
    a = _mean_distances(s, p)
    own_s, mean_a = _own_covariance(s, a, p)
    joint, gradients = _gradients(score[order_s], s, a, m, b, p, rank, mean_a, mean_b)
    return joint, own_s, own_m, gradients[0], gradients[1]


@njit(cache=True)
def _gradients(score: Any, s: Any, a: Any, m: Any, b: Any, p: Any, rank: Any, mean_a: Any, mean_b: Any) -> Any:
    """Give dCov²(s, m) and the gradients of dCov²(s, m) and dCov²(s, s), of all in the order of the score."""
    n = len(p)
    # A Fenwick tree over the spectator's ranks: sums of p and p m of the events with a lower score.
    tree = np.zeros((n + 1, 2))
    between, gradients = np.empty(n), np.empty((2, n))
    total_s = 0.0
    for k in range(n):
        total_s += p[k] * s[k]
    # Sums over the events with a lower score: of p, p a, p b and p m.
    p_below, a_below, b_below, m_below = 0.0, 0.0, 0.0, 0.0
    joint = 0.0
    start = 0
    while start < n:
        stop = start + 1
        while stop < n and score[stop] == score[start]:
            stop += 1
        p_here, a_here, b_here, m_here = 0.0, 0.0, 0.0, 0.0
        for k in range(start, stop):
            p_here += p[k]
            a_here += p[k] * a[k]
            b_here += p[k] * b[k]
            m_here += p[k] * m[k]
            below, moment, node = 0.0, 0.0, rank[k]
            while node > 0:
                below += tree[node, 0]
                moment += tree[node, 1]
                node -= node & -node
            lower = m[k] * (2 * below - p_below) - (2 * moment - m_below)
            between[k] = 2 * lower - b[k]
        if stop > start + 1:
            between[start:stop] += _within_ties(m[start:stop], p[start:stop], rank[start:stop])
        # Σ_j p_j sgn(s_k - s_j) of 1, a and b: below minus above.
        sign = 2 * p_below + p_here - 1
        sign_a = 2 * a_below + a_here - mean_a
        sign_b = 2 * b_below + b_here - mean_b
        for k in range(start, stop):
            gradients[0, k] = 2 * p[k] * (between[k] - (b[k] - mean_b) * sign - sign_b)
            gradients[1, k] = 4 * p[k] * (s[k] - total_s - (a[k] - mean_a) * sign - sign_a)
            joint += s[k] * gradients[0, k]
            node = rank[k]
            while node <= n:
                tree[node, 0] += p[k]
                tree[node, 1] += p[k] * m[k]
                node += node & -node
        p_below += p_here
        a_below += a_here
        b_below += b_here
        m_below += m_here
        start = stop
    return joint, gradients
