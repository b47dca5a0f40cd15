"""Settings of uncertainties, scale factors, templates and the signal-strength fit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from signedag.config.base import Settings
from signedag.config.binning import Axis, ScoreAxis
from signedag.config.blinding import Blinding, FilledData, ObservedData
from signedag.config.events import Shift, Variation
from signedag.config.names import ColumnName, Name, Names, SomeNames, different
from signedag.config.seed import Seed
from signedag.config.variation_treatment import Smoothing, Symmetrisation

Treatment = Literal["fixed", "constrained", "simultaneous"]
Interpolation = Literal["smooth", "piecewise"]
TemplateStatistics = Literal["none", "barlow_beeston_lite"]
FewEffectiveEvents = Literal["merge", "floor", "refuse"]

TEMPLATE_STATISTICS: TemplateStatistics = "barlow_beeston_lite"
"""How fits treat the statistical error of the templates if the configuration does not say."""
COMMON_STRENGTH = "mu"
"""The strength of all signals that have none of their own."""
SCORE = "score"
"""The axis of the fit that is no column of the events."""
SCALE_FACTOR_GROUP = "scale_factors"
"""The group of uncertainties that the scale factors are."""
OTHER_GROUP = "others"
"""The group of all uncertainties that no group of the configuration holds."""


class NormalisationUncertainty(Settings):
    """An uncertainty of yields."""

    relative: float | None = Field(None, gt=0, lt=1)
    """Relative size; needed but where the fit alone determines the yields (`constraint: free`)."""
    constraint: Literal["log_normal", "gaussian", "free"] = "log_normal"
    """What is known of the yields: their logarithm has an error, they themselves have one, or nothing is known and a
    free factor multiplies them."""
    processes: SomeNames | None = None
    """Processes that it acts on; all if left out."""

    @model_validator(mode="after")
    def _size_if_constrained(self) -> NormalisationUncertainty:
        if (self.relative is None) != (self.constraint == "free"):
            needed = "needs no 'relative' size; remove it" if self.constraint == "free" else "needs a 'relative' size"
            raise ValueError(f"constraint '{self.constraint}' {needed}")
        return self


class Uncertainties(Settings):
    """Systematic uncertainties; each is one nuisance of the fit."""

    shifts: dict[Name, Shift] = {}
    """Changed kinematic inputs."""
    variations: dict[Name, Variation] = {}
    """Alternative weights."""
    normalisations: dict[Name, NormalisationUncertainty] = {}
    """Uncertainties of yields alone."""
    interpolation: Interpolation = "smooth"
    """How a prediction goes from -1 over 0 to +1 sigma: `smooth` by polynomials (HistFactory codes 4p and 4, pyhf's
    default), or `piecewise` linear and exponential (codes 0 and 1)."""
    symmetrise: dict[Name, Symmetrisation] = {}
    """Shifts and weight variations whose templates the fits make symmetric around the nominal one: `difference` takes
    half the difference of up and down, `mirror_up` and `mirror_down` mirror that side; none if left out."""
    smooth: dict[Name, Smoothing] = {}
    """Shifts and weight variations whose relative change the fits smooth over neighbouring bins, yields kept; none if
    left out."""


class ControlRegion(Settings):
    """How a control region enters the fit."""

    observable: ColumnName
    """Column to bin."""
    axis: Axis
    """Its bins; one bin counts events."""


class ScaleFactors(Settings):
    """The fit of scale factors in control regions."""

    regions: dict[Name, ControlRegion] = Field(min_length=1)
    """Control regions by name."""
    profile_nuisances: bool = False
    """Whether the uncertainties are profiled in this fit too; they are in the simultaneous treatment anyway."""
    flatness: ControlRegion | None = None
    """Observable in whose bins each scale factor is fitted once more, to see whether it is flat."""
    pseudo_experiments: int = Field(200, ge=2, le=1_000_000)
    """Pseudo-experiments of the pull study (`snakemake pulls`)."""


class Binning(Settings):
    """The two axes of the fitted templates."""

    mass: Axis
    """Bins of the mass."""
    score: ScoreAxis
    """Bins of the classifier score, 0 to 1."""


class Asimov(Settings):
    """What the Asimov data of the signal-strength fit are made with."""

    strength: float = Field(1.0, ge=-1000, le=1000)
    """Every signal strength that is not in `strengths`."""
    strengths: dict[Name, Annotated[float, Field(ge=-1000, le=1000)]] = {}
    """Signal strengths by name."""
    scale_factors: dict[Name, Annotated[float, Field(gt=0, le=1000)]] = {}
    """Scale factors by name; the fitted ones where left out."""


class FitToys(Settings):
    """Pseudo-experiments that check the fit: do its intervals hold, and are its asymptotic limits right?"""

    strengths: tuple[float, ...] = Field((0.0, 1.0, 2.0), min_length=1)
    """Signal strengths that they are drawn with."""
    intervals: int = Field(1000, ge=2, le=1_000_000)
    """How many are fitted at each strength."""
    limits: int = Field(500, ge=2, le=1_000_000)
    """How many are drawn with and without signal at each tested value of the upper limit."""


class Fit(Settings):
    """The two-dimensional signal-strength fit."""

    region: Name
    """The signal region."""
    mass: ColumnName = "m_jj_gev"
    """The mass column."""
    variants: Names = ()
    """Classifiers to fit with; all if left out."""
    binnings: dict[Name, Binning] = Field(min_length=1)
    """Binnings by name."""
    treatments: Annotated[tuple[Treatment, ...], AfterValidator(different)] = Field(
        ("fixed", "constrained", "simultaneous"), min_length=1
    )
    """How the scale factors enter: fixed at their fitted values, constrained by their covariance, or fitted together
    with the control regions."""
    nonpositive_bins: Literal["merge", "floor"] = "merge"
    """What to do with a bin whose prediction is not positive: merge it with its neighbour, or raise it to
    `floor_events`. A raised bin has signal beside next to no background, so `floor` makes the expected result look
    better than it is."""
    floor_events: float = Field(1e-3, gt=0)
    """The total prediction that `floor` raises a bin to."""
    least_effective_events: float | None = Field(100.0, gt=0)
    """Effective events (Σw)²/Σw² that the background of each bin needs, in all regions of the fit of the signal
    strength; null for none. Bins of a hundred keep the templates' own fluctuations from biasing the strength."""
    few_effective_events: FewEffectiveEvents = "merge"
    """What to do with a bin whose background has fewer: `merge` it with its neighbours, `floor` it (its background is
    raised to the yield whose error it has, at the expense of all other bins), or `refuse` to fit."""
    asimov: Asimov = Asimov()
    """What the expected result is for: by default a strength of 1 and the fitted scale factors."""
    data: Literal["asimov", "observed"] = "asimov"
    """What is fitted: Asimov data alone, or the observed ones of the signal region too."""
    blinding: Blinding = Blinding()
    """What observed data do not show before the analysis is unblinded."""
    template_statistics: TemplateStatistics = TEMPLATE_STATISTICS
    """How the statistical error of the templates enters all fits, also that of the scale factors: `none` leaves it out
    of the likelihood and gives it beside the result; `barlow_beeston_lite` lets each bin's total move within its own
    error, which the interval then contains."""
    confidence_level: float = Field(0.95, gt=0.5, lt=1)
    """Confidence level of upper limits."""
    toys: FitToys = FitToys()
    """Pseudo-experiments of the recommended fit (`snakemake toys`)."""
    uncertainty_groups: dict[Name, SomeNames] = {}
    """Groups in which impacts and parts of the uncertainty are given: name to uncertainties; shifts, weight variations
    and normalisations if left out. What is in none is the group `others`, and scale factors are `scale_factors`."""


