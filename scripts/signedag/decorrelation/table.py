"""The comparison as a table to read, and the CPU time behind each row."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from signedag.benchmark_files import cpu_seconds
from signedag.config.decorrelation import CompareDecorrelationSettings
from signedag.decorrelation.measured import SculptedMass
from signedag.decorrelation.recommendation import Rows
from signedag.decorrelation.rows import DecorrelationRow
from signedag.metrics.seed_spread import SeedSpread

COLUMNS = (
    "variant", "passes in simulations", "sigma_mu", "sigma_mu / baseline (paired)", "sigma_mu fit alone",
    "sigma_mu statistical", "chi2/ndf", "smallest p of chi2", "KS distance", "smallest p of KS", "1/JSD", "dCorr",
    "chi2/ndf of all background", "significance Z", "AUC", "diboson peak", "diboson sidebands, smallest p",
    "failed or diverged", "trainings", "additions", "on the frontier",
)  # fmt: skip


def comparison_table(rows: Rows, baseline: str, on_frontier: tuple[str, ...], recommended: str | None) -> str:
    """Write the table as tab-separated text, smallest mean σ_μ first; what is undefined is a dash.

    Args:
        rows: variant to its row.
        baseline: the variant that σ_μ is divided by.
        on_frontier: variants that no other one beats.
        recommended: the variant to mark.
    """

    def by_sigma(name: str) -> tuple[bool, float]:
        mean = rows[name].sigma_mu.mean
        return math.isnan(mean), mean

    lines = ["\t".join(COLUMNS)]
    for name in sorted(rows, key=by_sigma):
        marked = f"{name} (recommended)" if name == recommended else name
        cells = _cells(rows[name], rows[baseline])
        lines.append("\t".join((marked, *cells, "yes" if name in on_frontier else "no")))
    return "\n".join(lines) + "\n"


def _cells(row: DecorrelationRow, baseline: DecorrelationRow) -> tuple[str, ...]:
    def sculpting(name: str) -> SeedSpread:
        def quantity(mass: SculptedMass) -> float | None:
            value: float | None = getattr(mass, name)
            return value

        return row.over_seeds(lambda measured: quantity(measured.headline))

    peaks = [measured.diboson_peak for measured in row.by_seed.values()]
    significance, sidebands = (
        SeedSpread(tuple(None if peak is None else getattr(peak, name) for peak in peaks))
        for name in ("significance", "sidebands_p_value")
    )
    lost = sum(len(measured.trainings.failed + measured.trainings.diverged) for measured in row.by_seed.values())
    return (
        f"{row.seeds_that_pass} of {len(row.by_seed)}",
        _with_error(row.sigma_mu),
        _with_error(row.ratio_to(baseline)),
        _with_error(row.over_seeds(lambda measured: measured.fit.interval.error)),
        _with_error(row.over_seeds(lambda measured: measured.fit.statistical.error)),
        _with_error(row.chi2_mean),
        _smallest(sculpting("smallest_chi2_p")),
        _with_error(sculpting("ks_distance")),
        _smallest(sculpting("smallest_ks_p")),
        _with_error(row.over_seeds(lambda measured: measured.inverse_jensen_shannon)),
        _with_error(sculpting("distance_correlation")),
        _with_error(row.over_seeds(lambda measured: measured.all_background.chi2_mean)),
        _with_error(row.over_seeds(lambda measured: measured.significance)),
        _with_error(row.over_seeds(lambda measured: measured.auc)),
        _with_error(significance),
        _smallest(sidebands),
        f"{lost} trainings" if lost else "no",
        str(row.effort.trainings),
        str(row.effort.additions),
    )


def _with_error(value: SeedSpread) -> str:
    return f"{value.mean:.4g} ± {value.error:.2g}" if math.isfinite(value.mean) else "-"


def _smallest(values: SeedSpread) -> str:
    return f"{values.known.min():.2g}" if len(values.known) else "-"


def training_times(replicas: dict[int, Path], settings: CompareDecorrelationSettings) -> dict[str, dict[str, Any]]:
    """Give the CPU seconds behind each variant: all trainings that it needs, and the fit of its map.

    Args:
        replicas: the folders of the simulations' results, by seed.
        settings: variants and the classifiers that they need.

    Raises:
        UserError: a benchmark file is damaged.
    """
    times = {}
    for variant in settings.variants:
        over_seeds = SeedSpread(tuple(_seconds(folder, variant, settings) for folder in replicas.values()))
        known = len(over_seeds.known) == len(replicas)
        times[variant] = {
            "mean_cpu_seconds": float(over_seeds.known.mean()) if known else None,
            "by_seed": {str(seed): value for seed, value in zip(replicas, over_seeds.per_seed, strict=True)},
            "reason": None if known else "a training or map was not measured alone, such as several in one job",
        }
    return times


def _seconds(folder: Path, variant: str, settings: CompareDecorrelationSettings) -> float | None:
    """Add up the CPU seconds of one simulation; None if a job was not measured."""
    benchmarks = folder / "benchmarks"
    files = [
        benchmarks / "train_classifier" / f"{classifier}_{seed}_{fold}.tsv"
        for classifier in settings.needs[variant]
        for seed in settings.initialisations[classifier]
        for fold in range(settings.folds)
    ]
    if variant in settings.maps:
        files.append(benchmarks / "fit_score_map" / f"{variant}.tsv")
    seconds = [cpu_seconds(path, path.parent.name) if path.is_file() else [] for path in files]
    return math.fsum(value for values in seconds for value in values) if all(seconds) else None
