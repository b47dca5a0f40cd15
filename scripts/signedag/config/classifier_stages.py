"""Settings of the stages that train and judge classifiers, taken from the analysis."""

from __future__ import annotations

from collections.abc import Iterable

from signedag.config.analysis import Analysis
from signedag.config.classifier import CheckClassifierSettings, ScoreEventsSettings, TrainClassifierSettings, Variant
from signedag.config.classifier_comparison import CompareClassifiersSettings
from signedag.config.diboson_peak import CheckDibosonPeakSettings
from signedag.config.event_parameters import columns_among
from signedag.config.fit_stages import model_of_fits
from signedag.config.mismodelling import StudyMismodellingSettings
from signedag.config.optimism import CombineOptimismSettings, MeasureOptimismSettings, OptimismOfFit
from signedag.config.score_maps import FitScoreMapSettings, MapScoresSettings
from signedag.config.sculpting import CheckSculptingSettings
from signedag.config.stage_samples import fitted_samples, process_of


def _filled_variant(analysis: Analysis, variant: str) -> Variant:
    settings = analysis.variants()[variant]
    return settings.model_copy(update={"inputs": settings.inputs or analysis.events.features})


def train_classifier(analysis: Analysis, variant: str) -> TrainClassifierSettings:
    """Settings to train a variant; how many seeds it has does not matter to one training."""
    settings = _filled_variant(analysis, variant)
    classes = classes_of(analysis, variant)
    samples = {name for names in classes.values() for name in names}
    return TrainClassifierSettings(
        seed=analysis.seed,
        folds=analysis.folds,
        variant=settings.model_copy(update={"seeds": (0,)}),
        classes=classes,
        processes={name: process for name, process in process_of(analysis).items() if name in samples},
        points=points_of(analysis, variant, analysis.left_out_of(variant)),
    )


def points_of(analysis: Analysis, variant: str, without: Iterable[str] = ()) -> dict[str, tuple[float, ...]]:
    """Give the values of a variant's parameters for each signal process but some.

    Nothing if it has no parameters, or if they are columns of events.
    """
    names = analysis.variants()[variant].parameters
    if not names or columns_among(names, analysis.events):
        return {}
    left_out = set(without)
    return {
        process: tuple(settings.parameters[name] for name in names)
        for process, settings in sorted(analysis.processes.items())
        if process in analysis.signals_of(variant) and process not in left_out
    }


def classes_of(analysis: Analysis, variant: str) -> dict[str, tuple[str, ...]]:
    """Give the samples of each class of a variant, in the order of its outputs: background first where there is one."""
    settings, left_out = analysis.variants()[variant], analysis.left_out_of(variant)
    if not settings.classes:
        return {role: analysis.samples_of(role, left_out) for role in ("background", "signal")}
    return {
        name: tuple(
            sorted(
                sample
                for sample, process in process_of(analysis).items()
                if process in processes and process not in left_out
            )
        )
        for name, processes in settings.classes.items()
    }


def score_events(analysis: Analysis, variant: str) -> ScoreEventsSettings:
    """Settings to score events."""
    classes = analysis.variants()[variant].classes
    signals = {name for name, process in analysis.processes.items() if process.role == "signal"}
    return ScoreEventsSettings(
        folds=analysis.folds,
        variant=variant,
        classes=tuple(classes),
        signal_classes=tuple(name for name, processes in classes.items() if signals & set(processes)),
        points=points_of(analysis, variant),
    )


def fit_score_map(analysis: Analysis, variant: str) -> FitScoreMapSettings:
    """Settings to fit a score map."""
    score_map = analysis.maps()[variant]
    region = analysis.region_of(variant)
    return FitScoreMapSettings(
        folds=analysis.folds,
        region=region,
        samples=analysis.mapped_background(score_map),
        # said above: which processes are resonant, and where it is judged
        score_map=score_map.model_copy(update={"region": None, "without_processes": None}),
    )


def map_scores(analysis: Analysis, variant: str) -> MapScoresSettings:
    """Settings to map scores."""
    score_map = analysis.maps()[variant]
    return MapScoresSettings(
        folds=analysis.folds,
        scores_of=score_map.scores_of,
        column=score_map.column(),
        spectators=dict(score_map.spectators),
    )


