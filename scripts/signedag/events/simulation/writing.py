"""Simulated events as ROOT files: one TTree per file, jagged branches with their counter, as ntuples have them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot

from signedag.config.simulation import SimulateNtupleSettings, Simulation
from signedag.errors import UserError
from signedag.events.simulation import models, pseudo_data
from signedag.files import whole_or_nothing
from signedag.root_files import reproducible_root_file
from signedag.seeds import entropy, stream

TREE = "events"
BATCH_EVENTS = 50_000
FIRST_NUMBER_OF_PART = 1_000_000_000


def events_of_part(events: int, files: int, part: int) -> int:
    """Share events evenly among files; earlier files take the remainder.

    >>> [events_of_part(10, 3, part) for part in range(3)]
    [4, 3, 3]
    """
    return events // files + (part < events % files)


def write_ntuple(path: Path, settings: SimulateNtupleSettings, sample: str, part: int) -> int:
    """Simulate one file of a sample, or of pseudo-data.

    Event numbers count from `part` * 10^9 + 1. The bytes follow from settings, seed, sample and part alone. Memory
    holds one batch of events, or all pseudo-data of the part.

    Args:
        path: the ROOT file to make.
        settings: what to simulate.
        sample: the sample's name, which identifies its random stream.
        part: number of the file, from 0.

    Returns:
        the number of events.

    Raises:
        UserError: there is no such part, or the file could not be written.
    """
    files = settings.simulation.files if settings.simulation else settings.pseudo_data_files
    if not 0 <= part < files:
        raise UserError(f"--part {part}: sample '{sample}' has {files} file(s); parts count from 0 to {files - 1}")
    if settings.simulation is not None:
        batches = _simulated(settings.simulation, settings.seed, sample, part)
    else:
        assert settings.pseudo_data is not None
        batches = iter([pseudo_data.draw(settings.pseudo_data, settings.seed, part, files)])
    identity = uuid.UUID(int=entropy(settings.seed, "simulate_ntuple", sample, part))
    return _write(path, batches, part * FIRST_NUMBER_OF_PART + 1, identity)


def _simulated(simulation: Simulation, seed: int, sample: str, part: int) -> Iterator[models.Branches]:
    rng = stream(seed, "simulate_ntuple", sample, part)
    events = events_of_part(simulation.events, simulation.files, part)
    for start in range(0, max(events, 1), BATCH_EVENTS):
        yield models.simulate(simulation, rng, min(BATCH_EVENTS, events - start))


def _write(path: Path, batches: Iterator[models.Branches], first_number: int, identity: uuid.UUID) -> int:
    """Write batches to one tree; give the number of events."""
    events = 0
    with (
        whole_or_nothing(path) as temporary,
        reproducible_root_file(temporary, identity, uproot.LZ4(4)) as file,
    ):
        tree = None
        for batch in batches:
            rows = len(next(iter(batch.values())))
            numbers = np.arange(first_number + events, first_number + events + rows, dtype=np.int64)
            branches: dict[str, Any] = {"event": numbers, **batch}
            if tree is None:
                tree = file.mktree(TREE, {name: _branch_type(values) for name, values in branches.items()})
            if rows:
                tree.extend(branches)
            events += rows
    return events


def _branch_type(values: Any) -> Any:
    return values.type.content if isinstance(values, ak.Array) else values.dtype
