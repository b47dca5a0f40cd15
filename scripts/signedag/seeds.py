"""Random streams: one per (analysis seed, stage, wildcard values), independent of order and machine."""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Give the random generator that belongs to one job of the workflow.

    Args:
        seed: the analysis seed.
        names: the stage's name and its wildcard values, e.g. `"train_classifier", "cross_entropy", 3, 0`.

    >>> a = stream(1, "train", "tt", 0).integers(1000)
    >>> bool(a == stream(1, "train", "tt", 0).integers(1000))
    True
    """
    return np.random.default_rng(entropy(seed, *names))


def entropy(seed: int, *names: str | int) -> int:
    """Give a 63-bit integer that identifies one job of the workflow (for libraries that want an integer seed)."""
    text = "\x1f".join(str(item) for item in (seed, *names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
