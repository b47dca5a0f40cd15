"""Numbers of any type as one arithmetic: float64, and exact where integers are larger than float64 holds.

Booleans count as 0 and 1. NumPy by itself adds booleans as a logical or, computes functions of them in half precision,
and compares an integer above 2^53, such as an event number, with a rounded one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.errors import UserError

EXACT = 2**53
"""Integers up to this size are float64 numbers."""
_LOW = 0xFFFFFFFF
"""The lower half of a 64-bit integer."""


def beyond_float64(values: NDArray[Any]) -> bool:
    """Tell whether values of any shape are integers of which float64 may lack some."""
    if values.dtype.kind not in "iu" or values.dtype.itemsize < 8 or values.size == 0:
        return False
    return bool(values.max() > EXACT) or bool(values.min() < -EXACT)


def as_numbers(values: NDArray[Any], what: str) -> NDArray[np.float64]:
    """Give values of any type and shape as float64.

    Args:
        what: what they are, for messages.

    Raises:
        UserError: there are integers above 2^53, which float64 would round.

    >>> as_numbers(np.array([True, False]), "flags")
    array([1., 0.])
    """
    if beyond_float64(values):
        raise UserError(
            f"{what} has integers above 2^53, which would be rounded; comparisons and % take them as they are"
        )
    return _float64(values)


def _float64(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)


def remainder(dividend: NDArray[Any], divisor: NDArray[Any], what: str = "%") -> NDArray[Any]:
    """Give the remainder with the sign of the divisor, NaN where the divisor is zero.

    Args:
        dividend, divisor: of any type, shapes that broadcast.
        what: the expression, for messages.

    Returns:
        float64; int64 or uint64 where an integer above 2^53 takes part, and no divisor is zero.

    Raises:
        UserError: an integer above 2^53 meets a number that is none, or a negative one meets one above 2^63.

    >>> remainder(np.array([2**60 + 1]), np.array(2))
    array([1])
    """
    if not (beyond_float64(dividend) or beyond_float64(divisor)):
        return np.asarray(np.mod(_float64(dividend), _float64(divisor)))
    common = _common_integers(dividend, divisor)
    if common is None:
        raise UserError(f"{what}: the remainder of integers above 2^53 needs integers of the same sign on both sides")
    first, second = (np.asarray(values).astype(common) for values in (dividend, divisor))
    zero = second == 0
    rest = np.mod(first, np.where(zero, 1, second))
    return np.where(zero, np.nan, as_numbers(rest, "a remainder")) if zero.any() else np.asarray(rest)


def _common_integers(first: NDArray[Any], second: NDArray[Any]) -> type[np.int64] | type[np.uint64] | None:
    """Give an integer type that holds both, if there is one."""
    both = (first, second)
    if any(values.dtype.kind == "f" for values in both):
        return None
    if all(values.dtype.kind != "u" or values.size == 0 or values.max() < 2**63 for values in both):
        return np.int64
    return np.uint64 if all(values.dtype.kind != "i" or (values >= 0).all() for values in both) else None


def compared(comparison: Callable[[Any, Any], Any], left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.bool_]:
    """Compare values of any type by what they are, without rounding; shapes broadcast.

    Args:
        comparison: one of NumPy's, such as `numpy.less`.

    >>> compared(np.equal, np.array([2**53 + 1]), np.array(2.0**53))
    array([False])
    """
    exact_left, exact_right = beyond_float64(left), beyond_float64(right)
    if (exact_left or exact_right) and "f" not in (left.dtype.kind, right.dtype.kind):
        return np.asarray(comparison(left, right))  # NumPy compares integers of any type exactly
    if exact_left:
        return np.asarray(comparison(*_told_apart(left, _float64(right))))
    if exact_right:
        integers, numbers = _told_apart(right, _float64(left))
        return np.asarray(comparison(numbers, integers))
    return np.asarray(comparison(_float64(left), _float64(right)))


def _told_apart(integers: NDArray[Any], numbers: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Give two float64 arrays that compare as integers and numbers do.

    Rounding keeps the order, so it hides a difference only where the rounded integer is the number; there what
    was rounded off, which the two halves of the integer give exactly, is compared with 0.
    """
    rounded = integers.astype(np.float64)
    high = (integers >> 32).astype(np.float64) * 2.0**32
    rounded_off = (high - rounded) + (integers & _LOW).astype(np.float64)
    same = rounded == numbers
    return np.where(same, rounded_off, rounded), np.where(same, 0.0, numbers)
