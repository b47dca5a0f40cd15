"""Strategies whose training weight is a closed form of the event's own weight."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from signedag.errors import UserError


def simple_training_weight(strategy: str, signed_weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give training weights, shape (events,), that keep the sample's signed sum; docs/physics.md, "Strategies".

    >>> simple_training_weight("positive_only", np.array([2.0, 2.0, -1.0])).tolist()
    [1.5, 1.5, 0.0]

    `signed`, `paired` and `joint` hand the signed weights on (the latter two treat signs during training), `unit`
    ignores sign and size, `absolute` takes |w|, `positive_only` drops negative events; the last three are scaled to the
    signed sum.

    Raises:
        UserError: the signed sum is not positive, or no event has a positive weight.
    """
    if strategy in ("signed", "paired", "joint"):
        return signed_weight.copy()
    raw = {
        "unit": np.ones_like(signed_weight),
        "absolute": np.abs(signed_weight),
        "positive_only": np.maximum(signed_weight, 0.0),
    }[strategy]
    total, raw_total = math.fsum(signed_weight), math.fsum(raw)
    if total <= 0 or raw_total <= 0:
        raise UserError(
            f"strategy '{strategy}': the signed weights add up to {total:.6g}; a yield to keep must be positive"
        )
    return raw * (total / raw_total)
