"""Scale factors of the major backgrounds, all fitted together in control regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from signedag.config.fitting import FitScaleFactorsSettings
from signedag.errors import UserError
from signedag.statistics.assemble import ScaleFactorValues, control_model
from signedag.statistics.bins import make_positive
from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import Fit, fit
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import Model
from signedag.statistics.regrouping import Regrouping
from signedag.statistics.template_files import RegionTemplates


class UndeterminedScaleFactorsError(UserError):
    """The data of the control regions do not determine the scale factors: there are none, or no fit describes them."""


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

    @property
    def factor_indices(self) -> list[int]:
        """The scale factors' indices in parameter arrays."""
        return [self.model.index(name) for name in self.factors]

    def values(self) -> ScaleFactorValues:
        """Give the fitted scale factors with their covariance."""
        assert self.result.covariance is not None
        indices = self.factor_indices
        covariance = self.result.covariance[np.ix_(indices, indices)]
        return ScaleFactorValues(tuple(self.factors), self.result.values[indices], covariance)


def fit_control_regions(
    regions: Sequence[RegionTemplates], settings: FitScaleFactorsSettings, source: Path
) -> ControlFit:
    """Fit all scale factors to the data of all control regions; docs/physics.md, "Scale factors".

    Raises:
        UserError: a region was filled without data, or templates are missing.
        UndeterminedScaleFactorsError: there are no data events, a scale factor acts on nothing, or the fit failed,
            naming region and process.
        NonPositivePredictionError: a region's whole prediction is not positive.
    """
    for region in regions:
        if region.data is None:
            raise UserError(f"{source}: region '{region.region}' has no data; fill the control templates with data")
        if not region.data.values.sum() > 0:
            raise UndeterminedScaleFactorsError(
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
        raise UndeterminedScaleFactorsError(
            f"{source}: the fit of the scale factors in {', '.join(region.region for region in regions)} failed: "
            f"{result.problem}; check that each control region is dominated by the process that it is for"
        )
    return ControlFit(model, result, groupings, regions)


def _check_determined(model: Model, settings: FitScaleFactorsSettings, source: Path) -> None:
    regions = ", ".join(channel.region for channel in model.channels)
    for process, factor in settings.model.scale_factors.items():
        scaled = [item for channel in model.channels for item in channel.contributions if factor in item.factors]
        if not any(item.nominal.any() for item in scaled):
            raise UndeterminedScaleFactorsError(
                f"{source}: scale factor '{factor}' is undefined: process '{process}' has no events in {regions}; "
                "add a control region where it has some, or remove its scale_factor"
            )
