"""A worse resolution of jets: random factors on their momenta that belong to event and jet alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from signedag.events.dijet import Floats, JetsAndMissing
from signedag.events.folds import uniform_by_event


def smearing(given: JetsAndMissing, event_number: NDArray[np.int64], width: float, salt: int) -> Floats:
    """Give a factor for each jet, 1 on average; docs/physics.md, "Dijet observables".

    An event's factors are the same in every chunk, file and order.

    Args:
        given: jets of the events.
        event_number: shape (events,).
        width: standard deviation of the factors; far below 1, as momenta stay positive.
        salt: identifies the draw, from `signedag.seeds.entropy`.

    Returns:
        shape (jets,), at least 0.
    """
    starts = np.cumsum(given.counts) - given.counts
    place = np.arange(given.pt.size) - np.repeat(starts, given.counts)
    factors = np.ones(given.pt.size)
    for number in range(int(given.counts.max(initial=0))):
        jets = place == number
        drawn = uniform_by_event(event_number[given.event_of_jet[jets]], salt + number)
        # 0 is drawn too, where the Gaussian would be at minus infinity
        factors[jets] += width * ndtri(np.maximum(drawn, 2.0**-54))
    return np.maximum(factors, 0.0)
