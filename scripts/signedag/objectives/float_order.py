"""The order of floating-point numbers in a time that grows as their number: no comparisons, digits of their bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

BITS = 11
"""Of a digit: three make up a number of single precision, and the counts of one fit into the fastest memory."""


def bits_of(values: NDArray[np.floating]) -> NDArray[np.unsignedinteger]:
    """Give the bits of numbers of single or double precision as integers, in the same memory.

    >>> order_of_bits(bits_of(np.array([0.5, -2.0, 0.5, -3.0]))).tolist()
    [3, 1, 0, 2]
    """
    return values.view(np.uint32 if values.dtype == np.float32 else np.uint64)


@njit(cache=True)
def order_of_bits(bits: Any) -> Any:
    """Give the indices that sort numbers by their bits, shape (events,); equal ones stay in their order.

    By the lowest digit first, each time in the order of the digits before; several times as fast as by comparisons.
    """
    n, low = len(bits), np.uint64((1 << BITS) - 1)
    digits = (8 * bits.itemsize + BITS - 1) // BITS
    keys, sign = np.empty_like(bits), np.uint64(1) << np.uint64(8 * bits.itemsize - 1)
    counts = np.zeros((digits, low + 1), dtype=np.int64)
    for k in range(n):
        # Read as integers, numbers below zero are in reverse and above all others: turn these around, lift the others.
        own = np.uint64(bits[k])
        keys[k] = ~own if own > sign else own | sign  # -0, the sign alone, becomes 0
        own = np.uint64(keys[k])
        for digit in range(digits):
            counts[digit, own & low] += 1
            own >>= np.uint64(BITS)
    order, other = np.arange(n), np.empty(n, dtype=np.int64)
    for digit in range(digits):
        shift, place = np.uint64(BITS * digit), 0
        for lower in range(low + 1):
            here = counts[digit, lower]
            counts[digit, lower] = place
            place += here
        for position in range(n):
            k = order[position]
            value = (np.uint64(keys[k]) >> shift) & low
            other[counts[digit, value]] = k
            counts[digit, value] += 1
        order, other = other, order
    return order
