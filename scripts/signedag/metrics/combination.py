"""The combined score of a variant: the mean of the scores of its seeds, event by event."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from signedag.errors import UserError
from signedag.events.store import EventStore, open_stage
from signedag.metrics.scored_events import SCORE
from signedag.metrics.weighted_sample import Floats


def shared_shifts(folders: Sequence[Path]) -> list[str]:
    """Give the file names of the shifts, sorted, that every folder of scores holds.

    Raises:
        UserError: a folder is named twice, holds no scores, or lacks or adds a shift.
    """
    if len({folder.resolve() for folder in folders}) != len(folders):
        raise UserError("--scores-folders: a folder is named twice and would count double; name each seed once")
    shifts = {folder: {path.name for path in folder.glob("*.arrow")} for folder in folders}
    expected = shifts[folders[0]]
    if not expected:
        raise UserError(f"{folders[0]}: holds no scores (*.arrow); run score_events for this seed first")
    for folder, names in shifts.items():
        different = sorted(names ^ expected)
        if different:
            raise UserError(
                f"{folder}: its shifts are not those of {folders[0]}: {', '.join(different)} is only in one of them; "
                "run score_events for both with the same shifts"
            )
    return sorted(expected)


def mean_score(paths: Sequence[Path]) -> tuple[EventStore, Floats]:
    """Average the scores of the same events from several files.

    Args:
        paths: one store of scores per seed, all with the same rows.

    Returns:
        the first store, whose row key the result carries, and the mean score, shape (rows,).

    Raises:
        UserError: a file is missing or its rows are not those of the first.
    """
    first = EventStore(paths[0])
    total = first.column(SCORE).astype(np.float64)
    for path in paths[1:]:
        total += open_stage(path, first).column(SCORE)
    return first, total / len(paths)
