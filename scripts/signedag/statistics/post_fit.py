"""What a fit makes of its regions: yields and distributions of all processes before and after it, with errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from signedag.statistics.expectation import Expectation
from signedag.statistics.model import Model
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Floats

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class Stage:
    """The parameters before or after the fit, and what is known of them."""

    parameters: Floats
    """Shape (parameters,)."""
    covariance: Floats
    """Shape (parameters, parameters)."""


@dataclass(frozen=True)
class Distribution:
    """The processes in one observable of one region."""

    region: str
    axis: int
    """Number of the region's axis; the others are summed over."""
    edges: Floats
    """Shape (bins + 1,)."""
    lowest: float | None
    """Lower end of the range of the last axis that is summed over; `None` if that is all of it."""
    processes: Mapping[str, Mapping[str, Floats]]
    """Events by `before` and `after`, and process, shape (bins,)."""
    errors: Mapping[str, Floats]
    """Of the sum of all, from the parameters, shape (bins,)."""
    template_errors: Mapping[str, Floats]
    """Of the sum of all, √Σw² of the simulation, shape (bins,)."""
    data: Floats
    """What was fitted, shape (bins,); NaN where any of it is hidden."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "region": self.region,
            "axis": self.axis,
            "edges": self.edges,
            "lowest": self.lowest,
            "processes": {stage: dict(events) for stage, events in self.processes.items()},
            "errors": dict(self.errors),
            "template_errors": dict(self.template_errors),
            "data": [None if np.isnan(value) else value for value in self.data.tolist()],
        }


@dataclass(frozen=True)
class ProcessYield:
    """Events of a process in one region."""

    value: float
    error: float
    """From the parameters."""
    template_error: float
    """√Σw² of the simulation."""

    def as_json(self) -> dict[str, float]:
        """Give the fields."""
        return {"value": self.value, "error": self.error, "template_error": self.template_error}


class PostFit:
    """Distributions of a model at parameters with a covariance; docs/physics.md, "After the fit".

    Args:
        model: with all bins of the templates, none merged, and the parameters of the fit.
        regions: the templates, for the axes.
        stages: parameters before and after the fit.
        data: what was fitted, shape (bins,), of all bins; NaN where they are hidden.
    """

    def __init__(
        self, model: Model, regions: Sequence[RegionTemplates], stages: Mapping[str, Stage], data: Floats
    ) -> None:
        self._model, self._stages, self._data = model, stages, data
        self._regions = {region.region: region for region in regions}
        self._slices = model.slices()
        self._expectation = Expectation(model)
        self._at = {name: self._expectation.at(stage.parameters) for name, stage in stages.items()}
        self._jacobians = {name: self._expectation.jacobian(point) for name, point in self._at.items()}

    def distributions(self, last: float = 0.25) -> list[Distribution]:
        """Give each region in each of its axes and, of two axes, the first one where the second is high.

        Args:
            last: the share of the second axis's bins, from above, that "high" is.
        """
        found = []
        for name, region in self._regions.items():
            shape = tuple(edges.size - 1 for edges in region.edges)
            found += [self._distribution(name, axis, shape, None) for axis in range(len(shape))]
            if len(shape) == 2:
                found.append(self._distribution(name, 0, shape, shape[1] - max(round(last * shape[1]), 1)))
        return found

    def _distribution(self, name: str, axis: int, shape: tuple[int, ...], first: int | None) -> Distribution:
        region, own = self._regions[name], self._slices[name]

        def summed(values: Floats) -> Floats:
            """Add up over the other axes; leading dimensions stay."""
            bins = values[..., own].reshape(*values.shape[:-1], *shape)
            if first is not None:
                bins = bins[..., first:]
            others = tuple(number - len(shape) for number in range(len(shape)) if number != axis)
            result: Floats = bins.sum(axis=others) if others else bins
            return result

        errors: dict[str, Floats] = {}
        templates: dict[str, Floats] = {}
        processes: dict[str, dict[str, Floats]] = {}
        for stage, known in self._stages.items():
            jacobian = summed(self._jacobians[stage])
            variance = np.einsum("ib,ij,jb->b", jacobian, known.covariance, jacobian)
            errors[stage] = np.sqrt(np.maximum(variance, 0.0))
            templates[stage] = np.sqrt(summed(self._template_variances(stage)))
            contents = self._expectation.by_process(known.parameters)[name]
            whole = np.zeros(self._data.size)
            processes[stage] = {}
            for process, events in contents.items():
                whole[own] = events
                processes[stage][process] = summed(whole)
        edges = region.edges[axis]
        lowest = None if first is None else float(region.edges[1][first])
        return Distribution(name, axis, edges, lowest, processes, errors, templates, summed(self._data))

    def _template_variances(self, stage: str) -> Floats:
        """Give Σw² of all processes with the factors of the fit, shape (bins,)."""
        factors = self._expectation.factors_by_process(self._at[stage])
        variances = [
            sum(factors[channel.region][item.process] ** 2 * item.variances for item in channel.contributions)
            for channel in self._model.channels
        ]
        return np.concatenate(variances)

    def yields(self) -> dict[str, dict[str, dict[str, ProcessYield]]]:
        """Give the events of each process with errors, by `before` and `after`, region and process."""
        found: dict[str, dict[str, dict[str, ProcessYield]]] = {stage: {} for stage in self._stages}
        for channel in self._model.channels:
            for item in channel.contributions:
                alone = replace(self._model, channels=(replace(channel, contributions=(item,)),))
                expectation = Expectation(alone)
                for stage, known in self._stages.items():
                    point = expectation.at(known.parameters)
                    slope = expectation.jacobian(point).sum(axis=1)
                    factor = expectation.factors_by_process(point)[channel.region][item.process]
                    found[stage].setdefault(channel.region, {})[item.process] = ProcessYield(
                        float(expectation.expected(known.parameters).sum()),
                        float(np.sqrt(max(slope @ known.covariance @ slope, 0.0))),
                        abs(factor) * float(np.sqrt(item.variances.sum())),
                    )
        return found
