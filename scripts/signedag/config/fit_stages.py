"""Settings of the stages of templates, scale factors and fits, taken from the analysis."""

from __future__ import annotations

from itertools import combinations
from typing import Any, Literal

from signedag.config.analysis import Analysis
from signedag.config.blinding import Blinding, FilledData, ObservedData
from signedag.config.fitting import (
    COMMON_STRENGTH,
    OTHER_GROUP,
    SCORE,
    TEMPLATE_STATISTICS,
    ComputeImpactsSettings,
    ComputeLimitsSettings,
    FillControlTemplatesSettings,
    FillTemplatesSettings,
    FitScaleFactorsSettings,
    FitSignalStrengthSettings,
    ModelSettings,
    StudyPullsSettings,
    StudyToysSettings,
    Treatment,
)
from signedag.config.stage_samples import fitted_samples
from signedag.config.template_statistics_study import (
    CombineTemplateStatisticsSettings,
    ScanBinningsSettings,
    ScannedFit,
    StudyCase,
    StudyTemplateStatisticsSettings,
    TemplateStatisticsStudy,
)

Studied = tuple[
    Literal["exact", "redrawn", "transformed", "transformed_covered"], Literal["none", "barlow_beeston_lite"]
]
STUDIED: tuple[Studied, ...] = (("exact", "none"), ("redrawn", "none"), ("redrawn", "barlow_beeston_lite"))
"""Templates that the fit gets, and how their errors enter."""
STUDIED_TRANSFORMED: tuple[Studied, ...] = (
    ("transformed", "barlow_beeston_lite"),
    ("transformed_covered", "barlow_beeston_lite"),
)
"""The same of transformed weights."""


def variations_of(analysis: Analysis) -> dict[str, tuple[str, ...] | None]:
    """Give the weight variations with the processes that they act on."""
    return {name: variation.processes for name, variation in analysis.uncertainties.variations.items()}


def fill_templates(analysis: Analysis, variant: str, binning: str) -> FillTemplatesSettings:
    """Settings to fill the signal region's templates, with the variant's own signals alone."""
    assert analysis.fit is not None
    chosen = analysis.fit.binnings[binning]
    others = set(analysis.signals()) - set(analysis.signals_of(variant))
    return FillTemplatesSettings(
        region=analysis.fit.region,
        mass=analysis.fit.mass,
        binning=chosen,
        samples={name: process for name, process in fitted_samples(analysis).items() if process not in others},
        signal_samples=analysis.signal_samples_of(variant) if chosen.score.equal_signal else (),
        shifts=tuple(sorted(analysis.fitted_shifts())),
        one_sided=tuple(sorted(analysis.one_sided_shifts())),
        variations=variations_of(analysis),
        data=_filled_data(analysis),
    )


def _filled_data(analysis: Analysis) -> FilledData | None:
    assert analysis.fit is not None
    if analysis.fit.data == "asimov":
        return None
    return FilledData(signals=analysis.signals(), blinding=hiding_bins(analysis.fit.blinding))


def hiding_bins(blinding: Blinding) -> Blinding:
    """Give the rules for those who hide bins and never show a strength."""
    return blinding.model_copy(update={"offset": 0.0})


def fill_control_templates(analysis: Analysis) -> FillControlTemplatesSettings:
    """Settings to fill the control regions' templates."""
    assert analysis.scale_factors is not None
    return FillControlTemplatesSettings(
        regions=analysis.scale_factors.regions,
        samples=fitted_samples(analysis),
        shifts=tuple(sorted(analysis.fitted_shifts())),
        one_sided=tuple(sorted(analysis.one_sided_shifts())),
        variations=variations_of(analysis),
        flatness=analysis.scale_factors.flatness,
    )


def model_of_fits(analysis: Analysis) -> ModelSettings:
    """Give what all fits share: processes, scale factors, uncertainties."""
    uncertainties = analysis.uncertainties
    return ModelSettings(
        signals=analysis.signals(),
        strengths={
            name: process.strength
            for name, process in analysis.processes.items()
            if process.role == "signal" and process.strength is not None
        },
        scale_factors={
            name: process.scale_factor
            for name, process in analysis.processes.items()
            if process.scale_factor and analysis.scale_factors
        },
        shapes=dict.fromkeys(analysis.fitted_shifts()) | variations_of(analysis),
        normalisations=uncertainties.normalisations,
        interpolation=uncertainties.interpolation,
        symmetrise=uncertainties.symmetrise,
        smooth=uncertainties.smooth,
        template_statistics=analysis.fit.template_statistics if analysis.fit else TEMPLATE_STATISTICS,
    )


