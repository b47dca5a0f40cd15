"""Templates of another simulation of the same size: every event is there a Poisson number of times.

An event is there equally often under every shift and with every weight, so that
templates and their variations fluctuate together as they do where one simulation gives them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

from signedag.events.folds import uniform_by_event
from signedag.events.layout import NOMINAL
from signedag.events.store import WEIGHT, variation_column
from signedag.events.store_files import StoreFiles
from signedag.seeds import entropy
from signedag.statistics.filling import DOWN, SIDES, Alternatives, FilledRegion, Filling, SampleStore
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import BinIndices, Floats

Side = tuple[str, str]
"""A shift or weight variation, and `up` or `down`."""

_CUMULATIVE = poisson.cdf(np.arange(20), 1.0)  # the next one differs from 1 by less than a double can tell


def repetitions(event_numbers: NDArray[np.int64], salt: int) -> Floats:
    """Draw how often each event is there, shape (events,): Poisson numbers of mean 1.

    docs/physics.md, "Redrawn templates". They follow event numbers, whatever other events there are.

    >>> drawn = repetitions(np.arange(100_000), 1)
    >>> round(float(drawn.mean()), 1), round(float(drawn.var()), 1)
    (1.0, 1.0)
    """
    often: Floats = np.searchsorted(_CUMULATIVE, uniform_by_event(event_numbers, salt), side="right").astype(np.float64)
    return often


@dataclass(frozen=True, eq=False)
class FilledEvents:
    """The events of one sample under one shift that are in the region, and all that they fill."""

    sample: str
    process: str
    numbers: NDArray[np.int64]
    """Event numbers, shape (events,)."""
    indices: BinIndices
    nominal: Floats | None
    """Signed weights of the nominal template, shape (events,); `None` if these are shifted events."""
    sides: Mapping[Side, Floats]
    """Signed weights of alternative templates, shape (events,) each."""


def read_filled_events(
    events: StoreFiles, scores: StoreFiles, samples: Mapping[str, str], into: FilledRegion, alternatives: Alternatives
) -> list[FilledEvents]:
    """Read all events that fill templates; see `filling.fill_samples`.

    Raises:
        UserError: a store or column is missing, or a value is not finite.
    """
    read = []
    for sample, process in samples.items():
        store = SampleStore(events, scores, sample, NOMINAL)
        sides = {
            (name, side): store.weights(into, variation_column(name, side))
            for name in alternatives.variations_of(process)
            for side in SIDES
        }
        nominal = store.weights(into, WEIGHT)
        sides |= {(shift, DOWN): nominal for shift in alternatives.one_sided}
        read.append(FilledEvents(sample, process, store.event_numbers(into), store.bins(into), nominal, sides))
        for shift in alternatives.shifts:
            for side in alternatives.sides_of(shift):
                store = SampleStore(events, scores, sample, f"{shift}_{side}")
                weights = {(shift, side): store.weights(into, WEIGHT)}
                read.append(FilledEvents(sample, process, store.event_numbers(into), store.bins(into), None, weights))
    return read


def own_templates(filled: Sequence[FilledEvents], into: FilledRegion) -> RegionTemplates:
    """Give the templates of the simulation as it is."""
    return _templates(filled, into, [None] * len(filled))


def redrawn_templates(
    filled: Sequence[FilledEvents], into: FilledRegion, seed: int, *names: str | int
) -> RegionTemplates:
    """Give the templates of another simulation; docs/physics.md, "Redrawn templates".

    Args:
        filled: the events; those of one sample and number are one event, whatever the shift.
        into: region and bins.
        seed: the analysis seed.
        *names: what tells this simulation from others.
    """
    drawn = [repetitions(one.numbers, entropy(seed, "redrawn_templates", *names, one.sample)) for one in filled]
    return _templates(filled, into, drawn)


def _templates(filled: Sequence[FilledEvents], into: FilledRegion, often: Sequence[Floats | None]) -> RegionTemplates:
    filling = Filling(into)
    for one, repeated in zip(filled, often, strict=True):
        filling.start(one.process)
        if one.nominal is not None:
            filling.add(one.process, one.indices, one.indices.fill(one.nominal, repeated))
        for (variation, side), weights in one.sides.items():
            filling.add_side(one.process, variation, side, one.indices.fill(weights, repeated))
    return filling.templates()


def rebinned(region: RegionTemplates, edges: tuple[Floats, ...]) -> RegionTemplates:
    """Merge the bins of all templates of a region; see `Template.rebinned`.

    Raises:
        ValueError: an edge is none of the region's.
    """
    return RegionTemplates(
        region.region,
        edges,
        {process: template.rebinned(edges) for process, template in region.nominal.items()},
        {key: (up.rebinned(edges), down.rebinned(edges)) for key, (up, down) in region.variations.items()},
        None if region.data is None else region.data.rebinned(edges),
        region.observable,
    )
