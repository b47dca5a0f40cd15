"""Positive-only against negative-only training: do both see the same physics?"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.config.classifier import MiniBatch, TrainClassifierSettings, Variant, VariantWeights
from signedag.errors import UserError
from signedag.metrics.roc import area_with_linear_error, signed_roc
from signedag.metrics.weighted_sample import WeightedSample
from signedag.seeds import entropy
from signedag.training.classifier import train_classifier
from signedag.training.events import TrainingEvents, load_region_events

SIGNS = {"positive": 1.0, "negative": -1.0}


def cross_check(settings: TrainClassifierSettings, events_folder: Path, variant: str) -> dict[str, Any]:
    """Train on each sign alone and validate on each, with |w| and cross-evaluation over the folds.

    Args:
        settings: the variant and its samples.
        events_folder: holds `{sample}/nominal.arrow`.
        variant: the variant's name; it decides the random streams.

    Returns:
        `auc.{trained on}.{validated on}` with value and error, and the verdict.

    Raises:
        UserError: a class has no event of one sign in the region.
    """
    events, fold = load_region_events(
        events_folder,
        {True: settings.signal_samples, False: settings.background_samples},
        settings.variant.inputs,
        settings.variant.region,
    )
    _refuse_missing_signs(events, settings.variant.region)
    plain = settings.variant.model_copy(
        update={"weights": VariantWeights(strategy="absolute"), "batch": MiniBatch(size=settings.variant.batch.size)}
    )
    areas = {}
    for trained_on, sign in SIGNS.items():
        seeds = [
            entropy(settings.seed, "cross_check_signs", variant, trained_on, number) for number in range(settings.folds)
        ]
        score = _cross_evaluated(plain, events, fold, np.sign(events.signed_weight) == sign, seeds)
        areas[trained_on] = {
            validated_on: _area(score, events, np.sign(events.signed_weight) == other)
            for validated_on, other in SIGNS.items()
        }
    return {"auc": areas, "verdict": _verdict(areas)}


def _refuse_missing_signs(events: TrainingEvents, region: str) -> None:
    for name, sign in SIGNS.items():
        for is_signal, role in ((True, "signal"), (False, "background")):
            if not np.any((np.sign(events.signed_weight) == sign) & (events.is_signal == is_signal)):
                raise UserError(f"region '{region}': no {name} {role} event; the cross-check needs both signs")


def _cross_evaluated(
    variant: Variant, events: TrainingEvents, fold: NDArray[np.int8], chosen: NDArray[np.bool_], seeds: list[int]
) -> NDArray[np.float64]:
    """Score every event by the network that was trained on the chosen events of the other folds."""
    score = np.full(len(fold), np.nan)
    for number, seed in enumerate(seeds):
        network, _ = train_classifier(variant, events.where(chosen & (fold != number)), seed)
        left_out = fold == number
        score[left_out] = network.probability(events.features[left_out])
    return score


def _area(score: NDArray[np.float64], events: TrainingEvents, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    size = np.abs(events.signed_weight)
    signal, background = chosen & events.is_signal, chosen & ~events.is_signal
    roc = signed_roc(WeightedSample(score[signal], size[signal]), WeightedSample(score[background], size[background]))
    return area_with_linear_error(roc).as_json()


def _verdict(areas: dict[str, dict[str, dict[str, Any]]]) -> str:
    """Compare both trainings on each half, in units of their errors (the same events, so this is conservative)."""
    pulls = []
    for half in SIGNS:
        first, second = areas["positive"][half], areas["negative"][half]
        pulls.append(abs(first["value"] - second["value"]) / math.hypot(first["error"], second["error"]))
    if max(pulls) < 2:
        return f"both trainings agree on both halves (largest difference {max(pulls):.1f} errors)"
    return f"the trainings differ by {max(pulls):.1f} errors: positive and negative events do not look alike"
