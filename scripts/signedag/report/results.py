"""Everything that the report is made from: the results of all stages, read once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from signedag.config.plotting import WriteReportSettings
from signedag.report.classifier_results import Difference, Performance, Sculpting
from signedag.report.fit_results import ScaleFactors, StrengthFit
from signedag.report.sample_results import SampleCounts
from signedag.report.trainings import Training
from signedag.report.weights_results import Calibration, Closure, Diagnostics

Fits = Mapping[str, Mapping[str, Mapping[str, StrengthFit]]]
"""Fits of the signal strength by variant, binning and treatment."""


@dataclass(frozen=True)
class Results:
    """What the stages wrote."""

    samples: Mapping[str, SampleCounts]
    """By sample; data, where there are any, are one, too."""
    fitted_regions: tuple[str, ...]
    """Regions that enter a likelihood."""
    closures: Mapping[str, Closure]
    """Of the transformed weights, by sample."""
    other_closures: Mapping[str, Mapping[str, Closure]]
    """Of other training weights that classifiers use, by strategy and sample; those of `joint` by class."""
    calibrations: Mapping[str, Calibration]
    """By sample."""
    diagnostics: Mapping[str, Diagnostics]
    """By sample, of all samples."""
    sign_trainings: Mapping[str, tuple[Training, ...]]
    """Of the sign networks, by sample."""
    trainings: Mapping[str, tuple[Training, ...]]
    """Of the classifiers, by variant."""
    performances: Mapping[str, Performance]
    """By variant."""
    differences: tuple[Difference, ...]
    """Of the AUCs of each pair of variants; empty for a single one."""
    sculpting: Mapping[str, Sculpting]
    """By variant; empty if the analysis has no such check."""
    scale_factors: ScaleFactors | None
    """`None` if the analysis has none."""
    fits: Fits
    """Empty if there is no fit."""

    def each_fit(self) -> Iterator[StrengthFit]:
        """Give all fits in the order of variants, binnings and treatments."""
        for binnings in self.fits.values():
            for treatments in binnings.values():
                yield from treatments.values()


def read_results(folder: Path, settings: WriteReportSettings) -> Results:
    """Read the results of all stages from `results/<analysis>`.

    Raises:
        UserError: a file is missing, no JSON or lacks a key, naming both.
    """
    weights, classifiers = folder / "weights" / "transformed", folder / "classifiers"
    factors = folder / "scale_factors" / "result.json"
    return Results(
        samples={
            sample: SampleCounts.read(folder / "ntuples" / sample / "summary.json") for sample in settings.counted
        },
        fitted_regions=settings.fitted_regions,
        closures={sample: Closure.read(weights / sample / "closure.json") for sample in settings.samples},
        other_closures={
            strategy: {of: Closure.read(folder / "weights" / file) for of, file in files.items()}
            for strategy, files in settings.other_closures.items()
        },
        calibrations={sample: Calibration.read(weights / sample / "calibration.json") for sample in settings.samples},
        diagnostics={
            sample: Diagnostics.read(folder / "weights" / "diagnostics" / f"{sample}.json")
            for sample in settings.diagnosed
        },
        sign_trainings={
            sample: _sign_trainings(folder / "weights" / "sign_networks" / sample, settings)
            for sample in settings.samples
        },
        trainings={name: _trainings(classifiers / name, settings.seeds[name], settings) for name in settings.variants},
        performances={name: Performance.read(classifiers / name / "performance.json") for name in settings.variants},
        differences=Difference.read(classifiers / "comparison.json") if len(settings.variants) > 1 else (),
        sculpting={
            name: Sculpting.read(folder / "sculpting" / name / "sculpting.json")
            for name in settings.variants
            if settings.has_sculpting
        },
        scale_factors=ScaleFactors.read(factors) if settings.has_scale_factors else None,
        fits={
            name: _fits(folder / "fit" / name, name, settings) for name in settings.variants if name in settings.fits
        },
    )


def _sign_trainings(folder: Path, settings: WriteReportSettings) -> tuple[Training, ...]:
    return tuple(
        training
        for fold in range(settings.folds)
        for training in Training.read(folder / f"without_fold{fold}" / "history.json", f"without fold {fold}")
    )


def _trainings(folder: Path, seeds: Sequence[int], settings: WriteReportSettings) -> tuple[Training, ...]:
    return tuple(
        training
        for seed in seeds
        for fold in range(settings.folds)
        for training in Training.read(
            folder / f"seed{seed}" / f"fold{fold}" / "history.json", f"seed {seed}, fold {fold}"
        )
    )


def _fits(folder: Path, variant: str, settings: WriteReportSettings) -> dict[str, dict[str, StrengthFit]]:
    return {
        binning: {
            treatment: StrengthFit.read(folder / binning / treatment / "result.json", variant, binning, treatment)
            for treatment in settings.treatments
        }
        for binning in settings.fits[variant]
    }
