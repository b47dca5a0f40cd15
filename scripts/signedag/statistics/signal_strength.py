"""The expected signal strength: an Asimov fit of the signal region with three treatments of the scale factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from signedag.config.fitting import FitSignalStrengthSettings, Treatment
from signedag.errors import UserError
from signedag.statistics.assemble import (
    ScaleFactorValues,
    signal_model,
    with_constrained_scale_factors,
    with_fixed_scale_factors,
    with_initial_scale_factors,
)
from signedag.statistics.bins import Regrouping, make_positive
from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import Fit, fit, template_covariance
from signedag.statistics.interpolation import PYHF_CODES
from signedag.statistics.intervals import Interval, Profile, discovery_significance
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import SIGNAL_STRENGTH, Model
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Floats

SCAN_POINTS = 61
SCAN_WIDTHS = 3.0
"""How far the scan goes on either side, in units of the interval."""

EXPLANATIONS: dict[Treatment, str] = {
    "fixed": (
        "Scale factors multiply the templates at their fitted values and have no uncertainty: what the control regions "
        "leave open is missing from the interval."
    ),
    "constrained": (
        "Scale factors may move around their fitted values within the covariance of the control-region fit, one "
        "nuisance per eigenvector. Their errors are taken as Gaussian and as independent of the other nuisances, which "
        "see the signal region only."
    ),
    "simultaneous": (
        "Control regions are part of the likelihood, with Asimov counts, and scale factors are free. Errors have the "
        "shape that the counts give them, and nuisances act on control regions and signal region alike, so each "
        "constrains the other."
    ),
}


@dataclass(frozen=True)
class Inputs:
    """What the fit is made from."""

    signal: RegionTemplates
    controls: Sequence[RegionTemplates]
    factors: ScaleFactorValues | None
    """Fitted scale factors; `None` where the analysis has none."""
    source: Path
    """The templates' file, for messages."""


@dataclass(frozen=True)
class AsimovFit:
    """The fit, its Asimov data and the model behind both."""

    inputs: Inputs
    model: Model
    result: Fit
    asimov: Floats
    """Expected events at μ = 1 and the fitted scale factors, shape (bins,)."""
    groupings: Mapping[str, Regrouping]


def treated_model(inputs: Inputs, settings: FitSignalStrengthSettings) -> Model:
    """Make the model that a treatment of the scale factors asks for, with all bins.

    Raises:
        UserError: the treatment needs scale factors or control regions that were not given.
    """
    if settings.treatment == "simultaneous":
        if inputs.factors is None or not inputs.controls:
            raise UserError("treatment 'simultaneous' needs --scale-factors and --control-templates; give both files")
        model = signal_model(inputs.signal, settings.model, inputs.source, inputs.controls)
        return with_initial_scale_factors(model, inputs.factors)
    model = signal_model(inputs.signal, settings.model, inputs.source)
    if settings.treatment == "fixed":
        return with_fixed_scale_factors(model, inputs.factors)
    if inputs.factors is None:
        raise UserError("treatment 'constrained' needs --scale-factors; give the result of fit_scale_factors")
    return with_constrained_scale_factors(model, inputs.factors)


def fit_asimov(inputs: Inputs, settings: FitSignalStrengthSettings) -> AsimovFit:
    """Fit Asimov data made at μ = 1 and the fitted scale factors.

    Raises:
        UserError: the model cannot be made, or the fit failed.
    """
    model = treated_model(inputs, settings)
    regions = (inputs.signal, *inputs.controls)
    shapes = {region.region: tuple(edge.size - 1 for edge in region.edges) for region in regions}
    model, groupings = make_positive(
        model, shapes, settings.nonpositive_bins, settings.floor_events, remedy="fit.nonpositive_bins"
    )
    expectation = Expectation(model)
    asimov = expectation.expected(model.initial())
    result = fit(Likelihood(expectation, asimov))
    if result.problem:
        raise UserError(
            f"{inputs.source}: the {settings.treatment} fit of region '{inputs.signal.region}' failed: "
            f"{result.problem}; "
            "check that the signal has events in the region and that no two parameters have the same effect"
        )
    return AsimovFit(inputs, model, result, asimov, groupings)


