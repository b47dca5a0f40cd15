"""The simulated events of the study of template statistics, and the kinds of templates that they give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from signedag.statistics.coverage import fit_with_truth
from signedag.statistics.data_sets import asimov_data
from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import fit, template_covariance
from signedag.statistics.intervals import ConditionalFitError
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.redrawn_templates import FilledEvents
from signedag.statistics.regrouping import regrouped
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.template_study_results import TransformationOffset
from signedag.statistics.transformed_templates import differences, with_closure_error
from signedag.statistics.true_analysis import TrueAnalysis

SIGNED, TRANSFORMED, COVERED = "redrawn", "transformed", "transformed_covered"
"""Kinds of templates, as the cases call them: of signed weights, of transformed ones, and of these with the variance
of what closure cannot exclude."""


@dataclass(frozen=True, eq=False)
class StudiedEvents:
    """All events that fill templates, with one weight or two."""

    signed: Sequence[FilledEvents]
    transformed: Sequence[FilledEvents] = ()
    """The same events with transformed weights; none if these are not studied."""

    def templates(self, fill: Callable[[Sequence[FilledEvents]], RegionTemplates]) -> dict[str, RegionTemplates]:
        """Fill templates of each kind.

        Args:
            fill: makes templates of events, of the same simulation whatever their weights.
        """
        templates = {SIGNED: fill(self.signed)}
        if self.transformed:
            templates[TRANSFORMED] = fill(self.transformed)
            difference = fill(differences(self.signed, self.transformed))
            templates[COVERED] = with_closure_error(templates[TRANSFORMED], difference)
        return templates


def transformation_offset(
    true: TrueAnalysis, transformed: RegionTemplates, covered: RegionTemplates
) -> TransformationOffset:
    """Fit templates of transformed weights to the Asimov data of the signed ones of the same events.

    docs/physics.md, "Templates of transformed weights". What is expected of transformed weights without any error of
    their own is linear propagation of Σ(w' - w)², the signs' fluctuations in the signed templates.

    Args:
        true: the analysis with its signed templates, in some binning.
        transformed: in the same binning.
        covered: the same with Σ(w' - w)² added to its variances.
    """
    data, start = asimov_data(true.expectation, true.model.initial()), true.model.initial()
    try:
        model, grouping = true.binned(transformed).grouped(0.0, template_statistics=False)
        likelihood = Likelihood(Expectation(model), grouping.apply(data.counts), data.auxiliary)
        value, error, _ = fit_with_truth(likelihood, start, true.parameter)
    except ConditionalFitError as failure:
        return TransformationOffset(None, None, None, str(failure))
    result, strength = fit(likelihood, start=start), model.index(true.parameter)
    (channel,) = true.with_templates(covered).channels
    wider = Expectation(replace(model, channels=(regrouped(channel, grouping),)))
    without = template_covariance(result)[strength, strength]
    widened = replace(result, likelihood=Likelihood(wider, likelihood.counts, data.auxiliary))
    by_signs = template_covariance(widened)[strength, strength] - without
    return TransformationOffset(value - float(start[strength]), float(np.sqrt(max(by_signs, 0.0))), error, "")
