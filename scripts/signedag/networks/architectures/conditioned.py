"""The dense network that is conditioned on parameters: one network for all of their values."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from signedag.config.architectures.conditioned import Conditioning as How
from signedag.config.architectures.conditioned import Kind


class Conditioning(nn.Module):
    """Let standardised parameters m, shape (events, parameters), act on a vector z, shape (events, width).

    docs/physics.md, "Parametric networks". By concatenation, [z, m], of which the next layer makes W [z, m] + b; as a
    bias, z + (W m + b); as a scale, z ⊙ (W m + b); or both, z ⊙ (W_s m + b_s) + (W_b m + b_b) (arXiv:2202.00424).
    At the start of a training b_s is 1 and b_b is 0: z passes unchanged where m is 0.

    Args:
        how: one of the four.
        width: of the vector.
        parameters: how many there are.
    """

    def __init__(self, how: How, width: int, parameters: int) -> None:
        super().__init__()
        self.joins = how == "concatenation"
        self.width = width + parameters if self.joins else width
        """Of the result."""
        self.scale = nn.Linear(parameters, width) if how in ("scale", "affine") else None
        self.bias = nn.Linear(parameters, width) if how in ("bias", "affine") else None
        with torch.no_grad():
            if self.scale is not None:
                self.scale.bias.fill_(1.0)
            if self.bias is not None:
                self.bias.bias.zero_()

    def forward(self, values: Tensor, parameters: Tensor) -> Tensor:
        """Give the conditioned vector, shape (events, self.width)."""
        if self.joins:
            return torch.cat([values, parameters], dim=-1)
        if self.scale is not None and self.bias is not None:
            return torch.addcmul(self.bias(parameters), values, self.scale(parameters))
        scaled: Tensor = values if self.scale is None else values * self.scale(parameters)
        return scaled if self.bias is None else scaled + self.bias(parameters)


class Body(nn.Module):
    """Standardised inputs in, shape (events, inputs), the last of them parameters; outputs without activation.

    docs/physics.md, "Parametric networks". Hidden layers with ReLU; conditioning at the inputs or after every hidden
    layer; dropout after each conditioning of a hidden layer, or after each hidden layer where inputs are conditioned.

    Args:
        settings: layers, dropout and conditioning.
        inputs: number of inputs, the parameters among them.
        outputs: numbers to give per event.
        parameters: how many of the inputs, the last ones, are parameters.

    Raises:
        ValueError: there are no parameters, or no other inputs.
    """

    def __init__(self, settings: Kind, inputs: int, outputs: int, parameters: int) -> None:
        super().__init__()
        if not 0 < parameters < inputs:
            raise ValueError(f"needs inputs and parameters, got {inputs - parameters} and {parameters}")
        self.parameters_seen = parameters
        self.dropout = settings.dropout
        self.at_input: nn.Module | None = None
        width = inputs - parameters
        if settings.where == "input":
            first = Conditioning(settings.conditioning, width, parameters)
            self.at_input, width = first, first.width
        self.hidden = nn.ModuleList()
        self.conditionings = nn.ModuleList()
        for units in settings.hidden_layers:
            self.hidden.append(nn.Linear(width, units))
            width = units
            if settings.where == "every_layer":
                conditioning = Conditioning(settings.conditioning, units, parameters)
                self.conditionings.append(conditioning)
                width = conditioning.width
        self.last = nn.Linear(width, outputs)

    def forward(self, inputs: Tensor) -> Tensor:
        """Give the outputs, shape (events, outputs)."""
        values, parameters = inputs[:, : -self.parameters_seen], inputs[:, -self.parameters_seen :]
        if self.at_input is not None:
            values = self.at_input(values, parameters)
        for number, layer in enumerate(self.hidden):
            values = torch.relu_(layer(values))  # in place: the gradient of ReLU needs its result alone
            if self.at_input is None:
                values = self.conditionings[number](values, parameters)
            if self.dropout:
                values = nn.functional.dropout(values, self.dropout, self.training)
        result: Tensor = self.last(values)
        return result
