"""Pseudo-experiments in which data and templates fluctuate: what the size of the simulation does to a fit.

The analysis's own templates are the truth. Data are drawn from them,
and the fit gets templates that are redrawn event by event.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from signedag.config.binning import Axis, ScoreAxis
from signedag.config.template_statistics_study import StudiedBinnings, StudyCase, StudyTemplateStatisticsSettings
from signedag.events.store_files import StoreFiles
from signedag.metrics.scored_events import joined as joined_events
from signedag.metrics.scored_events import read_scored_events
from signedag.seeds import stream
from signedag.statistics.assemble import ScaleFactorValues
from signedag.statistics.bins import total_variances
from signedag.statistics.coverage import fit_with_truth
from signedag.statistics.data_sets import DataSet
from signedag.statistics.effective_grouping import effective_events
from signedag.statistics.expectation import Expectation
from signedag.statistics.filling import SCORE, FilledRegion
from signedag.statistics.intervals import ConditionalFitError
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.redrawn_templates import FilledEvents, own_templates, rebinned, redrawn_templates
from signedag.statistics.score_axis import score_edges
from signedag.statistics.signal_strength import Inputs
from signedag.statistics.studied_simulations import COVERED, SIGNED, TRANSFORMED, StudiedEvents, transformation_offset
from signedag.statistics.template_bias import template_bias
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.template_study_results import CellPart, FailedCase, FittedCase, Outcome, StudyPart
from signedag.statistics.templates import Edges, Floats
from signedag.statistics.true_analysis import Binned, TrueAnalysis


def fit_cases(
    true: TrueAnalysis, templates: Mapping[str, RegionTemplates], data: DataSet, cases: Sequence[StudyCase]
) -> list[Outcome]:
    """Fit the same data in several ways.

    Args:
        true: what the data were drawn from.
        templates: those of another simulation, by what the cases call them.
        data: in the bins of the truth.
        cases: what to do with them.
    """
    binned = {"exact": true.exact} | {name: true.binned(drawn) for name, drawn in templates.items()}
    return [_fit(binned[case.templates], true, data, case) for case in cases]


def _fit(binned: Binned, true: TrueAnalysis, data: DataSet, case: StudyCase) -> Outcome:
    """Group the bins, fit, and compare with the truth."""
    try:
        statistics = case.template_statistics == "barlow_beeston_lite"
        model, grouping = binned.grouped(case.least_effective_events, statistics)
        expectation = Expectation(model)
        likelihood = Likelihood(expectation, grouping.apply(data.counts), data.auxiliary)
        value, error, distance = fit_with_truth(likelihood, true.model.initial(), true.parameter)
    except ConditionalFitError as failure:
        return FailedCase(str(failure))
    effective = effective_events(expectation.expected(model.initial()), total_variances(model))
    bias = template_bias(expectation, model.initial(), true.parameter)
    return FittedCase(value, error, distance, grouping.bins, float(np.median(effective)), bias)


def fine_region(
    settings: StudiedBinnings, events: StoreFiles, scores: StoreFiles, source: str
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
    simulated: StudiedEvents,
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
        simulated: the simulated events.
        fine: region and fine bins that they are in.
        edges: edges of each binning, by bins per axis; all are among the fine ones.
        factors: scale factors with their covariance; `None` where the analysis has none.
        source: where templates are from, for messages.
        settings: the model and the cases.
        numbers: which pseudo-experiments.

    Raises:
        UserError: the model cannot be made, or a whole prediction is not positive.
    """
    own = simulated.templates(lambda filled: own_templates(filled, fine))
    truths = {
        bins: TrueAnalysis.of(Inputs(rebinned(own[SIGNED], coarse), (), factors, source), settings.model)
        for bins, coarse in edges.items()
    }
    offsets = {
        bins: transformation_offset(true, rebinned(own[TRANSFORMED], edges[bins]), rebinned(own[COVERED], edges[bins]))
        for bins, true in truths.items()
        if simulated.transformed
    }
    outcomes: dict[int, list[list[Outcome]]] = {bins: [] for bins in edges}
    for number in numbers:
        drawn = simulated.templates(partial(_redrawn, fine, settings.seed, number))
        for bins, true in truths.items():
            data = true.data(stream(settings.seed, "study_template_statistics", bins, number))
            merged = {kind: rebinned(templates, edges[bins]) for kind, templates in drawn.items()}
            outcomes[bins].append(fit_cases(true, merged, data, settings.cases))
    cells = tuple(
        CellPart.of(bins, case, numbers, [of_number[index] for of_number in done])
        for bins, done in outcomes.items()
        for index, case in enumerate(settings.cases)
    )
    return StudyPart({bins: true.summary for bins, true in truths.items()}, cells, offsets)


def _redrawn(fine: FilledRegion, seed: int, number: int, filled: Sequence[FilledEvents]) -> RegionTemplates:
    return redrawn_templates(filled, fine, seed, "study_template_statistics", number)
