"""The dense network: standardised inputs, hidden layers with ReLU, one logit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class DenseNetwork(nn.Module):
    """A dense network that standardises its own inputs.

    Args:
        inputs: number of input columns.
        hidden_layers: units of each hidden layer.
        dropout: dropout probability after each hidden layer.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, inputs: int, hidden_layers: Sequence[int], dropout: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("scale", torch.ones(inputs))
        layers: list[nn.Module] = []
        width = inputs
        for units in hidden_layers:
            layers += [nn.Linear(width, units), nn.ReLU()]
            if dropout > 0:
                layers.append(nn.Dropout(dropout))
            width = units
        self.layers = nn.Sequential(*layers, nn.Linear(width, 1))

    def standardise_by(self, features: NDArray[np.float32], weights: NDArray[np.float64]) -> None:
        """Take mean and standard deviation of each column under non-negative weights; a constant column keeps scale 1.

        Args:
            features: shape (events, inputs).
            weights: shape (events,), non-negative.
        """
        total = weights.sum()
        mean = weights @ features / total
        variance = weights @ np.square(features.astype(np.float64) - mean) / total
        scale = np.where(variance > 1e-12 * np.square(mean), np.sqrt(variance), 1.0)
        self.mean.copy_(torch.from_numpy(mean))
        self.scale.copy_(torch.from_numpy(scale))

    def forward(self, features: Tensor) -> Tensor:
        """Give the logit, shape (events,), of raw features, shape (events, inputs)."""
        logit: Tensor = self.layers((features - self.mean) / self.scale)
        return logit.squeeze(-1)

    @torch.no_grad()
    def probability(self, features: NDArray[np.float32], chunk: int = 65536) -> NDArray[np.float64]:
        """Give sigmoid(logit) of each event, shape (events,), in evaluation mode and in chunks of bounded memory."""
        self.eval()
        device = self.mean.device
        result = np.empty(len(features), dtype=np.float64)
        for start in range(0, len(features), chunk):
            part = torch.from_numpy(features[start : start + chunk]).to(device)
            result[start : start + chunk] = torch.sigmoid(self(part).double()).cpu().numpy()
        return result
