"""Pseudo-experiments in which data and templates fluctuate: what the size of the simulation does to a fit.

The analysis's own templates are the truth. Data are drawn from them,
and the fit gets templates that are redrawn event by event.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from signedag.config.binning import Axis, ScoreAxis
from signedag.config.fitting import ModelSettings
from signedag.config.template_statistics_study import StudyCase, StudyTemplateStatisticsSettings
from signedag.events.store_files import StoreFiles
from signedag.metrics.scored_events import joined as joined_events
from signedag.metrics.scored_events import read_scored_events
from signedag.seeds import stream
from signedag.statistics.assemble import (
    ScaleFactorValues,
    signal_model,
    with_constrained_scale_factors,
    with_fixed_scale_factors,
)
from signedag.statistics.bins import make_positive, total_variances, totals_by_combination
from signedag.statistics.coverage import fit_with_truth
from signedag.statistics.data_sets import DataSet, pseudo_experiment
from signedag.statistics.effective_grouping import effective_events
from signedag.statistics.expectation import Expectation
from signedag.statistics.few_effective_events import FewEffectiveEventsError, treat_few_effective_events
from signedag.statistics.filling import SCORE, FilledRegion
from signedag.statistics.grouping import Neighbours, group_until_positive, neighbours, neighbours_of_groups
from signedag.statistics.intervals import ConditionalFitError
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import Model
from signedag.statistics.redrawn_templates import FilledEvents, own_templates, rebinned, redrawn_templates
from signedag.statistics.regrouping import Regrouping, regrouped
from signedag.statistics.score_axis import score_edges
from signedag.statistics.signal_strength import Inputs
from signedag.statistics.template_bias import template_bias
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.template_study_results import (
    CellPart,
    FailedCase,
    FittedCase,
    Outcome,
    StudyPart,
    TrueBins,
)
from signedag.statistics.templates import Edges, Floats

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
    def exact(self) -> _Binned:
        """The model to fit where templates do not fluctuate."""
        return _Binned(self.model, self.grouping, self.adjacent)

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


def fit_cases(
    true: TrueAnalysis, templates: RegionTemplates, data: DataSet, cases: Sequence[StudyCase]
) -> list[Outcome]:
    """Fit the same data in several ways.

    Args:
        true: what the data were drawn from.
        templates: the redrawn ones.
        data: in the bins of the truth.
        cases: what to do with them.
    """
    redrawn = _Binned(true.with_templates(templates), true.grouping, true.adjacent)
    return [_fit(true.exact if case.templates == "exact" else redrawn, true, data, case) for case in cases]


class _Binned:
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


def _fit(binned: _Binned, true: TrueAnalysis, data: DataSet, case: StudyCase) -> Outcome:
    """Group the bins, fit, and compare with the truth."""
    try:
        labels = binned.labels(case.least_effective_events)
        (channel,) = binned.model.channels
        grouping = Regrouping(channel.region, (labels.size,), labels, ())
        statistics = case.template_statistics == "barlow_beeston_lite"
        grouped = replace(regrouped(channel, grouping), template_statistics=statistics)
        model = replace(binned.model, channels=(grouped,))
        expectation = Expectation(model)
        likelihood = Likelihood(expectation, grouping.apply(data.counts), data.auxiliary)
        value, error, distance = fit_with_truth(likelihood, true.model.initial(), true.parameter)
    except ConditionalFitError as failure:
        return FailedCase(str(failure))
    effective = effective_events(expectation.expected(model.initial()), total_variances(model))
    bias = template_bias(expectation, model.initial(), true.parameter)
    return FittedCase(value, error, distance, grouping.bins, float(np.median(effective)), bias)


def fine_region(
    settings: StudyTemplateStatisticsSettings, events: StoreFiles, scores: StoreFiles, source: str
) -> tuple[FilledRegion, dict[int, Edges]]:
    """Give the fine bins that are filled, and the edges of each binning among them, by bins per axis.

    Bins of equal signal nest: the n-th of ten quantiles is the 10 n-th of a hundred.

    Raises:
        UserError: a store is missing, or the signal has no positive sum of weights.
    """
    finest = math.lcm(*settings.bins)
    signal = joined_events(
        read_scored_events(events, scores, name, settings.region) for name in settings.signal_samples
    ).scores()
    masses = np.array(Axis(bins=finest, low=settings.low, high=settings.high).all_edges())

    def of_score(bins: int) -> Floats:
        return score_edges(ScoreAxis(equal_signal=bins), signal, source)

    fine = FilledRegion(settings.region, (settings.mass, SCORE), (masses, of_score(finest)))
    return fine, {bins: (masses[:: finest // bins], of_score(bins)) for bins in settings.bins}


def study_part(
    filled: Sequence[FilledEvents],
    fine: FilledRegion,
    edges: Mapping[int, Edges],
    factors: ScaleFactorValues | None,
    source: Path,
    settings: StudyTemplateStatisticsSettings,
    numbers: Sequence[int],
) -> StudyPart:
    """Do some of the pseudo-experiments, in all binnings; docs/physics.md, "Study of template statistics".

    Templates are filled once for each, in fine bins that are then merged, so that all binnings see the same simulation.

    Args:
        filled: the simulated events.
        fine: region and fine bins that they are in.
        edges: edges of each binning, by bins per axis; all are among the fine ones.
        factors: scale factors with their covariance; `None` where the analysis has none.
        source: where templates are from, for messages.
        settings: the model and the cases.
        numbers: which pseudo-experiments.

    Raises:
        UserError: the model cannot be made, or a whole prediction is not positive.
    """
    own = own_templates(filled, fine)
    truths = {
        bins: TrueAnalysis.of(Inputs(rebinned(own, coarse), (), factors, source), settings.model)
        for bins, coarse in edges.items()
    }
    outcomes: dict[int, list[list[Outcome]]] = {bins: [] for bins in edges}
    for number in numbers:
        templates = redrawn_templates(filled, fine, settings.seed, "study_template_statistics", number)
        for bins, true in truths.items():
            data = true.data(stream(settings.seed, "study_template_statistics", bins, number))
            outcomes[bins].append(fit_cases(true, rebinned(templates, edges[bins]), data, settings.cases))
    cells = tuple(
        CellPart.of(bins, case, numbers, [of_number[index] for of_number in done])
        for bins, done in outcomes.items()
        for index, case in enumerate(settings.cases)
    )
    return StudyPart({bins: true.summary for bins, true in truths.items()}, cells)
