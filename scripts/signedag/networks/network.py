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
        parameters: names of the parameters that it is conditioned on, which it sees after all inputs.
        parameters_are_columns: whether they are columns of events, of which each event has its own value; else
            whoever asks gives one value for all events.
    """

    mean: Tensor
    scale: Tensor

    def __init__(
        self,
        architecture: Settings,
        inputs: Sequence[str],
        outputs: int = 1,
        parameters: Sequence[str] = (),
        parameters_are_columns: bool = False,
    ) -> None:
        super().__init__()
        self.architecture = architecture
        self.inputs = tuple(inputs)
        self.outputs = outputs
        self.conditioned_on = tuple(parameters)
        self.parameters_are_columns = parameters_are_columns
        width = len(inputs) + len(parameters)
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))
        kind = architecture.model_dump()["kind"]
        module = importlib.import_module(f"{__package__}.{ARCHITECTURES}.{kind}")
        shape = (width, outputs, len(parameters)) if getattr(architecture, "conditions", False) else (width, outputs)
        self.body: nn.Module = module.Body(architecture, *shape)

    @property
    def event_columns(self) -> tuple[str, ...]:
        """Names of what it takes from each event, in order: its inputs, then parameters that are columns of events."""
        return self.inputs + (self.conditioned_on if self.parameters_are_columns else ())

    @property
    def asked_at(self) -> tuple[str, ...]:
        """Names of the parameters that whoever asks gives one value of for all events."""
        return () if self.parameters_are_columns else self.conditioned_on

    def description(self) -> dict[str, Any]:
        """Give what `from_description` builds an equal network from, but for its tensors."""
        architecture = self.architecture.model_dump(mode="json")
        described = {"architecture": architecture, "inputs": list(self.inputs), "outputs": self.outputs}
        if self.conditioned_on:
            described["parameters"] = list(self.conditioned_on)
        return described | ({"parameters_are_columns": True} if self.parameters_are_columns else {})

    @classmethod
    def from_description(cls, description: dict[str, Any]) -> Network:
        """Build an untrained network.

        Raises:
            KeyError: the description lacks something, or names an architecture that does not exist.
            ValueError: the architecture's settings are wrong.
        """
        kinds = kinds_of(f"signedag.config.{ARCHITECTURES}")
        architecture = kinds[description["architecture"]["kind"]].model_validate(description["architecture"])
        return cls(
            architecture,
            description["inputs"],
            description["outputs"],
            description.get("parameters", ()),
            description.get("parameters_are_columns", False),
        )

    def standardise_by(self, columns: NDArray[np.float32], weights: NDArray[np.float64]) -> None:
        """Take mean and standard deviation of the first inputs under non-negative weights.

        A body may take more from the standardised columns. A constant column keeps the scale 1; inputs without a
        column, the outputs of other networks, stay as they are.

        Args:
            columns: shape (events, at most the number of inputs).
            weights: shape (events,), non-negative.
        """
        mean, scale = _mean_and_scale(columns, weights)
        known = columns.shape[1]
        self.mean[:known].copy_(torch.from_numpy(mean))
        self.scale[:known].copy_(torch.from_numpy(scale))
        if isinstance(self.body, AdaptsToColumns):
            self.body.adapt(((columns - mean) / scale).astype(np.float32))

    def standardise_parameters_by(self, points: NDArray[np.float64]) -> None:
        """Take mean and standard deviation of the parameters over the points that they are trained at.

        A parameter that has one value alone keeps the scale 1.

        Args:
            points: shape (points, parameters).
        """
        width = len(self.conditioned_on)
        spread = points.std(axis=0)
        self.mean[-width:].copy_(torch.from_numpy(points.mean(axis=0)))
        self.scale[-width:].copy_(torch.from_numpy(np.where(spread > 0, spread, 1.0)))

    def standardise_parameter_columns_by(self, columns: NDArray[np.float32], weights: NDArray[np.float64]) -> None:
        """Take mean and standard deviation of parameters that are columns of events, as of inputs.

        Args:
            columns: shape (events, parameters).
            weights: shape (events,), non-negative.
        """
        width = len(self.conditioned_on)
        mean, scale = _mean_and_scale(columns, weights)
        self.mean[-width:].copy_(torch.from_numpy(mean))
        self.scale[-width:].copy_(torch.from_numpy(scale))

    def standardised_parameters(self, parameters: Tensor) -> Tensor:
        """Standardise parameters, shape (events, parameters)."""
        width = len(self.conditioned_on)
        return (parameters - self.mean[-width:]) / self.scale[-width:]

    def standardised(self, columns: Tensor) -> Tensor:
        """Standardise the first inputs, shape (events, at most the number of inputs and parameters)."""
        known = columns.shape[1]
        return (columns - self.mean[:known]) / self.scale[:known]

    def from_standardised(self, inputs: Tensor) -> Tensor:
        """Give the outputs from inputs that are standardised already; see `forward`."""
        result: Tensor = self.body(inputs)
        return result.squeeze(-1) if self.outputs == 1 else result

    def forward(self, columns: Tensor) -> Tensor:
        """Give the outputs (logits) from raw inputs and parameters: shape (events,), or (events, outputs)."""
        return self.from_standardised(self.standardised(columns))

    @torch.no_grad()
    def probability(
        self, features: NDArray[np.float32], point: Sequence[float] = (), chunk: int = 65536
    ) -> NDArray[np.float64]:
        """Give the sigmoid of one output, shape (events,), or the softmax of several, shape (events, outputs).

        Args:
            features: raw columns of events, shape (events, event columns).
            point: the value of each parameter that the network is asked at, the same for all events.
            chunk: events at a time, so that memory is bounded.

        Raises:
            ValueError: there are more or fewer values than parameters, or columns than the network takes.
        """
        if len(point) != len(self.asked_at):
            raise ValueError(f"a network of {len(self.asked_at)} parameters got values of {len(point)}")
        if features.shape[1] != len(self.event_columns):
            raise ValueError(f"a network of {len(self.event_columns)} columns of events got {features.shape[1]}")
        self.eval()
        parameters = torch.tensor(tuple(point), dtype=torch.float32, device=self.mean.device)
        device = self.mean.device
        result = np.empty(len(features) if self.outputs == 1 else (len(features), self.outputs), dtype=np.float64)
        for start in range(0, len(features), chunk):
            columns = torch.from_numpy(features[start : start + chunk]).to(device)
            if len(point):
                columns = torch.cat([columns, parameters.expand(len(columns), -1)], dim=1)
            logits = self(columns).double()
            shares = torch.sigmoid(logits) if self.outputs == 1 else torch.softmax(logits, dim=-1)
            result[start : start + chunk] = shares.cpu().numpy()
        return result


def _mean_and_scale(
    columns: NDArray[np.float32], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the weighted mean and standard deviation of columns, shape (columns,) each; 1 for that of a constant."""
    total = weights.sum()
    mean = weights @ columns / total
    variance = weights @ np.square(columns.astype(np.float64) - mean) / total
    return mean, np.where(variance > 1e-12 * np.square(mean), np.sqrt(variance), 1.0)