def strength_pairs(analysis: Analysis) -> tuple[tuple[str, str], ...]:
    """Give each pair of signal strengths, in the order of the signals; none where all signals have one strength."""
    model = model_of_fits(analysis)
    names = dict.fromkeys(model.strengths.get(signal, COMMON_STRENGTH) for signal in model.signals)
    return tuple(combinations(names, 2))


def fit_scale_factors(analysis: Analysis) -> FitScaleFactorsSettings:
    """Settings to fit the scale factors; the truth of pseudo-data goes into the report."""
    assert analysis.scale_factors is not None and analysis.data is not None
    truth = analysis.data.pseudo_data
    names = sorted({process.scale_factor for process in analysis.processes.values() if process.scale_factor})
    model = model_of_fits(analysis)
    if not analysis.scale_factors.profile_nuisances:
        model = model.model_copy(update={"symmetrise": {}, "smooth": {}})
    return FitScaleFactorsSettings(
        model=model,
        profile_nuisances=analysis.scale_factors.profile_nuisances,
        truth={name: truth.scale_factors.get(name, 1.0) for name in names} if truth else {},
    )


def study_pulls(analysis: Analysis) -> StudyPullsSettings:
    """Settings to repeat the scale-factor fit on pseudo-experiments."""
    assert analysis.scale_factors is not None
    return StudyPullsSettings(
        seed=analysis.seed,
        fit=fit_scale_factors(analysis),
        pseudo_experiments=analysis.scale_factors.pseudo_experiments,
    )


def fit_signal_strength(analysis: Analysis, treatment: Treatment) -> FitSignalStrengthSettings:
    """Settings to fit the signal strength."""
    assert analysis.fit is not None
    return FitSignalStrengthSettings(
        model=model_of_fits(analysis),
        treatment=treatment,
        nonpositive_bins=analysis.fit.nonpositive_bins,
        floor_events=analysis.fit.floor_events,
        least_effective_events=analysis.fit.least_effective_events,
        few_effective_events=analysis.fit.few_effective_events,
        asimov=analysis.fit.asimov,
        uncertainty_groups=uncertainty_groups(analysis),
        observed=_observed(analysis),
    )


def _observed(analysis: Analysis) -> ObservedData | None:
    assert analysis.fit is not None
    if analysis.fit.data == "asimov":
        return None
    axes = (analysis.fit.mass, SCORE)
    return ObservedData(axes=axes, blinding=analysis.fit.blinding, analysis=analysis.analysis, seed=analysis.seed)


def compute_limits(analysis: Analysis, treatment: Treatment) -> ComputeLimitsSettings:
    """Settings to compute upper limits on the signal strength; the observed one needs no rule but that it is shown."""
    assert analysis.fit is not None
    fit = _shown_or_hidden(fit_signal_strength(analysis, treatment))
    return ComputeLimitsSettings(fit=fit, confidence_level=analysis.fit.confidence_level)


def compute_contour(analysis: Analysis, treatment: Treatment) -> FitSignalStrengthSettings:
    """Settings to compute contours of two signal strengths; observed ones need no rule but that they are shown."""
    return _shown_or_hidden(fit_signal_strength(analysis, treatment))


def compute_impacts(analysis: Analysis, treatment: Treatment) -> ComputeImpactsSettings:
    """Settings to compute the impacts of the parameters of any group; observed ones, if data are shown."""
    assert analysis.fit is not None
    fit = _shown_or_hidden(fit_signal_strength(analysis, treatment))
    return ComputeImpactsSettings(fit=fit, groups=uncertainty_groups(analysis))


def compute_distributions(analysis: Analysis, treatment: Treatment) -> FitSignalStrengthSettings:
    """Settings to give the regions before and after the fit."""
    fit = _ungrouped(fit_signal_strength(analysis, treatment))
    if fit.observed is None:
        return fit
    bins = ObservedData(axes=fit.observed.axes, blinding=hiding_bins(fit.observed.blinding))
    return fit.model_copy(update={"observed": bins})


def study_toys(analysis: Analysis, treatment: Treatment) -> StudyToysSettings:
    """Settings to check intervals and limits by pseudo-experiments."""
    assert analysis.fit is not None
    return StudyToysSettings(
        seed=analysis.seed,
        fit=_expected(fit_signal_strength(analysis, treatment)),
        confidence_level=analysis.fit.confidence_level,
        toys=analysis.fit.toys,
    )


