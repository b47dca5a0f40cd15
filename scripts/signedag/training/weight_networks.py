"""Training the networks behind transformed and reweighted weights, on one sample at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.objectives.cross_entropy import Kind as CrossEntropy
from signedag.config.objectives.density_ratio import Kind as DensityRatio
from signedag.config.weights import SignNetwork
from signedag.networks.device import choose_device, make_deterministic
from signedag.networks.network import Network
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, TRAINING_WEIGHT, EventTable
from signedag.objectives.term import term_of
from signedag.training.drawing import shuffled_batches
from signedag.training.history import History
from signedag.training.loop import train
from signedag.training.plan import Phase, Update
from signedag.training.splitting import training_and_validation

OBJECTIVES = {"cross_entropy": CrossEntropy(), "density_ratio": DensityRatio()}


@dataclass(frozen=True)
class WeightNetwork:
    """A trained sign or ratio network."""

    network: Network
    """The network."""
    history: History
    """How its training went."""
    unit: float
    """The mean |w| that weights were divided by."""


def train_weight_network(
    settings: SignNetwork,
    features: NDArray[np.float32],
    signed_weight: NDArray[np.float64],
    available: NDArray[np.bool_],
    seed: int,
    objective: Literal["cross_entropy", "density_ratio"],
) -> WeightNetwork:
    """Train on the available events of one sample.

    `cross_entropy` learns the sign under |w|: sigmoid(z) = P(w > 0 | x). `density_ratio` learns exp(z) = E[w | x] in
    units of the mean |w| of the training events.

    Args:
        settings: the network and its training.
        features: shape (events, inputs).
        signed_weight: shape (events,).
        available: shape (events,), events that may be used at all.
        seed: integer that fixes initialisation, split and order.
        objective: what to learn.
    """
    make_deterministic()
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    training, validation = training_and_validation(available, settings.validation_fraction, generator)
    network = Network(Dense(hidden_layers=settings.hidden_layers), settings.inputs)
    size = np.abs(signed_weight)
    network.standardise_by(features[training], size[training])
    network.to(choose_device())
    unit = float(size[training].mean())

    def table(events: NDArray[np.int64]) -> EventTable:
        sizes = torch.from_numpy((size[events] / unit).astype(np.float32))
        signs = torch.from_numpy(np.sign(signed_weight[events]).astype(np.float32))
        columns = {CLASS: (signs > 0).float(), TRAINING_WEIGHT: sizes, SIGNED_WEIGHT: sizes * signs}
        on_device = {name: column.to(choose_device()) for name, column in columns.items()}
        inputs = network.standardised(torch.from_numpy(features[events]).to(choose_device()))
        return EventTable(on_device, {"classifier": inputs})

    update = Update(("classifier",), (term_of(OBJECTIVES[objective]),), settings.learning_rate, settings.weight_decay)
    phase = Phase(settings.epochs, (update,), shuffled_batches(len(training), settings.batch_size), settings.patience)
    history = train({"classifier": network}, (phase,), table(training), table(validation), generator)
    return WeightNetwork(network, history, unit)
