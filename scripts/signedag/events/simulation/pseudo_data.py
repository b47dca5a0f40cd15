"""Pseudo-data: events of all samples in random order, drawn from the physical densities without weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from signedag.config.simulation import PseudoDataComponent
from signedag.events.simulation import recoil
from signedag.seeds import stream


def draw(components: Mapping[str, PseudoDataComponent], seed: int, part: int, parts: int) -> dict[str, Any]:
    """Draw one part of the pseudo-data: of each component a Poisson number of events.

    Every component has its own random stream, so that changing one leaves the events of the others as they are.

    Args:
        components: the samples with their expected numbers of generated events in all parts together.
        seed: the analysis seed.
        part: number of the part, from 0.
        parts: how many parts there are.

    Returns:
        branch name → values, shape (events,).
    """
    drawn: list[dict[str, NDArray[Any] | ak.Array]] = []
    for name, component in components.items():
        rng = stream(seed, "simulate_ntuple", "data", part, name)
        events = int(rng.poisson(component.expected_events / parts))
        drawn.append(recoil.simulate(component.simulation, rng, events, signed=False))
    order = stream(seed, "simulate_ntuple", "data", part).permutation(sum(len(one["met"]) for one in drawn))
    mixed = {name: [one[name] for one in drawn] for name in drawn[0]}
    return {
        name: (ak.concatenate(pieces) if isinstance(pieces[0], ak.Array) else np.concatenate(pieces))[order]
        for name, pieces in mixed.items()
    }
