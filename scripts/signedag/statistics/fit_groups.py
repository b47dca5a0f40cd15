"""Groups of a fit's parameters: the uncertainties as the settings group them, and the scale factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from signedag.config.fitting import SCALE_FACTOR_GROUP
from signedag.statistics.fits import Fit
from signedag.statistics.uncertainty_groups import members


def groups_of(result: Fit, groups: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Give the fitted parameters of each group; a group of which the fit has none is left out.

    Args:
        result: the fit.
        groups: name of a group to uncertainties.

    Raises:
        UserError: an uncertainty is in two groups.
    """
    parameters = result.likelihood.parameters
    fitted = [item for item, free in zip(parameters, result.free, strict=True) if free]
    factors = [item.name for item in fitted if item.kind == "scale_factor"]
    return members({**groups, SCALE_FACTOR_GROUP: factors}, [item.name for item in fitted])