class FillTemplatesSettings(Settings):
    """Stage settings of `fill_templates`: 2D templates of the signal region."""

    region: Name
    """The signal region."""
    mass: ColumnName
    """The mass column."""
    binning: Binning
    """The axes."""
    samples: dict[Name, Name]
    """Sample to process."""
    signal_samples: Names = ()
    """Samples of the signal, where the bins of the score depend on it."""
    shifts: Names
    """Shifts, without `_up` and `_down`."""
    one_sided: Names = ()
    """Those of them that have an upward side alone."""
    variations: dict[Name, SomeNames | None]
    """Weight variations and the processes that they act on."""
    data: FilledData | None = None
    """Observed data; none if left out."""


class FillControlTemplatesSettings(Settings):
    """Stage settings of `fill_control_templates`: 1D templates of the control regions, with data."""

    regions: dict[Name, ControlRegion]
    """Control regions by name."""
    samples: dict[Name, Name]
    """Sample to process."""
    data: str = "data"
    """Sample with the observed or pseudo-data."""
    shifts: Names
    """Shifts, without `_up` and `_down`."""
    one_sided: Names = ()
    """Those of them that have an upward side alone."""
    variations: dict[Name, SomeNames | None]
    """Weight variations and the processes that they act on."""
    flatness: ControlRegion | None = None
    """Observable in which each control region is filled once more, for the flatness of the scale factors."""


