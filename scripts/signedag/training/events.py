"""The events that a classifier is trained on: the samples of all classes, in one region, outside one fold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.config.drawing import MiniBatch
from signedag.errors import UserError
from signedag.events.layout import NOMINAL
from signedag.events.store import FOLD, WEIGHT, EventStore, open_stage, region_column
from signedag.events.without_fold import rows_without_fold, signed_weight_without_fold
from signedag.identity import Identity
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, TRAINING_WEIGHT
from signedag.training.strata import strata_of

PROCESS = "process"
"""Number of the event's process, in the order of the names."""


@dataclass(frozen=True)
class TrainingEvents:
    """Events of all classes, one row each."""

    features: NDArray[np.float32]
    """Shape (events, inputs)."""
    columns: Mapping[str, NDArray[Any]]
    """Shape (events,) each: class and process (integers), training and signed weight (float64), and further columns
    that terms or networks need."""

    def __len__(self) -> int:
        return len(self.features)

    def where(self, chosen: NDArray[Any]) -> TrainingEvents:
        """Give the chosen events: a mask of shape (events,), or indices."""
        return TrainingEvents(self.features[chosen], {name: values[chosen] for name, values in self.columns.items()})

    def summary(self, names: Sequence[str]) -> str:
        """Say how many events each class has.

        Args:
            names: the classes' names, in the order of their numbers.
        """
        counts = np.bincount(self.columns[CLASS], minlength=len(names))
        return ", ".join(f"{count} {name} events" for name, count in zip(names, counts, strict=True))


@dataclass(frozen=True)
class Request:
    """Which events to load, and what of them."""

    classes: Mapping[str, Sequence[str]]
    """Class to samples; a class's number is its position."""
    processes: Mapping[str, str]
    """Sample to process."""
    inputs: Sequence[str]
    """Feature columns."""
    region: str
    """The region's name."""
    strategy: str
    """The negative-weight strategy that made the training weights."""
    more_columns: Sequence[str] = ()
    """Further stored columns to keep."""


def by_sample(paths: Sequence[Path], samples: Sequence[str], option: str) -> dict[str, Path]:
    """Give each sample's file: its folder has the sample's name.

    Raises:
        UserError: a sample has no file or two.
    """
    given: dict[str, Path] = {}
    for path in paths:
        name = path.parent.name
        if name in given:
            raise UserError(f"{option}: {given[name]} and {path} are both of sample '{name}'; give one file per sample")
        given[name] = path
    for name in samples:
        if name not in given:
            raise UserError(f"{option}: no file of sample '{name}'; give a file in a folder of that name")
    return given


def load_training_events(
    request: Request, events: Sequence[Path], weights: Sequence[Path] | None, left_out_fold: int
) -> TrainingEvents:
    """Load the events in the region and outside the fold; nothing depends on a sign inside the fold.

    Args:
        request: which events, and what of them.
        events: each sample's nominal events, `{sample}/nominal.arrow`.
        weights: each sample's training weights of the events outside the fold, `{sample}/without_fold{fold}.arrow`;
            training weights are |w| if left out.
        left_out_fold: the fold to leave out.

    Raises:
        UserError: a class has no event in the region outside the fold, or a file is missing or does not fit.
    """
    samples = [name for names in request.classes.values() for name in names]
    events_of = by_sample(events, samples, "--events")
    weights_of = None if weights is None else by_sample(weights, samples, "--weights")

    def loaded(name: str) -> tuple[EventStore, NDArray[np.bool_], dict[str, NDArray[np.float64]]]:
        store = EventStore(events_of[name], Identity.of("events", sample=name, shift=NOMINAL))
        outside = rows_without_fold(store, left_out_fold)
        inside_region = store.column(region_column(request.region))
        signed = signed_weight_without_fold(store, left_out_fold)
        if weights_of is None:
            training = np.abs(signed)
        else:
            expected = Identity.of("training weights", strategy=request.strategy, sample=name, fold=left_out_fold)
            training = open_stage(weights_of[name], store, expected, outside).column(TRAINING_WEIGHT)
        kept = inside_region[outside]
        return store, outside & inside_region, {SIGNED_WEIGHT: signed[kept], TRAINING_WEIGHT: training[kept]}

    return _joined(request, loaded, f" outside fold {left_out_fold}")


