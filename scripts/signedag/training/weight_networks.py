"""Training the networks behind transformed and reweighted weights, on one sample at a time.

What scores fold k must be a function of the other events alone, so the networks that weigh those leave out fold k and
are cross-fitted inside the rest: the rest is cut into inner parts, and each part is weighed by networks that were
trained on the other parts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from signedag.config.objectives.cross_entropy import Kind as CrossEntropy
from signedag.config.objectives.density_ratio import Kind as DensityRatio
from signedag.config.weights import SignNetwork
from signedag.errors import UserError
from signedag.networks.device import choose_device, make_deterministic
from signedag.networks.network import Network
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, TRAINING_WEIGHT, EventTable
from signedag.objectives.term import term_of
from signedag.training.drawing import shuffled_batches
from signedag.training.history import History
from signedag.training.loop import train
from signedag.training.plan import Phase, Update
from signedag.training.splitting import training_and_validation

Objective = Literal["cross_entropy", "density_ratio"]
OBJECTIVES = {"cross_entropy": CrossEntropy(), "density_ratio": DensityRatio()}


@dataclass(frozen=True)
class WeightNetwork:
    """A trained sign or ratio network."""

    network: Network
    """The network."""
    history: History
    """How its training went."""
    unit: float
    """The mean |w| that weights were divided by."""


@dataclass(frozen=True)
class CrossFit:
    """Networks of one sample outside one fold, and their output for every event outside that fold."""

    networks: tuple[WeightNetwork, ...]
    """All members of the first part's ensemble, then those of the second, and so on."""
    members: int
    """Members of each part's ensemble."""
    probability: NDArray[np.float64]
    """Shape (members, events): sigmoid(z) of the networks that left out the event's part."""
    unit: NDArray[np.float64]
    """Shape (members, events): the unit of the network that gave `probability`."""

    def parts(self) -> list[int]:
        """Give the inner part that each network was not trained on."""
        return [number // self.members for number in range(len(self.networks))]

    def histories(self) -> list[dict[str, Any]]:
        """Give part, member and course of each training as plain JSON values."""
        return [
            {"part": part, "member": number % self.members, **trained.history.as_json()}
            for number, (part, trained) in enumerate(zip(self.parts(), self.networks, strict=True))
        ]


def cross_fit(
    subject: str,
    settings: SignNetwork,
    features: NDArray[np.float32],
    signed_weight: NDArray[np.float64],
    part: NDArray[np.int8],
    seed: Callable[[int, int], int],
    objective: Objective,
) -> CrossFit:
    """Weigh each inner part by networks that were trained on the other parts; docs/physics.md, "Whose signs".

    Args:
        subject: sample and fold, for messages.
        settings: the network, its training, the number of inner parts and of members.
        features: shape (events, inputs), the events outside the fold.
        signed_weight: shape (events,).
        part: shape (events,), 0 to inner_parts - 1.
        seed: gives the integer that fixes a training, from its part and member.
        objective: what to learn.

    Raises:
        UserError: there are too few events, a training diverged, or an output is not a number.
    """
    networks = []
    probability, unit = (np.full((settings.ensemble, len(part)), np.nan) for _ in range(2))
    for left_out in range(settings.inner_parts):
        weighed = part == left_out
        for member in range(settings.ensemble):
            own_seed = seed(left_out, member)
            trained = train_weight_network(settings, features, signed_weight, ~weighed, own_seed, objective)
            if trained.history.diverged:
                raise UserError(
                    f"{subject}: the network of inner part {left_out} diverged ({trained.history.diverged}); "
                    "lower weights.sign_network.learning_rate or epochs"
                )
            networks.append(trained)
            probability[member, weighed] = trained.network.probability(features[weighed])
            unit[member, weighed] = trained.unit
    undefined = np.flatnonzero(~np.isfinite(probability).all(axis=0))
    if len(undefined):
        raise UserError(
            f"{subject}: the networks give no number for {len(undefined)} events, the first in row {undefined[0]}; "
            "look for features that are not finite, or too large for single precision"
        )
    return CrossFit(tuple(networks), settings.ensemble, probability, unit)


def train_weight_network(
    settings: SignNetwork,
    features: NDArray[np.float32],
    signed_weight: NDArray[np.float64],
    available: NDArray[np.bool_],
    seed: int,
    objective: Objective,
) -> WeightNetwork:
    """Train on the available events of one sample.

    docs/physics.md, "The sign network" and docs/physics.md, "Strategies". `cross_entropy` learns the sign under |w|:
    sigmoid(z) = P(w > 0 | x). `density_ratio` learns exp(z) = E[w | x] in units of the mean |w| of the training events.

    Args:
        settings: the network and its training.
        features: shape (events, inputs).
        signed_weight: shape (events,).
        available: shape (events,), events that may be used at all.
        seed: integer that fixes initialisation, split and order.
        objective: what to learn.
    """
    make_deterministic()
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    training, validation = training_and_validation(available, settings.validation_fraction, generator)
    network = Network(settings.architecture, settings.inputs)
    size = np.abs(signed_weight)
    network.standardise_by(features[training], size[training])
    network.to(choose_device())
    unit = float(size[training].mean())

    def table(events: NDArray[np.int64]) -> EventTable:
        sizes = torch.from_numpy((size[events] / unit).astype(np.float32))
        signs = torch.from_numpy(np.sign(signed_weight[events]).astype(np.float32))
        columns = {CLASS: (signs > 0).float(), TRAINING_WEIGHT: sizes, SIGNED_WEIGHT: sizes * signs}
        on_device = {name: column.to(choose_device()) for name, column in columns.items()}
        inputs = network.standardised(torch.from_numpy(features[events]).to(choose_device()))
        return EventTable(on_device, {"classifier": inputs})

    update = Update(("classifier",), (term_of(OBJECTIVES[objective]),), settings.learning_rate, settings.weight_decay)
    phase = Phase(settings.epochs, (update,), shuffled_batches(len(training), settings.batch_size), settings.patience)
    history = train({"classifier": network}, (phase,), table(training), table(validation), generator)
    return WeightNetwork(network, history, unit)
