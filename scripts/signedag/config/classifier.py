"""Settings of classifiers: strategy, architecture, mini-batches and training phases."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from signedag.config.base import Settings
from signedag.config.phases import Phase
from signedag.config.strategies import Strategy


class VariantWeights(Settings):
    """Which training weights a variant uses."""

    strategy: Strategy = "transformed"
    """Negative-weight strategy."""


class Architecture(Settings):
    """A dense network with a sigmoid output."""

    hidden_layers: tuple[int, ...] = (64, 64, 64)
    """Units of each hidden layer (ReLU)."""
    dropout: float = Field(0.0, ge=0, lt=1)
    """Dropout after each hidden layer."""


class MiniBatch(Settings):
    """How mini-batches are drawn."""

    size: int = Field(1024, ge=1)
    """Events in a mini-batch."""
    balance: Literal["none", "class"] = "class"
    """`none`: classes keep their sums of weights; `class`: signal and background weights add up to the same."""


class Variant(Settings):
    """A named classifier."""

    weights: VariantWeights = VariantWeights()
    """Its training weights."""
    region: str
    """Region whose events it is trained on."""
    inputs: tuple[str, ...] = ()
    """Columns that it sees; all features if left out."""
    without_processes: tuple[str, ...] = ()
    """Processes to leave out of the training; they are still scored."""
    architecture: Architecture = Architecture()
    """The network."""
    batch: MiniBatch = MiniBatch()
    """Its mini-batches."""
    phases: tuple[Phase, ...] = Field((Phase(epochs=20, patience=4),), min_length=1)
    """Its training."""
    validation_fraction: float = Field(0.2, gt=0, lt=1)
    """Share of the training fold that decides when to stop."""
    seeds: tuple[int, ...] = Field((1,), min_length=1)
    """Initialisations to train; the combined score is their mean."""

    @field_validator("seeds")
    @classmethod
    def _different_seeds(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(seeds)) != len(seeds):
            raise ValueError(f"seeds must differ, got {list(seeds)}")
        return seeds


class TrainClassifierSettings(Settings):
    """Stage settings of `train_classifier`."""

    seed: int
    """The analysis seed."""
    folds: int
    """Number of folds."""
    variant: Variant
    """The classifier, with its inputs filled in."""
    signal_samples: tuple[str, ...]
    """Samples of class 1."""
    background_samples: tuple[str, ...]
    """Samples of class 0."""


class ScoreEventsSettings(Settings):
    """Stage settings of `score_events`."""

    folds: int
    """Number of folds."""
    variant: str
    """The variant's name, for messages and provenance."""


class CheckClassifierSettings(Settings):
    """Stage settings of `check_classifier`."""

    seed: int
    """The analysis seed."""
    region: str
    """Region in which the classifier is judged."""
    signal_samples: tuple[str, ...]
    """Samples of class 1."""
    background_samples: tuple[str, ...]
    """Samples of class 0."""
    seeds: tuple[int, ...]
    """Initialisations."""
    score_edges: tuple[float, ...]
    """Edges of the score bins of the binned significance."""
    bootstrap: int
    """Bootstrap replicas for the error of the AUC."""
