"""What is said about fitted scale factors: intervals, goodness of fit, and data and prediction of each region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from signedag.config.fitting import FitScaleFactorsSettings, TemplateStatistics
from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import ChiSquareTest, Fit, correlations, goodness_of_fit, template_covariance
from signedag.statistics.intervals import Interval, Profile
from signedag.statistics.regrouping import Regrouping
from signedag.statistics.scale_factors import ControlFit
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Floats
from signedag.statistics.variation_treatment import TreatedVariation, treated_variations


@dataclass(frozen=True)
class ScaleFactor:
    """A fitted scale factor."""

    interval: Interval
    hesse_error: float | None
    """From the Hessian; `None` if there is none."""
    template_statistical: float
    """What the finite simulated samples add; in neither of the errors above but with template statistics."""
    truth: float | None
    """True value of pseudo-data; `None` if there is none."""
    simulation_in_fit: bool = False
    """Whether the likelihood has template statistics."""

    def pull_of_truth(self, further_error: float = 0.0) -> float | None:
        """Give (fitted - truth) / error, with the error of the side that points to the truth."""
        if self.truth is None:
            return None
        error = self.interval.up if self.truth > self.interval.value else self.interval.down
        return None if error is None else (self.interval.value - self.truth) / float(np.hypot(error, further_error))

    def as_json(self) -> dict[str, Any]:
        """Give the interval, the errors beside it and the pulls of the truth."""
        return self.interval.as_json() | {
            "error": self.hesse_error,
            "template_statistical": self.template_statistical,
            "truth": self.truth,
            "pull_of_truth": self.pull_of_truth(),
            "pull_of_truth_with_template_statistical": self.pull_of_truth(
                0.0 if self.simulation_in_fit else self.template_statistical
            ),
        }


@dataclass(frozen=True)
class Prediction:
    """The prediction of a region before or after the fit, in the region's own bins."""

    processes: Mapping[str, Floats]
    """Expected events of each process, shape (bins,)."""
    variances: Mapping[str, Floats]
    """Their Σw², scaled as they are, shape (bins,)."""

    @property
    def total(self) -> Floats:
        """Expected events of all processes, shape (bins,)."""
        total: Floats = np.sum(list(self.processes.values()), axis=0)
        return total

    @property
    def template_error(self) -> Floats:
        """√Σw² of the total, shape (bins,)."""
        error: Floats = np.sqrt(np.sum(list(self.variances.values()), axis=0))
        return error

    def yields_as_json(self) -> dict[str, dict[str, float]]:
        """Give the yield of each process with its statistical error."""
        return {
            name: {"value": float(values.sum()), "error": float(np.sqrt(self.variances[name].sum()))}
            for name, values in self.processes.items()
        }


@dataclass(frozen=True)
class FittedRegion:
    """Data and prediction of a control region."""

    edges: Sequence[Floats]
    """Bin edges of each axis."""
    data: Floats
    """Shape (bins,)."""
    data_outside: float
    """Data events outside the bins."""
    prefit: Prediction
    postfit: Prediction
    fit_error: Floats
    """Error of the prediction after the fit, from the covariance of its parameters, shape (bins,)."""

    def as_json(self) -> dict[str, Any]:
        """Give data, predictions and yields."""
        return {
            "edges": [axis.tolist() for axis in self.edges],
            "data": self.data,
            "prefit": dict(self.prefit.processes),
            "prefit_total": self.prefit.total,
            "prefit_template_error": self.prefit.template_error,
            "postfit": dict(self.postfit.processes),
            "postfit_total": self.postfit.total,
            "postfit_template_error": self.postfit.template_error,
            "postfit_fit_error": self.fit_error,
            "yields": {
                "data": float(self.data.sum()),
                "data_outside_bins": self.data_outside,
                "prefit": self.prefit.yields_as_json(),
                "postfit": self.postfit.yields_as_json(),
            },
        }


