"""The training loop: phases of rounds of updates, early stopping, learned factors and divergence."""

from __future__ import annotations

import copy
import functools
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from signedag.config.term import Target
from signedag.networks.network import Network
from signedag.objectives.batch import CLASS, TRAINING_WEIGHT, Batch, EventTable, Outputs
from signedag.objectives.term import Term
from signedag.training.decorrelation import Decorrelation
from signedag.training.drawing import EpochBatches
from signedag.training.factors import Factors
from signedag.training.history import Epoch, History
from signedag.training.plan import Phase, make_optimiser, term_labels, with_derived_columns

log = logging.getLogger("signedag")


def train(
    networks: Mapping[str, Network],
    phases: Sequence[Phase],
    training: EventTable,
    validation: EventTable,
    generator: np.random.Generator,
) -> History:
    """Run all phases; each network ends with the parameters of its last phase's kept epoch.

    docs/physics.md, "Phases, updates and early stopping".

    Args:
        networks: by role, e.g. `classifier`.
        phases: what moves, for how long, under which objective, on which batches.
        training: all training events, on the networks' device.
        validation: all validation events, on the same device.
        generator: the stream that drawings draw from.

    Raises:
        ValueError: a term needs a network or column that is not there, or all events at once and gets a part.
    """
    epochs: list[Epoch] = []
    best_epochs: list[int] = []
    failed = None
    for phase in phases:
        _check_needs(phase, networks, training)
    training, validation = with_derived_columns(phases, training, validation)
    decorrelation = Decorrelation(phases, networks, validation)
    for number, phase in enumerate(phases):
        run = _PhaseRun(number, phase, networks, training, validation)
        decorrelation.before(phase)
        best, diverged = run.through(generator, epochs)
        best_epochs.append(best)
        if diverged:
            log.warning("diverged: %s", diverged)
            return History(tuple(epochs), tuple(best_epochs), diverged)
        failed = run.failure()
    before, after, without_use = decorrelation.result()
    failed = without_use if after else failed  # where the cross-entropy is not all, its constant is no measure
    if failed:
        log.warning("failed: %s", failed)
    return History(tuple(epochs), tuple(best_epochs), None, failed, before=before, after=after)


def _check_needs(phase: Phase, networks: Mapping[str, Network], training: EventTable) -> None:
    for term in (term for update in phase.updates for term in update.terms):
        missing = sorted(term.networks - set(networks)) + sorted(term.columns - set(training.columns))
        if missing:
            raise ValueError(f"the term '{term.name}' needs '{missing[0]}', which this training has not")


@dataclass(frozen=True)
class _UpdateRun:
    """One update while its phase runs."""

    moves: frozenset[str]
    terms: Mapping[str, Term]
    steps: int
    optimiser: torch.optim.Optimizer


