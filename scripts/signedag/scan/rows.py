"""Collecting what the workflow found out about the points of a scan."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from signedag.benchmark_files import cpu_seconds
from signedag.config.scan import ScanPoint, SummariseScanSettings
from signedag.identity import Identity
from signedag.json_results import read_json
from signedag.report.classifier_results import Performance, Sculpting
from signedag.report.fit_results import StrengthFit
from signedag.report.trainings import Training
from signedag.scan.choice import ScanRow, Strength

TRAININGS = ("train_classifiers/{trained}.tsv", "train_classifier/{trained}_[0-9]*_[0-9]*.tsv")
"""Benchmark files of a point's trainings: those of a point, and those of the classifier as it is."""
JUDGING = (
    "score_classifiers/{trained}.tsv",
    "combine_scores/{trained}.tsv",
    "fit_score_map/{name}.tsv",
    "map_scores/{name}.tsv",
    "check_classifier/{name}.tsv",
    "check_sculpting/{name}.tsv",
    "fill_templates/{name}_{binning}.tsv",
    "fit_signal_strength/{name}_{binning}_{treatment}.tsv",
)
"""Benchmark files of what follows."""


def scan_rows(folder: Path, settings: SummariseScanSettings) -> list[ScanRow]:
    """Give the rows of all points.

    Args:
        folder: the analysis's results.
        settings: scan, scanned classifier, and which fit judges.

    Raises:
        UserError: a result is missing, damaged or of something else.
    """
    return [_row(folder, point, settings) for point in settings.points()]


def _row(folder: Path, point: ScanPoint, settings: SummariseScanSettings) -> ScanRow:
    name = point.name
    path = folder / "classifiers" / name / "performance.json"
    performance = Performance.read(read_json(path, Identity.of("performance", variant=name))).combined
    sculpting = None
    if settings.has_sculpting:
        path = folder / "sculpting" / name / "sculpting.json"
        sculpting = Sculpting.read(read_json(path, Identity.of("sculpting", variant=name))).judged
    return ScanRow(
        variant=name,
        settings={path: point.settings[path] for path in settings.paths},
        auc=performance.auc,
        significance=performance.binned_significance,
        sculpting=sculpting,
        strength=_strength(folder, name, settings),
        training_problems=_training_problems(folder, point, settings),
    )


def _strength(folder: Path, name: str, settings: SummariseScanSettings) -> Strength:
    binning, treatment = settings.binning, settings.treatment
    if binning is None or treatment is None:
        return Strength(None, None, None, "the analysis has no fit")
    path = folder / "fit" / name / binning / treatment / "result.json"
    identity = Identity.of("signal strength", variant=name, binning=binning, treatment=treatment)
    fit = StrengthFit.read(read_json(path, identity), name, binning, treatment)
    interval = fit.combined
    error = None if interval.width is None else interval.width / 2
    reason = "" if error is not None else interval.reason or "an end of the interval is undefined"
    return Strength(error, fit.template_statistical, fit.significance, reason)


def _training_problems(folder: Path, point: ScanPoint, settings: SummariseScanSettings) -> tuple[str, ...]:
    problems = []
    for seed, fold in product(point.variant.seeds, range(settings.folds)):
        path = folder / "classifiers" / point.trained / f"seed{seed}" / f"fold{fold}" / "history.json"
        history = read_json(path, Identity.of("training history", variant=point.trained, seed=seed, fold=fold))
        problems += [one for one in Training.read(history, f"seed {seed}, fold {fold}") if one.problem]
    return tuple(f"{one.name} {one.problem}" for one in problems)


def scan_times(folder: Path, settings: SummariseScanSettings) -> dict[str, dict[str, float | None]]:
    """Give the CPU seconds of each point's trainings and of all that judges it, by variant; null if not measured.

    Args:
        folder: the analysis's results; benchmark files are below.
        settings: scan, scanned classifier, and which fit judges.

    Raises:
        UserError: a benchmark file is damaged.
    """
    points = settings.points()
    return {
        point.name: {
            "training_cpu_seconds": _total(folder, TRAININGS, point, settings),
            "judging_cpu_seconds": _total(folder, JUDGING, point, settings),
        }
        for point in points
    }


def _total(folder: Path, patterns: tuple[str, ...], point: ScanPoint, settings: SummariseScanSettings) -> float | None:
    """Add up the CPU seconds of all benchmark files of some patterns."""
    names = {"name": point.name, "trained": point.trained, "binning": settings.binning, "treatment": settings.treatment}
    filled = [pattern.format(**names) for pattern in patterns]
    files = [path for pattern in filled for path in sorted((folder / "benchmarks").glob(pattern))]
    seconds = [value for path in files for value in cpu_seconds(path, path.parent.name)]
    return sum(seconds) if seconds else None
