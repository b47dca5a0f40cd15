"""Settings of the comparison of all ways to make a score independent of the mass."""

from __future__ import annotations

from pydantic import Field, field_validator

from signedag.config.base import Settings
from signedag.config.fitting import Treatment
from signedag.config.names import Name, Names
from signedag.config.seed import Seed, Seeds


class DecorrelationComparison(Settings):
    """Several scores side by side, each in several simulations: what they sculpt, and what they leave to the fit."""

    baseline: Name
    """The plain classifier that the others are measured against."""
    variants: Names = ()
    """Classifiers and score maps to compare; all if left out."""
    seeds: Seeds = (2, 3, 4, 5, 6)
    """Seeds of the simulation: for each the whole analysis is made again, as `results/<analysis>_seed<seed>/`. Leave
    out that of the analysis itself: what is chosen on events looks too good on the same events."""
    binning: Name | None = None
    """Binning of the fit that judges; the first one of the fit if left out."""
    treatment: Treatment | None = None
    """Treatment of the scale factors in that fit; the first one of the fit if left out."""
    p_value: float = Field(0.01, gt=0, lt=1)
    """Smallest p-value of every quantile's χ² and Kolmogorov-Smirnov test with which a score passes."""

    @field_validator("seeds")
    @classmethod
    def _enough_seeds(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(seeds) < 2:
            raise ValueError(f"a comparison needs at least two different seeds of the simulation, got {list(seeds)}")
        return seeds


class Effort(Settings):
    """What a score takes; the fewer of both, the simpler it is."""

    trainings: int
    """Networks to train in one simulation: every fold and initialisation of the classifiers that it needs."""
    additions: int
    """What it has beside a classifier trained by cross-entropy: further terms of the loss, further networks, planing, a
    map."""


class CompareDecorrelationSettings(Settings):
    """Stage settings of `compare_decorrelation`."""

    seed: Seed
    """The analysis seed, on which nothing should be chosen."""
    baseline: Name
    """The variant that the others are measured against."""
    variants: Names
    """Variants in the order of the table."""
    seeds: Seeds
    """Seeds of the simulation, in the order of the folders."""
    maps: dict[Name, Name]
    """Of the variants that are score maps, whose score they map."""
    needs: dict[Name, Names]
    """Variant to the classifiers that must be trained for it."""
    initialisations: dict[Name, Seeds]
    """Initialisations of each of these classifiers."""
    efforts: dict[Name, Effort]
    """Variant to what it takes."""
    folds: int
    """Folds of the cross-evaluation."""
    binning: Name
    """Binning of the fit."""
    treatment: Treatment
    """Its treatment of the scale factors."""
    p_value: float
    """Smallest p-value with which a score passes."""
    has_diboson_peak: bool
    """Whether the analysis looks for the peak of a resonant background."""
