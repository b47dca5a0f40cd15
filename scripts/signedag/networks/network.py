"""A network: an architecture, the inputs that it sees and their standardisation, built from its own description."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from signedag.config.base import Settings
from signedag.config.choices import kinds_of

ARCHITECTURES = "architectures"


@runtime_checkable
class AdaptsToColumns(Protocol):
    """A body that takes more from the training events than their mean and standard deviation."""

    def adapt(self, columns: NDArray[np.float32]) -> None:
        """See the standardised columns of the training events, shape (events, at most the number of inputs)."""


class Network(nn.Module):
    """A network that standardises its own inputs.

    Args:
        architecture: settings of one of `signedag.config.architectures`; `signedag.networks.architectures` has a module
            of the same name with the class `Body`, which is built from them.
        inputs: names of the input columns.
        outputs: numbers that it gives per event.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, architecture: Settings, inputs: Sequence[str], outputs: int = 1) -> None:
        super().__init__()
        self.architecture = architecture
        self.inputs = tuple(inputs)
        self.outputs = outputs
        self.register_buffer("mean", torch.zeros(len(inputs)))
        self.register_buffer("scale", torch.ones(len(inputs)))
        kind = architecture.model_dump()["kind"]
        module = importlib.import_module(f"{__package__}.{ARCHITECTURES}.{kind}")
        self.body: nn.Module = module.Body(architecture, len(inputs), outputs)

    def description(self) -> dict[str, Any]:
        """Give what `from_description` builds an equal network from, but for its tensors."""
        architecture = self.architecture.model_dump(mode="json")
        return {"architecture": architecture, "inputs": list(self.inputs), "outputs": self.outputs}

    @classmethod
    def from_description(cls, description: dict[str, Any]) -> Network:
        """Build an untrained network.

        Raises:
            KeyError: the description lacks something, or names an architecture that does not exist.
            ValueError: the architecture's settings are wrong.
        """
        kinds = kinds_of(f"signedag.config.{ARCHITECTURES}")
        architecture = kinds[description["architecture"]["kind"]].model_validate(description["architecture"])
        return cls(architecture, description["inputs"], description["outputs"])

    def standardise_by(self, columns: NDArray[np.float32], weights: NDArray[np.float64]) -> None:
        """Take mean and standard deviation of the first inputs under non-negative weights.

        A body may take more from the standardised columns. A constant column keeps the scale 1; inputs without a
        column, the outputs of other networks, stay as they are.

        Args:
            columns: shape (events, at most the number of inputs).
            weights: shape (events,), non-negative.
        """
        total = weights.sum()
        mean = weights @ columns / total
        variance = weights @ np.square(columns.astype(np.float64) - mean) / total
        scale = np.where(variance > 1e-12 * np.square(mean), np.sqrt(variance), 1.0)
        known = columns.shape[1]
        self.mean[:known].copy_(torch.from_numpy(mean))
        self.scale[:known].copy_(torch.from_numpy(scale))
        if isinstance(self.body, AdaptsToColumns):
            self.body.adapt(((columns - mean) / scale).astype(np.float32))

    def standardised(self, columns: Tensor) -> Tensor:
        """Standardise the first inputs, shape (events, at most the number of inputs)."""
        known = columns.shape[1]
        return (columns - self.mean[:known]) / self.scale[:known]

    def from_standardised(self, inputs: Tensor) -> Tensor:
        """Give the outputs from inputs that are standardised already; see `forward`."""
        result: Tensor = self.body(inputs)
        return result.squeeze(-1) if self.outputs == 1 else result

    def forward(self, columns: Tensor) -> Tensor:
        """Give the outputs (logits) from raw inputs: shape (events,), or (events, outputs) if there are several."""
        return self.from_standardised(self.standardised(columns))

    @torch.no_grad()
    def probability(self, features: NDArray[np.float32], chunk: int = 65536) -> NDArray[np.float64]:
        """Give the sigmoid of one output, shape (events,), or the softmax of several, shape (events, outputs).

        Args:
            features: raw inputs, shape (events, inputs).
            chunk: events at a time, so that memory is bounded.
        """
        self.eval()
        device = self.mean.device
        result = np.empty(len(features) if self.outputs == 1 else (len(features), self.outputs), dtype=np.float64)
        for start in range(0, len(features), chunk):
            logits = self(torch.from_numpy(features[start : start + chunk]).to(device)).double()
            shares = torch.sigmoid(logits) if self.outputs == 1 else torch.softmax(logits, dim=-1)
            result[start : start + chunk] = shares.cpu().numpy()
        return result
