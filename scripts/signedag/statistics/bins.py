"""Bins whose prediction is not positive: the normal case with negative weights and fine binning.

Such a bin has no Poisson probability. It is merged with neighbours or raised by a rule that the user picks; every one
is listed. A bin counts as positive only if its total is positive for signal strengths of 0, 1 and 2, nominally and with
each nuisance at ±1σ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from signedag.errors import UserError
from signedag.statistics.expectation import Expectation
from signedag.statistics.grouping import merge_labels, positive
from signedag.statistics.model import Channel, Contribution, Model, Shape
from signedag.statistics.regrouping import Combination, Merged, NonPositiveBin, Raised, Regrouping, regrouped
from signedag.statistics.templates import Floats

Rule = Literal["merge", "floor"]

FLOOR = "floor"
"""Name of the contribution that raises bins."""
STRENGTHS = (1.0, 0.0, 2.0)
"""Signal strengths at which predictions must be positive: where the data are made, without signal, and far enough on
the other side for an interval around 1, as signal templates have negative bins too. Several strengths move together."""


class NonPositivePredictionError(UserError):
    """A region's whole prediction is not positive, so that no merging of its bins can help."""


def totals_by_combination(model: Model) -> tuple[list[Combination], Floats]:
    """Give the total prediction at each combination, the nominal one first; shape (combinations, bins)."""
    expectation = Expectation(model)
    combinations: list[Combination] = []
    points: list[Floats] = []
    moves = [(None, 0), *((item.name, side) for item in model.parameters if item.constrained for side in (1, -1))]
    for strength in STRENGTHS if model.strengths else (None,):
        for nuisance, side in moves:
            parameters = model.initial()
            if strength is not None:
                parameters[[model.index(name) for name in model.strengths]] = strength
            if nuisance is not None:
                parameters[model.index(nuisance)] = side
            combinations.append(Combination(strength, nuisance, side))
            points.append(parameters)
    return combinations, expectation.expected_at_points(points)


def total_variances(model: Model) -> Floats:
    """Give Σw² of the nominal total of all processes, shape (bins,)."""
    expectation = Expectation(model)
    factors = expectation.factors_by_process(expectation.at(model.initial()))
    by_channel: list[Floats] = []
    for channel in model.channels:
        squares = [factors[channel.region][item.process] ** 2 * item.variances for item in channel.contributions]
        by_channel.append(np.sum(squares, axis=0))
    return np.concatenate(by_channel)


def make_positive(
    model: Model, shapes: Mapping[str, tuple[int, ...]], rule: Rule, floor_events: float, remedy: str = ""
) -> tuple[Model, dict[str, Regrouping]]:
    """Merge or raise the bins whose prediction is not positive; docs/physics.md, "Bins that are not positive".

    Args:
        model: a model whose channels still have all bins.
        shapes: bins of each axis, by region.
        rule: what to do.
        floor_events: what `floor` raises the smallest total of such a bin to.
        remedy: the key that the user may set to `floor`, if this fit has one: the error's way out.

    Returns:
        the model to fit, and what was done, by region.

    Raises:
        NonPositivePredictionError: a region's total prediction is not positive even as a single bin.
    """
    combinations, totals = totals_by_combination(model)
    contents, variances = Expectation(model).by_process(model.initial()), total_variances(model)
    channels, done = [], {}
    for channel, bins in zip(model.channels, model.slices().values(), strict=True):
        region = channel.region
        table = _Table(region, shapes[region], combinations, totals[:, bins], contents[region], variances[bins])
        changed, done[region] = (
            _merged(channel, table, remedy) if rule == "merge" else _raised(channel, table, floor_events)
        )
        channels.append(changed)
    return replace(model, channels=tuple(channels)), done


@dataclass(frozen=True)
class _Table:
    """The predictions of one channel that tell which of its bins are not positive."""

    region: str
    shape: tuple[int, ...]
    combinations: list[Combination]
    totals: Floats
    """Shape (combinations, bins)."""
    contents: Mapping[str, Floats]
    """Nominal prediction of each process, shape (bins,)."""
    variances: Floats
    """Σw² of the nominal total, shape (bins,)."""

    def bad(self) -> list[int]:
        """Give the bins that are not positive."""
        return np.flatnonzero(~positive(self.totals.T, self.variances)).tolist()

    def describe(self, index: int, treatment: Merged | Raised) -> NonPositiveBin:
        """Describe a bin that is not positive."""
        worst = int(np.argmin(self.totals[:, index]))
        return NonPositiveBin(
            region=self.region,
            indices=tuple(int(number) for number in np.unravel_index(index, self.shape)),
            contents={process: float(values[index]) for process, values in self.contents.items()},
            total=float(self.totals[0, index]),
            total_error=float(np.sqrt(self.variances[index])),
            smallest_total=float(self.totals[worst, index]),
            smallest_when=self.combinations[worst],
            treatment=treatment,
        )


def _merged(channel: Channel, table: _Table, remedy: str) -> tuple[Channel, Regrouping]:
    """Merge a channel's non-positive bins with their neighbours."""
    labels = merge_labels(table.totals, table.shape, table.variances)
    if labels is None:
        worst = int(np.argmin(table.totals.sum(axis=1)))
        raise NonPositivePredictionError(
            f"region '{channel.region}': its whole prediction is not positive ({table.combinations[worst]}: "
            f"{table.totals[worst].sum():.4g} events); check the selection and the weights of its samples"
            + (f", or set {remedy}: floor" if remedy else "")
        )
    sizes, sums = np.bincount(labels), np.bincount(labels, weights=table.totals[0])
    nonpositive = tuple(
        table.describe(index, Merged(int(label), int(sizes[label]), float(sums[label])))
        for index, label in ((index, labels[index]) for index in table.bad())
    )
    grouping = Regrouping(channel.region, table.shape, labels, nonpositive)
    return regrouped(channel, grouping), grouping


def _raised(channel: Channel, table: _Table, floor_events: float) -> tuple[Channel, Regrouping]:
    """Raise a channel's non-positive bins by a contribution of their own."""
    bad = table.bad()
    raising = _raising(table.combinations, table.totals, bad, floor_events)
    nonpositive = tuple(table.describe(index, Raised(float(raising.nominal[index]))) for index in bad)
    grouping = Regrouping(channel.region, table.shape, np.arange(channel.bins), nonpositive)
    return (replace(channel, contributions=(*channel.contributions, raising)) if bad else channel), grouping


def _raising(combinations: list[Combination], totals: Floats, bad: list[int], floor_events: float) -> Contribution:
    """Make the contribution that lifts each total of the bad bins, and no other, to the floor."""

    def lift(nuisance: str | None, side: int) -> Floats:
        chosen = [(item.nuisance, item.side) == (nuisance, side) for item in combinations]
        lifted = np.zeros(totals.shape[1])
        lifted[bad] = np.maximum(0.0, floor_events - totals[chosen][:, bad].min(axis=0))
        return lifted

    nuisances = dict.fromkeys(item.nuisance for item in combinations if item.nuisance)
    shapes = tuple(Shape(name, lift(name, 1), lift(name, -1)) for name in nuisances)
    return Contribution(FLOOR, lift(None, 0), np.zeros(totals.shape[1]), shapes=shapes)
