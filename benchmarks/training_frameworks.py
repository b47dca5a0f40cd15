"""The reference parametric network, trained by general frameworks, for benchmark_parametric.py; both are optional.

Each trains the same layers on the same events in batches of the same size, shuffled, with Adam at the same rate, and
evaluates the held-out events after every epoch, as a user of the framework would write it: nothing is logged, saved or
drawn on the way.
"""

from __future__ import annotations

import importlib
import logging
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from signedag.networks.network import Network

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Arrays:
    """Events as frameworks take them."""

    features: Floats
    """Shape (events, features)."""
    target: Floats
    """Shape (events,)."""
    weight: Floats
    """Shape (events,)."""
    mass: Floats
    """Shape (events,)."""

    def tensors(self) -> TensorDataset:
        """Give them as a data set of tensors."""
        return TensorDataset(*map(torch.from_numpy, (self.features, self.target, self.weight, self.mass)))


def found(framework: str) -> Any:
    """Import a framework.

    Raises:
        SystemExit: it is not installed; says how to get it.
    """
    os.environ.setdefault("KERAS_BACKEND", "torch")
    try:
        return importlib.import_module(framework)
    except ImportError as error:
        torch_version = torch.__version__.partition("+")[0]
        raise SystemExit(
            f"--beside {framework}: '{framework}' is not installed ({error}); it is no requirement of this project, "
            f"install it into an environment of its own: pip install torch=={torch_version} {framework}"
        ) from error


def by_lightning(network: Network, events: Arrays, held: Arrays, size: int, epochs: int) -> None:
    """Train a network with Lightning's Trainer, fed by a DataLoader of tensors."""
    lightning = found("lightning")

    base: Any = lightning.LightningModule

    class Module(base):  # type: ignore[misc]
        """The network with its loss and optimiser."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def loss_of(self, batch: Sequence[torch.Tensor]) -> torch.Tensor:
            x, y, w, m = batch
            logit = self.network(torch.cat([x, m[:, None]], dim=1))
            return nn.functional.binary_cross_entropy_with_logits(logit, y, weight=w)

        def training_step(self, batch: Sequence[torch.Tensor], _: int) -> torch.Tensor:
            return self.loss_of(batch)

        def validation_step(self, batch: Sequence[torch.Tensor], _: int) -> None:
            self.loss_of(batch)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=1e-3, fused=True)

    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    quiet = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for more processes
        trainer = lightning.Trainer(max_epochs=epochs, accelerator="cpu", num_sanity_val_steps=0, **quiet)
        trainer.fit(
            Module(),
            DataLoader(events.tensors(), batch_size=size, shuffle=True),
            DataLoader(held.tensors(), batch_size=len(held.target)),
        )


def by_keras(
    layers: Sequence[int], dropout: float, masses: Sequence[float], events: Arrays, held: Arrays, size: int, epochs: int
) -> None:
    """Build the same layers in Keras and train them with its `fit`.

    Args:
        layers: units of the hidden layers, each with ReLU, affine conditioning and dropout after it.
        dropout: its rate.
        masses: the points, by which the mass is standardised.
        events: to train on.
        held: evaluated after every epoch.
        size: events in a batch.
        epochs: passes over the events.
    """
    keras = found("keras")
    x, m = keras.Input((events.features.shape[1],)), keras.Input((1,))
    values = x
    for units in layers:
        values = keras.layers.Dense(units, activation="relu")(values)
        scale = keras.layers.Dense(units, bias_initializer="ones")(m)
        values = keras.layers.Add()([keras.layers.Multiply()([values, scale]), keras.layers.Dense(units)(m)])
        values = keras.layers.Dropout(dropout)(values)
    model = keras.Model([x, m], keras.layers.Dense(1)(values))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss)

    def inputs(some: Arrays) -> list[Floats]:
        standardised = (some.mass - np.mean(masses)) / np.std(masses)
        return [some.features, standardised[:, None].astype(np.float32)]

    model.fit(
        inputs(events),
        events.target[:, None],
        sample_weight=events.weight,
        batch_size=size,
        epochs=epochs,
        verbose=0,
        validation_data=(inputs(held), held.target[:, None], held.weight),
        validation_batch_size=len(held.target),
    )
