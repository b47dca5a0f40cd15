"""The analysis as it is, in one binning: what pseudo-experiments are drawn from, and the models to fit to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from signedag.config.fitting import ModelSettings
from signedag.statistics.assemble import signal_model, with_constrained_scale_factors, with_fixed_scale_factors
from signedag.statistics.bins import make_positive, total_variances, totals_by_combination
from signedag.statistics.data_sets import DataSet, pseudo_experiment
from signedag.statistics.effective_grouping import effective_events
from signedag.statistics.expectation import Expectation
from signedag.statistics.few_effective_events import FewEffectiveEventsError, treat_few_effective_events
from signedag.statistics.grouping import Neighbours, group_until_positive, neighbours, neighbours_of_groups
from signedag.statistics.intervals import ConditionalFitError
from signedag.statistics.model import Model
from signedag.statistics.regrouping import Regrouping, regrouped
from signedag.statistics.signal_strength import Inputs
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.template_study_results import TrueBins

Labels = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class TrueAnalysis:
    """The analysis as it is, in one binning: what data are drawn from."""

    inputs: Inputs
    """Templates and scale factors."""
    settings: ModelSettings
    model: Model
    """Bins whose true prediction is not positive are merged: no data can be drawn there."""
    grouping: Regrouping
    """How."""

    @classmethod
    def of(cls, inputs: Inputs, settings: ModelSettings) -> TrueAnalysis:
        """Make the truth.

        Raises:
            UserError: the model cannot be made, or its whole prediction is not positive.
        """
        shape = tuple(edges.size - 1 for edges in inputs.signal.edges)
        region = inputs.signal.region
        model, groupings = make_positive(_model(inputs, settings), {region: shape}, "merge", 1.0)
        return cls(inputs, settings, model, groupings[region])

    @cached_property
    def expectation(self) -> Expectation:
        """Expected events, shape (bins,)."""
        return Expectation(self.model)

    @cached_property
    def adjacent(self) -> Neighbours:
        """Which bins touch."""
        return neighbours_of_groups(neighbours(self.grouping.shape), self.grouping.labels)

    @cached_property
    def exact(self) -> Binned:
        """The model to fit where templates do not fluctuate."""
        return Binned(self.model, self.grouping, self.adjacent)

    def binned(self, templates: RegionTemplates) -> Binned:
        """Give the model to fit with other templates of the same bins."""
        return Binned(self.with_templates(templates), self.grouping, self.adjacent)

    @property
    def parameter(self) -> str:
        """The signal strength that is studied: the model's first."""
        return self.model.strengths[0]

    def data(self, generator: np.random.Generator) -> DataSet:
        """Draw counts and auxiliary measurements at a signal strength of 1 and the scale factors."""
        return pseudo_experiment(self.expectation, self.model.initial(), generator)

    def with_templates(self, templates: RegionTemplates) -> Model:
        """Give the model that other templates of the same bins give, in the bins of the truth."""
        model = _model(replace(self.inputs, signal=templates), self.settings)
        (channel,) = model.channels
        return replace(model, channels=(regrouped(channel, self.grouping),))

    @cached_property
    def summary(self) -> TrueBins:
        """Describe bins and effective events."""
        totals, variances = self.expectation.expected(self.model.initial()), total_variances(self.model)
        return TrueBins(
            self.grouping.labels.size,
            int(totals.size),
            float(np.median(effective_events(totals, variances))),
            float(totals.sum() / variances.sum()),
        )


def _model(inputs: Inputs, settings: ModelSettings) -> Model:
    """Make the model with scale factors constrained by their covariance; without any they are 1."""
    model = signal_model(inputs.signal, settings, inputs.source)
    if inputs.factors is None:
        model = with_fixed_scale_factors(model, None)
    else:
        model = with_constrained_scale_factors(model, inputs.factors)
    return replace(model, channels=tuple(replace(item, template_statistics=False) for item in model.channels))


class Binned:
    """A model in the bins of the truth, to be grouped as a fit needs it."""

    def __init__(self, model: Model, grouping: Regrouping, adjacent: Neighbours) -> None:
        self.model, self._grouping, self._adjacent = model, grouping, adjacent
        self._labels: dict[float, Labels] = {}

    def labels(self, least_effective_events: float) -> Labels:
        """Give the group of each bin, shape (bins,): positive ones, and then such of enough effective events.

        Raises:
            ConditionalFitError: the whole prediction is not positive, or has too few effective events.
        """
        if least_effective_events not in self._labels:
            self._labels[least_effective_events] = (
                self._effective(least_effective_events) if least_effective_events else self._positive()
            )
        return self._labels[least_effective_events]

    def grouped(self, least_effective_events: float, template_statistics: bool) -> tuple[Model, Regrouping]:
        """Give the model in such groups, and how bins of the truth become theirs.

        Raises:
            ConditionalFitError: see `labels`.
        """
        labels = self.labels(least_effective_events)
        (channel,) = self.model.channels
        grouping = Regrouping(channel.region, (labels.size,), labels, ())
        merged = replace(regrouped(channel, grouping), template_statistics=template_statistics)
        return replace(self.model, channels=(merged,)), grouping

    def _positive(self) -> Labels:
        _, totals = totals_by_combination(self.model)
        labels = group_until_positive(totals, self._adjacent, total_variances(self.model))
        if labels is None:
            raise ConditionalFitError("the whole prediction is not positive")
        return labels

    def _effective(self, least: float) -> Labels:
        first, grid = self.labels(0.0), self._grouping
        (channel,) = self.model.channels
        positive = regrouped(channel, Regrouping(grid.region, (first.size,), first, ()))
        model = replace(self.model, channels=(positive,))
        groupings = {grid.region: Regrouping(grid.region, grid.shape, first[grid.labels], ())}
        try:
            _, done = treat_few_effective_events(model, groupings, least, "merge")
        except FewEffectiveEventsError as error:
            raise ConditionalFitError("the whole background has too few effective events") from error
        # of each bin of the truth, one bin of the grid
        members = np.unique(grid.labels, return_index=True)[1]
        return done[grid.region].labels[members]
