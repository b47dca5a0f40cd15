"""Positive-only against negative-only training: do both see the same physics?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.config.classifier import TrainClassifierSettings, VariantWeights
from signedag.config.drawing import MiniBatch
from signedag.errors import UserError
from signedag.metrics.roc import area_with_linear_error, signed_roc
from signedag.metrics.weighted_sample import WeightedSample
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT
from signedag.seeds import entropy
from signedag.training.classifier import train_classifier
from signedag.training.events import Request, TrainingEvents, load_region_events, load_training_events
from signedag.training.parameters import parameter_columns

SIGNS = {"positive": 1.0, "negative": -1.0}


def cross_check(settings: TrainClassifierSettings, events: Sequence[Path], variant: str) -> dict[str, Any]:
    """Train on each sign alone and validate on each, with |w| and cross-evaluation over the folds.

    docs/physics.md, "Signs of a sample".

    Args:
        settings: the variant, with two classes, and its samples.
        events: each sample's nominal events, `{sample}/nominal.arrow`.
        variant: the variant's name; it decides the random streams.

    Returns:
        `auc.{trained on}.{validated on}` with value and error, and the verdict.

    Raises:
        UserError: a class has no event of one sign in the region, there are more than two classes, or the classifier is
            conditioned on parameters of the signal processes.
    """
    if len(settings.classes) > 2:
        raise UserError(f"variant '{variant}': the cross-check compares AUCs, which need two classes")
    if settings.points:
        raise UserError(
            f"variant '{variant}': needs one score per event, this classifier has one for each point of "
            f"{', '.join(settings.variant.parameters)}; check one without parameters"
        )
    request = Request(
        settings.classes,
        settings.processes,
        settings.variant.inputs,
        settings.variant.region,
        settings.variant.weights.strategy,
        settings.columns(),
    )
    everything, fold = load_region_events(request, events)
    rows = everything.features
    if settings.variant.parameters:
        rows = np.column_stack([rows, parameter_columns(everything, settings.variant.parameters)])
    _refuse_missing_signs(everything, settings.variant.region)
    plain = settings.variant.model_copy(
        update={"weights": VariantWeights(strategy="absolute"), "batch": MiniBatch(size=settings.variant.batch.size)}
    )
    areas = {}
    for trained_on, sign in SIGNS.items():
        score = np.full(len(fold), np.nan)
        for number in range(settings.folds):
            outside = load_training_events(request, events, None, number)
            chosen = outside.where(np.sign(outside.columns[SIGNED_WEIGHT]) == sign)
            seed = entropy(settings.seed, "cross_check_signs", variant, trained_on, number)
            network = train_classifier(plain, chosen, seed).classifier
            score[fold == number] = network.probability(rows[fold == number])
        areas[trained_on] = {
            validated_on: _area(score, everything, np.sign(everything.columns[SIGNED_WEIGHT]) == other)
            for validated_on, other in SIGNS.items()
        }
    return {"auc": areas, "verdict": _verdict(areas)}


def _refuse_missing_signs(events: TrainingEvents, region: str) -> None:
    for name, sign in SIGNS.items():
        for number, role in ((1, "signal"), (0, "background")):
            if not np.any((np.sign(events.columns[SIGNED_WEIGHT]) == sign) & (events.columns[CLASS] == number)):
                raise UserError(f"region '{region}': no {name} {role} event; the cross-check needs both signs")


def _area(score: NDArray[np.float64], events: TrainingEvents, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    size, is_signal = np.abs(events.columns[SIGNED_WEIGHT]), events.columns[CLASS] == 1
    signal, background = chosen & is_signal, chosen & ~is_signal
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
