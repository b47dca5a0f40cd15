"""Settings of the study of template statistics: what does the size of the simulation do to a fit?"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from signedag.config.base import Settings
from signedag.config.fitting import ModelSettings
from signedag.config.names import ColumnName, Name, Names, SomeNames
from signedag.config.seed import Seed

MOST_FINE_BINS = 1000


def _nested(bins: tuple[int, ...]) -> tuple[int, ...]:
    if math.lcm(*bins) > MOST_FINE_BINS:
        raise ValueError(
            f"templates are filled once, in bins of which all of {list(bins)} are made, which takes {math.lcm(*bins)} "
            f"per axis; at most {MOST_FINE_BINS} are possible: choose numbers with a smaller common multiple"
        )
    return tuple(sorted(set(bins)))


def _increasing(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(sorted(set(values)))


BinsPerAxis = Annotated[int, Field(ge=1, le=MOST_FINE_BINS)]
EffectiveEvents = Annotated[float, Field(ge=0, le=1e9)]


class TemplateStatisticsStudy(Settings):
    """Pseudo-experiments in which data and simulated events fluctuate.

    They are fitted with and without template statistics, in several binnings, and with bins merged until each has some
    effective events.
    """

    variants: Names = ()
    """Classifiers or score maps to study; the recommended one if left out, or the first one that is judged."""
    bins: Annotated[tuple[BinsPerAxis, ...], Field(min_length=1), AfterValidator(_nested)] = (10, 20, 30, 50, 100)
    """Bins per axis: equal ones between the ends of the first of `fit.binnings` in the mass, equal signal in the
    score."""
    scanned_bins: Annotated[tuple[BinsPerAxis, ...], Field(min_length=1), AfterValidator(_nested)] = (
        5,
        10,
        20,
        30,
        50,
        100,
        150,
        300,
    )
    """Bins per axis of which the expected error alone is given, without pseudo-experiments."""
    least_effective_events: Annotated[tuple[EffectiveEvents, ...], Field(min_length=1), AfterValidator(_increasing)] = (
        0.0,
        10.0,
        30.0,
        100.0,
    )
    """Effective events of the background below which bins are merged with neighbours, each in turn; 0 merges none."""
    transformed_weights: bool = False
    """Whether templates of transformed training weights are fitted beside the signed ones: what if they entered a fit?
    Their networks are trained for it."""
    pseudo_experiments: int = Field(500, ge=2, le=1_000_000)
    """How many there are of each binning."""
    pseudo_experiments_per_job: int = Field(25, ge=1, le=1_000_000)
    """How many a job does; results do not depend on it."""

    @property
    def parts(self) -> int:
        """How many jobs there are for each variant."""
        return math.ceil(self.pseudo_experiments / self.pseudo_experiments_per_job)

    def numbers(self, part: int) -> range:
        """Give the pseudo-experiments of a job."""
        first = part * self.pseudo_experiments_per_job
        return range(first, min(first + self.pseudo_experiments_per_job, self.pseudo_experiments))


class StudyCase(Settings):
    """One way to make and fit pseudo-experiments."""

    templates: Literal["exact", "redrawn", "transformed", "transformed_covered"]
    """What the fit gets: the templates that the data are drawn from, redrawn ones, or those of the redrawn events with
    transformed weights, without or with the variance of what closure cannot exclude."""
    template_statistics: Literal["none", "barlow_beeston_lite"]
    """How the templates' error enters the likelihood."""
    least_effective_events: float
    """Effective events below which bins are merged; 0 merges none."""


class ScannedFit(Settings):
    """One way to fit templates that do not fluctuate."""

    template_statistics: Literal["none", "barlow_beeston_lite"]
    """How the templates' error enters the likelihood."""
    least_effective_events: float
    """Effective events below which bins are merged; 0 merges none."""


class StudiedBinnings(Settings):
    """What is filled and fitted in several binnings."""

    model: ModelSettings
    """What turns templates into a likelihood."""
    region: Name
    """The signal region."""
    mass: ColumnName
    """The mass column."""
    low: float
    """Lower end of the mass."""
    high: float
    """Upper end of the mass."""
    bins: tuple[int, ...]
    """Bins per axis."""
    samples: dict[Name, Name]
    """Sample to process."""
    signal_samples: Names
    """Samples of the signal, of which the bins of the score are made."""
    shifts: Names
    """Shifts, without `_up` and `_down`."""
    one_sided: Names = ()
    """Those of them that have an upward side alone."""
    variations: dict[Name, SomeNames | None]
    """Weight variations and the processes that they act on."""


class StudyTemplateStatisticsSettings(StudiedBinnings):
    """Stage settings of `study_template_statistics`."""

    seed: Seed
    """The analysis seed."""
    cases: tuple[StudyCase, ...]
    """Ways to make and fit pseudo-experiments."""
    transformed_samples: Names
    """Samples whose transformed weights are studied; none if these are not."""


class ScanBinningsSettings(StudiedBinnings):
    """Stage settings of `scan_binnings`."""

    fits: tuple[ScannedFit, ...]
    """Ways to fit."""


class CombineTemplateStatisticsSettings(Settings):
    """Stage settings of `combine_template_statistics`."""

    bins: tuple[int, ...]
    """Bins per axis."""
    cases: tuple[StudyCase, ...]
    """Ways to make and fit pseudo-experiments."""
    pseudo_experiments: int
    """How many there are of each binning."""