def check_classifier(analysis: Analysis, variant: str) -> CheckClassifierSettings:
    """Settings to judge a variant with signed weights."""
    return CheckClassifierSettings(
        seed=analysis.seed,
        region=analysis.region_of(variant),
        signal_samples=analysis.signal_samples_of(variant),
        background_samples=analysis.samples_of("background"),
        seeds=analysis.seeds_of(variant),
        score_edges=analysis.score_edges,
        bootstrap=analysis.bootstrap,
    )


def compare_classifiers(analysis: Analysis) -> CompareClassifiersSettings:
    """Settings to compare all classifiers with each other."""
    return CompareClassifiersSettings(
        seed=analysis.seed,
        variants=analysis.judged_on_all_signals(),
        regions={name: analysis.region_of(name) for name in analysis.judged_on_all_signals()},
        signal_samples=analysis.samples_of("signal"),
        background_samples=analysis.samples_of("background"),
        bootstrap=analysis.bootstrap,
    )


def measure_optimism(analysis: Analysis, variant: str) -> MeasureOptimismSettings:
    """Settings to redraw the signs under a variant's scores."""
    assert analysis.optimism is not None
    classes = {role: analysis.samples_of(role) for role in ("signal", "background")}
    fit = None
    if analysis.fit is not None:
        # Shifted events and other weights are left out: they would need redrawn signs of their own.
        model = model_of_fits(analysis).model_copy(update={"shapes": {}, "symmetrise": {}, "smooth": {}})
        fit = OptimismOfFit(
            region=analysis.fit.region,
            mass=analysis.fit.mass,
            binning=next(iter(analysis.fit.binnings.values())),
            processes=fitted_samples(analysis),
            model=model,
            nonpositive_bins=analysis.fit.nonpositive_bins,
            floor_events=analysis.fit.floor_events,
        )
    return MeasureOptimismSettings(
        seed=analysis.seed,
        region=analysis.variants()[variant].region,
        signal_samples=classes["signal"],
        background_samples=classes["background"],
        expected_events={
            name: analysis.samples[name].cross_section_pb * 1000 * analysis.luminosity_fb
            if analysis.samples[name].normalisation.value is None
            else None
            for name in (*classes["signal"], *classes["background"])
        },
        probability=analysis.optimism.probability,
        redraws=analysis.optimism.redraws,
        fit=fit,
    )


def combine_optimism(analysis: Analysis) -> CombineOptimismSettings:
    """Settings to combine the optimism of several simulations."""
    assert analysis.optimism is not None
    return CombineOptimismSettings(seeds=analysis.optimism.seeds)


def check_sculpting(analysis: Analysis, variant: str) -> CheckSculptingSettings:
    """Settings to look for sculpting of the background's mass."""
    assert analysis.sculpting is not None
    return CheckSculptingSettings(
        seed=analysis.seed,
        bootstrap=analysis.bootstrap,
        sculpting=analysis.sculpting,
        background_samples=analysis.samples_of("background"),
        signal_samples=analysis.signal_samples_of(variant),
        resonant_samples=analysis.resonant_samples(),
    )


def check_diboson_peak(analysis: Analysis) -> CheckDibosonPeakSettings:
    """Settings to look for the peak of the resonant background."""
    assert analysis.diboson_peak is not None
    resonant = analysis.resonant_samples()
    return CheckDibosonPeakSettings(
        diboson_peak=analysis.diboson_peak,
        luminosity_fb=analysis.luminosity_fb,
        resonant_samples=resonant,
        other_samples=tuple(name for name in analysis.samples_of("background") if name not in resonant),
        signal_samples=analysis.samples_of("signal"),
    )


def study_mismodelling(analysis: Analysis) -> StudyMismodellingSettings:
    """Settings to look at scores on backgrounds that are not the simulated one."""
    assert analysis.mismodelling is not None and analysis.sculpting is not None
    background, resonant = analysis.samples_of("background"), analysis.resonant_samples()
    left_out = resonant if len(resonant) < len(background) else ()
    study = analysis.mismodelling
    shifts = analysis.uncertainties.shifts if study.shifts is None else study.shifts
    return StudyMismodellingSettings(
        sculpting=analysis.sculpting,
        variants=study.variants or analysis.judged(),
        signal_strength=study.signal_strength,
        reweightings=study.reweightings,
        shifts=analysis.sides_of(shifts),
        background_samples=tuple(name for name in background if name not in left_out),
        left_out=left_out,
        signal_samples=analysis.samples_of("signal"),
    )
