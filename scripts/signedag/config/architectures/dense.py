"""Settings of the dense network."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from signedag.config.base import Settings

HiddenLayers = Annotated[tuple[Annotated[int, Field(ge=1, le=10_000)], ...], Field(max_length=50)]
"""Units of each layer."""


class Kind(Settings):
    """A dense network."""

    kind: Literal["dense"] = "dense"
    """Its name."""
    hidden_layers: HiddenLayers = (64, 64, 64)
    """Units of each hidden layer (ReLU)."""
    dropout: float = Field(0.0, ge=0, lt=1)
    """Dropout after each hidden layer."""
