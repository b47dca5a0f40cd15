"""Templates of transformed training weights, for the study of template statistics alone: no fit of data gets them.

A transformed weight |w| (2 p - 1) has a smaller square than the signed one, but an error of its own, that of the sign
network's p, which no sum of squares shows. Events keep their numbers, so they are redrawn along with the signed ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from signedag.events.store import EVENT_NUMBER, WEIGHT, EventStore
from signedag.events.without_fold import check_folds, mean_over_folds
from signedag.identity import Identity
from signedag.statistics.redrawn_templates import FilledEvents
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Floats
from signedag.weights.training_sets import read_training_sets


@dataclass(frozen=True, eq=False)
class TransformedWeights:
    """What the signed weights of one sample's events are multiplied by to transform them."""

    numbers: NDArray[np.int64]
    """Event numbers, increasing, shape (events,)."""
    factors: Floats
    """Transformed over signed weight, shape (events,): negative where the signed weight is."""
    share: float
    """Σw/Σ|w|, the mean of 2p - 1: of events that only a shift selects, whose p is not known."""

    def of(self, numbers: NDArray[np.int64], signed: Floats) -> Floats:
        """Give the factors of some events, shape (events,).

        Args:
            numbers: their numbers, shape (events,).
            signed: their signed weights, shape (events,).
        """
        places = np.minimum(np.searchsorted(self.numbers, numbers), self.numbers.size - 1)
        known = self.numbers[places] == numbers
        return np.where(known, self.factors[places], self.share * np.sign(signed))


def read_transformed_weights(events: EventStore, paths: Sequence[Path]) -> TransformedWeights:
    """Read the transformed weights of a sample; docs/physics.md, "Templates of transformed weights".

    The weight of each event is from networks and calibrations that left it out. With more than two folds it is the
    mean over the folds that it is outside of. All of them add up to the sum of the signed ones.

    Args:
        events: the sample's nominal events.
        paths: one store of training weights per fold that is left out, in the order of the folds.

    Raises:
        UserError: a store is missing or is of other events.
    """
    check_folds(events, {"--weights": paths})
    sets = read_training_sets(events, paths, Identity.of("training weights", strategy="transformed"))
    ratios = [
        np.divide(one.columns["training_weight"], one.signed_weight, out=np.zeros(one.signed_weight.size), where=some)
        for one in sets
        for some in [one.signed_weight != 0]
    ]
    signed = events.column(WEIGHT).astype(np.float64)
    factors = mean_over_folds([one.rows for one in sets], ratios)
    factors = factors * (math.fsum(signed) / math.fsum(factors * signed))
    numbers = events.column(EVENT_NUMBER).astype(np.int64)
    order = np.argsort(numbers)
    return TransformedWeights(numbers[order], factors[order], math.fsum(signed) / math.fsum(np.abs(signed)))


def with_transformed_weights(
    filled: Sequence[FilledEvents], weights: Mapping[str, TransformedWeights]
) -> list[FilledEvents]:
    """Give the same events with transformed weights, under shifts and with weight variations, too.

    Args:
        filled: the events with their signed weights.
        weights: by sample; samples without any keep their signed weights.
    """
    return [_transformed(one, weights[one.sample]) if one.sample in weights else one for one in filled]


def _transformed(one: FilledEvents, weights: TransformedWeights) -> FilledEvents:
    signed = one.nominal if one.nominal is not None else next(iter(one.sides.values()))
    factors = weights.of(one.numbers, signed)
    nominal = None if one.nominal is None else one.nominal * factors
    return replace(one, nominal=nominal, sides={side: values * factors for side, values in one.sides.items()})


def differences(signed: Sequence[FilledEvents], transformed: Sequence[FilledEvents]) -> list[FilledEvents]:
    """Give the same events with transformed minus signed nominal weights, and nothing else."""
    return [
        replace(new, nominal=new.nominal - old.nominal, sides={})
        for old, new in zip(signed, transformed, strict=True)
        if old.nominal is not None and new.nominal is not None
    ]


def with_closure_error(transformed: RegionTemplates, difference: RegionTemplates) -> RegionTemplates:
    """Add what closure cannot exclude to the variances of nominal templates: Σw'² + Σ(w' - w)².

    docs/physics.md, "Templates of transformed weights".

    Args:
        transformed: templates of transformed weights.
        difference: templates of the `differences` of the same events.
    """
    nominal = {
        process: replace(one, flow_variances=one.flow_variances + difference.nominal[process].flow_variances)
        for process, one in transformed.nominal.items()
    }
    return replace(transformed, nominal=nominal)
