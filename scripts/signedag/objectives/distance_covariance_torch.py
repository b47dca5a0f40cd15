"""Weighted distance covariances of two variables and their gradients in torch operations, for GPUs.

The same sums as in `distance_covariance_cpu`. Sums over events that are lower in both variables come digit by digit of
the score's rank (`_lower_in_both`). float64 throughout.
"""

from __future__ import annotations

import torch
from torch import Tensor

Covariances = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]

LARGEST_BASE = 64
"""Events that are compared with each other at once."""
MOST_PAIRS = 1 << 18
"""Pairs of events in memory."""


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
    mass, order_m = torch.sort(spectator)
    # By score, then spectator; `rank` is the spectator's rank of each event in that order.
    ordered, rank = torch.sort(score.index_select(0, order_m), stable=True)
    share_m = weight.index_select(0, order_m)
    shares = torch.stack([share_m.index_select(0, rank), share_m]) / weight.sum()
    centred, distances = _mean_distances(torch.stack([ordered, mass]), shares)
    own, (mean_a, mean_b) = _own_covariances(centred, distances, shares)
    # From here on in the order of score, then spectator.
    p, s, a = shares[0], centred[0], distances[0]
    m, b = torch.stack([centred[1], distances[1]]).index_select(1, rank)
    rows = torch.stack([p, p * m, p * a, p * b])
    lower = _lower_in_both(rank, rows[:2])
    sums = torch.nn.functional.pad(rows.cumsum(1), (1, 0))
    starts, ties = _tied(ordered)
    below, upto = sums.index_select(1, starts[ties]), sums.index_select(1, starts[ties + 1])
    # Ties of the score are sorted by the spectator, so that those before an event are among the lower ones: running
    # sums within a group take them out again, and put in all pairs of the group.
    of_p, of_m = 4 * lower - 2 * sums[:2, 1:] - upto[:2] + below[:2]
    between = m * of_p - of_m - b
    both = below + upto
    sign, sign_a, sign_b = both[0] - 1, both[2] - mean_a, both[3] - mean_b
    joint = 2 * p * (between - (b - mean_b) * sign - sign_b)
    alone = 4 * p * (s - (p * s).sum() - (a - mean_a) * sign - sign_a)
    gradients = torch.empty_like(shares)
    gradients[:, order_m.index_select(0, rank)] = torch.stack([joint, alone])
    return (s * joint).sum(), own[0], own[1], gradients[0], gradients[1]


def _tied(ordered: Tensor) -> tuple[Tensor, Tensor]:
    """Number the distinct values of a sorted variable.

    Args:
        ordered: its values, sorted, shape (events,).

    Returns:
        position of the first value of each group and, at the end, of what would follow, shape (groups + 1,); and the
        group of each event, shape (events,).
    """
    new = torch.ones_like(ordered, dtype=torch.bool)
    new[1:] = ordered[1:] != ordered[:-1]
    starts = torch.nn.functional.pad(torch.nonzero(new)[:, 0], (0, 1), value=len(ordered))
    return starts, new.cumsum(0) - 1


def _mean_distances(ordered: Tensor, shares: Tensor) -> tuple[Tensor, Tensor]:
    """Give centred values and the mean distance of each event to all, Σ_j p_j |v_k - v_j|.

    Args:
        ordered: sorted values of some variables, shape (variables, events).
        shares: p of the events in each one's order, shape (variables, events).
    """
    centred = ordered - (shares * ordered).sum(1, keepdim=True)
    below, moment = torch.stack([shares, shares * centred]).cumsum(2)
    return centred, centred * (2 * below - 1) - (2 * moment - moment[:, -1:])


def _own_covariances(centred: Tensor, distances: Tensor, shares: Tensor) -> tuple[Tensor, Tensor]:
    """Give dCov² of each variable with itself and the mean of its distances; the squares need no pairs."""
    mean = (shares * distances).sum(1)
    return 2 * (shares * (centred.square() - distances.square())).sum(1) + mean.square(), mean


