"""Collecting one strategy's row of the comparison from the results of the workflow."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from signedag.config.comparison import CompareWeightStrategiesSettings
from signedag.events.layout import events_path, training_weights_path
from signedag.events.store import EventStore, open_stage, region_column
from signedag.events.without_fold import rows_without_fold, signed_weight_without_fold
from signedag.files import read_json
from signedag.weights.comparison import REFERENCE, closure_summary, spread_over_seeds, weight_summary


def strategy_row(
    folder: Path, strategy: str, variant: str, settings: CompareWeightStrategiesSettings
) -> dict[str, Any]:
    """Give everything that the table says about one strategy.

    Args:
        folder: the analysis's results.
        strategy: its name.
        variant: the variant that was trained with it.
        settings: samples, region, seeds and folds.
    """
    performance = read_json(folder / "classifiers" / variant / "performance.json")
    per_seed = [performance["per_seed"][str(seed)] for seed in settings.seeds]
    weights = {name: _weights(folder, strategy, name, settings.folds) for name in settings.samples}
    closures = {
        name: read_json(folder / "weights" / strategy / name / "closure.json")
        for name in settings.samples
        if strategy != REFERENCE
    }
    reference = settings.strategies.get(REFERENCE)
    return {
        "variant": variant,
        "auc": spread_over_seeds([seed["auc"]["value"] for seed in per_seed]),
        "auc_combined": performance["auc"],
        "significance": spread_over_seeds([seed["binned_significance"]["value"] for seed in per_seed]),
        "closure": closure_summary(closures),
        "weights": weights,
        "effective_size_gain": float(np.mean([row["effective_size_gain"] for row in weights.values()])),
        "diverged": _divergences(folder, variant, settings),
        "score_difference_to_truth": _score_difference(folder, variant, reference, settings) if reference else None,
    }


def _weights(folder: Path, strategy: str, sample: str, folds: int) -> dict[str, float]:
    """Compare training with signed weights of one sample: the mean over the folds that are left out."""
    events = EventStore(events_path(folder / "ntuples", sample))
    summaries = []
    for fold in range(folds):
        path = training_weights_path(folder / "weights" / strategy, sample, fold)
        training = open_stage(path, events, rows_without_fold(events, fold)).column("training_weight")
        summaries.append(weight_summary(signed_weight_without_fold(events, fold), training))
    return {name: float(np.mean([summary[name] for summary in summaries])) for name in summaries[0]}


def _divergences(folder: Path, variant: str, settings: CompareWeightStrategiesSettings) -> list[str]:
    found = []
    for seed in settings.seeds:
        for fold in range(settings.folds):
            place = folder / "classifiers" / variant / f"seed{seed}" / f"fold{fold}" / "history.json"
            evidence = read_json(place)["diverged"]
            if evidence:
                found.append(f"seed {seed}, fold {fold}: {evidence}")
    return found


def _score_difference(
    folder: Path, variant: str, reference: str, settings: CompareWeightStrategiesSettings
) -> dict[str, float]:
    """Give the RMS difference of the combined scores of two variants over the region's events, each counted once."""
    squares, count = 0.0, 0
    for name in settings.samples:
        events = EventStore(events_path(folder / "ntuples", name))
        chosen = events.column(region_column(settings.region))
        scores = [
            open_stage(events_path(folder / "scores" / which / "combined", name), events).column("score")[chosen]
            for which in (variant, reference)
        ]
        squares += float(np.square(scores[0] - scores[1]).sum())
        count += int(chosen.sum())
    return {"rms": float(np.sqrt(squares / count)), "events": float(count)}


def training_times(folder: Path, settings: CompareWeightStrategiesSettings) -> str:
    """Give the CPU seconds of each strategy's trainings as a TSV text, from the workflow's benchmark files."""
    lines = ["strategy\ttrainings\tmean_cpu_seconds\tmaximum_cpu_seconds"]
    for strategy, variant in settings.strategies.items():
        seconds = []
        for path in sorted((folder / "benchmarks" / "train_classifier").glob(f"{variant}_[0-9]*_[0-9]*.tsv")):
            with path.open(encoding="utf-8") as file:
                seconds += [float(row["cpu_time"]) for row in csv.DictReader(file, delimiter="\t")]
        shown = f"{np.mean(seconds):.2f}\t{np.max(seconds):.2f}" if seconds else "\t"
        lines.append(f"{strategy}\t{len(seconds)}\t{shown}")
    return "\n".join(lines) + "\n"
