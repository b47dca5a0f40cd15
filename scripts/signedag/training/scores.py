"""Scores as columns: one of a binary classifier, one per class of a classifier of several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from signedag.config.classifier import ScoreEventsSettings
from signedag.errors import UserError
from signedag.events.store import FOLD, EventStore
from signedag.networks.saved import SavedNetworks, cross_evaluate

SCORE = "score"


def score_columns(
    shares: NDArray[np.float64], classes: Sequence[str], signal_classes: Sequence[str]
) -> dict[str, NDArray[np.float64]]:
    """Give the columns of the score store.

    Args:
        shares: what the networks give: shape (events,), or (events, classes) with rows that add up to one.
        classes: names of the classes, in the order of the outputs; none for a binary classifier.
        signal_classes: those whose shares add up to the score.

    Raises:
        UserError: the networks have another number of outputs than there are classes.

    >>> score_columns(np.array([[0.5, 0.3, 0.2]]), ["zh", "vh", "tt"], ["zh", "vh"])["score"].tolist()
    [0.8]
    """
    if shares.ndim == 1 and not classes:
        return {SCORE: shares}
    if shares.ndim == 1 or shares.shape[1] != len(classes):
        outputs = 1 if shares.ndim == 1 else shares.shape[1]
        raise UserError(
            f"the networks have {outputs} outputs, the variant has the classes {', '.join(classes) or '(two)'}; "
            "train them again with these settings"
        )
    columns = {f"{SCORE}_{name}": shares[:, index].copy() for index, name in enumerate(classes)}
    return {SCORE: np.sum([columns[f"{SCORE}_{name}"] for name in signal_classes], axis=0), **columns}


def scored(
    models: Sequence[SavedNetworks], events: EventStore, settings: ScoreEventsSettings
) -> dict[str, NDArray[np.float64]]:
    """Score each event by the networks that were not trained on its fold, the mean of an ensemble.

    docs/physics.md, "Parametric networks", where they are conditioned on parameters; columns of events among these are
    each event's own.

    Args:
        models: one per fold.
        events: the events of a sample and shift.
        settings: names of the classes; or the points at which a classifier that is conditioned on parameters is asked,
            whose score is the largest of the scores at them.

    Returns:
        the columns of the score store, shape (events.rows,) each.

    Raises:
        UserError: folds, networks and events do not fit together, or a score is not a number.
    """
    features, folds = events.matrix(models[0].event_columns), events.column(FOLD)
    if settings.points:
        by_point = {
            f"{SCORE}_{process}": cross_evaluate(models, features, folds, point).mean(axis=0)
            for process, point in settings.points.items()
        }
        return {SCORE: np.max(list(by_point.values()), axis=0), **by_point}
    shares = cross_evaluate(models, features, folds).mean(axis=0)
    return score_columns(shares, settings.classes, settings.signal_classes)
