"""What a training does, as the loop takes it: phases of updates with their terms, made from settings or by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from signedag.config.phases import Phase as PhaseSettings
from signedag.config.phases import Update as UpdateSettings
from signedag.networks.network import Network
from signedag.objectives.batch import EventTable
from signedag.objectives.term import Term, term_of
from signedag.training.drawing import Drawing


@dataclass(frozen=True)
class Update:
    """One kind of step."""

    moves: tuple[str, ...]
    """Networks whose parameters move."""
    terms: tuple[Term, ...]
    """Terms of the objective that is made small."""
    learning_rate: float = 1e-3
    """Learning rate."""
    weight_decay: float = 0.0
    """L2 penalty."""
    optimiser: str = "adam"
    """`adam` or `sgd`."""
    steps: int = 1
    """Steps in each round."""


@dataclass(frozen=True)
class Phase:
    """A stretch of the training: rounds of updates, one round per mini-batch."""

    epochs: int
    """Passes over the training events, at most."""
    updates: tuple[Update, ...]
    """Updates of a round, in order; the objective of the last one is watched."""
    drawing: Drawing
    """Draws each epoch's mini-batches."""
    patience: int | None = None
    """Epochs without a better validation objective before the phase ends and its best epoch is kept."""
    starts_from: Mapping[str, Network] | None = None
    """Networks to start from, by role; the others go on as they are."""

    def roles(self) -> frozenset[str]:
        """Give the networks that move or are asked."""
        asked = (term.networks for term in self.terms())
        return frozenset(role for update in self.updates for role in update.moves).union(*asked)

    def terms(self) -> tuple[Term, ...]:
        """Give the terms of all updates."""
        return tuple(term for update in self.updates for term in update.terms)


def update_of(settings: UpdateSettings) -> Update:
    """Make an update from its settings."""
    return Update(
        settings.moves,
        tuple(term_of(term) for term in settings.terms),
        settings.learning_rate,
        settings.weight_decay,
        settings.optimiser,
        settings.steps,
    )


def phase_of(settings: PhaseSettings, drawing: Drawing, starts_from: Mapping[str, Network] | None = None) -> Phase:
    """Make a phase from its settings, a drawing and the networks that it starts from."""
    updates = tuple(update_of(update) for update in settings.updates)
    return Phase(settings.epochs, updates, drawing, settings.patience, starts_from)


def with_derived_columns(
    phases: Sequence[Phase], training: EventTable, validation: EventTable
) -> tuple[EventTable, EventTable]:
    """Give training and validation events with the columns that terms derive; what is taken is of training events."""
    derivations = dict.fromkeys(term.derivation for phase in phases for term in phase.terms() if term.derivation)
    for derivation in derivations:
        columns = derivation(training)
        training, validation = (events.joined_by(columns(events)) for events in (training, validation))
    return training, validation


def make_optimiser(update: Update, networks: Mapping[str, Network]) -> torch.optim.Optimizer:
    """Make the optimiser of an update; it alone moves the parameters of the update's networks.

    The fused implementation does a step's arithmetic in one pass over the parameters instead of a dozen.
    """
    parameters = [parameter for role in update.moves for parameter in networks[role].parameters()]
    kind = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[update.optimiser]
    made: torch.optim.Optimizer = kind(
        parameters, lr=update.learning_rate, weight_decay=update.weight_decay, fused=True
    )
    return made


def term_labels(updates: Sequence[Update]) -> list[list[str]]:
    """Name the terms of updates: by their names, with the number of the update where a name comes twice."""
    names = [term.name for update in updates for term in update.terms]
    return [
        [term.name if names.count(term.name) == 1 else f"{term.name}@{number}" for term in update.terms]
        for number, update in enumerate(updates)
    ]
