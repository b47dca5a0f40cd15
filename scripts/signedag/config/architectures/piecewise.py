"""Settings of the dense network that sees its inputs in pieces."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from signedag.config.architectures.dense import HiddenLayers
from signedag.config.base import Settings


class Kind(Settings):
    """A dense network that sees, beside each input, how far it is through each bin between the input's quantiles.

    It follows edges that a smooth network rounds off (arXiv:2203.05556).
    """

    kind: Literal["piecewise"] = "piecewise"
    """Its name."""
    hidden_layers: HiddenLayers = (64, 64, 64)
    """Units of each hidden layer (ReLU)."""
    dropout: float = Field(0.0, ge=0, lt=1)
    """Dropout after each hidden layer."""
    bins: int = Field(16, ge=1, le=1000)
    """Bins per input, with equal numbers of training events; a count gets fewer."""
