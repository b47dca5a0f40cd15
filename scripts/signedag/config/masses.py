"""Settings of what is said about classifiers at each mass, or whatever parameter the signal processes have."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from signedag.config.base import Settings
from signedag.config.names import Name, Names, SomeNames
from signedag.config.plotting import PlotSettings
from signedag.config.seed import Seed, Seeds
from signedag.config.texts import FilledLine

Models = dict[FilledLine, dict[Name, Name]]
"""Label of a model to signal process to the variant that is judged there."""


class MassPoint(Settings):
    """One signal process as a classifier is judged at it."""

    samples: SomeNames
    """Samples of the process."""
    parameters: dict[Name, float]
    """Its parameters, such as the mass."""
    column: Name | Literal["score"] = "score"
    """Column of the score store that is the score at its parameters."""
    trained: bool
    """Whether the classifier was trained at it."""


class CheckMassesSettings(Settings):
    """Stage settings of `check_masses`."""

    seed: Seed
    """The analysis seed."""
    region: Name
    """Region in which the classifier is judged."""
    background_samples: SomeNames
    """Samples of class 0, all of them at every mass."""
    points: dict[Name, MassPoint] = Field(min_length=1)
    """Signal process to how the classifier is judged at it."""
    seeds: Seeds
    """Initialisations."""
    bootstrap: int = Field(ge=2)
    """Bootstrap replicas of the events for errors."""


class CompareMassesSettings(Settings):
    """Stage settings of `compare_masses`."""

    tables: dict[Name, Models]
    """Table to its models, in the order in which they are shown; the first one is the reference of figures."""
    differences: tuple[tuple[Name, FilledLine, FilledLine], ...] = ()
    """Table, model and the model that is subtracted."""
    parameter: Name
    """The parameter on the horizontal axis of figures."""


class CompareMassLimitsSettings(Settings):
    """Stage settings of `compare_mass_limits`."""

    models: Models = Field(min_length=1)
    """Label of a model to signal process to the variant whose fit gives the limit there."""
    parameter: Name
    """The parameter on the horizontal axis of figures."""
    parameters: dict[Name, dict[Name, float]]
    """Signal process to its parameters."""
    trained: dict[FilledLine, Names]
    """Model to the signal processes that it is trained at."""
    reference: FilledLine = "individual"
    """The model that ratios are taken to."""


class PlotMassLimitsSettings(PlotSettings):
    """Stage settings of `plot_mass_limits`."""

    models: Models = Field(min_length=1)
    """Label of a model to signal process to the variant whose fit gives the limit there."""
    parameter: Name
    """The parameter on the horizontal axis."""
    parameters: dict[Name, dict[Name, float]]
    """Signal process to its parameters."""
    trained: dict[FilledLine, Names]
    """Model to the signal processes that it is trained at."""
    reference: FilledLine = "individual"
    """The model that ratios are taken to."""
    bands_of: FilledLine
    """The model whose ±1 σ and ±2 σ bands are drawn."""