def _shown_or_hidden(fit: FitSignalStrengthSettings) -> FitSignalStrengthSettings:
    """Give the settings of a fit for those who look at data only where nothing is hidden."""
    fit = _ungrouped(fit)
    if fit.observed is None:
        return fit
    shown = ObservedData(axes=fit.observed.axes, blinding=Blinding(unblinded=fit.observed.blinding.unblinded))
    return fit.model_copy(update={"observed": shown})


def _expected(fit: FitSignalStrengthSettings) -> FitSignalStrengthSettings:
    """Give the settings of a fit for those who look at Asimov data alone."""
    return _ungrouped(fit).model_copy(update={"observed": None})


def _ungrouped(fit: FitSignalStrengthSettings) -> FitSignalStrengthSettings:
    return fit.model_copy(update={"uncertainty_groups": {}})


def uncertainty_groups(analysis: Analysis) -> dict[str, tuple[str, ...]]:
    """Give the groups of uncertainties as the configuration has them, with all that it leaves out, or by kind."""
    assert analysis.fit is not None
    uncertainties = analysis.uncertainties
    kinds = {
        "shifts": analysis.fitted_shifts(),
        "weight_variations": tuple(uncertainties.variations),
        "normalisations": tuple(uncertainties.normalisations),
    }
    chosen = analysis.fit.uncertainty_groups
    if not chosen:
        return {name: names for name, names in kinds.items() if names}
    grouped = {name for names in chosen.values() for name in names}
    others = tuple(name for names in kinds.values() for name in names if name not in grouped)
    return chosen | ({OTHER_GROUP: others} if others else {})


def _study_cases(study: TemplateStatisticsStudy) -> tuple[StudyCase, ...]:
    """Give fits of exact templates, to compare with, and all fits of redrawn ones."""
    studied = STUDIED + (STUDIED_TRANSFORMED if study.transformed_weights else ())
    return tuple(
        StudyCase(templates=templates, template_statistics=statistics, least_effective_events=least)
        for least in study.least_effective_events
        for templates, statistics in studied
    )


def _studied_binnings(analysis: Analysis) -> dict[str, Any]:
    """Give what the study and the scan fill and fit, but for their bins."""
    assert analysis.fit is not None
    masses = next(iter(analysis.fit.binnings.values())).mass.all_edges()
    return {
        "model": model_of_fits(analysis).model_copy(update={"template_statistics": "none"}),
        "region": analysis.fit.region,
        "mass": analysis.fit.mass,
        "low": masses[0],
        "high": masses[-1],
        "samples": fitted_samples(analysis),
        "signal_samples": analysis.samples_of("signal"),
        "shifts": tuple(sorted(analysis.fitted_shifts())),
        "one_sided": tuple(sorted(analysis.one_sided_shifts())),
        "variations": variations_of(analysis),
    }


def study_template_statistics(analysis: Analysis) -> StudyTemplateStatisticsSettings:
    """Settings to fit pseudo-experiments in which templates fluctuate."""
    assert analysis.template_statistics_study is not None
    study = analysis.template_statistics_study
    samples = fitted_samples(analysis) if study.transformed_weights else ()
    return StudyTemplateStatisticsSettings(
        **_studied_binnings(analysis),
        bins=study.bins,
        seed=analysis.seed,
        cases=_study_cases(study),
        transformed_samples=tuple(name for name in samples if analysis.samples[name].transform),
    )


def scan_binnings(analysis: Analysis) -> ScanBinningsSettings:
    """Settings to give the expected error in ever finer bins."""
    assert analysis.template_statistics_study is not None
    study = analysis.template_statistics_study
    fits = tuple(
        ScannedFit(template_statistics=statistics, least_effective_events=least)
        for least in study.least_effective_events
        for statistics in ("none", "barlow_beeston_lite")
    )
    return ScanBinningsSettings(**_studied_binnings(analysis), bins=study.scanned_bins, fits=fits)


def combine_template_statistics(analysis: Analysis) -> CombineTemplateStatisticsSettings:
    """Settings to put the study's parts together."""
    assert analysis.template_statistics_study is not None
    study = analysis.template_statistics_study
    return CombineTemplateStatisticsSettings(
        bins=study.bins, cases=_study_cases(study), pseudo_experiments=study.pseudo_experiments
    )
