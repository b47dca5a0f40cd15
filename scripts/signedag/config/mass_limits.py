"""Settings of upper limits against the mass, for several models of the classifier."""

from __future__ import annotations

from pydantic import Field

from signedag.config.base import Settings
from signedag.config.masses import Models
from signedag.config.names import Name, Names
from signedag.config.plotting import PlotSettings
from signedag.config.texts import FilledLine


class CompareMassLimitsSettings(Settings):
    """Stage settings of `compare_mass_limits`."""

    models: Models = Field(min_length=1)
    """Label of a model to signal process to the variant whose fit gives the limit there."""
    order: tuple[FilledLine, ...] = ()
    """Models in the order in which they are shown, those that are not named last, by name."""
    parameter: Name
    """The parameter on the horizontal axis of figures."""
    parameters: dict[Name, dict[Name, float]]
    """Signal process to its parameters."""
    trained: dict[FilledLine, Names]
    """Model to the signal processes that it is trained at."""
    reference: FilledLine = "individual"
    """The model that ratios are taken to."""


class PlotMassLimitsSettings(CompareMassLimitsSettings, PlotSettings):
    """Stage settings of `plot_mass_limits`: what is compared, and how figures look."""

    bands_of: FilledLine
    """The model whose ±1 σ and ±2 σ bands are drawn."""
