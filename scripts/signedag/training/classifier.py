"""Training one classifier: a variant, a seed, a fold."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from signedag.config.classifier import Variant
from signedag.networks.dense import DenseNetwork
from signedag.networks.device import choose_device, make_deterministic
from signedag.objectives.batch import Batch
from signedag.training.batches import BatchSampler, grouped_batches, pair_negative_events, shuffled_batches
from signedag.training.events import TrainingEvents, class_scale
from signedag.training.loop import History, train
from signedag.training.splitting import training_and_validation


def train_classifier(variant: Variant, events: TrainingEvents, seed: int) -> tuple[DenseNetwork, History]:
    """Train a variant's network on all given events but the validating ones.

    Args:
        variant: architecture, mini-batches and phases.
        events: both classes, without the fold that is left out.
        seed: integer that fixes initialisation, split and order.

    Raises:
        UserError: a class's training weights do not have a positive sum.
    """
    make_deterministic()
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    everything = np.full(len(events.is_signal), True)
    training, validation = training_and_validation(everything, variant.validation_fraction, generator)
    scale = class_scale(events, variant.batch.balance)
    networks = _networks(variant, events, training, np.abs(events.training_weight * scale))
    history = train(
        networks,
        variant.phases,
        _sampler(variant, events, training),
        _batch(events, scale, training),
        _batch(events, scale, validation),
        generator,
    )
    return networks["classifier"], history


def _networks(
    variant: Variant, events: TrainingEvents, training: NDArray[np.int64], size: NDArray[np.float64]
) -> dict[str, DenseNetwork]:
    """Make the networks that the phases move, standardised by the training events."""
    inputs = events.features.shape[1]
    shape = variant.architecture
    classifier = DenseNetwork(inputs, shape.hidden_layers, shape.dropout)
    classifier.standardise_by(events.features[training], size[training])
    networks = {"classifier": classifier.to(choose_device())}
    if any("weight_network" in phase.moves for phase in variant.phases):
        weight_network = DenseNetwork(inputs + 1, shape.hidden_layers, shape.dropout)
        with_class = np.column_stack([events.features, events.is_signal.astype(np.float32)])
        weight_network.standardise_by(with_class[training], size[training])
        networks["weight_network"] = weight_network.to(choose_device())
    return networks


def _sampler(variant: Variant, events: TrainingEvents, training: NDArray[np.int64]) -> BatchSampler:
    """Give the mini-batch sampler of the variant's strategy; indices count within the training events."""
    if variant.weights.strategy != "paired":
        return shuffled_batches(len(training), variant.batch.size)
    groups = pair_negative_events(events.features[training], events.signed_weight[training], events.is_signal[training])
    return grouped_batches(groups, variant.batch.size)


def _batch(events: TrainingEvents, scale: NDArray[np.float64], chosen: NDArray[np.int64]) -> Batch:
    tensors = (
        torch.from_numpy(events.features[chosen]),
        torch.from_numpy(events.is_signal[chosen].astype(np.float32)),
        torch.from_numpy((events.training_weight * scale)[chosen].astype(np.float32)),
        torch.from_numpy((events.signed_weight * scale)[chosen].astype(np.float32)),
    )
    return Batch(*(tensor.to(choose_device()) for tensor in tensors))
