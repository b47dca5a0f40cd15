"""Training one classifier: a variant, a seed, a fold."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from signedag.config.classifier import Variant
from signedag.config.drawing import MiniBatch
from signedag.config.networks import CLASS as SEES_CLASS
from signedag.config.networks import FEATURES, NetworkSettings
from signedag.config.phases import CLASSIFIER
from signedag.networks.device import choose_device, make_deterministic
from signedag.networks.network import Network
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, TRAINING_WEIGHT, EventTable
from signedag.training.batch_contents import BatchContents, batch_contents
from signedag.training.drawing import Drawing, full_batch, grouped_batches, shuffled_batches, stratified_batches
from signedag.training.events import PROCESS, TrainingEvents, drawing_frequency, weight_scale
from signedag.training.history import History
from signedag.training.loop import train
from signedag.training.pairing import pair_negative_events
from signedag.training.parameters import (
    Points,
    parameter_columns,
    sampler_of,
    with_parameters,
    with_sampled_parameters,
)
from signedag.training.plan import phase_of
from signedag.training.planing import planed
from signedag.training.splitting import training_and_validation
from signedag.training.strata import strata_of

log = logging.getLogger("signedag")

Networks = Mapping[str, Network]
"""Networks by role."""


@dataclass(frozen=True)
class TrainedClassifier:
    """What a training made."""

    networks: Networks
    """All networks, by role; `classifier` gives the score."""
    history: History
    """How it went."""
    batches: BatchContents
    """What the batches of its first phase hold."""

    @property
    def classifier(self) -> Network:
        """The network whose output is the score."""
        return self.networks[CLASSIFIER]


def train_classifier(
    variant: Variant,
    events: TrainingEvents,
    seed: int,
    checkpoints: Mapping[str, Networks] | None = None,
    points: Points | None = None,
) -> TrainedClassifier:
    """Train a variant's networks on all given events but the validating ones.

    Args:
        variant: architectures, mini-batches and phases.
        events: all classes, without the fold that is left out.
        seed: integer that fixes initialisation, split and order.
        checkpoints: the networks of the variants that a phase starts from, by variant and role.
        points: the parameters of the signal processes, where the classifier is conditioned on some of these; left out
            where its parameters are columns of events.

    Raises:
        UserError: a class's training weights do not have a positive sum, or a bin's where the background is planed.
    """
    make_deterministic()
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    everything = np.full(len(events), True)
    if variant.weights.planing is not None:
        events = planed(events, variant.weights.planing)
    training, validation = training_and_validation(everything, variant.validation_fraction, generator)
    sampler = None
    if points is not None:
        sampler = sampler_of(points, events.where(training), variant.background_parameters, variant.batch)
        events = with_parameters(events, points, sampler, generator)
    scale = weight_scale(events, variant.batch)
    networks = make_networks(variant, parameters_are_columns=bool(variant.parameters) and points is None)
    size = np.abs(events.columns[TRAINING_WEIGHT] * scale)[training]
    static = {role: static_inputs(network, variant, events) for role, network in networks.items()}
    for role, network in networks.items():
        network.standardise_by(static[role][training], size)
        if network.parameters_are_columns:
            own = parameter_columns(events, network.conditioned_on)
            network.standardise_parameter_columns_by(own[training], size)
        elif points is not None and network.conditioned_on:
            network.standardise_parameters_by(points.values)
        network.to(choose_device())
    trained_on = events.where(training)

    def drawing_of(batch: MiniBatch) -> Drawing:
        drawing = make_drawing(variant, batch, trained_on)
        if points is None or sampler is None or variant.background_parameters.drawn == "fixed":
            return drawing
        return with_sampled_parameters(drawing, trained_on, points, sampler)

    phases = [
        phase_of(
            settings,
            drawing_of(settings.batch or variant.batch),
            (checkpoints or {})[settings.starts_from] if settings.starts_from else None,
        )
        for settings in variant.phases
    ]
    at_points = points is not None and variant.background_parameters.values == "identical"
    contents = batch_contents(
        phases[0].drawing,
        trained_on,
        scale[training],
        seed,
        variant.parameters,
        dict(zip(points.names, points.values.T, strict=True)) if points is not None and at_points else None,
    )
    counted = scale.copy()
    counted[validation] *= drawing_frequency(events.where(validation), variant.batch)
    history = train(
        networks,
        phases,
        event_table(networks, events, static, scale, training),
        event_table(networks, events, static, counted, validation),
        generator,
    )
    warnings = tuple(
        f"phase {number}: its batch of {batch.size} events is larger than the {len(training)} training events; every "
        "epoch is a single step"
        for number, phase in enumerate(variant.phases)
        if (batch := phase.batch or variant.batch).drawing != "full" and batch.size > len(training)
    )
    for warning in warnings:
        log.warning("%s", warning)
    return TrainedClassifier(networks, dataclasses.replace(history, warnings=warnings), contents)


def make_networks(variant: Variant, parameters_are_columns: bool = False) -> dict[str, Network]:
    """Make a variant's networks, untrained: first the classifier, then the others in the order of their names.

    Args:
        variant: architectures and what they see.
        parameters_are_columns: whether the classifier's parameters are columns of events.
    """
    outputs = len(variant.classes) or 1
    classifier = Network(variant.architecture, variant.inputs, outputs, variant.parameters, parameters_are_columns)
    networks = {CLASSIFIER: classifier}
    for role, settings in sorted(variant.networks.items()):
        networks[role] = Network(settings.architecture, _input_names(settings, variant), settings.outputs)
    return networks


def _input_names(settings: NetworkSettings, variant: Variant) -> tuple[str, ...]:
    """Name what a network sees: columns of events first, then the outputs of other networks."""
    others = {CLASSIFIER, *variant.networks}
    columns = [name for name in settings.sees if name not in others]
    spelled = [name for column in columns for name in (variant.inputs if column == FEATURES else (column,))]
    return (*spelled, *(name for name in settings.sees if name in others))


def static_inputs(network: Network, variant: Variant, events: TrainingEvents) -> NDArray[np.float32]:
    """Give the columns of events that a network sees, shape (events, columns)."""
    features = {name: events.features[:, index] for index, name in enumerate(variant.inputs)}
    others = {CLASSIFIER, *variant.networks}
    columns = [
        features[name] if name in features else events.columns[CLASS if name == SEES_CLASS else name]
        for name in network.inputs
        if name not in others
    ]
    return np.column_stack(columns).astype(np.float32) if columns else np.empty((len(events), 0), dtype=np.float32)


def event_table(
    networks: Networks,
    events: TrainingEvents,
    static: Mapping[str, NDArray[np.float32]],
    scale: NDArray[np.float64],
    chosen: NDArray[np.int64],
) -> EventTable:
    """Put chosen events on the networks' device: scaled weights, class, further columns and standardised inputs.

    Args:
        networks: by role.
        events: all events.
        static: by role, what it sees of the events, shape (events, columns).
        scale: factor of the weights, shape (events,).
        chosen: indices of the events to take.
    """
    device = choose_device()
    columns = {
        name: torch.from_numpy(np.asarray(values[chosen], dtype=np.float32))
        for name, values in events.columns.items()
        if name not in (CLASS, PROCESS, TRAINING_WEIGHT, SIGNED_WEIGHT)
    }
    for name in (TRAINING_WEIGHT, SIGNED_WEIGHT):
        columns[name] = torch.from_numpy((events.columns[name] * scale)[chosen].astype(np.float32))
    columns[PROCESS] = torch.from_numpy(events.columns[PROCESS][chosen].astype(np.int64))
    kind = np.float32 if networks[CLASSIFIER].outputs == 1 else np.int64
    columns[CLASS] = torch.from_numpy(events.columns[CLASS][chosen].astype(kind))
    inputs = {
        role: network.standardised(torch.from_numpy(static[role][chosen]).to(device))
        for role, network in networks.items()
        if static[role].shape[1]
    }
    return EventTable({name: column.to(device) for name, column in columns.items()}, inputs)


def make_drawing(variant: Variant, batch: MiniBatch, training: TrainingEvents) -> Drawing:
    """Give the drawing of a phase; indices count within the training events."""
    if batch.drawing == "full":
        return full_batch(len(training))
    if variant.weights.strategy == "paired":
        groups = pair_negative_events(training.features, training.columns[SIGNED_WEIGHT], training.columns[CLASS] == 1)
        return grouped_batches(groups, batch.size)
    if batch.drawing == "stratified":
        strata = strata_of(training.columns[CLASS], training.columns[PROCESS], batch.strata)
        return stratified_batches(strata.of_event, batch.size, strata.shares)
    return shuffled_batches(len(training), batch.size)
