"""Weighted distance covariances of two variables and their gradients in torch operations, for GPUs.

The same sums as in `distance_covariance_cpu`. Sums over events that are lower in both variables come from sorting by
the spectator and then, bit by bit, by the score's rank: at each bit, an event of the upper half takes the running sum
of the lower half's events before it. float64 throughout.
"""

from __future__ import annotations

import torch
from torch import Tensor

Covariances = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


def distance_covariances(score: Tensor, spectator: Tensor, weight: Tensor) -> Covariances:
    """Give dCov² of score and spectator, of the score with itself and of the spectator with itself, with gradients.

    docs/physics.md, "Distance correlation".

    Args:
        score: shape (events,), float64.
        spectator: shape (events,), float64.
        weight: shape (events,), float64, with a positive sum.

    Returns:
        dCov²(s, m), dCov²(s, s), dCov²(m, m), and the gradients of the first two with respect to the score, shape
        (events,) each.
    """
    p = weight / weight.sum()
    ordered_s, order_s = torch.sort(score)
    order_m = torch.argsort(spectator)
    s, a = _mean_distances(score, p, order_s)
    m, b = _mean_distances(spectator, p, order_m)
    own_s, mean_a = _own_covariance(s, a, p)
    own_m, mean_b = _own_covariance(m, b, p)
    starts, group = _tied(ordered_s, order_s)
    lower, order = _lower_in_both(group[order_m], starts, _chosen(torch.stack([p, p * m]), order_m))
    order = order_m[order]
    # From here on in the order of score, then spectator.
    s, a, m, b, p = _chosen(torch.stack([s, a, m, b, p]), order)
    ties = group[order]
    sums = torch.nn.functional.pad(torch.stack([p, p * a, p * b, p * m]).cumsum(1), (1, 0))
    below, upto = _chosen(sums, starts[ties]), _chosen(sums, starts[ties + 1])
    here = upto - below
    below_m = m * (2 * lower[0] - below[0]) - (2 * lower[1] - below[3])
    # Ties of the score are sorted by the spectator, so the same running sums, taken within a group, give theirs.
    inside = sums[:, 1:] - below
    tied = m * (2 * inside[0] - here[0]) - (2 * inside[3] - here[3])
    between = 2 * below_m + tied - b
    totals = torch.stack([torch.ones_like(mean_a), mean_a, mean_b])
    sign, sign_a, sign_b = below[:3] + upto[:3] - totals[:, None]
    joint = 2 * p * (between - (b - mean_b) * sign - sign_b)
    own = 4 * p * (s - (p * s).sum() - (a - mean_a) * sign - sign_a)
    gradients = torch.empty_like(sums[:2, 1:])
    gradients[:, order] = torch.stack([joint, own])
    return (s * joint).sum(), own_s, own_m, gradients[0], gradients[1]


def _chosen(rows: Tensor, columns: Tensor) -> Tensor:
    """Take some columns of every row, shape (rows, columns)."""
    return rows.gather(1, columns.expand(len(rows), -1))


def _tied(ordered: Tensor, order: Tensor) -> tuple[Tensor, Tensor]:
    """Number the distinct values of a sorted variable.

    Args:
        ordered: its values, sorted, shape (events,).
        order: the events that they are of.

    Returns:
        position of the first value of each group and, at the end, of what would follow, shape (groups + 1,); and the
        group of each event, shape (events,).
    """
    new = torch.ones_like(order, dtype=torch.bool)
    new[1:] = ordered[1:] != ordered[:-1]
    starts = torch.nn.functional.pad(torch.nonzero(new)[:, 0], (0, 1), value=len(order))
    group = torch.empty_like(order)
    group[order] = new.cumsum(0) - 1
    return starts, group


def _mean_distances(values: Tensor, p: Tensor, order: Tensor) -> tuple[Tensor, Tensor]:
    """Give the centred values, and for each event the mean distance to all, Σ_j p_j |v_k - v_j|; `order` sorts them."""
    centred = values - (p * values).sum()
    ordered, share = centred[order], p[order]
    below, moment = torch.stack([share, share * ordered]).cumsum(1)
    distances = torch.empty_like(centred)
    distances[order] = ordered * (2 * below - 1) - (2 * moment - moment[-1])
    return centred, distances


def _own_covariance(centred: Tensor, distances: Tensor, p: Tensor) -> tuple[Tensor, Tensor]:
    """Give dCov² of a variable with itself and the mean of its distances; the squares need no pairs."""
    mean = (p * distances).sum()
    return 2 * (p * centred**2).sum() - 2 * (p * distances**2).sum() + mean**2, mean


def _lower_in_both(groups: Tensor, starts: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """Add up values over the events with a lower score and a lower spectator.

    Args:
        groups: number of each event's score among the distinct ones, in the order of the spectator, shape (events,).
        starts: position of the first event of each group in the order of the score, shape (groups + 1,).
        values: shape (2, events), in the order of the spectator.

    Returns:
        the sums, shape (2, events), in the order of score, then spectator; and this order, shape (events,).
    """
    events = values.shape[1]
    position = torch.arange(events, device=values.device)
    order = position
    rows = torch.cat([values, torch.ones_like(values[:1]), torch.zeros_like(values)])
    last = len(starts) - 1
    for bit in reversed(range((last - 1).bit_length())):
        # Events are sorted by the higher bits of their group, and by the spectator where these are equal.
        lowest = groups >> (bit + 1) << (bit + 1)
        first = starts.index_select(0, lowest)
        middle = starts.index_select(0, (lowest + (1 << bit)).clamp_(max=last))
        upper = (groups >> bit) & 1
        share = upper.to(rows.dtype)
        masked = rows[:3] * (1 - share)
        running = masked.cumsum(1) - masked
        within = running - _chosen(running, first)
        rows[3:] += within[:2] * share
        # A stable partition of each block by this bit.
        zeros = within[2].long()
        target = torch.where(upper > 0, middle + position - first - zeros, first + zeros)
        moved = torch.empty_like(order).scatter_(0, target, position)
        order, groups = order.index_select(0, moved), groups.index_select(0, moved)
        rows = _chosen(rows, moved)
    return rows[3:], order