class _PhaseRun:
    """One phase while it runs."""

    def __init__(
        self,
        number: int,
        phase: Phase,
        networks: Mapping[str, Network],
        training: EventTable,
        validation: EventTable,
    ) -> None:
        self._number, self._phase, self._networks = number, phase, networks
        self._training, self._validation = training, validation
        for role, other in (phase.starts_from or {}).items():
            networks[role].load_state_dict(other.state_dict())
        self._moved = {role: networks[role] for update in phase.updates for role in update.moves}
        self._updates = [
            _UpdateRun(
                frozenset(update.moves),
                dict(zip(labels, update.terms, strict=True)),
                update.steps,
                make_optimiser(update, networks),
            )
            for update, labels in zip(phase.updates, term_labels(phase.updates), strict=True)
        ]
        self._terms = {label: term for update in self._updates for label, term in update.terms.items()}
        self._device = training.columns[CLASS].device
        self._weight = training.columns[TRAINING_WEIGHT].double().cpu().numpy()
        self._class = training.columns[CLASS].cpu().numpy()
        self._moving: frozenset[str] | None = None
        learned = any(isinstance(term.weight, Target) for term in self._terms.values())
        self._factors = Factors(self._terms, self._evaluate(training) if learned else {}, self._device)

    def through(self, generator: np.random.Generator, epochs: list[Epoch]) -> tuple[int, str | None]:
        """Run all epochs and append them; give the epoch that was kept and why it diverged, if it did."""
        patience = self._phase.patience
        best_value, best_epoch, best_state = math.inf, 0, self._state()
        diverged = None
        for epoch in range(1, self._phase.epochs + 1):
            batches = self._phase.drawing(generator)
            self._factors.start_epoch(epoch)
            means = self._one_epoch(batches)
            values = self._evaluate(self._validation)
            epochs.append(self._described(epoch, means, values, batches))
            value = epochs[-1].validation
            log.info(
                "phase %d epoch %d: training %.6f, validation %.6f", self._number, epoch, epochs[-1].training, value
            )
            diverged = self._divergence(epoch, means, values)
            if diverged:
                break
            if value < best_value or patience is None:
                best_value, best_epoch, best_state = value, epoch, self._state()
            elif epoch - best_epoch >= patience:
                break
        for role, state in best_state.items():
            self._networks[role].load_state_dict(state)
        return best_epoch, diverged

    def _state(self) -> dict[str, dict[str, Tensor]]:
        return {role: copy.deepcopy(network.state_dict()) for role, network in self._moved.items()}

    def _one_epoch(self, batches: EpochBatches) -> dict[str, float]:
        """Make one pass over the batches; give each term's mean over the steps, weighted by the batches' sizes."""
        if len(batches.sizes) > 1 and any(term.full_batch for term in self._terms.values()):
            raise ValueError("a term that needs all events at once got a part of them; draw full batches")
        rows = self._split(batches.events, batches)
        drawn = {name: self._split(values, batches) for name, values in batches.columns.items()}
        values: list[list[Tensor]] = [[] for _ in self._updates]
        counts: list[list[int]] = [[] for _ in self._updates]
        for turn in range(len(rows)):
            for update, recorded, sizes in zip(self._updates, values, counts, strict=True):
                self._let_move(update.moves)
                for step in range(update.steps):
                    place = (turn + step) % len(rows)
                    given = {name: parts[place] for name, parts in drawn.items()}
                    batch = Batch(self._training, rows[place], given)
                    recorded.append(self._step(update, batch))
                    sizes.append(len(batch))
        means: dict[str, float] = {}
        for update, recorded, sizes in zip(self._updates, values, counts, strict=True):
            by_step = torch.stack(recorded).double().cpu().numpy()  # (steps, terms); the first wait for the device
            means |= dict(zip(update.terms, (np.array(sizes) @ by_step / sum(sizes)).tolist(), strict=True))
        return means

    def _split(self, values: NDArray[Any], batches: EpochBatches) -> tuple[Tensor, ...]:
        parts: tuple[Tensor, ...] = torch.split(torch.from_numpy(values).to(self._device), list(batches.sizes))
        return parts

    def _let_move(self, roles: frozenset[str]) -> None:
        """Let some networks move and hold the others; nothing to do if they do already."""
        if self._moving != roles:
            for role, network in self._networks.items():
                network.train(role in roles)
                network.requires_grad_(role in roles)
            self._moving = roles

    def _step(self, update: _UpdateRun, batch: Batch) -> Tensor:
        """Make one step; give the terms' values, shape (terms,), without waiting for the device."""
        outputs = Outputs(self._networks, batch)
        values = {label: term.value(batch, outputs) for label, term in update.terms.items()}
        parts = [self._factors.contribution(label, value) for label, value in values.items()]
        loss = functools.reduce(torch.add, parts)
        update.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        update.optimiser.step()
        reached = {label: value.detach() for label, value in values.items()}
        self._factors.ascend(reached)
        return torch.stack(list(reached.values()))

    @torch.no_grad()
    def _evaluate(self, events: EventTable) -> dict[str, float]:
        """Give each term's value on all events of a table, by the networks as they are."""
        for network in self._networks.values():
            network.eval()
        self._moving = None
        batch = Batch(events)
        outputs = Outputs(self._networks, batch)
        return {label: float(term.validated(batch, outputs)) for label, term in self._terms.items()}

    def _described(
        self, epoch: int, means: Mapping[str, float], values: Mapping[str, float], batches: EpochBatches
    ) -> Epoch:
        factors = self._factors.fixed()
        watched = {label: factors[label] for label in self._updates[-1].terms if label in factors}

        def objective(by_term: Mapping[str, float]) -> float:
            return math.fsum(factor * by_term[label] for label, factor in watched.items()) if watched else math.nan

        return Epoch(
            self._number,
            epoch,
            objective(means),
            objective(values),
            {label: {"training": means[label], "validation": values[label]} for label in means},
            self._factors.changing(),
            smallest_class_sum(self._weight, self._class, batches),
        )

    def _divergence(self, epoch: int, means: Mapping[str, float], values: Mapping[str, float]) -> str | None:
        """Say why an epoch shows divergence, or None."""
        for label, term in self._terms.items():
            for events, value in (("training", means[label]), ("validation", values[label])):
                if not math.isfinite(value):
                    return f"{label} is not finite on the {events} events in epoch {epoch}"
                broken = term.bound(value)
                if broken:
                    return f"{label} {broken} on the {events} events in epoch {epoch}"
        with torch.no_grad():
            batch = Batch(self._validation)
            outputs = Outputs(self._networks, batch)
            faults = [term.fault(batch, outputs) for term in self._terms.values() if term.fault]
        return next((f"{fault} in epoch {epoch}" for fault in faults if fault), None)

    def failure(self) -> str | None:
        """Say why the kept networks are worth nothing: no better on the validation events than a constant."""
        values = self._evaluate(self._validation)
        for label, term in self._terms.items():
            if term.constant is not None:
                constant = term.constant(Batch(self._validation))
                if values[label] >= constant:
                    return (
                        f"{label} is {values[label]:.4g} on the validation events, a constant output reaches "
                        f"{constant:.4g}: nothing was learned"
                    )
        return None


def smallest_class_sum(weight: NDArray[np.float64], classes: NDArray[np.generic], batches: EpochBatches) -> float:
    """Give the smallest sum of one class's training weights in any batch.

    Args:
        weight: training weights, shape (events,).
        classes: each event's class, shape (events,).
        batches: the batches of an epoch.
    """
    starts = np.cumsum((0, *batches.sizes[:-1]))
    ordered, of_class = weight[batches.events], classes[batches.events]
    sums = [np.add.reduceat(np.where(of_class == one, ordered, 0.0), starts).min() for one in np.unique(classes)]
    return float(min(sums))
