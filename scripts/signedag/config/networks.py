"""Settings of networks: how each is built and what it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.base import Settings
from signedag.config.choices import chosen_by
from signedag.config.names import different
from signedag.config.texts import FilledLine

if TYPE_CHECKING:
    Architecture = Dense
else:
    Architecture = chosen_by("kind", "signedag.config.architectures", default="dense")

MOST_EPOCHS = 1_000_000
FEATURES = "features"
"""What a network `sees` that sees the variant's inputs."""
CLASS = "class"
"""What a network `sees` that is told the class of an event; no classifier may."""


class NetworkSettings(Settings):
    """A network beside the classifier: an adversary, a weight network."""

    architecture: Architecture = Dense()
    """How it is built."""
    sees: Annotated[tuple[FilledLine, ...], AfterValidator(different)] = Field((FEATURES,), min_length=1)
    """Its inputs: `features` (the variant's inputs), `class`, names of features or spectators, or names of networks,
    whose outputs it sees."""
    outputs: int = Field(1, ge=1, le=1000)
    """Numbers that it gives per event."""
