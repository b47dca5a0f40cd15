"""Settings of the diboson check: does a background that differs from the signal in mass alone survive a cut?"""

from __future__ import annotations

from pydantic import Field

from signedag.config.base import Settings
from signedag.config.binning import Axis
from signedag.config.names import ColumnName, Name, Names


class DibosonPeak(Settings):
    """Does a resonant background (`processes.*.resonant`) peak in the top quantile of the signal's score?"""

    region: Name
    """Region in which to look."""
    mass: ColumnName = "m_jj_gev"
    """The mass column."""
    axis: Axis
    """Its bins: several in the peak and on both sides of it."""
    top_signal_fraction: float = Field(0.25, gt=0, lt=1)
    """Share of the signal in the top quantile in which the resonant background must peak."""
    luminosity_factor: float = Field(10.0, gt=0, le=1e6)
    """Multiple of `luminosity_fb` at which the significance of the peak is judged, beside that at `luminosity_fb`."""


class CheckDibosonPeakSettings(Settings):
    """Stage settings of `check_diboson_peak`."""

    diboson_peak: DibosonPeak
    """The check."""
    luminosity_fb: float
    """Integrated luminosity, fb⁻¹."""
    resonant_samples: Names
    """Background samples that peak in the mass and should look like signal otherwise."""
    other_samples: Names
    """The other background samples, which make the smooth background."""
    signal_samples: Names
    """Samples of the signal, for the top quantile of its score."""
