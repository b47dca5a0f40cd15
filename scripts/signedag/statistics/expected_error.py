"""The expected error of the signal strength, from the information of the templates, for many sets of weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from signedag.config.optimism import OptimismOfFit
from signedag.statistics.assemble import signal_model
from signedag.statistics.bins import NonPositivePredictionError, make_positive
from signedag.statistics.expectation import Expectation
from signedag.statistics.held_curvature import solve_positive
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Floats, Template, find_bins


class ExpectedError:
    """Templates of one region that are filled again and again, with other weights of the same events each time."""

    def __init__(
        self,
        settings: OptimismOfFit,
        coordinates: Sequence[Floats],
        sample: NDArray[np.int64],
        names: Sequence[str],
        inside: NDArray[np.bool_],
        of_score: Floats,
        source: Path,
    ) -> None:
        """Find each event's bin.

        Args:
            settings: the fit.
            coordinates: mass and score of all events, shape (events,) each, finite for those inside.
            sample: number of each event's sample, shape (events,).
            names: the samples' names.
            inside: which events are in the fit's region, shape (events,).
            of_score: bin edges of the score.
            source: where the events are from, for messages.
        """
        self._settings, self._rows, self._source = settings, np.flatnonzero(inside), source
        self._edges = (np.array(settings.binning.mass.all_edges()), of_score)
        self._processes = tuple(dict.fromkeys(settings.processes[name] for name in names))
        process = np.array([self._processes.index(settings.processes[name]) for name in names])
        self._shape = (len(self._processes), *(edge.size + 1 for edge in self._edges))
        bins = find_bins([coordinate[self._rows] for coordinate in coordinates], self._edges).flat
        self._bins = process[sample[self._rows]] * math.prod(self._shape[1:]) + bins

    def __call__(self, weight: Floats) -> float:
        """Give the error of the signal strength with some signed weights of all events, shape (events,).

        docs/physics.md, "Optimism": from the expected second derivatives of the likelihood of Asimov data, which are
        exact at its minimum, those of the first strength if there are several. NaN where the prediction is not positive
        even in a single bin, or does not determine the signal strength.
        """
        model = signal_model(self._templates(weight[self._rows]), self._settings.model, self._source)
        shape = {self._settings.region: tuple(edge.size - 1 for edge in self._edges)}
        try:
            model, _ = make_positive(model, shape, self._settings.nonpositive_bins, self._settings.floor_events)
        except NonPositivePredictionError:
            return math.nan
        expectation = Expectation(model)
        likelihood = Likelihood(expectation, expectation.expected(model.initial()))
        along = np.zeros(len(model.names))
        strength = model.index(model.strengths[0])
        along[strength] = 1.0
        column = solve_positive(likelihood.fisher(model.initial()), along)
        return math.nan if column is None else float(np.sqrt(column[strength]))

    def _templates(self, weight: Floats) -> RegionTemplates:
        size = math.prod(self._shape)
        values = np.bincount(self._bins, weights=weight, minlength=size).reshape(self._shape)
        variances = np.bincount(self._bins, weights=np.square(weight), minlength=size).reshape(self._shape)
        nominal = {
            process: Template(values[number], variances[number], self._edges)
            for number, process in enumerate(self._processes)
        }
        return RegionTemplates(self._settings.region, self._edges, nominal, {}, None)
