"""Which events train, which decide when to stop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from signedag.errors import UserError


def check_fold(left_out: int, folds: int) -> None:
    """Check that a network leaves out a fold that exists.

    Raises:
        UserError: it would be trained on all events.
    """
    if not 0 <= left_out < folds:
        raise UserError(f"--fold {left_out}: the settings have the folds 0 to {folds - 1}; leave out one of them")


def training_and_validation(
    available: NDArray[np.bool_], validation_fraction: float, generator: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split the available events at random.

    Args:
        available: shape (events,), which events may be used at all (not of the fold that is left out).
        validation_fraction: share of them that validates.
        generator: the training's random stream.

    Returns:
        indices of the training and of the validation events, each sorted.

    Raises:
        UserError: too few events for both.
    """
    indices = generator.permutation(np.flatnonzero(available))
    validating = round(validation_fraction * len(indices))
    if not 0 < validating < len(indices):
        raise UserError(
            f"{len(indices)} events are too few to train on and to validate with (validation_fraction "
            f"{validation_fraction:g}); loosen the selection or simulate more events"
        )
    return np.sort(indices[validating:]), np.sort(indices[:validating])