def load_region_events(request: Request, events: Sequence[Path]) -> tuple[TrainingEvents, NDArray[np.int8]]:
    """Load all events in the region, with |w| as training weights, and their folds.

    Args:
        request: which events, and what of them.
        events: each sample's nominal events, `{sample}/nominal.arrow`.

    Returns:
        the events and each one's fold, shape (events,).

    Raises:
        UserError: a class has no event in the region.
    """
    events_of = by_sample(events, [name for names in request.classes.values() for name in names], "--events")

    def loaded(name: str) -> tuple[EventStore, NDArray[np.bool_], dict[str, NDArray[Any]]]:
        store = EventStore(events_of[name], Identity.of("events", sample=name, shift=NOMINAL))
        chosen = store.column(region_column(request.region))
        signed = store.column(WEIGHT)[chosen]
        own = {SIGNED_WEIGHT: signed, TRAINING_WEIGHT: np.abs(signed), FOLD: store.column(FOLD)[chosen]}
        return store, chosen, own

    everything = _joined(request, loaded, "")
    return everything, everything.columns[FOLD]


def _joined(request: Request, loaded: Any, where: str) -> TrainingEvents:
    """Put the samples of all classes together, class by class.

    Args:
        request: which events, and what of them.
        loaded: gives a sample's store, the mask of its chosen rows, and columns of these.
        where: what limits the choice beside the region, for messages.
    """
    names = sorted(set(request.processes.values()))
    features: list[NDArray[np.float32]] = []
    columns: dict[str, list[NDArray[Any]]] = {}
    for number, (class_name, samples) in enumerate(request.classes.items()):
        count = 0
        for name in samples:
            store, chosen, own = loaded(name)
            rows = int(chosen.sum())
            features.append(store.matrix(request.inputs)[chosen])
            own |= {
                CLASS: np.full(rows, number, dtype=np.int8),
                PROCESS: np.full(rows, names.index(request.processes[name]), dtype=np.int16),
            } | {column: store.column(column)[chosen] for column in request.more_columns}
            for column, values in own.items():
                columns.setdefault(column, []).append(values)
            count += rows
        if count == 0:
            raise UserError(
                f"region '{request.region}': no {class_name} event of {', '.join(samples)}{where}; "
                "loosen the region's selection or simulate more events"
            )
    return TrainingEvents(
        np.concatenate(features), {column: np.concatenate(parts) for column, parts in columns.items()}
    )


def weight_scale(events: TrainingEvents, batch: MiniBatch) -> NDArray[np.float64]:
    """Give the factor of each event's weights that brings their mean to one; docs/physics.md, "Weights of a training".

    With `balance: class` the training weights of each class add up to the same; with `none` one factor serves all.
    Where batches are stratified, each stratum's mean weight is one before, so that how often it is drawn decides how
    much it counts, and classes are balanced as they are drawn.

    Args:
        events: the events.
        batch: how batches are drawn.

    Returns:
        shape (events,).

    Raises:
        UserError: a class's or stratum's training weights do not have a positive sum.
    """
    weight, classes = events.columns[TRAINING_WEIGHT], events.columns[CLASS]
    scale = np.empty(len(events))
    if batch.drawing == "stratified":
        strata = strata_of(classes, events.columns[PROCESS], batch.strata)
        of_class = strata.class_shares() * len(np.unique(strata.classes))
        for stratum, share in enumerate(of_class):
            group = strata.of_event == stratum
            scale[group] = _unit_mean(weight[group]) / (share if batch.balance == "class" else 1.0)
        return scale
    groups = [classes == one for one in np.unique(classes)] if batch.balance == "class" else [np.full(len(scale), True)]
    for group in groups:
        scale[group] = _unit_mean(weight[group]) * len(scale) / len(groups) / int(group.sum())
    return scale


def drawing_frequency(events: TrainingEvents, batch: MiniBatch) -> NDArray[np.float64]:
    """Give how often each event would be drawn, mean one: what takes all events as they are counts them as batches do.

    docs/physics.md, "Weights of a training". Validation looks at all its events once; with stratified batches an event
    of a small stratum is drawn more often than one of a large one.

    Args:
        events: the events.
        batch: how batches are drawn.

    Returns:
        shape (events,).
    """
    if batch.drawing != "stratified":
        return np.ones(len(events))
    strata = strata_of(events.columns[CLASS], events.columns[PROCESS], batch.strata)
    frequency: NDArray[np.float64] = strata.shares[strata.of_event] * len(events)
    return frequency / np.bincount(strata.of_event)[strata.of_event]


def _unit_mean(weight: NDArray[np.float64]) -> float:
    total = math.fsum(weight)
    if total <= 0:
        raise UserError(
            f"the training weights of a class add up to {total:.6g}; use a strategy that keeps a positive yield"
        )
    return len(weight) / total
