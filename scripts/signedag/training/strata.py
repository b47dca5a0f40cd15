"""Strata of a training: which groups of events a batch holds fixed numbers of, and how many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from signedag.config.drawing import StrataKind


@dataclass(frozen=True)
class Strata:
    """Groups of events; each event is in one."""

    of_event: NDArray[np.int64]
    """Number of each event's stratum, shape (events,)."""
    shares: NDArray[np.float64]
    """Each one's share of a batch, shape (strata,); they add up to one."""
    classes: NDArray[np.int64]
    """Each one's class, shape (strata,)."""

    def class_shares(self) -> NDArray[np.float64]:
        """Give the share of a batch that the class of each stratum has, shape (strata,)."""
        of_class = np.bincount(self.classes, self.shares).astype(np.float64)
        total: NDArray[np.float64] = of_class[self.classes]
        return total


def strata_of(classes: NDArray[np.integer], processes: NDArray[np.integer], kind: StrataKind) -> Strata:
    """Give the strata of events; docs/physics.md, "Weights of a training".

    Args:
        classes: each event's class, shape (events,); 1 is signal, where there are two.
        processes: each event's process, shape (events,); a signal of several masses has a process for each.
        kind: `class` and `process` give each an equal share; `background` (or `signal`) keeps the share that the class
            has of the events and divides it equally among its processes, and leaves the other class alone; `full`
            gives each class an equal share, and inside it each process.
    """
    apart = {
        "class": np.zeros(len(classes), dtype=bool),
        "process": np.ones(len(classes), dtype=bool),
        "background": classes != 1,
        "signal": classes == 1,
        "full": np.ones(len(classes), dtype=bool),
    }[kind]
    keys = np.stack([classes.astype(np.int64), np.where(apart, processes.astype(np.int64), -1)])
    found, of_event = np.unique(keys, axis=1, return_inverse=True)
    own = found[0]
    if kind in ("class", "process"):
        shares = np.full(len(own), 1 / len(own))
    else:
        counts = np.bincount(classes.astype(np.int64)).astype(np.float64)
        if kind == "full":
            counts = np.sign(counts)
        shares = (counts / counts.sum() / np.maximum(np.bincount(own), 1))[own]
    return Strata(of_event.reshape(-1).astype(np.int64), shares, own)
