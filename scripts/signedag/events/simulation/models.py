"""The simulation models by the name that the settings give them.

A model is a function `simulate(settings, rng, events)` that gives the branches of a signed Monte Carlo sample: branch
name → values of shape (events,). A branch of jagged records with fields a, b, ... becomes the branches `name_a`,
`name_b`, ... and a counter `nname`. Event numbers are added when the file is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from signedag.config.simulation import Simulation
from signedag.events.simulation import higgs_top, recoil, resonance_top

Branches = Mapping[str, NDArray[Any] | ak.Array]

MODELS: dict[str, Callable[..., Branches]] = {
    "recoil": recoil.simulate,
    "higgs_top": higgs_top.simulate,
    "resonance_top": resonance_top.simulate,
}


def simulate(settings: Simulation, rng: np.random.Generator, events: int) -> Branches:
    """Simulate signed Monte Carlo events with the model that `settings` name.

    Args:
        settings: the sample.
        rng: the random stream.
        events: number of events.

    Returns:
        branch name → values, shape (events,).
    """
    return MODELS[settings.model](settings, rng, events)
