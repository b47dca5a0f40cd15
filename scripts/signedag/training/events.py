"""The events that a classifier is trained on: all samples of both classes, in one region, outside one fold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from signedag.errors import UserError
from signedag.events.layout import events_path, training_weights_path
from signedag.events.store import FOLD, WEIGHT, EventStore, open_stage, region_column


@dataclass(frozen=True)
class TrainingEvents:
    """Events of both classes, one row each."""

    features: NDArray[np.float32]
    """Shape (events, inputs)."""
    is_signal: NDArray[np.bool_]
    """Shape (events,)."""
    signed_weight: NDArray[np.float64]
    """Shape (events,)."""
    training_weight: NDArray[np.float64]
    """Shape (events,)."""

    def where(self, chosen: NDArray[np.bool_]) -> TrainingEvents:
        """Give the events for which `chosen`, shape (events,), is true."""
        return TrainingEvents(
            self.features[chosen], self.is_signal[chosen], self.signed_weight[chosen], self.training_weight[chosen]
        )


def load_region_events(
    events_folder: Path,
    samples: Mapping[bool, Sequence[str]],
    inputs: Sequence[str],
    region: str,
    weights_folder: Path | None = None,
) -> tuple[TrainingEvents, NDArray[np.int8]]:
    """Load all events of both classes that are in the region, and their folds.

    Args:
        events_folder: holds `{sample}/nominal.arrow`.
        samples: for signal (True) and background (False), the samples.
        inputs: feature columns.
        region: the region's name.
        weights_folder: holds `{sample}/training_weights.arrow` of one strategy; without it training weights are |w|.

    Returns:
        the events and each one's fold, shape (events,).

    Raises:
        UserError: a class has no event in the region.
    """
    features, is_signal, signed, training, folds = [], [], [], [], []
    for signal, names in samples.items():
        found = 0
        for name in names:
            events = EventStore(events_path(events_folder, name))
            chosen = events.column(region_column(region))
            features.append(events.matrix(inputs)[chosen])
            signed.append(events.column(WEIGHT)[chosen])
            folds.append(events.column(FOLD)[chosen])
            if weights_folder is None:
                training.append(np.abs(signed[-1]))
            else:
                weights = open_stage(training_weights_path(weights_folder, name), events)
                training.append(weights.column("training_weight")[chosen])
            is_signal.append(np.full(int(chosen.sum()), signal))
            found += int(chosen.sum())
        if found == 0:
            role = "signal" if signal else "background"
            raise UserError(
                f"region '{region}': no {role} event of {', '.join(names)}; "
                "loosen the region's selection or simulate more events"
            )
    loaded = TrainingEvents(*(np.concatenate(parts) for parts in (features, is_signal, signed, training)))
    return loaded, np.concatenate(folds)


def load_training_events(
    events_folder: Path,
    weights_folder: Path,
    samples: Mapping[bool, Sequence[str]],
    inputs: Sequence[str],
    region: str,
    left_out_fold: int,
) -> TrainingEvents:
    """Load the events of both classes that are in the region and outside the fold; see `load_region_events`.

    Raises:
        UserError: a class has no event in the region outside the fold.
    """
    events, fold = load_region_events(events_folder, samples, inputs, region, weights_folder)
    used = fold != left_out_fold
    for signal in samples:
        if not np.any(events.is_signal[used] == signal):
            role = "signal" if signal else "background"
            raise UserError(
                f"region '{region}': no {role} event of {', '.join(samples[signal])} outside fold {left_out_fold}; "
                "loosen the region's selection or simulate more events"
            )
    return events.where(used)


def class_scale(events: TrainingEvents, balance: str) -> NDArray[np.float64]:
    """Give the factor of each event's weights that brings their mean to one.

    `class`: the training weights of each class add up to half the number of events. `none`: one factor for all.

    Args:
        events: the events.
        balance: `class` or `none`.

    Returns:
        shape (events,).

    Raises:
        UserError: a class's training weights do not have a positive sum.
    """
    scale = np.empty(len(events.is_signal))
    groups = [events.is_signal, ~events.is_signal] if balance == "class" else [np.full(len(scale), True)]
    for group in groups:
        total = math.fsum(events.training_weight[group])
        if total <= 0:
            raise UserError(
                f"the training weights of a class add up to {total:.6g}; use a strategy that keeps a positive yield"
            )
        scale[group] = len(scale) / len(groups) / total
    return scale
