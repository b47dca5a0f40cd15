"""Folds: which events a network is trained on, decided by the event number alone."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

# Any constants would do.
_INNER_PART_SALT = 0x696E70617274
_CALIBRATION_SALT = 0x63616C6962


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


def inner_part(event_number: NDArray[np.int64], parts: int) -> NDArray[np.int8]:
    """Give each event the inner part in which its training weights are cross-fitted, shape (events,), 0 to parts - 1.

    docs/physics.md, "Whose signs". A second hash on top of the one of `folds_and_halves`, so that every part of every
    fold has both calibration halves and an event keeps its part whatever the number of folds.

    >>> inner_part(np.arange(6), 3).tolist() == inner_part(np.arange(6)[::-1], 3)[::-1].tolist()
    True
    """
    return (_rehashed(event_number, _INNER_PART_SALT) % np.uint64(parts)).astype(np.int8)


def calibration_split(event_number: NDArray[np.int64], splits: int, repetition: int) -> NDArray[np.int8]:
    """Give each event its calibration split in one of several independent repetitions, shape (events,).

    Independent of fold, half and inner part.
    """
    return (_rehashed(event_number, _CALIBRATION_SALT + repetition) % np.uint64(splits)).astype(np.int8)


def uniform_by_event(event_number: NDArray[np.int64], salt: int) -> NDArray[np.float64]:
    """Draw a number in [0, 1) for each event, shape (events,), that depends on its event number and the salt alone.

    What is drawn for one event does not move when others are added, left out or change their signs.

    Args:
        event_number: shape (events,).
        salt: identifies the draw, from `signedag.seeds.entropy`.
    """
    drawn: NDArray[np.float64] = (_rehashed(event_number, salt) >> np.uint64(11)) * np.float64(2.0**-53)
    return drawn


def _rehashed(event_number: NDArray[np.int64], salt: int) -> NDArray[np.uint64]:
    return hashed((hashed(event_number) ^ np.uint64(salt)).view(np.int64))


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
