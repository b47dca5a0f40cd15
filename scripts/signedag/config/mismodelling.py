"""Settings of the study of mismodelling: are scores decorrelated where data are not the simulation?"""

from __future__ import annotations

from pydantic import Field

from signedag.config.base import Settings
from signedag.config.expression import Expression
from signedag.config.names import Name, Names
from signedag.config.sculpting import Sculpting


class Mismodelling(Settings):
    """The sculpting check again, in the region and bins of `sculpting`, on a background that is not the simulated one.

    Trainings, maps and the cuts between quantiles stay those of the nominal simulation.
    """

    variants: Names = ()
    """Classifiers and score maps to compare; all that are judged if left out."""
    signal_strength: float = Field(5.0, gt=0, le=1e6)
    """Multiple of the signal that is injected into the background."""
    reweightings: dict[Name, Expression] = {}
    """Factors on the weight of each background event, by name: expressions in stored columns, such as another slope of
    a transverse momentum. Only their shape matters."""
    shifts: Names | None = None
    """Shifts of `uncertainties.shifts` under which the background is looked at, up and down; all if left out."""


class StudyMismodellingSettings(Settings):
    """Stage settings of `study_mismodelling`."""

    sculpting: Sculpting
    """Region, mass, bins and quantiles."""
    variants: Names
    """Classifiers and score maps to compare."""
    signal_strength: float
    """Multiple of the signal that is injected into the background."""
    reweightings: dict[Name, Expression]
    """Factors on the weight of each background event, by name."""
    shifts: Names
    """Shifts with their sides."""
    background_samples: Names
    """Background samples, without the resonant ones where there are others."""
    left_out: Names
    """Resonant samples that are left out: a score that keeps them changes the sum without sculpting."""
    signal_samples: Names
    """Samples of the signal that is injected."""
