"""Reads simulated events, their truth and their scores, for the optimism."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.config.optimism import MeasureOptimismSettings
from signedag.errors import UserError
from signedag.events.layout import NOMINAL, TRUTH
from signedag.events.store import FOLD, WEIGHT, EventStore, open_stage, region_column
from signedag.identity import Identity
from signedag.metrics.optimism import JudgedScore
from signedag.metrics.redrawn_signs import EventsWithTruth
from signedag.metrics.weighted_sample import Floats, WeightedSample
from signedag.statistics.expected_error import ExpectedError
from signedag.statistics.score_axis import score_edges

SCORE = "score"


@dataclass(frozen=True)
class OptimismInputs:
    """The events of the classifier's and the fit's region, of all samples."""

    settings: MeasureOptimismSettings
    events: EventsWithTruth
    judged: NDArray[np.bool_]
    """Which events are in the classifier's region, shape (events,)."""
    fitted: NDArray[np.bool_]
    """Which events are in the fit's region, shape (events,)."""
    mass: Floats
    """Mass of the fit, shape (events,); NaN without a fit."""
    scores: Mapping[str, Floats]
    """Scores by name, shape (events,) each."""
    source: Path
    """Where the first sample is from, for messages."""

    def score(self, name: str) -> JudgedScore:
        """Give one of the scores, ready to be judged."""
        score, fit = self.scores[name], self.settings.fit
        error = None
        if fit is not None:
            names = self.events.names
            signal = self.fitted & self.events.signal
            own = WeightedSample(score[signal], self.events.weight[signal])
            edges = score_edges(fit.binning.score, own, f"scores {name}")
            error = ExpectedError(fit, (self.mass, score), self.events.sample, names, self.fitted, edges, self.source)
        return JudgedScore(self.events, score, self.judged, error)


def read_optimism_inputs(
    settings: MeasureOptimismSettings,
    events: Sequence[Path],
    truth: Sequence[Path],
    scores: Mapping[str, Sequence[Path]],
    variants: Mapping[str, str],
) -> OptimismInputs:
    """Read the stores of all samples: signal samples first, then background ones, as the settings list them.

    Args:
        settings: what to read.
        events: nominal events.
        truth: their truth.
        scores: stores of combined scores, by name.
        variants: the classifier that gave the scores, by name.

    Raises:
        UserError: a file is missing or too many, columns or rows do not fit, a value is not what it should be, or a
            class has no events.
    """
    names = (*settings.signal_samples, *settings.background_samples)
    for argument, paths in {
        "--events": events,
        "--truth": truth,
        **{f"--{name}": scores[name] for name in scores},
    }.items():
        if len(paths) != len(names):
            raise UserError(f"{argument} gives {len(paths)} files for {len(names)} samples ({', '.join(names)})")
    parts = []
    for number, sample in enumerate(names):
        nominal = {"sample": sample, "shift": NOMINAL}
        store = EventStore(events[number], Identity.of("events", **nominal))
        with_truth = open_stage(truth[number], store, Identity.of("events", sample=sample, shift=TRUTH))
        of_sample = {
            name: open_stage(paths[number], store, Identity.of("combined scores", variant=variants[name], **nominal))
            for name, paths in scores.items()
        }
        parts.append(_read(settings, number, store, with_truth, of_sample))
    joined = {column: np.concatenate([part[column] for part in parts]) for column in parts[0]}
    signal = joined["sample"] < len(settings.signal_samples)
    for role, rows in (("signal", signal), ("background", ~signal)):
        if not (rows & joined["judged"]).any():
            raise UserError(f"{events[0]}: region '{settings.region}' holds no {role} events; loosen its selection")
    expected = [settings.expected_events[name] for name in names]
    all_events = EventsWithTruth(
        names,
        joined["sample"],
        signal,
        joined["fold"],
        joined["weight"],
        joined["probability"],
        np.array([np.nan if number is None else number for number in expected]),
    )
    of_scores = {name: joined[f"score {name}"] for name in scores}
    return OptimismInputs(
        settings, all_events, joined["judged"], joined["fitted"], joined["mass"], of_scores, Path(events[0])
    )


def _read(
    settings: MeasureOptimismSettings,
    number: int,
    events: EventStore,
    truth: EventStore,
    scores: Mapping[str, EventStore],
) -> dict[str, NDArray[Any]]:
    """Read one sample's events of both regions."""
    fit = settings.fit
    judged = events.column(region_column(settings.region)).astype(bool)
    fitted = np.zeros_like(judged) if fit is None else events.column(region_column(fit.region)).astype(bool)
    rows = judged | fitted
    probability = _between_0_and_1(truth, settings.probability, rows)
    mass = np.full(int(rows.sum()), np.nan) if fit is None else events.column(fit.mass)[rows].astype(np.float64)
    if fit is not None and not np.isfinite(mass).all():
        raise UserError(
            f"{events.path}: column '{fit.mass}' is not finite in some events of the region; cut these away"
        )
    return {
        "sample": np.full(mass.size, number, dtype=np.int64),
        "judged": judged[rows],
        "fitted": fitted[rows],
        "fold": events.column(FOLD)[rows].astype(np.int64),
        "weight": events.column(WEIGHT)[rows].astype(np.float64),
        "probability": probability,
        "mass": mass,
        **{f"score {name}": _between_0_and_1(store, SCORE, rows) for name, store in scores.items()},
    }


def _between_0_and_1(store: EventStore, column: str, rows: NDArray[np.bool_]) -> Floats:
    values: Floats = store.column(column)[rows].astype(np.float64)
    wrong = np.flatnonzero(~((values >= 0) & (values <= 1)))  # a NaN fails both comparisons
    if wrong.size:
        raise UserError(
            f"{store.path}: column '{column}' is {values[wrong[0]]} in row {np.flatnonzero(rows)[wrong[0]]}, not a "
            "number from 0 to 1; delete the file and run its rule again"
        )
    return values
