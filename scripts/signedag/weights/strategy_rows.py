"""Collecting the rows of the comparison from the results of the workflow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from signedag.benchmark_files import cpu_seconds
from signedag.config.comparison import CompareWeightStrategiesSettings
from signedag.events.layout import NOMINAL, events_path, training_weights_path
from signedag.events.store import EventStore, open_stage, region_column
from signedag.events.store_files import StoreFiles
from signedag.identity import Identity
from signedag.json_results import read_json
from signedag.metrics.paired import JudgedClasses, paired_areas
from signedag.metrics.scored_events import joined, read_scored_events
from signedag.metrics.seed_spread import SeedSpread
from signedag.seeds import stream
from signedag.weights.closure_summary import ClosureSummary, closure_summary
from signedag.weights.comparison import WeightSummary, mean_summary, weight_summary
from signedag.weights.recommendation import REFERENCE, StrategyRow
from signedag.weights.training_sets import read_training_sets


def strategy_rows(folder: Path, settings: CompareWeightStrategiesSettings) -> dict[str, StrategyRow]:
    """Give everything that the table says, by strategy.

    Args:
        folder: the analysis's results.
        settings: strategies, samples, region, seeds and folds.
    """
    scores = {strategy: _scores(folder, variant, settings) for strategy, variant in settings.strategies.items()}
    areas = paired_areas(scores, lambda: stream(settings.seed, "compare_weight_strategies"), settings.bootstrap)
    return {
        strategy: _row(folder, strategy, variant, areas[strategy], settings)
        for strategy, variant in settings.strategies.items()
    }


def _row(
    folder: Path, strategy: str, variant: str, areas: NDArray[np.float64], settings: CompareWeightStrategiesSettings
) -> StrategyRow:
    performance = read_json(
        folder / "classifiers" / variant / "performance.json", Identity.of("performance", variant=variant)
    )
    per_seed = [performance.block("per_seed").block(str(seed)) for seed in settings.seeds]
    reference = settings.strategies.get(REFERENCE)
    return StrategyRow(
        variant=variant,
        auc=SeedSpread(tuple(seed.block("auc").number_or_none("value") for seed in per_seed)),
        auc_replicas=areas,
        significance=SeedSpread(tuple(seed.block("binned_significance").number_or_none("value") for seed in per_seed)),
        closure=_closure(folder, strategy, settings),
        weights={name: _weights(folder, strategy, name, settings) for name in settings.samples},
        diverged=_evidence(folder, variant, settings, "diverged"),
        failed=_evidence(folder, variant, settings, "failed"),
        score_difference_to_truth=_score_difference(folder, variant, reference, settings) if reference else None,
    )


def _scores(folder: Path, variant: str, settings: CompareWeightStrategiesSettings) -> JudgedClasses:
    """Read the combined scores of the region's events, all samples of a class together."""
    events, scores = (
        StoreFiles.of((events_path(folder / place, name) for name in settings.samples), expected)
        for place, expected in (
            ("ntuples", Identity.of("events")),
            (f"scores/{variant}/combined", Identity.of("combined scores", variant=variant)),
        )
    )
    classes = [
        joined(read_scored_events(events, scores, name, settings.region) for name in samples).scores()
        for samples in (settings.signal_samples, settings.background_samples)
    ]
    return JudgedClasses(classes[0], classes[1])


def _closure(folder: Path, strategy: str, settings: CompareWeightStrategiesSettings) -> ClosureSummary:
    """Read the closure of a strategy's own weights; the truth is what it is measured against."""
    files = settings.closure_files(strategy) if strategy != REFERENCE else {}
    closures = {
        name: read_json(folder / "weights" / path, _closure_identity(strategy, name, settings))
        for name, path in files.items()
    }
    return closure_summary(closures)


def _closure_identity(strategy: str, name: str, settings: CompareWeightStrategiesSettings) -> Identity:
    """Say whose closure it is: a sample's, of `joint` that of a class."""
    if strategy == "joint":
        variant, seed = settings.strategies[strategy], settings.seeds[0]
        return Identity.of("joint closure", variant=variant, seed=seed, **{"class": name})
    return Identity.of("closure", strategy=strategy, sample=name)


def _weights(folder: Path, strategy: str, sample: str, settings: CompareWeightStrategiesSettings) -> WeightSummary:
    """Compare training with signed weights of one sample: the mean over the folds that are left out.

    Those of `joint` are known for the events that its classifiers were trained on, in their region.
    """
    events = EventStore(events_path(folder / "ntuples", sample), Identity.of("events", sample=sample, shift=NOMINAL))
    own = folder / "weights" / settings.weight_folders()[strategy]
    paths = [training_weights_path(own, sample, fold) for fold in range(settings.folds)]
    if strategy == "joint":
        expected = Identity.of("joint weights", variant=settings.strategies[strategy], seed=settings.seeds[0])
    else:
        expected = Identity.of("training weights", strategy=strategy)
    sets = read_training_sets(events, paths, expected)
    known = events.column(region_column(settings.region)) if strategy == "joint" else np.full(events.rows, True)
    return mean_summary(
        [
            weight_summary(
                training.signed_weight[known[training.rows]],
                training.columns["training_weight"][known[training.rows]],
            )
            for training in sets
        ]
    )


def _evidence(folder: Path, variant: str, settings: CompareWeightStrategiesSettings, kind: str) -> tuple[str, ...]:
    """Give what the histories say went wrong; `kind` is `diverged` or `failed`."""
    collected = []
    for seed in settings.seeds:
        for fold in range(settings.folds):
            path = folder / "classifiers" / variant / f"seed{seed}" / f"fold{fold}" / "history.json"
            history = read_json(path, Identity.of("training history", variant=variant, seed=seed, fold=fold))
            if evidence := history.text_or_empty(kind):
                collected.append(f"seed {seed}, fold {fold}: {evidence}")
    return tuple(collected)


def _score_difference(
    folder: Path, variant: str, reference: str, settings: CompareWeightStrategiesSettings
) -> dict[str, float]:
    """Give the RMS difference of the combined scores of two variants over the region's events, each counted once."""
    squares, count = 0.0, 0
    for name in settings.samples:
        nominal = {"sample": name, "shift": NOMINAL}
        events = EventStore(events_path(folder / "ntuples", name), Identity.of("events", **nominal))
        chosen = events.column(region_column(settings.region))
        scores = [
            open_stage(
                events_path(folder / "scores" / which / "combined", name),
                events,
                Identity.of("combined scores", variant=which, **nominal),
            ).column("score")[chosen]
            for which in (variant, reference)
        ]
        squares += float(np.square(scores[0] - scores[1]).sum())
        count += int(chosen.sum())
    return {"rms": float(np.sqrt(squares / count)), "events": float(count)}


def training_times(folder: Path, settings: CompareWeightStrategiesSettings) -> dict[str, dict[str, float | None]]:
    """Give number, mean and maximum of the CPU seconds of each strategy's trainings, from the benchmark files.

    Raises:
        UserError: a benchmark file is damaged.
    """
    times = {}
    for strategy, variant in settings.strategies.items():
        files = sorted((folder / "benchmarks" / "train_classifier").glob(f"{variant}_[0-9]*_[0-9]*.tsv"))
        seconds = [value for path in files for value in cpu_seconds(path, "train_classifier")]
        times[strategy] = {
            "trainings": len(seconds),
            "mean_cpu_seconds": float(np.mean(seconds)) if seconds else None,
            "maximum_cpu_seconds": max(seconds, default=None),
        }
    return times
