"""Folds: which events a network is trained on, decided by the event number alone."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray


def hashed(event_number: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Scramble event numbers, shape (events,): the finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    with np.errstate(over="ignore"):
        z = event_number.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def folds_and_halves(event_number: NDArray[np.int64], folds: int) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Give each event its fold and its calibration half; docs/physics.md, "Folds".

    An event keeps both under every shift, in every order of samples and on every machine. The two use different bits
    of one hash, so that each fold has both halves in equal shares.

    Args:
        event_number: shape (events,).
        folds: number of folds.

    Returns:
        fold (0 to folds - 1) and calibration half (0 or 1), each of shape (events,).
    """
    scrambled = hashed(event_number)
    fold = (scrambled & np.uint64((1 << 63) - 1)) % np.uint64(folds)
    return fold.astype(np.int8), (scrambled >> np.uint64(63)).astype(np.int8)


def counted_event_numbers(file_identity: str, start: int, stop: int) -> NDArray[np.int64]:
    """Number the entries of one file where the ntuple has no event numbers.

    They count from a number below 2^62 that is a hash of the file's own identity (the UUID in its header), not of its
    place in a list: an event keeps its number, and hence its fold, when files are added, moved or renamed. A file that
    is made anew is another file.

    Args:
        file_identity: the file's UUID.
        start: first entry.
        stop: one past the last entry.

    >>> numbers = counted_event_numbers("45ca03fe-e650-11f1-80ad-02fc00000001", 3, 5)
    >>> (numbers - first_counted_number("45ca03fe-e650-11f1-80ad-02fc00000001")).tolist()
    [3, 4]
    """
    return first_counted_number(file_identity) + np.arange(start, stop, dtype=np.int64)


def first_counted_number(file_identity: str) -> int:
    """Give the number of a file's first entry where the ntuple has no event numbers."""
    return int.from_bytes(hashlib.sha256(file_identity.encode()).digest()[:8], "big") >> 2
