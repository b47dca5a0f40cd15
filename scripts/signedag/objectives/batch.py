"""What every objective term sees: a mini-batch and what the networks say about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property

import torch
from torch import Tensor

from signedag.networks.dense import DenseNetwork


@dataclass(frozen=True)
class Batch:
    """Events of a mini-batch or of a whole sample, as tensors of shape (events,) or (events, inputs)."""

    features: Tensor
    """Raw inputs, float32."""
    target: Tensor
    """1 for signal (or a positive sign), 0 for background, float32."""
    training_weight: Tensor
    """Training weights, float32, scaled to a mean of about one."""
    signed_weight: Tensor
    """Signed weights with the same scale, float32: for terms that learn from the sign."""

    def __len__(self) -> int:
        return len(self.target)

    def select(self, events: Tensor) -> Batch:
        """Give the events with these indices."""
        return Batch(**{field.name: getattr(self, field.name)[events] for field in fields(self)})


class Outputs:
    """What the networks say about a batch, each computed when a term first asks for it."""

    def __init__(self, networks: Mapping[str, DenseNetwork], batch: Batch) -> None:
        self._networks = networks
        self._batch = batch

    @cached_property
    def logit(self) -> Tensor:
        """The classifier's logit, shape (events,)."""
        logit: Tensor = self._networks["classifier"](self._batch.features)
        return logit

    @cached_property
    def weight_logit(self) -> Tensor:
        """The weight network's logit of a positive sign, shape (events,); it sees the class beside the features."""
        features = torch.cat([self._batch.features, self._batch.target.unsqueeze(-1)], dim=-1)
        logit: Tensor = self._networks["weight_network"](features)
        return logit


ObjectiveTerm = Callable[[Batch, Outputs], Tensor]
"""A term of the objective: batch and outputs in, a scalar tensor out."""
