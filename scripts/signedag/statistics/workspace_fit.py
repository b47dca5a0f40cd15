"""What is said about the fit of any workspace: parameter of interest, tests, limits, pulls, impacts and yields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from signedag.errors import UserError
from signedag.statistics.asymptotics import Discovery, discovery
from signedag.statistics.constraint_pulls import Pull, constraint_pulls
from signedag.statistics.data_sets import DataSet, asimov_data, parameters_at
from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import ChiSquareTest, Fit, fit, goodness_of_fit
from signedag.statistics.impacts import Impact, impacts, ranked
from signedag.statistics.intervals import ConditionalFitError, Interval, Profile
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.likelihood_ratio import Statistic
from signedag.statistics.limits import UpperLimits, upper_limits
from signedag.statistics.workspace_import import ImportedModel

AT_BOUND = 1e-9
"""Distance to a bound, relative to the range, at which a parameter is at it."""


@dataclass(frozen=True)
class WorkspaceYield:
    """Events of one channel."""

    observed: float
    expected: float
    """As fitted, with the factors of bins."""
    by_sample: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {"observed": self.observed, "expected": self.expected, "by_sample": dict(self.by_sample)}


@dataclass(frozen=True)
class WorkspaceFit:
    """The fit and what follows from it."""

    imported: ImportedModel
    data: str
    """`observed`, or what Asimov data were made at."""
    result: Fit
    interval: Interval | None
    """Of the parameter of interest; `None` if there is none, like the next fields."""
    discovery: Discovery | None
    no_discovery: str
    """Why there is no test of the absence of a signal; empty if there is one."""
    limits: UpperLimits | None
    impacts: tuple[Impact, ...] | None
    """The largest first; `None` if not asked for."""

    @property
    def at_bounds(self) -> tuple[str, ...]:
        """Fitted parameters at one of their bounds; for such the errors of the Hessian have little meaning."""
        result = self.result
        lower, upper = result.likelihood.lower, result.likelihood.upper
        range_ = np.where(np.isfinite(upper - lower), upper - lower, np.inf)
        near = np.minimum(result.values - lower, upper - result.values) <= AT_BOUND * np.minimum(range_, 1.0)
        return tuple(np.array(self.imported.model.names)[near & result.free].tolist())

    def pulls(self) -> dict[str, Pull]:
        """Give the pulls of all parameters with a Gaussian constraint that were fitted."""
        return constraint_pulls(self.result)

    def yields(self) -> dict[str, WorkspaceYield]:
        """Give the events of each channel of the workspace, as fitted."""
        likelihood, values = self.result.likelihood, self.result.values
        expectation = likelihood.expectation
        bin_factors = likelihood.bin_factors(values).value
        bins, contents = expectation.model.slices(), expectation.by_process(values)
        result = {}
        for channel, regions in self.imported.regions.items():
            by_sample: dict[str, float] = {}
            for region in regions:
                for sample, content in contents[region].items():
                    total = float((content * bin_factors[bins[region]]).sum())
                    by_sample[sample] = by_sample.get(sample, 0.0) + total
            observed = sum(float(likelihood.counts[bins[region]].sum()) for region in regions)
            result[channel] = WorkspaceYield(observed, sum(by_sample.values()), by_sample)
        return result

    @property
    def goodness_of_fit(self) -> ChiSquareTest:
        """The comparison with the saturated model."""
        return goodness_of_fit(self.result)

    def as_json(self) -> dict[str, Any]:
        """Give everything; what does not exist is null with the reason beside it."""
        imported, poi = self.imported, self.imported.poi
        return {
            "workspace": imported.source,
            "measurement": imported.measurement,
            "interpolation": imported.model.interpolation,
            "data": self.data,
            "parameter_of_interest": poi,
            "interval": self.interval.as_json() if self.interval else None,
            "hesse_error": self.result.error(poi) if poi else None,
            "discovery": self.discovery.as_json() if self.discovery else None,
            "discovery_reason": self.no_discovery,
            "limits": self.limits.as_json() if self.limits else None,
            "impacts": {item.parameter: item.as_json() for item in self.impacts} if self.impacts is not None else None,
            "fit": self.result.status().as_json(),
            "parameters": {name: item.as_json() for name, item in self.result.parameters().items()},
            "at_bounds": list(self.at_bounds),
            "pulls": {name: item.as_json() for name, item in self.pulls().items()},
            "goodness_of_fit": self.goodness_of_fit.as_json(),
            "yields": {channel: item.as_json() for channel, item in self.yields().items()},
            "bins_without_prediction": {name: list(bins) for name, bins in imported.without_prediction.items()},
        }


def fitted(model: ImportedModel, asimov: float | None = None) -> Fit:
    """Fit a workspace's data, or Asimov data.

    Args:
        model: the workspace's.
        asimov: value of the parameter of interest to make Asimov data at, everything else at its initial value;
            the observed data if left out.

    Raises:
        UserError: the fit failed; the message says what the data do not determine or where a prediction ends.
    """
    expectation = Expectation(model.model)
    data: DataSet | None = None
    if asimov is not None:
        if model.poi is None:
            raise UserError(f"{model.source}: has no parameter of interest to make Asimov data at; name one (--poi)")
        data = asimov_data(expectation, parameters_at(model.model, {model.poi: asimov}))
    likelihood = Likelihood(expectation, model.counts) if data is None else data.likelihood(expectation)
    result = fit(likelihood)
    if result.problem:
        raise UserError(
            f"{model.source}: the fit of measurement '{model.measurement}' failed: {result.problem}; "
            "fix such a parameter in the measurement ('fixed': true), or mend the sample"
        )
    return result


def fit_workspace(
    model: ImportedModel,
    asimov: float | None = None,
    statistic: Statistic = "q_tilde",
    confidence: float = 0.95,
    with_impacts: bool = False,
) -> WorkspaceFit:
    """Fit a workspace and derive all that follows for its parameter of interest.

    Args:
        model: the workspace's.
        asimov: see `fitted`.
        statistic: what limits are made with, `q` or `q_tilde`.
        confidence: of limits.
        with_impacts: whether to compute the impacts of all parameters, which costs four fits each.

    Raises:
        UserError: the fit failed.
    """
    result = fitted(model, asimov)
    said = "observed" if asimov is None else f"Asimov data at {model.poi} = {asimov:g}"
    if model.poi is None or not result.free[model.model.index(model.poi)]:
        reason = "there is no parameter of interest" if model.poi is None else f"{model.poi} is fixed"
        return WorkspaceFit(model, said, result, None, None, reason, None, None)
    found, reason = None, ""
    try:
        found = discovery(result.likelihood, model.poi, start=result.values)
    except (ConditionalFitError, UserError) as error:
        reason = str(error)
    others = [name for name, free in zip(model.model.names, result.free, strict=True) if free and name != model.poi]
    return WorkspaceFit(
        imported=model,
        data=said,
        result=result,
        interval=_interval(result, model.poi),
        discovery=found,
        no_discovery=reason,
        limits=upper_limits(result.likelihood, model.poi, confidence, statistic, result.values),
        impacts=ranked(impacts(result, others, model.poi)) if with_impacts else None,
    )


def _interval(result: Fit, name: str) -> Interval:
    """Give the interval; on the side of a bound that the fit is at there is none."""
    interval = Profile(result, name).interval()
    index = result.likelihood.expectation.model.index(name)
    parameter = result.likelihood.parameters[index]
    for side, bound in (("down", parameter.lower), ("up", parameter.upper)):
        if interval.value == bound:
            reason = f"{side}: the fit is at the bound {bound:g} of {name}"
            down, up = (None, interval.up) if side == "down" else (interval.down, None)
            interval = replace(interval, down=down, up=up, reason=reason)
    return interval
