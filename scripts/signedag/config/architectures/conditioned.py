"""Settings of the network that is conditioned on parameters, such as a mass hypothesis."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from signedag.config.architectures.dense import HiddenLayers
from signedag.config.base import Settings

Conditioning = Literal["concatenation", "bias", "scale", "affine"]


class Kind(Settings):
    """A dense network whose layers parameters shift and scale (affine parametric networks, arXiv:2202.00424)."""

    kind: Literal["conditioned"] = "conditioned"
    """Its name."""
    hidden_layers: HiddenLayers = (300, 150, 100, 50)
    """Units of each hidden layer (ReLU)."""
    dropout: float = Field(0.25, ge=0, lt=1)
    """Dropout after each hidden layer and its conditioning."""
    conditioning: Conditioning = "affine"
    """How the parameters m act on a vector z: joined to it, added as W m + b, multiplied as W m + b, or both."""
    where: Literal["input", "every_layer"] = "every_layer"
    """Whether they act on the inputs alone, or on the result of every hidden layer."""

    conditions: ClassVar[bool] = True
    """It asks how many of its inputs, the last ones, are parameters."""
