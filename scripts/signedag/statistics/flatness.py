"""Are scale factors flat in an observable? Each of its bins is fitted once more by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from signedag.config.fitting import FitScaleFactorsSettings
from signedag.statistics.assemble import ScaleFactorValues
from signedag.statistics.bins import NonPositivePredictionError
from signedag.statistics.fits import ChiSquareTest, chi_square_test
from signedag.statistics.intervals import Interval, Profile
from signedag.statistics.scale_factors import UndeterminedScaleFactorsError, fit_control_regions
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Floats


@dataclass(frozen=True)
class FlatnessBin:
    """The scale factors of one bin of the observable."""

    low: float
    high: float
    factors: Mapping[str, Interval] | None
    """By name; `None` where they are undefined."""
    reason: str = ""
    """Why they are undefined; empty if they are defined."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields, with null and `reason` where the scale factors are undefined."""
        ends = {"low": self.low, "high": self.high}
        if self.factors is None:
            return ends | {"scale_factors": None, "reason": self.reason}
        return ends | {"scale_factors": {name: interval.as_json() for name, interval in self.factors.items()}}


@dataclass(frozen=True)
class Flatness:
    """The scale factors in bins of an observable."""

    observable: str
    edges: Floats
    """Shape (bins + 1,)."""
    bins: tuple[FlatnessBin, ...]
    comparison: Mapping[str, ChiSquareTest]
    """Of each scale factor's bins with its value from all events."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "observable": self.observable,
            "edges": self.edges,
            "bins": [item.as_json() for item in self.bins],
            "comparison": {name: test.as_json() for name, test in self.comparison.items()},
        }


def fit_in_bins(
    observable: str,
    regions: Mapping[str, RegionTemplates],
    settings: FitScaleFactorsSettings,
    values: ScaleFactorValues,
    source: Path,
) -> Flatness:
    """Fit the scale factors once more in each bin of an observable, and compare with the values from all events.

    docs/physics.md, "Scale factors".
    """
    edges = next(iter(regions.values())).edges[0]
    without_nuisances = settings.model_copy(update={"profile_nuisances": False})
    bins = tuple(_fit_one_bin(regions, index, edges, without_nuisances, source) for index in range(edges.size - 1))
    comparison = {
        name: _flatness_test(bins, name, value) for name, value in zip(values.names, values.values, strict=True)
    }
    return Flatness(observable, edges, bins, comparison)


def _fit_one_bin(
    regions: Mapping[str, RegionTemplates], index: int, edges: Floats, settings: FitScaleFactorsSettings, source: Path
) -> FlatnessBin:
    low, high = float(edges[index]), float(edges[index + 1])
    try:
        fitted = fit_control_regions([_one_bin(region, index) for region in regions.values()], settings, source)
    except (UndeterminedScaleFactorsError, NonPositivePredictionError) as error:
        return FlatnessBin(low, high, None, str(error))
    return FlatnessBin(low, high, {name: Profile(fitted.result, name).interval() for name in fitted.factors})


def _one_bin(region: RegionTemplates, index: int) -> RegionTemplates:
    edges = (region.edges[0][index : index + 2],)
    nominal = {name: template.one_bin(index) for name, template in region.nominal.items()}
    data = None if region.data is None else region.data.one_bin(index)
    return RegionTemplates(region.region, edges, nominal, {}, data)


def _flatness_test(bins: Sequence[FlatnessBin], name: str, value: float) -> ChiSquareTest:
    """χ² of the bins' values against the value from all events, which costs one degree of freedom."""
    pulls = []
    for interval in (item.factors[name] for item in bins if item.factors and name in item.factors):
        error = interval.up if value > interval.value else interval.down
        if error is not None:
            pulls.append((interval.value - value) / error)
    if len(pulls) < 2:
        return ChiSquareTest(None, 0, None, "fewer than two bins determine it")
    return chi_square_test(float(np.sum(np.square(pulls))), len(pulls) - 1)
