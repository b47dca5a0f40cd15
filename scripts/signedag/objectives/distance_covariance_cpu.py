"""Weighted distance covariances of two variables and their gradients on a CPU: sorted sums, compiled by numba.

N log N time, a few arrays of N numbers; float64 throughout.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from signedag.objectives.float_order import sorting_order

Floats = NDArray[np.float64]


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
    # Arrays of one kind alone, so that there is one compiled version, which all processes keep and share.
    s, m, w = (np.require(values, np.float64, ("C", "W")) for values in (score, spectator, weight))
    orders = sorting_order(score), sorting_order(spectator)
    result: tuple[float, float, float, Floats, Floats] = _covariances(s, m, w / w.sum(), *orders)
    return result


def correlation_with_gradient(
    score: NDArray[np.floating], spectator: NDArray[np.floating], weight: NDArray[np.floating], no_spread: float
) -> tuple[float, Floats]:
    """Give dCorr²(s, m) and its gradient with respect to the score, shape (events,).

    Both are 0 where no weight is positive, or a variable does not vary. An event without weight counts nothing and has
    no gradient, nor does it take time.

    Args:
        score: shape (events,).
        spectator: shape (events,), of the same type.
        weight: shape (events,), of the same type.
        no_spread: dCov² of a variable with itself, over its largest square, below which it does not vary.
    """
    s, m, w = _with_weight(score, spectator, weight)
    if not len(w):
        return 0.0, np.zeros(len(weight))
    found: tuple[float, Floats] = _correlation(s, m, w, sorting_order(s), sorting_order(m), weight, no_spread)
    return found


@njit(cache=True)
def _with_weight(score: Any, spectator: Any, weight: Any) -> Any:
    """Give the events that have weight; none if the weights do not have a positive sum."""
    s, m, w = np.empty_like(score), np.empty_like(spectator), np.empty_like(weight)
    count, total = 0, 0.0
    for k in range(len(weight)):
        if weight[k] != 0:
            s[count], m[count], w[count] = score[k], spectator[k], weight[k]
            total += weight[k]
            count += 1
    if not total > 0:
        count = 0
    return s[:count], m[:count], w[:count]


@njit(cache=True)
def _correlation(s: Any, m: Any, w: Any, order_s: Any, order_m: Any, weight: Any, no_spread: Any) -> Any:
    """See `correlation_with_gradient`; the orders sort the events that have weight."""
    p = w.astype(np.float64)
    p /= p.sum()
    gradient, last = np.zeros(len(weight)), len(p) - 1
    joint, own_s, own_m, of_joint, of_own = _covariances(
        s.astype(np.float64), m.astype(np.float64), p, order_s, order_m
    )
    largest_s = max(abs(float(s[order_s[0]])), abs(float(s[order_s[last]])))
    largest_m = max(abs(float(m[order_m[0]])), abs(float(m[order_m[last]])))
    if not (own_s > no_spread * largest_s**2 and own_m > no_spread * largest_m**2):
        return 0.0, gradient
    root = np.sqrt(own_s * own_m)
    share, position = joint / (2 * own_s * root), 0
    for k in range(len(weight)):
        if weight[k] != 0:
            gradient[k] = of_joint[position] / root - share * of_own[position]
            position += 1
    return max(joint / root, 0.0), gradient


@njit(cache=True)
def _mean_distances(values: Any, p: Any, order: Any) -> Any:
    """Give the centred values, and for each event the mean distance to all, Σ_j p_j |v_k - v_j|, from running sums."""
    mean = 0.0
    for k in range(len(values)):
        mean += p[k] * values[k]
    centred = values - mean
    total = 0.0
    for k in range(len(values)):
        total += p[k] * centred[k]
    distances = np.empty_like(values)
    below, moment = 0.0, 0.0
    for position in range(len(values)):
        k = order[position]
        below += p[k]
        moment += p[k] * centred[k]
        distances[k] = centred[k] * (2 * below - 1) - (2 * moment - total)
    return centred, distances


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
def _within_ties(members: Any, m: Any, p: Any, rank: Any) -> Any:
    """Give Σ_j p_j |m_k - m_j| over events with the same score, in the order of `members`."""
    by_mass = members[np.argsort(rank[members])]
    weight, moment = 0.0, 0.0
    for k in members:
        weight += p[k]
        moment += p[k] * m[k]
    sums = np.empty(len(members))
    below, moment_below = 0.0, 0.0
    for position in range(len(members)):
        k = by_mass[position]
        below += p[k]
        moment_below += p[k] * m[k]
        sums[position] = m[k] * (2 * below - weight) - (2 * moment_below - moment)
    return by_mass, sums


@njit(cache=True)
def _covariances(score: Any, spectator: Any, p: Any, order_s: Any, order_m: Any) -> Any:
    """See `distance_covariances`; `p` adds up to one, the orders sort score and spectator."""
    n = len(p)
    s, a = _mean_distances(score, p, order_s)
    m, b = _mean_distances(spectator, p, order_m)
    own_s, mean_a = _own_covariance(s, a, p)
    own_m, mean_b = _own_covariance(m, b, p)
    rank = np.empty(n, dtype=np.int64)
    for position in range(n):
        rank[order_m[position]] = position + 1
    # A Fenwick tree over the spectator's ranks: sums of p and p m of the events with a lower score.
    tree = np.zeros((n + 1, 2))
    gradient_sm, gradient_ss, between = np.empty(n), np.empty(n), np.empty(n)
    total_s = 0.0
    for k in range(n):
        total_s += p[k] * s[k]
    # Sums over the events with a lower score: of p, p a, p b and p m.
    p_below, a_below, b_below, m_below = 0.0, 0.0, 0.0, 0.0
    joint, own = 0.0, 0.0
    start = 0
    while start < n:
        stop = start + 1
        while stop < n and score[order_s[stop]] == score[order_s[start]]:
            stop += 1
        p_here, a_here, b_here, m_here = 0.0, 0.0, 0.0, 0.0
        for position in range(start, stop):
            k = order_s[position]
            p_here += p[k]
            a_here += p[k] * a[k]
            b_here += p[k] * b[k]
            m_here += p[k] * m[k]
            weight, moment, node = 0.0, 0.0, rank[k]
            while node > 0:
                weight += tree[node, 0]
                moment += tree[node, 1]
                node -= node & -node
            lower = m[k] * (2 * weight - p_below) - (2 * moment - m_below)
            between[k] = 2 * lower - b[k]
        if stop > start + 1:
            members, sums = _within_ties(order_s[start:stop], m, p, rank)
            for position in range(len(members)):
                between[members[position]] += sums[position]
        # Σ_j p_j sgn(s_k - s_j) of 1, a and b: below minus above.
        sign = 2 * p_below + p_here - 1
        sign_a = 2 * a_below + a_here - mean_a
        sign_b = 2 * b_below + b_here - mean_b
        for position in range(start, stop):
            k = order_s[position]
            gradient_sm[k] = 2 * p[k] * (between[k] - (b[k] - mean_b) * sign - sign_b)
            gradient_ss[k] = 2 * p[k] * (s[k] - total_s - (a[k] - mean_a) * sign - sign_a)
            joint += s[k] * gradient_sm[k]
            own += s[k] * gradient_ss[k]
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
    return joint, own_s, own_m, gradient_sm, 2 * gradient_ss
