"""Settings of data and simulation in any variable of any region."""

from __future__ import annotations

from pydantic import model_validator

from signedag.config.base import Settings
from signedag.config.binning import Axis
from signedag.config.blinding import Blinding
from signedag.config.fitting import NormalisationUncertainty
from signedag.config.names import ColumnName, Name, Names, SomeNames
from signedag.config.plotting import PlotSettings


class Distributions(Settings):
    """Which variables are drawn in which regions (`snakemake distributions`)."""

    regions: SomeNames
    """Regions; each is drawn in every variable. Data are hidden in the signal region, and wherever its events are, as
    `fit.data` and `fit.blinding` say; without a fit, the regions of the classifiers are signal regions."""
    variables: dict[ColumnName, Axis] = {}
    """Bins by column: any feature or spectator."""
    scores: dict[Name, Axis] = {}
    """Bins by classifier or score map, whose score is drawn; data are scored for that where they are shown."""
    scale_factors: bool = False
    """Whether the fitted scale factors are applied to the simulation."""

    @model_validator(mode="after")
    def _something_to_draw(self) -> Distributions:
        if not self.variables and not self.scores:
            raise ValueError("there is nothing to draw; name columns under 'variables' or classifiers under 'scores'")
        return self


class ShownData(Settings):
    """Data that a region shows, and what is hidden of them."""

    sample: str = "data"
    """Sample with the observed or pseudo-data."""
    signal_regions: Names
    """Regions whose events are hidden by the rules; in no others is anything hidden."""
    signals: Names = ()
    """Signal processes, for the expected ratio of signal to background."""
    blinding: Blinding | None = None
    """What is hidden of their events; all of it if left out."""
    scored: Names = ()
    """Classifiers and score maps whose scores are held against a window of the score."""


class FillDistributionsSettings(Settings):
    """Stage settings of `fill_distributions`: histograms of one region in every variable."""

    variables: dict[ColumnName, Axis]
    """Bins by column."""
    scores: dict[Name, Axis]
    """Bins by classifier or score map."""
    samples: dict[Name, Name]
    """Sample to process."""
    shifts: Names
    """Shifts, without `_up` and `_down`."""
    one_sided: Names = ()
    """Those that have an upward side alone."""
    variations: dict[Name, SomeNames | None]
    """Weight variations and the processes that they act on."""
    data: ShownData | None = None
    """Data; none are shown if left out."""


class PlotDistributionsSettings(Settings):
    """Stage settings of `plot_distributions`."""

    figures: PlotSettings
    """How figures look."""
    normalisations: dict[Name, NormalisationUncertainty]
    """Uncertainties of yields alone."""
    scale_factors: dict[Name, Name]
    """Process to the name of its scale factor, where factors are applied."""
    pseudo_data: bool
    """Whether the data are simulated."""
