"""The dense network: hidden layers with ReLU and dropout, then the outputs."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn

from signedag.config.architectures.dense import Kind


class Body(nn.Module):
    """Standardised inputs in, shape (events, inputs); outputs without activation, shape (events, outputs).

    docs/physics.md, "Networks".

    Args:
        settings: hidden layers and dropout.
        inputs: number of input columns.
        outputs: numbers to give per event.
    """

    def __init__(self, settings: Kind, inputs: int, outputs: int) -> None:
        super().__init__()
        widths = (inputs, *settings.hidden_layers)
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(widths))
        self.last = nn.Linear(widths[-1], outputs)
        self.dropout = settings.dropout

    def forward(self, inputs: Tensor) -> Tensor:
        """Give the outputs, shape (events, outputs)."""
        values = inputs
        for layer in self.hidden:
            values = torch.relu_(layer(values))  # in place: the gradient of ReLU needs its result alone
            if self.dropout:
                values = nn.functional.dropout(values, self.dropout, self.training)
        result: Tensor = self.last(values)
        return result
