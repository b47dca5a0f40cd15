"""Event stores that tests write and read: what a store is follows from its path, as in the workflow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from signedag.events.store import Columns, EventStore, open_stage, write_stage, write_store
from signedag.events.store_files import events_identity
from signedag.identity import Identity


def said_identity(path: Path) -> Identity:
    """Read what a store says it is."""
    with pa.OSFile(str(path)) as file:
        metadata = pa.ipc.open_file(file).schema.metadata
    return Identity.read(json.loads(metadata[b"identity"]))


def opened(path: Path) -> EventStore:
    """Open a store for whatever it says it is."""
    return EventStore(path, said_identity(path))


def opened_stage(path: Path, events: EventStore, rows: NDArray[np.bool_] | None = None) -> EventStore:
    """Open a stage's store for whatever it says it is."""
    return open_stage(path, events, said_identity(path), rows)


def write_events(path: Path, columns: Columns, provenance: Mapping[str, str] | None = None) -> None:
    """Write the events of a sample and shift, or the truth: `{sample}/{shift}.arrow`."""
    write_store(path, columns, provenance or {}, events_identity(path))


def write_scores(
    path: Path,
    events: EventStore,
    columns: Columns,
    provenance: Mapping[str, str] | None = None,
    variant: str = "plain",
) -> None:
    """Write the scores of events: `seed{seed}/{sample}/{shift}.arrow`, or combined ones in any other folder."""
    place = path.parents[1].name
    names = {**events.identity.names, "variant": variant}
    if place.startswith("seed"):
        identity = Identity.of("scores", seed=place.removeprefix("seed"), **names)
    else:
        identity = Identity.of("combined scores", **names)
    write_stage(path, events, columns, provenance or {}, identity)


def write_weights(
    path: Path, events: EventStore, columns: Columns, fold: int, rows: NDArray[np.bool_], strategy: str = "transformed"
) -> None:
    """Write the training weights of events outside a fold."""
    identity = Identity.of("training weights", strategy=strategy, sample=events.sample, fold=fold)
    write_stage(path, events, columns, {}, identity, rows)
