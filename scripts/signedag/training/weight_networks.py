"""Training the networks behind transformed and reweighted weights, on one sample at a time."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from signedag.config.phases import Phase, Term
from signedag.config.weights import SignNetwork
from signedag.networks.dense import DenseNetwork
from signedag.networks.device import choose_device, make_deterministic
from signedag.objectives.batch import Batch
from signedag.training.batches import shuffled_batches
from signedag.training.loop import History, train
from signedag.training.splitting import training_and_validation


def train_weight_network(
    settings: SignNetwork,
    features: NDArray[np.float32],
    signed_weight: NDArray[np.float64],
    available: NDArray[np.bool_],
    seed: int,
    objective: Literal["cross_entropy", "density_ratio"],
) -> tuple[DenseNetwork, History, float]:
    """Train on the available events of one sample.

    `cross_entropy` learns the sign under |w|: sigmoid(z) = P(w > 0 | x). `density_ratio` learns exp(z) = E[w | x] in
    units of the mean |w| of the training events.

    Args:
        settings: the network and its training.
        features: shape (events, inputs).
        signed_weight: shape (events,).
        available: shape (events,), events outside the fold that is left out.
        seed: integer that fixes initialisation, split and order.
        objective: what to learn.

    Returns:
        the network, the course of its training and the mean |w| that weights were divided by.
    """
    make_deterministic()
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    training, validation = training_and_validation(available, settings.validation_fraction, generator)
    network = DenseNetwork(features.shape[1], settings.hidden_layers)
    size = np.abs(signed_weight)
    network.standardise_by(features[training], size[training])
    network.to(choose_device())
    unit = float(size[training].mean())

    def batch(events: NDArray[np.int64]) -> Batch:
        sizes = torch.from_numpy((size[events] / unit).astype(np.float32))
        signs = torch.from_numpy(np.sign(signed_weight[events]).astype(np.float32))
        tensors = (torch.from_numpy(features[events]), (signs > 0).float(), sizes, sizes * signs)
        return Batch(*(tensor.to(choose_device()) for tensor in tensors))

    phase = Phase(
        epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        patience=settings.patience,
        terms=(Term(objective=objective),),
    )
    batches = shuffled_batches(len(training), settings.batch_size)
    history = train({"classifier": network}, (phase,), batches, batch(training), batch(validation), generator)
    return network, history, unit
