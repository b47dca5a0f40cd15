"""The training loop: phases of mini-batch gradient descent with early stopping and divergence detection."""

from __future__ import annotations

import copy
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from signedag.config.phases import Phase, Term
from signedag.networks.dense import DenseNetwork
from signedag.objectives.batch import Batch, Outputs
from signedag.objectives.registry import TERMS
from signedag.training.batches import BatchSampler

log = logging.getLogger("signedag")

VALIDATED_BY = {"joint_cross_entropy": "cross_entropy", "joint_cross_entropy_through_weights": "cross_entropy"}
"""Terms whose own weights move are validated by one whose weights do not: here with the signed weights."""

SATURATED_LOGIT = 60.0
"""A probability of one minus 10⁻²⁶: no classifier can be that sure, an unbounded objective can make it so."""


@dataclass(frozen=True)
class Epoch:
    """What one epoch did."""

    phase: int
    epoch: int
    training: float
    """Mean objective of the epoch's mini-batches."""
    validation: float
    """Objective on the validation events after the epoch."""
    largest_logit: float
    """Largest |logit| on the validation events."""
    smallest_class_sum: float
    """Smallest sum of one class's training weights in any mini-batch of the epoch."""


@dataclass(frozen=True)
class History:
    """The course of a training."""

    epochs: tuple[Epoch, ...]
    best_epochs: tuple[int, ...]
    """For each phase, the epoch whose parameters were kept."""
    diverged: str | None
    """Why the training was stopped as diverged; None if it was not."""

    def as_dict(self) -> dict[str, Any]:
        """Give the history as plain JSON values; a value that is not finite becomes null."""
        plain = asdict(self)
        for epoch in plain["epochs"]:
            for name, value in epoch.items():
                if isinstance(value, float) and not math.isfinite(value):
                    epoch[name] = None
        return plain


def objective(terms: Sequence[Term], networks: Mapping[str, DenseNetwork], batch: Batch) -> torch.Tensor:
    """Add up the terms of the objective on a batch; a scalar tensor."""
    outputs = Outputs(networks, batch)
    values = [term.weight * TERMS[term.objective](batch, outputs) for term in terms]
    return torch.stack(values).sum()


def train(
    networks: Mapping[str, DenseNetwork],
    phases: Sequence[Phase],
    batches: BatchSampler,
    training: Batch,
    validation: Batch,
    generator: np.random.Generator,
) -> History:
    """Run all phases; each network ends with the parameters of its last phase's best epoch.

    Args:
        networks: by role, e.g. `classifier`.
        phases: what moves, for how long, under which objective.
        batches: draws each epoch's mini-batches.
        training: all training events, on the networks' device.
        validation: all validation events, on the same device.
        generator: the stream that `batches` draws from.
    """
    epochs: list[Epoch] = []
    best_epochs: list[int] = []
    for number, phase in enumerate(phases):
        best, diverged = _run_phase(number, phase, networks, batches, training, validation, generator, epochs)
        best_epochs.append(best)
        if diverged:
            log.info("diverged: %s", diverged)
            return History(tuple(epochs), tuple(best_epochs), diverged)
    return History(tuple(epochs), tuple(best_epochs), None)


def _run_phase(
    number: int,
    phase: Phase,
    networks: Mapping[str, DenseNetwork],
    batches: BatchSampler,
    training: Batch,
    validation: Batch,
    generator: np.random.Generator,
    epochs: list[Epoch],
) -> tuple[int, str | None]:
    """Run one phase, append to `epochs`; give the best epoch and why it diverged, if it did."""
    moved = [networks[role] for role in phase.moves]
    optimisers = [
        torch.optim.Adam(network.parameters(), lr=phase.learning_rate, weight_decay=phase.weight_decay)
        for network in moved
    ]
    best_value, best_epoch, best_state = math.inf, 0, [copy.deepcopy(network.state_dict()) for network in moved]
    for epoch in range(1, phase.epochs + 1):
        mean, smallest = _one_epoch(phase, networks, optimisers, batches, training, generator)
        value, largest = _validate(phase, networks, validation)
        epochs.append(Epoch(number, epoch, mean, value, largest, smallest))
        log.info("phase %d epoch %d: training %.6f, validation %.6f", number, epoch, mean, value)
        diverged = divergence(epochs[-1], bool((training.training_weight < 0).any()))
        if diverged:
            break
        if value < best_value or phase.patience is None:
            best_value, best_epoch = value, epoch
            best_state = [copy.deepcopy(network.state_dict()) for network in moved]
        elif epoch - best_epoch >= phase.patience:
            break
    for network, state in zip(moved, best_state, strict=True):
        network.load_state_dict(state)
    return best_epoch, diverged


def _one_epoch(
    phase: Phase,
    networks: Mapping[str, DenseNetwork],
    optimisers: Sequence[torch.optim.Optimizer],
    batches: BatchSampler,
    training: Batch,
    generator: np.random.Generator,
) -> tuple[float, float]:
    for role, network in networks.items():
        network.train(role in phase.moves)
    total, smallest = 0.0, math.inf
    for events in batches(generator):
        batch = training.select(torch.from_numpy(events).to(training.target.device))
        for optimiser in optimisers:
            optimiser.zero_grad(set_to_none=True)
        loss = objective(phase.terms, networks, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        for optimiser in optimisers:
            optimiser.step()
        total += float(loss.detach()) * len(batch)
        weight, target = batch.training_weight.double(), batch.target.double()
        smallest = min(smallest, float(weight @ target), float(weight @ (1 - target)))
    return total / len(training), smallest


@torch.no_grad()
def _validate(phase: Phase, networks: Mapping[str, DenseNetwork], validation: Batch) -> tuple[float, float]:
    for network in networks.values():
        network.eval()
    outputs = Outputs(networks, validation)
    terms = [(term.weight, TERMS[VALIDATED_BY.get(term.objective, term.objective)]) for term in phase.terms]
    values = [weight * float(term(validation, outputs)) for weight, term in terms]
    logit = outputs.logit if "classifier" in phase.moves else outputs.weight_logit
    return math.fsum(values), float(logit.abs().max())


def divergence(epoch: Epoch, signed: bool) -> str | None:
    """Say why an epoch shows divergence, or None.

    A weighted cross-entropy whose true (signed) density is nowhere negative is bounded below by zero; with signed
    weights the finite-sample objective is not, and the scores saturate while it falls. Without negative weights a
    large logit is no divergence: an event far out in a tail of its features has one.

    Args:
        epoch: what the epoch did.
        signed: whether a training weight is negative.
    """
    if not (math.isfinite(epoch.training) and math.isfinite(epoch.validation)):
        return f"the objective is not finite in epoch {epoch.epoch}"
    if epoch.training < 0 or epoch.validation < 0:
        return (
            f"the objective fell below its bound of zero in epoch {epoch.epoch} "
            f"(training {epoch.training:.4g}, validation {epoch.validation:.4g}, "
            f"largest |logit| {epoch.largest_logit:.3g})"
        )
    if signed and epoch.largest_logit > SATURATED_LOGIT:
        return f"the scores saturated in epoch {epoch.epoch} (largest |logit| {epoch.largest_logit:.3g})"
    return None