class ModelSettings(Settings):
    """What turns templates into a likelihood, besides the templates themselves."""

    signals: Names
    """Processes scaled by a signal strength."""
    strengths: dict[Name, Name] = {}
    """Signal process to the name of its strength, where that is not `mu`."""
    scale_factors: dict[Name, Name]
    """Process to the name of its scale factor."""
    shapes: dict[Name, SomeNames | None]
    """Nuisances with templates and the processes that they act on (`null`: all)."""
    normalisations: dict[Name, NormalisationUncertainty]
    """Nuisances of yields alone."""
    interpolation: Interpolation = "smooth"
    """How a prediction goes from -1 over 0 to +1 sigma."""
    symmetrise: dict[Name, Symmetrisation] = {}
    """Nuisances with templates that are made symmetric, and how."""
    smooth: dict[Name, Smoothing] = {}
    """Nuisances with templates that are smoothed, and how."""
    template_statistics: TemplateStatistics = "none"
    """How the statistical error of the templates enters."""


class FitScaleFactorsSettings(Settings):
    """Stage settings of `fit_scale_factors`."""

    model: ModelSettings
    """The likelihood."""
    profile_nuisances: bool
    """Whether the nuisances are profiled too."""
    nonpositive_bins: Literal["merge", "floor"] = "merge"
    """What to do with a bin whose prediction is not positive."""
    floor_events: float = Field(1e-3, gt=0)
    """The total prediction that `floor` raises a bin to."""
    truth: dict[Name, float]
    """True scale factors of pseudo-data, for the report; empty for observed data."""


class StudyPullsSettings(Settings):
    """Stage settings of `study_pulls`."""

    seed: Seed
    """The analysis seed."""
    fit: FitScaleFactorsSettings
    """The fit that is repeated."""
    pseudo_experiments: int
    """How often."""


class FitSignalStrengthSettings(Settings):
    """Stage settings of `fit_signal_strength`."""

    model: ModelSettings
    """The likelihood."""
    treatment: Treatment
    """How the scale factors enter."""
    nonpositive_bins: Literal["merge", "floor"]
    """What to do with a bin whose prediction is not positive."""
    floor_events: float
    """The total prediction that `floor` raises a bin to."""
    least_effective_events: float | None = None
    """Effective events that the background of each bin needs."""
    few_effective_events: FewEffectiveEvents = "merge"
    """What to do with a bin whose background has fewer."""
    asimov: Asimov = Asimov()
    """What the Asimov data are made with."""
    uncertainty_groups: dict[Name, SomeNames] = {}
    """Groups in which the parts of the uncertainty are given."""
    observed: ObservedData | None = None
    """Observed data that are fitted too; Asimov data alone if left out."""


class ComputeLimitsSettings(Settings):
    """Stage settings of `compute_limits`."""

    fit: FitSignalStrengthSettings
    """The likelihood and its treatment."""
    confidence_level: float
    """Confidence level of the limits."""


class ComputeImpactsSettings(Settings):
    """Stage settings of `compute_impacts`."""

    fit: FitSignalStrengthSettings
    """The likelihood and its treatment."""
    groups: dict[Name, SomeNames]
    """Groups of uncertainties."""


class StudyToysSettings(Settings):
    """Stage settings of `study_toys`."""

    seed: Seed
    """The analysis seed."""
    fit: FitSignalStrengthSettings
    """The likelihood and its treatment."""
    confidence_level: float
    """Confidence level of the limits."""
    toys: FitToys
    """How many pseudo-experiments are drawn, and with what."""
