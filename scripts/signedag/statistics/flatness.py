"""Are scale factors flat in an observable? Each of its bins is fitted once more by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import chi2

from signedag.config.fitting import FitScaleFactorsSettings
from signedag.errors import UserError
from signedag.statistics.assemble import ScaleFactorValues
from signedag.statistics.intervals import Profile
from signedag.statistics.scale_factors import fit_control_regions
from signedag.statistics.template_files import RegionTemplates


def describe_flatness(
    observable: str,
    regions: Mapping[str, RegionTemplates],
    settings: FitScaleFactorsSettings,
    values: ScaleFactorValues,
    source: Path,
) -> dict[str, Any]:
    """Fit the scale factors once more in each bin of an observable, and compare with the values from all events.

    Returns:
        edges, one fit per bin (`None` with a reason where it is undefined), and per scale factor the χ² of the bins
        against the value from all events.
    """
    edges = next(iter(regions.values())).edges[0]
    without_nuisances = settings.model_copy(update={"profile_nuisances": False})
    bins: list[dict[str, Any]] = []
    for index in range(edges.size - 1):
        entry: dict[str, Any] = {"low": float(edges[index]), "high": float(edges[index + 1])}
        try:
            one_bin = [_one_bin(region, index) for region in regions.values()]
            fitted = fit_control_regions(one_bin, without_nuisances, source)
            factors = {name: Profile(fitted.result, name).interval().as_json() for name in fitted.factors}
            bins.append(entry | {"scale_factors": factors})
        except UserError as error:
            bins.append(entry | {"scale_factors": None, "reason": str(error)})
    return {
        "observable": observable,
        "edges": edges,
        "bins": bins,
        "comparison": {
            name: _flatness_test(bins, name, value) for name, value in zip(values.names, values.values, strict=True)
        },
    }


def _one_bin(region: RegionTemplates, index: int) -> RegionTemplates:
    edges = (region.edges[0][index : index + 2],)
    nominal = {name: template.one_bin(index) for name, template in region.nominal.items()}
    data = None if region.data is None else region.data.one_bin(index)
    return RegionTemplates(region.region, edges, nominal, {}, data)


def _flatness_test(bins: Sequence[Mapping[str, Any]], name: str, value: float) -> dict[str, Any]:
    """χ² of the bins' values against the value from all events, which costs one degree of freedom."""
    pulls = []
    for entry in bins:
        factor = (entry["scale_factors"] or {}).get(name)
        if factor is None:
            continue
        side = factor["up"] if value > factor["value"] else factor["down"]
        if side is not None:
            pulls.append((factor["value"] - value) / side)
    if len(pulls) < 2:
        return {"chi2": None, "ndf": 0, "p_value": None, "reason": "fewer than two bins determine it"}
    distance = float(np.sum(np.square(pulls)))
    return {"chi2": distance, "ndf": len(pulls) - 1, "p_value": float(chi2.sf(distance, len(pulls) - 1)), "reason": ""}
