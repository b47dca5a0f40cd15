"""Settings of the sculpting check."""

from __future__ import annotations

from pydantic import Field

from signedag.config.base import Settings
from signedag.config.binning import Axis
from signedag.config.names import ColumnName, Name, Names
from signedag.config.seed import Seed


class Sculpting(Settings):
    """Does a cut on the score change the background's mass shape?"""

    region: Name
    """Region in which to look."""
    mass: ColumnName = "m_jj_gev"
    """The mass column."""
    axis: Axis
    """Its bins."""
    quantiles: int = Field(4, ge=2, le=100)
    """Quantiles of the (signed) background score."""
    effective_events_per_bin: float = Field(10.0, gt=0)
    """Bins of the χ² with fewer effective events, (Σw)²/Σw², are merged with their neighbours."""
    ks_replicas: int = Field(1000, ge=0, le=100_000)
    """Replicas with random signs for a Kolmogorov-Smirnov test whose asymptotic probability is near a threshold
    (between 0.0001 and 0.2); none with 0."""


class CheckSculptingSettings(Settings):
    """Stage settings of `check_sculpting`."""

    seed: Seed
    """The analysis seed."""
    bootstrap: int
    """Replicas for the floor of the Jensen-Shannon divergence."""
    sculpting: Sculpting
    """The check."""
    background_samples: Names
    """Samples that make the background."""
    signal_samples: Names
    """Samples of the signal, for the score's signal quantiles."""
    resonant_samples: Names
    """Background samples that peak in the mass and should look like signal otherwise."""
