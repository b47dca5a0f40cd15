"""Scale factors of the major backgrounds, all fitted together in control regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from signedag.config.fitting import FitScaleFactorsSettings
from signedag.errors import UserError
from signedag.statistics.assemble import ScaleFactorValues, control_model
from signedag.statistics.bins import Regrouping, make_positive
from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import Fit, correlations, fit, goodness_of_fit, template_covariance
from signedag.statistics.intervals import Interval, Profile
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import Model
from signedag.statistics.template_files import RegionTemplates


@dataclass(frozen=True)
class ControlFit:
    """The fit of the control regions, and what it was made from."""

    model: Model
    """With all bins, before any were merged."""
    result: Fit
    groupings: Mapping[str, Regrouping]
    regions: Sequence[RegionTemplates]

    @property
    def factors(self) -> list[str]:
        """Names of the scale factors."""
        return [item.name for item in self.model.parameters if item.kind == "scale_factor"]

    def values(self) -> ScaleFactorValues:
        """Give the fitted scale factors with their covariance."""
        assert self.result.covariance is not None
        places = [self.model.index(name) for name in self.factors]
        covariance = self.result.covariance[np.ix_(places, places)]
        return ScaleFactorValues(tuple(self.factors), self.result.values[places], covariance)


def fit_control_regions(
    regions: Sequence[RegionTemplates], settings: FitScaleFactorsSettings, source: Path
) -> ControlFit:
    """Fit all scale factors to the data of all control regions.

    Raises:
        UserError: data are missing, a scale factor is not determined, or the fit failed, naming region and process.
    """
    for region in regions:
        if region.data is None:
            raise UserError(f"{source}: region '{region.region}' has no data; fill the control templates with data")
        if not region.data.values.sum() > 0:
            raise UserError(
                f"{source}: region '{region.region}' has no data events within its bins; scale factors are undefined "
                "without them, check the region's selection and its axis"
            )
    model = control_model(regions, settings.model, settings.profile_nuisances, source)
    _check_determined(model, settings, source)
    shapes = {region.region: tuple(edge.size - 1 for edge in region.edges) for region in regions}
    fitted_model, groupings = make_positive(model, shapes, settings.nonpositive_bins, settings.floor_events)
    counts = [groupings[region.region].apply(region.data.values) for region in regions if region.data is not None]
    result = fit(Likelihood(Expectation(fitted_model), np.concatenate(counts)))
    if result.problem:
        raise UserError(
            f"{source}: the fit of the scale factors in {', '.join(region.region for region in regions)} failed: "
            f"{result.problem}; check that each control region is dominated by the process that it is for"
        )
    return ControlFit(model, result, groupings, regions)


def _check_determined(model: Model, settings: FitScaleFactorsSettings, source: Path) -> None:
    regions = ", ".join(channel.region for channel in model.channels)
    for process, factor in settings.model.scale_factors.items():
        found = [item for channel in model.channels for item in channel.contributions if factor in item.factors]
        if not any(item.nominal.any() for item in found):
            raise UserError(
                f"{source}: scale factor '{factor}' is undefined: process '{process}' has no events in {regions}; "
                "add a control region where it has some, or remove its scale_factor"
            )


def describe(fitted: ControlFit, settings: FitScaleFactorsSettings) -> dict[str, Any]:
    """Describe the fit for `result.json`: scale factors, covariance, goodness of fit and yields by region."""
    result, values = fitted.result, fitted.values()
    places = [fitted.model.index(name) for name in fitted.factors]
    template = template_covariance(result)[np.ix_(places, places)]
    return {
        "scale_factors": {
            name: _describe_factor(fitted, name, float(np.sqrt(template[number, number])), settings.truth.get(name))
            for number, name in enumerate(fitted.factors)
        },
        "processes": {
            name: [process for process, factor in settings.model.scale_factors.items() if factor == name]
            for name in fitted.factors
        },
        "order": fitted.factors,
        "covariance": values.covariance,
        "correlation": correlations(values.covariance),
        "template_statistical_covariance": template,
        "goodness_of_fit": goodness_of_fit(result),
        "nuisances_profiled": settings.profile_nuisances,
        "parameters": result.parameters(),
        "status": result.status(),
        "regions": {region.region: _describe_region(fitted, region) for region in fitted.regions},
        "bins": {
            name: {"before": int(grouping.labels.size), "after": grouping.bins}
            for name, grouping in fitted.groupings.items()
        },
        "nonpositive_bins": [entry for grouping in fitted.groupings.values() for entry in grouping.listed],
    }


def _describe_factor(fitted: ControlFit, name: str, template_error: float, truth: float | None) -> dict[str, Any]:
    interval = Profile(fitted.result, name).interval()
    return interval.as_json() | {
        "error": fitted.result.error(name),
        "template_statistical": template_error,
        "truth": truth,
        "pull_of_truth": _pull(interval, truth),
        "pull_of_truth_with_template_statistical": _pull(interval, truth, template_error),
    }


def _pull(interval: Interval, truth: float | None, further_error: float = 0.0) -> float | None:
    """Give (fitted - truth) / error, with the error of the side that points to the truth."""
    if truth is None:
        return None
    error = interval.up if truth > interval.value else interval.down
    return None if error is None else (interval.value - truth) / float(np.hypot(error, further_error))


def _describe_region(fitted: ControlFit, region: RegionTemplates) -> dict[str, Any]:
    """Give data and prediction before and after the fit, in the region's own bins."""
    assert region.data is not None and fitted.result.covariance is not None
    place = fitted.model.slices()[region.region]
    expectation = Expectation(fitted.model)
    point = expectation.at(fitted.result.values)
    jacobian = expectation.jacobian(point)[:, place]
    fit_variance = np.einsum("ib,ij,jb->b", jacobian, fitted.result.covariance, jacobian)
    scales = expectation.factors_by_process(point)[region.region]
    shown: dict[str, Any] = {"edges": [axis.tolist() for axis in region.edges], "data": region.data.values.ravel()}
    yields: dict[str, Any] = {"data": float(region.data.values.sum()), "data_outside_bins": region.data.outside}
    for kind, parameters in (("prefit", fitted.model.initial()), ("postfit", fitted.result.values)):
        processes = expectation.by_process(parameters)[region.region]
        variances = {
            name: template.variances.ravel() * (scales[name] ** 2 if kind == "postfit" else 1.0)
            for name, template in region.nominal.items()
        }
        shown[kind] = processes
        shown[f"{kind}_total"] = np.sum(list(processes.values()), axis=0)
        shown[f"{kind}_template_error"] = np.sqrt(np.sum(list(variances.values()), axis=0))
        yields[kind] = {
            name: {"value": float(values.sum()), "error": float(np.sqrt(variances[name].sum()))}
            for name, values in processes.items()
        }
    return shown | {"postfit_fit_error": np.sqrt(np.maximum(fit_variance, 0.0)), "yields": yields}
