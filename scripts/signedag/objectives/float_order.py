"""The order of single-precision numbers in a time that grows as their number: no comparisons, digits of their bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

BITS = 11
"""Of a digit: three digits make up a number, and the counts of one fit into the fastest memory."""
DIGITS = 3


def sorting_order(values: NDArray[np.floating]) -> NDArray[np.int64]:
    """Give the indices that sort values, shape (events,); equal ones stay in their order.

    Single precision is sorted by its bits, several times as fast as by comparisons; other numbers by numpy.

    >>> sorting_order(np.array([0.5, -2.0, 0.5, -3.0], dtype=np.float32)).tolist()
    [3, 1, 0, 2]
    """
    if values.dtype != np.float32:
        return np.argsort(values, kind="stable")
    order: NDArray[np.int64] = _by_digits(np.require(values, np.float32, ("C", "W")).view(np.uint32))
    return order


@njit(cache=True)
def _by_digits(bits: Any) -> Any:
    """Sort by the lowest digit first, each time in the order of the digits before."""
    n, low = len(bits), (1 << BITS) - 1
    keys, sign = np.empty(n, dtype=np.uint32), np.uint32(0x80000000)
    counts = np.zeros((DIGITS, low + 1), dtype=np.int64)
    for k in range(n):
        # Read as integers, numbers below zero are in reverse and above all others: turn these around, lift the others.
        keys[k] = ~bits[k] if bits[k] > sign else bits[k] | sign  # -0, the sign alone, becomes 0
        for digit in range(DIGITS):
            counts[digit, (keys[k] >> np.uint32(BITS * digit)) & np.uint32(low)] += 1
    order, other = np.arange(n), np.empty(n, dtype=np.int64)
    for digit in range(DIGITS):
        place = 0
        for value in range(low + 1):
            here = counts[digit, value]
            counts[digit, value] = place
            place += here
        for position in range(n):
            k = order[position]
            value = (keys[k] >> np.uint32(BITS * digit)) & np.uint32(low)
            other[counts[digit, value]] = k
            counts[digit, value] += 1
        order, other = other, order
    return order
