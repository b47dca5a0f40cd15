"""The fit of the signal strength to observed data, without the bins that blinding hides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from signedag.config.fitting import FitSignalStrengthSettings
from signedag.errors import UserError
from signedag.statistics.blinding import HiddenOffset, hidden_offset, without_hidden
from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import Fit, fit
from signedag.statistics.hidden_bins import HiddenBins, hidden_in
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.signal_strength import AsimovFit, Inputs
from signedag.statistics.templates import Floats


@dataclass(frozen=True)
class ObservedFit:
    """A fit to the bins of the data that are not hidden."""

    result: Fit
    expected: Fit
    """The same bins, fitted to Asimov data."""
    hidden: HiddenBins
    """Of the signal region, with the bins of its templates."""
    offsets: Mapping[str, HiddenOffset]
    """By strength; none where strengths are shown."""
    unblinded: bool


def fit_observed(fitted: AsimovFit, settings: FitSignalStrengthSettings) -> ObservedFit | None:
    """Fit observed data with the model of the Asimov fit; docs/physics.md, "Blinding".

    A bin that was merged with a hidden one for the fit is hidden as well. `None` if the settings ask for Asimov data.

    Raises:
        UserError: there are no data, all bins are hidden, the templates hide bins that the settings show, or the fit
            failed.
    """
    observed = settings.observed
    if observed is None:
        return None
    inputs, rules = fitted.inputs, observed.blinding
    hidden = hidden_in(inputs.signal, observed.axes, settings.model.signals, rules)
    data = observed_data(inputs, hidden)
    regions = fitted.model.slices()
    counts = np.concatenate([fitted.groupings[region].apply(np.nan_to_num(data[region])) for region in regions])
    touched = fitted.groupings[hidden.region].apply(hidden.mask.astype(np.float64)) > 0
    in_fit = [replace(hidden, mask=touched)]
    model, kept = without_hidden(fitted.model, counts, in_fit)
    _, kept_asimov = without_hidden(fitted.model, fitted.asimov, in_fit)
    expectation = Expectation(model)
    results = {
        "observed": fit(Likelihood(expectation, kept)),
        "Asimov": fit(Likelihood(expectation, kept_asimov), start=fitted.truth),
    }
    for name, result in results.items():
        if result.problem:
            raise UserError(
                f"{inputs.source}: the {settings.treatment} fit of region '{inputs.signal.region}' to {name} data in "
                f"the bins that are not hidden failed: {result.problem}; fit fewer parameters, or hide fewer bins "
                "(fit.blinding)"
            )
    offsets = {name: hidden_offset(observed.analysis, observed.seed, name, rules) for name in model.strengths}
    known = {name: offset for name, offset in offsets.items() if offset is not None}
    return ObservedFit(results["observed"], results["Asimov"], hidden, known, rules.unblinded)


def observed_data(inputs: Inputs, hidden: HiddenBins) -> dict[str, Floats]:
    """Give the data of signal region and control regions, NaN in hidden bins, shape (bins of each axis) each.

    Raises:
        UserError: a region has no data, or the templates hide more than the settings do.
    """
    values: dict[str, Floats] = {}
    for region in (inputs.signal, *inputs.controls):
        if region.data is None:
            raise UserError(f"{inputs.source}: region '{region.region}' has no data; fill its templates with data")
        values[region.region] = region.data.values
    own = values[hidden.region]
    if (np.isnan(own) & ~hidden.mask).any():
        raise UserError(
            f"{inputs.source}: hides data of bins that fit.blinding shows; run fill_templates again with its rules"
        )
    return values | {hidden.region: np.where(hidden.mask, np.nan, own)}
