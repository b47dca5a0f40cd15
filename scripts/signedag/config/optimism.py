"""Settings of the optimism: do scores know the signs of the events that they judge?"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from signedag.config.base import Settings
from signedag.config.classifier import Variant
from signedag.config.fitting import Binning, ModelSettings
from signedag.config.names import ColumnName, Name, Names, SomeNames
from signedag.config.seed import Seed, Seeds


class Optimism(Settings):
    """How much better a classifier seems because its scores know signs of the events that judge it."""

    variants: SomeNames
    """Classifiers to measure; those of the strategy comparison too."""
    seeds: Seeds = (1, 2, 3, 4, 5)
    """Seeds of the simulation: for each the whole analysis is made again, as `results/<analysis>_seed<seed>/`."""
    redraws: int = Field(200, ge=20, le=100_000)
    """How often the signs are redrawn from the known truth in each simulation."""
    reference: bool = True
    """Whether each classifier is trained once more on the true weights, as `<variant>_on_truth`. Its optimism is zero
    but for the same fluctuation of the signs, so the difference of the two is known much better."""
    probability: ColumnName = "positive_probability"
    """The column of `events.truth` with the probability of a positive weight, given all that scores and mass depend
    on."""

    @field_validator("seeds")
    @classmethod
    def _enough_seeds(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(seeds) < 2:
            raise ValueError(f"a mean over simulations needs at least two different seeds, got {list(seeds)}")
        return seeds


def reference_name(variant: str) -> str:
    """Name the same classifier trained on the true weights."""
    return f"{variant}_on_truth"


def has_reference(optimism: Optimism, variant: Variant) -> bool:
    """Tell whether a variant is compared with one trained on the truth: `joint` learns weights of its own."""
    return optimism.reference and variant.weights.strategy not in ("truth", "joint")


def reference_variant(variant: Variant) -> Variant:
    """Give the same classifier trained on the true weights."""
    return variant.model_copy(update={"weights": variant.weights.model_copy(update={"strategy": "truth"})})


class OptimismOfFit(Settings):
    """The fit whose error on the signal strength is measured."""

    region: Name
    """The signal region."""
    mass: ColumnName
    """The mass column."""
    binning: Binning
    """The axes."""
    processes: dict[Name, Name]
    """Sample to process."""
    model: ModelSettings
    """Signal strength, scale factors and normalisation uncertainties."""
    nonpositive_bins: Literal["merge", "floor"]
    """What to do with a bin whose prediction is not positive."""
    floor_events: float
    """The total prediction that `floor` raises a bin to."""


class MeasureOptimismSettings(Settings):
    """Stage settings of `measure_optimism`."""

    seed: Seed
    """The analysis seed."""
    region: Name
    """Region in which the classifier is judged."""
    signal_samples: Names
    """Samples of class 1."""
    background_samples: Names
    """Samples of class 0."""
    expected_events: dict[Name, float | None]
    """Events that all of a sample's entries stand for, cross-section times luminosity; `null` where the denominator of
    the cross-section is given and does not follow the signs."""
    probability: ColumnName
    """The truth's column."""
    redraws: int
    """How often signs are redrawn."""
    fit: OptimismOfFit | None
    """The fit; none if the analysis has none."""


class CombineOptimismSettings(Settings):
    """Stage settings of `combine_optimism`."""

    seeds: Seeds
    """Seeds of the simulation, in the order of the files."""
