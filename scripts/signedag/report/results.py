"""Everything that the report is made from: the results of all stages, read once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from signedag.config.plotting import WriteReportSettings
from signedag.identity import Identity
from signedag.json_results import read_json
from signedag.report.classifier_results import DibosonPeak, Difference, Performance, Sculpting
from signedag.report.contours_section import Contours, PairContours
from signedag.report.fit_results import ScaleFactors, StrengthFit
from signedag.report.limit_results import UpperLimit
from signedag.report.mass_results import AtPoint, ByMass, read_by_mass
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
    by_mass: Mapping[str, ByMass]
    """By variant; empty if the signal has one point alone."""
    differences: tuple[Difference, ...]
    """Of the AUCs of each pair of variants; empty for a single one."""
    sculpting: Mapping[str, Sculpting]
    """By variant; empty if the analysis has no such check."""
    diboson_peaks: Mapping[str, DibosonPeak]
    """By variant; empty if the analysis has no such check."""
    scale_factors: ScaleFactors | None
    """`None` if the analysis has none."""
    fits: Fits
    """Empty if there is no fit."""
    limits: Mapping[tuple[str, str, str], UpperLimit]
    """Expected upper limits by variant, binning and treatment; of the recommended variant, if there is one."""
    contours: Contours = field(default_factory=dict)
    """Contours of all pairs of signal strengths by variant, binning and treatment, of those that have limits."""
    recommended: str | None = None
    """The variant whose score the result uses; None if all stand beside each other."""
    used: frozenset[str] = frozenset()
    """The recommended variant and the classifiers that it needs."""

    def is_beside(self, variant: str, as_training: bool) -> bool:
        """Tell whether the result uses another score instead of this one, or none of its trainings."""
        used = self.used if as_training else {self.recommended}
        return self.recommended is not None and variant not in used

    def each_fit(self) -> Iterator[StrengthFit]:
        """Give all fits in the order of variants, binnings and treatments."""
        for binnings in self.fits.values():
            for treatments in binnings.values():
                yield from treatments.values()


def read_results(folder: Path, settings: WriteReportSettings) -> Results:
    """Read the results of all stages from `results/<analysis>`.

    Raises:
        UserError: a file is missing, damaged, of something else, or lacks a key, naming file and key.
    """
    return Results(
        samples={sample: _sample_counts(folder, sample) for sample in settings.counted},
        fitted_regions=settings.fitted_regions,
        closures={sample: _closure(folder, "transformed", sample) for sample in settings.samples},
        other_closures={
            strategy: {of: _other_closure(folder / "weights", Path(file)) for of, file in files.items()}
            for strategy, files in settings.other_closures.items()
        },
        calibrations={
            sample: Calibration.read(
                read_json(
                    folder / "weights" / "transformed" / sample / "calibration.json",
                    Identity.of("calibration", sample=sample),
                )
            )
            for sample in settings.samples
        },
        diagnostics={
            sample: Diagnostics.read(
                read_json(
                    folder / "weights" / "diagnostics" / f"{sample}.json", Identity.of("diagnostics", sample=sample)
                )
            )
            for sample in settings.diagnosed
        },
        sign_trainings={sample: _sign_trainings(folder, sample, settings) for sample in settings.samples},
        trainings={name: _trainings(folder, name, settings) for name in settings.seeds},
        performances={name: _performance(folder, name) for name in settings.variants},
        by_mass={name: _by_mass(folder, name) for name in settings.judged_by_mass},
        differences=_differences(folder) if settings.compared else (),
        sculpting={name: _sculpting(folder, name) for name in settings.variants if settings.has_sculpting},
        diboson_peaks={name: _diboson_peak(folder, name) for name in settings.variants if settings.has_diboson_peak},
        scale_factors=_scale_factors(folder) if settings.has_scale_factors else None,
        fits={name: _fits(folder, name, settings) for name in settings.variants if name in settings.fits},
        limits=_limits(folder, settings),
        contours=_contours(folder, settings),
        recommended=settings.recommended,
        used=frozenset(settings.used),
    )


def _sample_counts(folder: Path, sample: str) -> SampleCounts:
    path = folder / "ntuples" / sample / "summary.json"
    return SampleCounts.read(read_json(path, Identity.of("sample summary", sample=sample)))


def _closure(folder: Path, strategy: str, sample: str) -> Closure:
    identity = Identity.of("closure", strategy=strategy, sample=sample)
    return Closure.read(read_json(folder / "weights" / strategy / sample / "closure.json", identity))


def _other_closure(weights: Path, file: Path) -> Closure:
    """Read a closure whose path says whose it is: `{strategy}/{sample}/` or `joint/{variant}/seed{seed}/`."""
    if file.parts[0] == "joint":
        variant, seed, label = file.parts[1], file.parts[2].removeprefix("seed"), file.stem.removeprefix("closure_")
        identity = Identity.of("joint closure", variant=variant, seed=seed, **{"class": label})
    else:
        identity = Identity.of("closure", strategy=file.parts[0], sample=file.parts[1])
    return Closure.read(read_json(weights / file, identity))


def _sign_trainings(folder: Path, sample: str, settings: WriteReportSettings) -> tuple[Training, ...]:
    networks = folder / "weights" / "sign_networks" / sample
    histories = [
        read_json(
            networks / f"without_fold{fold}" / "history.json", Identity.of("sign training", sample=sample, fold=fold)
        )
        for fold in range(settings.folds)
    ]
    return tuple(
        training
        for fold, history in enumerate(histories)
        for training in Training.read(history, f"without fold {fold}")
    )


def _trainings(folder: Path, variant: str, settings: WriteReportSettings) -> tuple[Training, ...]:
    trainings: list[Training] = []
    for seed, fold in product(settings.seeds[variant], range(settings.folds)):
        path = folder / "classifiers" / variant / f"seed{seed}" / f"fold{fold}" / "history.json"
        history = read_json(path, Identity.of("training history", variant=variant, seed=seed, fold=fold))
        trainings += Training.read(history, f"seed {seed}, fold {fold}")
    return tuple(trainings)


def _performance(folder: Path, variant: str) -> Performance:
    path = folder / "classifiers" / variant / "performance.json"
    return Performance.read(read_json(path, Identity.of("performance", variant=variant)))


def _by_mass(folder: Path, variant: str) -> dict[str, AtPoint]:
    path = folder / "classifiers" / variant / "masses.json"
    return read_by_mass(read_json(path, Identity.of("masses", variant=variant)))


def _differences(folder: Path) -> tuple[Difference, ...]:
    return Difference.read(read_json(folder / "classifiers" / "comparison.json", Identity.of("classifier comparison")))


def _sculpting(folder: Path, variant: str) -> Sculpting:
    path = folder / "sculpting" / variant / "sculpting.json"
    return Sculpting.read(read_json(path, Identity.of("sculpting", variant=variant)))


def _diboson_peak(folder: Path, variant: str) -> DibosonPeak:
    path = folder / "sculpting" / variant / "diboson_peak.json"
    return DibosonPeak.read(read_json(path, Identity.of("diboson peak", variant=variant)))


def _scale_factors(folder: Path) -> ScaleFactors:
    return ScaleFactors.read(read_json(folder / "scale_factors" / "result.json", Identity.of("scale factors")))


def _fits(folder: Path, variant: str, settings: WriteReportSettings) -> dict[str, dict[str, StrengthFit]]:
    def fit(binning: str, treatment: str) -> StrengthFit:
        path = folder / "fit" / variant / binning / treatment / "result.json"
        identity = Identity.of("signal strength", variant=variant, binning=binning, treatment=treatment)
        return StrengthFit.read(read_json(path, identity), variant, binning, treatment)

    return {
        binning: {treatment: fit(binning, treatment) for treatment in settings.treatments}
        for binning in settings.fits[variant]
    }


def _limits(folder: Path, settings: WriteReportSettings) -> dict[tuple[str, str, str], UpperLimit]:
    names = [name for name in settings.fits if settings.recommended in (None, name)]
    limits = {}
    for name in names:
        for binning, treatment in product(settings.fits[name], settings.treatments):
            path = folder / "fit" / name / binning / treatment / "limits.json"
            identity = Identity.of("limits", variant=name, binning=binning, treatment=treatment)
            limits[name, binning, treatment] = UpperLimit.read(read_json(path, identity))
    return limits


def _contours(folder: Path, settings: WriteReportSettings) -> Contours:
    found = {}
    for variant, binnings in settings.fits.items() if settings.strength_pairs else ():
        for binning in binnings if settings.recommended in (None, variant) else ():
            names = {"variant": variant, "binning": binning, "treatment": settings.treatments[-1]}
            pairs = ["__".join(pair) for pair in settings.strength_pairs]
            files = Path(folder, "fit", *names.values(), "contours")
            found[variant, binning, names["treatment"]] = tuple(
                one
                for pair in pairs
                for one in PairContours.read(
                    read_json(files / f"{pair}.json", Identity.of("contour", **names, pair=pair))
                )
            )
    return found
