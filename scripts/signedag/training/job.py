"""One training as a job does it: load, train, save. A command does one, or several after each other."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from signedag.command_line import provenance
from signedag.config.classifier import TrainClassifierSettings
from signedag.config.phases import CLASSIFIER
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.networks.saved import save_networks
from signedag.seeds import entropy
from signedag.training.checkpoints import load_checkpoints
from signedag.training.classifier import train_classifier
from signedag.training.events import Request, load_training_events
from signedag.training.parameters import Points
from signedag.training.splitting import check_fold

log = logging.getLogger("signedag")


@dataclass(frozen=True)
class TrainingJob:
    """What is trained, from what, and where it goes."""

    settings: TrainClassifierSettings
    """The variant, its samples and the folds."""
    variant: str
    """The variant's name; it decides the random stream."""
    seed: int
    """Number of the initialisation."""
    fold: int
    """The fold to leave out."""
    model: Path
    """File for the networks."""
    history: Path
    """JSON file for the objective by epoch."""


def run_training(
    job: TrainingJob, events: Sequence[Path], weights: Sequence[Path], checkpoints: Sequence[Path]
) -> None:
    """Train and save one classifier; what comes out does not depend on what the process did before.

    Args:
        job: what to train.
        events: each sample's nominal events.
        weights: each sample's training weights outside the fold.
        checkpoints: networks of the variants that phases start from.

    Raises:
        UserError: an input is missing or wrong, or an output could not be written.
    """
    variant = job.settings.variant
    check_fold(job.fold, job.settings.folds)
    request = Request(
        job.settings.classes,
        job.settings.processes,
        variant.inputs,
        variant.region,
        variant.weights.strategy,
        job.settings.columns(),
    )
    training_events = load_training_events(request, events, weights, job.fold)
    log.info("%s", training_events.summary(tuple(job.settings.classes)))
    networks = load_checkpoints(checkpoints, variant, job.seed, job.fold)
    processes = sorted(set(job.settings.processes.values()))
    points = Points.of(variant.parameters, job.settings.points, processes) if job.settings.points else None
    seed = entropy(job.settings.seed, "train_classifier", job.variant, job.seed, job.fold)
    trained = train_classifier(variant, training_events, seed, networks, points)
    training: dict[str, str | int] = {"variant": job.variant, "seed": job.seed, "fold": job.fold}
    identity = Identity.of("classifier", **training)
    origin = provenance(job.settings, "train_classifier", **training)
    others = {role: network for role, network in trained.networks.items() if role != CLASSIFIER}
    save_networks(job.model, [trained.classifier], identity, {"provenance": origin}, others)
    batches = trained.batches.as_json(processes, tuple(job.settings.classes))
    history = {"provenance": origin, **training, **trained.history.as_json(), "batches": batches}
    write_json(job.history, history, Identity.of("training history", **training))
