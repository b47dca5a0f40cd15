"""The combined score of a variant: the mean of the scores of its seeds, event by event."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from signedag.errors import UserError
from signedag.events.store import EventStore, open_stage
from signedag.identity import Identity
from signedag.metrics.scored_events import SCORE
from signedag.metrics.weighted_sample import Floats


def seeds_of_each_store(paths: Sequence[Path]) -> dict[Path, list[Path]]:
    """Sort the stores of several seeds by variant, sample and shift.

    Args:
        paths: the stores, `{variant}/seed{seed}/{sample}/{shift}.arrow`.

    Returns:
        one path per seed by the path of their mean, `{variant}/combined/{sample}/{shift}.arrow`.

    Raises:
        UserError: a file is named twice, or a sample and shift has not as many seeds as the others of its variant.
    """
    stores: dict[Path, list[Path]] = {}
    for path in paths:
        variant, _, sample, file = path.absolute().parts[-4:]
        stores.setdefault(Path(variant, "combined", sample, file), []).append(path)
    for name, own in stores.items():
        if len({path.resolve() for path in own}) < len(own):
            raise UserError(f"--scores: a file of {name} is named twice and would count double; name each seed once")
        seeds = max(len(others) for other, others in stores.items() if other.parts[0] == name.parts[0])
        if len(own) < seeds:
            raise UserError(
                f"--scores: {name} has {len(own)} seed(s), others have {seeds}; name the same seeds for all stores"
            )
    return stores


def scores_identity(path: Path) -> Identity:
    """Say what the scores at `{variant}/seed{seed}/{sample}/{shift}.arrow` should be.

    Raises:
        UserError: the path does not end so.
    """
    *_, variant, seed, sample, _ = ("", "", "", *path.absolute().parts)
    if not seed.startswith("seed"):
        raise UserError(f"{path}: is not {{variant}}/seed{{seed}}/{{sample}}/{{shift}}.arrow; give scores of a seed")
    return Identity.of("scores", variant=variant, seed=seed.removeprefix("seed"), sample=sample, shift=path.stem)


def mean_score(paths: Sequence[Path]) -> tuple[EventStore, dict[str, Floats]]:
    """Average the scores of the same events from several files.

    Args:
        paths: one store of scores per seed, all with the same rows.

    Returns:
        the first store, whose row key the result carries, and the mean of each column of scores, shape (rows,).

    Raises:
        UserError: a file is missing, its rows are not those of the first, or it lacks a column.
    """
    first = EventStore(paths[0], scores_identity(paths[0]))
    columns = [name for name in first.names if name.startswith(SCORE)]
    totals = {name: first.column(name).astype(np.float64) for name in columns}
    for path in paths[1:]:
        other = open_stage(path, first, scores_identity(path))
        for name in columns:
            totals[name] += other.column(name)
    return first, {name: total / len(paths) for name, total in totals.items()}
