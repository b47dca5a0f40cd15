"""The combined score of a variant: the mean of the scores of its seeds, event by event."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from signedag.errors import UserError
from signedag.events.store import EventStore, open_stage
from signedag.metrics.scored_events import SCORE
from signedag.metrics.weighted_sample import Floats


def seeds_of_each_store(paths: Sequence[Path]) -> dict[Path, list[Path]]:
    """Sort the stores of several seeds by sample and shift: `{sample}/{shift}.arrow` to one path per seed.

    Raises:
        UserError: a file is named twice, or a sample and shift has not as many seeds as the others.
    """
    stores: dict[Path, list[Path]] = {}
    for path in paths:
        stores.setdefault(Path(path.parent.name) / path.name, []).append(path)
    seeds = max(map(len, stores.values()))
    for name, own in stores.items():
        if len({path.resolve() for path in own}) < len(own):
            raise UserError(f"--scores: a file of {name} is named twice and would count double; name each seed once")
        if len(own) < seeds:
            raise UserError(
                f"--scores: {name} has {len(own)} seed(s), others have {seeds}; name the same seeds for all stores"
            )
    return stores


def mean_score(paths: Sequence[Path]) -> tuple[EventStore, dict[str, Floats]]:
    """Average the scores of the same events from several files.

    Args:
        paths: one store of scores per seed, all with the same rows.

    Returns:
        the first store, whose row key the result carries, and the mean of each column of scores, shape (rows,).

    Raises:
        UserError: a file is missing, its rows are not those of the first, or it lacks a column.
    """
    first = EventStore(paths[0])
    columns = [name for name in first.names if name.startswith(SCORE)]
    totals = {name: first.column(name).astype(np.float64) for name in columns}
    for path in paths[1:]:
        other = open_stage(path, first)
        for name in columns:
            totals[name] += other.column(name)
    return first, {name: total / len(paths) for name, total in totals.items()}
