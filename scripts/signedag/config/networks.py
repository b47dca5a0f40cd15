"""Settings of networks: how each is built and what it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.base import Settings
from signedag.config.choices import chosen_by
from signedag.config.names import different
from signedag.config.texts import FilledLine

CONDITIONED = "conditioned"
"""The kind of architecture that asks for parameters, which classifiers alone have."""
if TYPE_CHECKING:
    Architecture = Dense
    UnconditionedArchitecture = Dense
else:
    Architecture = chosen_by("kind", "signedag.config.architectures", default="dense")
    UnconditionedArchitecture = chosen_by("kind", "signedag.config.architectures", default="dense", without=CONDITIONED)

MOST_EPOCHS = 1_000_000
FEATURES = "features"
"""What a network `sees` that sees the variant's inputs."""
CLASS = "class"
"""What a network `sees` that is told the class of an event; no classifier may."""


def unconditioned(architecture: Settings) -> Settings:
    """Give an architecture for a network without parameters: a dense one of the same layers, for a conditioned one."""
    described = architecture.model_dump()
    if described["kind"] != CONDITIONED:
        return architecture
    return Dense(hidden_layers=described["hidden_layers"], dropout=described["dropout"])


class NetworkSettings(Settings):
    """A network beside the classifier: an adversary, a weight network."""

    architecture: UnconditionedArchitecture = Dense()
    """How it is built."""
    sees: Annotated[tuple[FilledLine, ...], AfterValidator(different)] = Field((FEATURES,), min_length=1)
    """Its inputs: `features` (the variant's inputs), `class`, names of features or spectators, or names of networks,
    whose outputs it sees."""
    outputs: int = Field(1, ge=1, le=1000)
    """Numbers that it gives per event."""
