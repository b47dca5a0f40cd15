"""The expected signal strength: an Asimov fit of the signal region with three treatments of the scale factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from signedag.config.fitting import FitSignalStrengthSettings
from signedag.errors import UserError
from signedag.statistics.assemble import (
    ScaleFactorValues,
    signal_model,
    with_constrained_scale_factors,
    with_fixed_scale_factors,
    with_initial_scale_factors,
    with_other_scale_factors,
)
from signedag.statistics.bins import make_positive
from signedag.statistics.data_sets import asimov_data, parameters_at
from signedag.statistics.expectation import Expectation
from signedag.statistics.few_effective_events import treat_few_effective_events
from signedag.statistics.fits import Fit, fit
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import Model
from signedag.statistics.regrouping import Regrouping
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.template_findings import Finding, examine, refuse_meaningless
from signedag.statistics.templates import Floats


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
    """Expected events at the strengths and scale factors of the settings, shape (bins,)."""
    truth: Floats
    """Parameters that they were made with, shape (parameters,)."""
    expected: Expectation
    """What they were made with: the fit's model, but for scale factors that are part of its templates."""
    groupings: Mapping[str, Regrouping]
    findings: tuple[Finding, ...] = ()
    """What is wrong with the templates as such."""


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
    """Fit Asimov data; docs/physics.md, "Signal strength".

    They are made at μ = 1 and the fitted scale factors, unless the settings say otherwise.

    Raises:
        UserError: the model cannot be made, or the fit failed.
        MeaninglessFitError: the templates cannot give a result that means anything.
        FewEffectiveEventsError: the settings ask for more effective events than there are.
    """
    regions = (inputs.signal, *inputs.controls) if settings.treatment == "simultaneous" else (inputs.signal,)
    findings = examine(regions, settings.model)
    refuse_meaningless(findings, inputs.source)
    model = treated_model(inputs, settings)
    shapes = {region.region: tuple(edge.size - 1 for edge in region.edges) for region in regions}
    model, groupings = make_positive(
        model, shapes, settings.nonpositive_bins, settings.floor_events, remedy="fit.nonpositive_bins"
    )
    if settings.least_effective_events is not None:
        model, groupings = treat_few_effective_events(
            model, groupings, settings.least_effective_events, settings.few_effective_events
        )
    expectation = Expectation(model)
    expected, truth = made_with(expectation, inputs, settings)
    asimov = asimov_data(expected, truth).counts
    result = fit(Likelihood(expectation, asimov), start=truth)
    if result.problem:
        raise UserError(
            f"{inputs.source}: the {settings.treatment} fit of region '{inputs.signal.region}' failed: "
            f"{result.problem}; "
            "check that the signal has events in the region and that no two parameters have the same effect"
        )
    return AsimovFit(inputs, model, result, asimov, truth, expected, groupings, findings)


def made_with(
    expectation: Expectation, inputs: Inputs, settings: FitSignalStrengthSettings
) -> tuple[Expectation, Floats]:
    """Give the expectation and the parameters that Asimov data are made with."""
    model, values = expectation.model, settings.asimov
    strengths = {name: values.strengths.get(name, values.strength) for name in model.strengths}
    free = {name: value for name, value in values.scale_factors.items() if name in model.names}
    multiplied_in = {name: value for name, value in values.scale_factors.items() if name not in free}
    if multiplied_in:
        changed = with_other_scale_factors(model, multiplied_in, inputs.factors, settings.model)
        expectation = Expectation(changed)
    return expectation, parameters_at(model, {**strengths, **free})