@dataclass(frozen=True)
class ScaleFactorResult:
    """Everything that is said about the fit of the control regions but its provenance and flatness."""

    scale_factors: Mapping[str, ScaleFactor]
    processes: Mapping[str, Sequence[str]]
    """What each scale factor scales."""
    covariance: Floats
    """Of the scale factors in the order of `scale_factors`, shape (scale factors, scale factors)."""
    template_statistical_covariance: Floats
    """What the finite simulated samples add, same shape."""
    template_statistics: TemplateStatistics
    goodness_of_fit: ChiSquareTest
    nuisances_profiled: bool
    fit: Fit
    regions: Mapping[str, FittedRegion]
    groupings: Mapping[str, Regrouping]
    treated: tuple[TreatedVariation, ...]
    """Variations that were symmetrised or smoothed."""

    def as_json(self) -> dict[str, Any]:
        """Give scale factors, covariance, goodness of fit and yields by region."""
        return {
            "scale_factors": {name: factor.as_json() for name, factor in self.scale_factors.items()},
            "processes": {name: list(processes) for name, processes in self.processes.items()},
            "order": list(self.scale_factors),
            "covariance": self.covariance,
            "correlation": correlations(self.covariance),
            "template_statistical_covariance": self.template_statistical_covariance,
            "template_statistics": self.template_statistics,
            "goodness_of_fit": self.goodness_of_fit.as_json(),
            "nuisances_profiled": self.nuisances_profiled,
            "parameters": {name: item.as_json() for name, item in self.fit.parameters().items()},
            "status": self.fit.status().as_json(),
            "regions": {name: region.as_json() for name, region in self.regions.items()},
            "bins": {
                name: {"before": int(grouping.labels.size), "after": grouping.bins}
                for name, grouping in self.groupings.items()
            },
            "nonpositive_bins": [
                item.as_json() for grouping in self.groupings.values() for item in grouping.nonpositive
            ],
            "treated_variations": [item.as_json() for item in self.treated],
        }


def describe(fitted: ControlFit, settings: FitScaleFactorsSettings) -> ScaleFactorResult:
    """Describe the fit: scale factors with their intervals and truth, goodness of fit, and every region."""
    indices = fitted.factor_indices
    template = template_covariance(fitted.result)[np.ix_(indices, indices)]
    errors = dict(zip(fitted.factors, np.sqrt(np.diag(template)).tolist(), strict=True))
    return ScaleFactorResult(
        scale_factors={
            name: ScaleFactor(
                Profile(fitted.result, name).interval(),
                fitted.result.error(name),
                error,
                settings.truth.get(name),
                settings.model.template_statistics != "none",
            )
            for name, error in errors.items()
        },
        processes={
            name: [process for process, factor in settings.model.scale_factors.items() if factor == name]
            for name in fitted.factors
        },
        covariance=fitted.values().covariance,
        template_statistical_covariance=template,
        template_statistics=settings.model.template_statistics,
        goodness_of_fit=goodness_of_fit(fitted.result),
        nuisances_profiled=settings.profile_nuisances,
        fit=fitted.result,
        regions={region.region: _describe_region(fitted, region) for region in fitted.regions},
        groupings=fitted.groupings,
        treated=treated_variations(fitted.regions, settings.model) if settings.profile_nuisances else (),
    )


def _describe_region(fitted: ControlFit, region: RegionTemplates) -> FittedRegion:
    """Give data and prediction before and after the fit, in the region's own bins."""
    assert region.data is not None and fitted.result.covariance is not None
    expectation = Expectation(fitted.model)
    point = expectation.at(fitted.result.values)
    jacobian = expectation.jacobian(point)[:, fitted.model.slices()[region.region]]
    fit_variance = np.einsum("ib,ij,jb->b", jacobian, fitted.result.covariance, jacobian)
    scales = expectation.factors_by_process(point)[region.region]
    squares = {name: template.variances.ravel() for name, template in region.nominal.items()}
    return FittedRegion(
        edges=region.edges,
        data=region.data.values.ravel(),
        data_outside=region.data.outside,
        prefit=Prediction(expectation.by_process(fitted.model.initial())[region.region], squares),
        postfit=Prediction(
            expectation.by_process(fitted.result.values)[region.region],
            {name: variances * scales[name] ** 2 for name, variances in squares.items()},
        ),
        fit_error=np.sqrt(np.maximum(fit_variance, 0.0)),
    )
