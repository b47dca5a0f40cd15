"""Training weights of one sample's events outside one fold, from the output of its cross-fitted sign networks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.config.weights import Calibration
from signedag.events.store import EVENT_NUMBER, EventStore, open_stage
from signedag.events.without_fold import rows_without_fold, signed_weight_without_fold
from signedag.identity import Identity
from signedag.weights.calibration import calibrate_cross_fitted
from signedag.weights.separation import SignSeparation, sign_separation
from signedag.weights.transformation import Transformed, effective_size_factor, transform, yield_bias

Floats = NDArray[np.float64]

RAW_PROBABILITY = "raw_probability_member"


@dataclass(frozen=True)
class SignOutput:
    """What the sign networks of one outer fold say of the events outside that fold."""

    fold: int
    """The fold that the networks left out."""
    rows: NDArray[np.bool_]
    """Shape (all events of the sample,): which ones are outside the fold."""
    event_number: NDArray[np.int64]
    """Shape (events outside,)."""
    signed_weight: Floats
    """Shape (events outside,), normalised without the fold."""
    members: Floats
    """Shape (members, events outside): output of the networks that left out the event's inner part."""

    @property
    def mean(self) -> Floats:
        """The mean output of the ensemble, shape (events outside,)."""
        mean: Floats = self.members.mean(axis=0)
        return mean


def read_sign_output(events: EventStore, fold: int, path: Path) -> SignOutput:
    """Read what `train_sign_network` wrote for one fold.

    Raises:
        UserError: the file is missing, or belongs to other events or another fold.
    """
    rows = rows_without_fold(events, fold)
    stage = open_stage(path, events, Identity.of("sign probabilities", sample=events.sample, fold=fold), rows)
    members = np.stack([stage.column(name) for name in stage.names if name.startswith(RAW_PROBABILITY)])
    weight = signed_weight_without_fold(events, fold)
    return SignOutput(fold, rows, events.column(EVENT_NUMBER)[rows], weight, members)


@dataclass(frozen=True)
class FoldWeights:
    """Calibrated positive probabilities and training weights of the events outside one fold."""

    output: SignOutput
    """What they were made from."""
    separation: SignSeparation
    """Whether the signs of these events can be told apart."""
    is_constant: bool
    """Whether they cannot, and every event got the fraction of the others instead of an estimate of its own."""
    probability: Floats
    """Shape (events outside,), calibrated."""
    transformed: Transformed
    """The training weights."""
    of_members: tuple[Floats, ...]
    """The training weights by each member of an ensemble alone; empty for a single network."""

    def columns(self) -> dict[str, Floats]:
        """Give the columns of `without_fold{fold}.arrow`."""
        columns = {
            "training_weight": self.transformed.training_weight,
            "positive_probability": self.probability,
            "raw_positive_probability": self.output.mean,
        }
        return columns | {f"training_weight_member{number}": weight for number, weight in enumerate(self.of_members)}

    def as_json(self) -> dict[str, Any]:
        """Give what there is to say about this fold's training weights."""
        signed = self.output.signed_weight
        return {
            "sign_auc": self.separation.as_json(),
            "is_constant": self.is_constant,
            "renormalisation": self.transformed.renormalisation,
            **self.transformed.clipped.as_json(),
            "effective_size_factor": {
                "signed": effective_size_factor(signed),
                "transformed": effective_size_factor(self.transformed.training_weight),
            },
            "yield_bias": {
                "uncalibrated": yield_bias(signed, self.output.mean),
                "calibrated": yield_bias(signed, self.probability),
            },
        }


def calibrated(output: SignOutput, settings: Calibration, raw: Floats | None = None) -> Floats:
    """Calibrate an output outside one fold, shape (events outside,): the ensemble's mean if no other `raw` is given."""
    ranking = output.mean if raw is None else raw
    splits, repetitions = settings.splits, settings.repetitions
    return calibrate_cross_fitted(
        ranking, output.signed_weight, output.event_number, splits, repetitions, settings.method
    )


def calibrate_fold(sample: str, output: SignOutput, settings: Calibration) -> FoldWeights:
    """Calibrate the sign networks' output outside one fold and transform the weights there.

    docs/physics.md, "Whose signs". Everything is decided by these events alone, whether their signs can be told apart
    included: redrawing the signs of the fold changes nothing.

    Raises:
        UserError: there are no events to calibrate with, or the weights cannot be transformed.
    """
    separation = sign_separation(output.mean, output.signed_weight)
    is_constant = settings.constant_if_inseparable and separation.verdict != "separable"

    def transformed(raw: Floats) -> tuple[Floats, Transformed]:
        ranking = np.zeros_like(raw) if is_constant else raw
        probability = calibrated(output, settings, ranking)
        return probability, transform(sample, output.signed_weight, probability, settings.clipped_fraction_limit)

    probability, weights = transformed(output.mean)
    members = output.members if len(output.members) > 1 else ()
    of_members = tuple(transformed(raw)[1].training_weight for raw in members)
    return FoldWeights(output, separation, is_constant, probability, weights, of_members)