def _lower_in_both(ranks: Tensor, values: Tensor) -> Tensor:
    """Add up values over the events with a lower rank and a lower position.

    Positions have digits in the base F, ranks are compared in chunks of F: of two events, the highest digit in which
    their positions differ is found at one level, on which events are sorted by all higher digits and then by rank. Sums
    over the chunks before an event's are running sums of F numbers a chunk, those inside its chunk are products with F
    x F matrices of 0 and 1: F N operations a level for N = F^levels events.

    Args:
        ranks: a permutation of 0 to N - 1, shape (N,).
        values: shape (2, N), float64.

    Returns:
        the sums, shape (2, N).
    """
    events = ranks.shape[0]
    base, levels = _digits(events)
    padding = -events % base
    if padding:
        ranks = torch.cat([ranks, torch.arange(events, events + padding, device=ranks.device)])
        values = torch.nn.functional.pad(values, (0, padding))
    places = torch.arange(ranks.shape[0], device=ranks.device)
    pairs = _Pairs(places.shape[0] // base, base, values)
    chunks = ranks.to(values.dtype).view(-1, base)
    result = _in_order(pairs.added_where_lower(chunks, chunks, _by_chunk(values, base), earlier=True))
    for level in range(1, levels):
        block = base ** (level + 1)
        order = torch.empty_like(ranks)
        if block < places.shape[0]:
            order = torch.argsort(places.div(block, rounding_mode="floor") * places.shape[0] + ranks)
        else:
            order[ranks] = places
        digits = order.div(base**level, rounding_mode="floor").remainder_(base).view(-1, base)
        keys, by_chunk = digits.to(values.dtype), _by_chunk(values.index_select(1, order), base)
        inside = pairs.added_where_lower(keys, keys, by_chunk, earlier=True)
        lower = pairs.added_where_lower(places[:base].to(values.dtype).expand(keys.shape), keys, by_chunk)
        before = lower.cumsum(0).sub_(lower)
        if block < places.shape[0]:
            per_block = block // base
            before -= before[::per_block].repeat_interleave(per_block, 0)[: before.shape[0]]
        inside += before.gather(2, digits.unsqueeze(1).expand(-1, 2, -1))
        moved = torch.empty_like(result)
        moved[:, order] = _in_order(inside)
        result += moved
    return result[:, :events]


class _Pairs:
    """Pairs of events of a chunk, in a matrix of 0 and 1 for each of some chunks; its memory is claimed once.

    Args:
        chunks: how many there are.
        base: events of each.
        like: a tensor of the numbers' type and device.
    """

    def __init__(self, chunks: int, base: int, like: Tensor) -> None:
        self._at_once = max(1, min(chunks, MOST_PAIRS // base**2))
        self._matrices = torch.empty(self._at_once, base, base, dtype=like.dtype, device=like.device)
        self._earlier = torch.ones_like(self._matrices[0]).triu(1)

    def added_where_lower(self, keys: Tensor, others: Tensor, values: Tensor, earlier: bool = False) -> Tensor:
        """Add up each chunk's values where another event's key is lower than a key.

        Args:
            keys: shape (chunks, base).
            others: shape (chunks, base).
            values: shape (chunks, rows, base).
            earlier: whether others count only if they stand before.

        Returns:
            shape (chunks, rows, base).
        """
        parts = []
        for key, other, value in zip(*(torch.split(one, self._at_once) for one in (keys, others, values)), strict=True):
            lower = self._matrices[: key.shape[0]]
            torch.lt(other.unsqueeze(2), key.unsqueeze(1), out=lower)
            if earlier:
                lower *= self._earlier
            parts.append(torch.matmul(value, lower))
        return parts[0] if len(parts) == 1 else torch.cat(parts)


def _by_chunk(values: Tensor, base: int) -> Tensor:
    """Cut rows into chunks, shape (chunks, rows, base)."""
    return values.view(values.shape[0], -1, base).transpose(0, 1).contiguous()


def _in_order(chunks: Tensor) -> Tensor:
    """Join the chunks of rows, shape (rows, events)."""
    return chunks.transpose(0, 1).reshape(chunks.shape[1], -1)


def _digits(events: int) -> tuple[int, int]:
    """Give the smallest base, and the number of digits in it, that positions of events have."""
    levels = 1
    while LARGEST_BASE**levels < events:
        levels += 1
    base = max(2, round(events ** (1 / levels)))
    while base**levels < events:
        base += 1
    return base, levels
