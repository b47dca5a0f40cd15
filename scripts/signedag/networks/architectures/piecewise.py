"""The piecewise-linear encoding of inputs in front of a dense network."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.architectures.piecewise import Kind
from signedag.networks.architectures.dense import Body as DenseBody

NARROWEST = 1e-3
"""Bins are at least this wide, in standard deviations of their input: narrower ones are steps."""


class Body(nn.Module):
    """Standardised inputs in, shape (events, inputs); outputs without activation, shape (events, outputs).

    docs/physics.md, "Networks". Each input x is joined by its shares of the bins between its quantiles, min(max((x -
    low)/width, 0), 1): 0 below a bin, 1 above it, linear inside (Gorishniy, Rubachev and Babenko, arXiv:2203.05556).
    One weight per bin is then one slope per bin, so that a first layer can follow an edge as sharp as a bin is narrow.

    Args:
        settings: hidden layers, dropout and bins.
        inputs: number of input columns.
        outputs: numbers to give per event.
    """

    low: Tensor
    width: Tensor

    def __init__(self, settings: Kind, inputs: int, outputs: int) -> None:
        super().__init__()
        self.bins = settings.bins
        # Until `adapt` has seen an input its bins begin at infinity and add nothing.
        self.register_buffer("low", torch.full((inputs, settings.bins), torch.inf))
        self.register_buffer("width", torch.ones(inputs, settings.bins))
        dense = Dense(hidden_layers=settings.hidden_layers, dropout=settings.dropout)
        self.dense = DenseBody(dense, inputs * (1 + settings.bins), outputs)

    def adapt(self, columns: NDArray[np.float32]) -> None:
        """Take the bins from the quantiles of standardised training events, shape (events, the first inputs)."""
        for number, column in enumerate(columns.T):
            edges = np.unique(np.quantile(column, np.linspace(0, 1, self.bins + 1), method="inverted_cdf"))
            used = len(edges) - 1
            self.low[number] = torch.inf
            self.low[number, :used] = torch.from_numpy(edges[:-1])
            self.width[number, :used] = torch.from_numpy(np.maximum(np.diff(edges), NARROWEST))

    def forward(self, inputs: Tensor) -> Tensor:
        """Give the outputs, shape (events, outputs)."""
        shares = torch.clamp((inputs.unsqueeze(-1) - self.low) / self.width, 0, 1)
        result: Tensor = self.dense(torch.cat([inputs, shares.flatten(start_dim=1)], dim=1))
        return result