def describe(fitted: AsimovFit, settings: FitSignalStrengthSettings) -> dict[str, Any]:
    """Describe the fit for `result.json`."""
    profile = Profile(fitted.result, SIGNAL_STRENGTH)
    interval = profile.interval()
    index = fitted.model.index(SIGNAL_STRENGTH)
    explanation = EXPLANATIONS[settings.treatment]
    if fitted.inputs.factors is None:
        explanation = "There are no scale factors: every background has the yield of its simulation."
    return {
        "mu_hat": float(fitted.result.values[index]),
        "interval": interval.as_json(),
        "hesse_error": fitted.result.error(SIGNAL_STRENGTH),
        **_parts(fitted, interval),
        "template_statistical": float(np.sqrt(template_covariance(fitted.result)[index, index])),
        "significance": discovery_significance(profile),
        "scan": _scan(fitted, profile, interval),
        "parameters": fitted.result.parameters(),
        "correlation_with_mu": _correlations(fitted.result, index),
        "treatment": settings.treatment,
        "explanation": explanation,
        "status": fitted.result.status(),
        "bins": {
            region: {"before": int(grouping.labels.size), "after": grouping.bins, "axes": list(grouping.shape)}
            for region, grouping in fitted.groupings.items()
        },
        "nonpositive_bins": [entry for grouping in fitted.groupings.values() for entry in grouping.listed],
        "nonpositive_rule": settings.nonpositive_bins,
        "asimov_yields": _yields(fitted),
        "outside_bins": {
            region.region: {process: template.outside for process, template in region.nominal.items()}
            for region in (fitted.inputs.signal, *fitted.inputs.controls)
            if region.region in fitted.groupings
        },
        "pyhf_modifier_settings": PYHF_CODES[fitted.model.interpolation],
    }


def _parts(fitted: AsimovFit, total: Interval) -> dict[str, Any]:
    """Split the interval: statistical alone, what scale factors add, what the other nuisances add, in quadrature."""
    others = tuple(item.name for item in fitted.model.parameters if item.kind == "nuisance")
    statistical = Profile(fitted.result, SIGNAL_STRENGTH, only=True).interval()
    without_nuisances = Profile(fitted.result, SIGNAL_STRENGTH, held=others).interval()
    return {
        "statistical": _sides(statistical),
        "systematic": _difference(total, statistical),
        "systematic_from_scale_factors": _difference(without_nuisances, statistical),
        "systematic_from_nuisances": _difference(total, without_nuisances),
    }


def _sides(interval: Interval) -> dict[str, Any]:
    return {key: value for key, value in interval.as_json().items() if key != "value"}


def _difference(larger: Interval, smaller: Interval) -> dict[str, float | None]:
    def side(one: float | None, other: float | None) -> float | None:
        return None if one is None or other is None else float(np.sqrt(max(one**2 - other**2, 0.0)))

    return {"down": side(larger.down, smaller.down), "up": side(larger.up, smaller.up)}


def _scan(fitted: AsimovFit, profile: Profile, interval: Interval) -> dict[str, Any]:
    """Scan ΔNLL, with everything profiled and with everything else fixed; `None` where there is no likelihood."""
    widths = (interval.down or profile.step, interval.up or profile.step)
    values = profile.best + np.concatenate(
        [
            np.linspace(-SCAN_WIDTHS * widths[0], 0.0, SCAN_POINTS // 2 + 1),
            np.linspace(0.0, SCAN_WIDTHS * widths[1], SCAN_POINTS // 2 + 1)[1:],
        ]
    )
    alone = Profile(fitted.result, SIGNAL_STRENGTH, only=True)
    return {"mu": values, "delta_nll": profile.scan(values), "delta_nll_statistical": alone.scan(values)}


def _correlations(result: Fit, index: int) -> dict[str, float]:
    assert result.covariance is not None
    errors = np.sqrt(np.diag(result.covariance))
    row = result.covariance[index] / (errors[index] * errors)
    return {name: float(row[place]) for place, name in enumerate(result.likelihood.expectation.model.names)}


def _yields(fitted: AsimovFit) -> dict[str, Any]:
    expectation = fitted.result.likelihood.expectation
    point = expectation.at(fitted.model.initial())
    factors = expectation.factors_by_process(point)
    described: dict[str, Any] = {}
    for channel in fitted.model.channels:
        processes = expectation.by_process(fitted.model.initial())[channel.region]
        described[channel.region] = {"total": float(fitted.asimov[fitted.model.slices()[channel.region]].sum())} | {
            "processes": {
                item.process: {
                    "value": float(processes[item.process].sum()),
                    "error": abs(factors[channel.region][item.process]) * float(np.sqrt(item.variances.sum())),
                }
                for item in channel.contributions
            }
        }
    return described
