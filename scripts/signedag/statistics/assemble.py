"""From templates and settings to a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from signedag.config.base import suggestion
from signedag.config.fitting import ModelSettings, NormalisationUncertainty
from signedag.errors import UserError
from signedag.statistics.model import (
    SIGNAL_STRENGTH,
    Channel,
    Contribution,
    Model,
    Normalisation,
    Parameter,
    Shape,
    used_parameters,
)
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Floats
from signedag.statistics.variation_treatment import VariationTreatment, refuse_useless


@dataclass(frozen=True)
class ScaleFactorValues:
    """Fitted scale factors."""

    names: tuple[str, ...]
    values: Floats
    """Shape (scale factors,)."""
    covariance: Floats
    """Shape (scale factors, scale factors)."""

    def value(self, name: str) -> float:
        """Give the fitted value of one scale factor."""
        return float(self.values[self.names.index(name)])


def control_model(regions: Sequence[RegionTemplates], settings: ModelSettings, nuisances: bool, source: Path) -> Model:
    """Make the model of the scale-factor fit: signals at μ = 1, scale factors free, nuisances on request.

    Args:
        regions: templates of the control regions.
        settings: what scales and varies what.
        nuisances: whether uncertainties take part.
        source: the templates' file, for messages.

    Raises:
        UserError: a template is missing, two parameters have one name, or symmetrising leaves nothing of a variation.
    """
    if nuisances:
        refuse_useless(regions, settings, source)
    channels = [_channel(region, settings, source, nuisances) for region in regions]
    channels = [_with_free_scale_factors(channel, settings) for channel in channels]
    return _model(channels, settings)


def signal_model(
    region: RegionTemplates, settings: ModelSettings, source: Path, controls: Sequence[RegionTemplates] = ()
) -> Model:
    """Make the model with free signal strengths and scale factors, in the signal region and any control regions.

    Raises:
        UserError: as for `control_model`, or no process is a signal.
    """
    if not set(settings.signals) & set(region.nominal):
        raise UserError(
            f"{source}: region '{region.region}' has none of the signal processes {list(settings.signals)}; "
            f"it has {sorted(region.nominal)}"
        )
    refuse_useless((region, *controls), settings, source)
    channels = [_channel(item, settings, source, True) for item in (region, *controls)]
    channels = [_with_free_scale_factors(_with_free_signal(channel, settings), settings) for channel in channels]
    return _model(channels, settings)


def with_initial_scale_factors(model: Model, factors: ScaleFactorValues) -> Model:
    """Start free scale factors at their fitted values, where Asimov data are made."""
    parameters = tuple(
        replace(item, initial=factors.value(item.name)) if item.kind == "scale_factor" else item
        for item in model.parameters
    )
    return replace(model, parameters=parameters)


def with_fixed_scale_factors(model: Model, factors: ScaleFactorValues | None) -> Model:
    """Multiply the scale factors into the templates and their variations (1 without values).

    docs/physics.md, "Signal strength".
    """
    names = {item.name for item in model.parameters if item.kind == "scale_factor"}
    channels = []
    for channel in model.channels:
        contributions = []
        for item in channel.contributions:
            scale = float(np.prod([factors.value(name) for name in item.factors if name in names])) if factors else 1.0
            kept = tuple(name for name in item.factors if name not in names)
            contributions.append(replace(_scaled(item, scale), factors=kept))
        channels.append(replace(channel, contributions=tuple(contributions)))
    parameters = tuple(item for item in model.parameters if item.name not in names)
    return replace(model, channels=tuple(channels), parameters=parameters)


def with_constrained_scale_factors(model: Model, factors: ScaleFactorValues) -> Model:
    """Fix the scale factors and let their covariance vary them: one nuisance per eigenvector.

    docs/physics.md, "Signal strength". The covariance is Σ_e v_e v_eᵀ, so scale factors φ + Σ_e α_e v_e with
    unit-Gaussian α_e have it. Linear in α_e, this is exactly a symmetric `histosys` per eigenvector.

    Raises:
        UserError: the covariance is not positive.
    """
    names = [item.name for item in model.parameters if item.kind == "scale_factor"]
    order = [factors.names.index(name) for name in names]
    variances, directions = np.linalg.eigh(factors.covariance[np.ix_(order, order)])
    if not (variances > 0).all():
        raise UserError("the covariance of the scale factors is not positive definite; see their fit's result.json")
    # an eigenvector's sign is arbitrary: its largest component is made positive, so that results repeat
    signs = np.sign(directions[np.abs(directions).argmax(axis=0), np.arange(len(names))])
    steps = dict(zip(names, directions * signs * np.sqrt(variances), strict=True))
    fixed = with_fixed_scale_factors(model, factors)
    nuisances = [f"scale_factors_{number + 1}" for number in range(len(names))]
    channels = []
    for free, channel in zip(model.channels, fixed.channels, strict=True):
        contributions = []
        for before, item in zip(free.contributions, channel.contributions, strict=True):
            moving = [steps[name] / factors.value(name) for name in before.factors if name in steps]
            shapes = [
                Shape(nuisance, item.nominal * (1 + relative), item.nominal * (1 - relative))
                for step in moving
                for nuisance, relative in zip(nuisances, step.tolist(), strict=True)
            ]
            contributions.append(replace(item, shapes=(*item.shapes, *shapes)))
        channels.append(replace(channel, contributions=tuple(contributions)))
    added = tuple(Parameter(name, "scale_factor", 0.0, True) for name in nuisances)
    parameters = _checked_names((*fixed.parameters, *added))
    return replace(fixed, channels=tuple(channels), parameters=used_parameters(channels, parameters))


def with_other_scale_factors(
    model: Model, values: Mapping[str, float], factors: ScaleFactorValues | None, settings: ModelSettings
) -> Model:
    """Scale the templates into which scale factors are multiplied, so that these have other values.

    Args:
        model: with its scale factors fixed or constrained.
        values: other values by name.
        factors: those that are multiplied in, 1 if there are none.
        settings: what scales what.
    """
    ratios = {name: value / (factors.value(name) if factors else 1.0) for name, value in values.items()}
    channels = []
    for channel in model.channels:
        scaled = (
            _scaled(item, ratios.get(settings.scale_factors.get(item.process, ""), 1.0))
            for item in channel.contributions
        )
        channels.append(replace(channel, contributions=tuple(scaled)))
    return replace(model, channels=tuple(channels))


def _scaled(item: Contribution, scale: float) -> Contribution:
    shapes = tuple(Shape(shape.nuisance, shape.up * scale, shape.down * scale) for shape in item.shapes)
    return replace(item, nominal=item.nominal * scale, variances=item.variances * scale**2, shapes=shapes)


def _channel(region: RegionTemplates, settings: ModelSettings, source: Path, nuisances: bool) -> Channel:
    contributions = []
    for process, template in region.nominal.items():
        shapes: list[Shape] = []
        treatment = VariationTreatment(process, template, settings)
        for name, processes in settings.shapes.items() if nuisances else ():
            if processes is None or process in processes:
                pair = region.variations.get((process, name))
                if pair is None:
                    known = {variation for known_process, variation in region.variations if known_process == process}
                    raise UserError(
                        f"{source}: region '{region.region}' has no templates of {process} under '{name}'"
                        f"{suggestion(name, known)}; fill the templates again"
                    )
                up, down = treatment(name, pair)
                shapes.append(Shape(name, up.ravel(), down.ravel()))
        contribution = Contribution(process, template.values.ravel(), template.variances.ravel(), shapes=tuple(shapes))
        for name, item in settings.normalisations.items() if nuisances else ():
            if item.processes is None or process in item.processes:
                contribution = _normalised(contribution, name, item)
        contributions.append(contribution)
    return Channel(region.region, tuple(contributions), settings.template_statistics == "barlow_beeston_lite")


def _normalised(contribution: Contribution, name: str, uncertainty: NormalisationUncertainty) -> Contribution:
    """Give a contribution the uncertainty of its yield; docs/physics.md, "Uncertainties of yields"."""
    size = uncertainty.relative
    if size is None:
        return replace(contribution, factors=(*contribution.factors, name))
    if uncertainty.constraint == "gaussian":
        shape = Shape(name, contribution.nominal * (1 + size), contribution.nominal * (1 - size))
        return replace(contribution, shapes=(*contribution.shapes, shape))
    factor = Normalisation(name, 1 + size, 1 / (1 + size))
    return replace(contribution, normalisations=(*contribution.normalisations, factor))


def strength_of(signal: str, settings: ModelSettings) -> str:
    """Name the strength of a signal process."""
    return settings.strengths.get(signal, SIGNAL_STRENGTH)


def _with_free_signal(channel: Channel, settings: ModelSettings) -> Channel:
    contributions = (
        replace(item, factors=(*item.factors, strength_of(item.process, settings)))
        if item.process in settings.signals
        else item
        for item in channel.contributions
    )
    return replace(channel, contributions=tuple(contributions))


def _with_free_scale_factors(channel: Channel, settings: ModelSettings) -> Channel:
    contributions = (
        replace(item, factors=(*item.factors, settings.scale_factors[item.process]))
        if item.process in settings.scale_factors
        else item
        for item in channel.contributions
    )
    return replace(channel, contributions=tuple(contributions))


def _model(channels: Sequence[Channel], settings: ModelSettings) -> Model:
    strengths = dict.fromkeys(strength_of(signal, settings) for signal in settings.signals)
    factors = dict.fromkeys(settings.scale_factors.values())
    free = [name for name, item in settings.normalisations.items() if item.constraint == "free"]
    constrained = (*settings.shapes, *(name for name in settings.normalisations if name not in free))
    parameters = (
        *(Parameter(name, "signal_strength", 1.0, False) for name in strengths),
        *(Parameter(name, "scale_factor", 1.0, False) for name in factors),
        *(Parameter(name, "nuisance", 0.0, True) for name in constrained),
        *(Parameter(name, "nuisance", 1.0, False) for name in free),
    )
    return Model(tuple(channels), used_parameters(channels, _checked_names(parameters)), settings.interpolation)


def _checked_names(parameters: Sequence[Parameter]) -> tuple[Parameter, ...]:
    names = [item.name for item in parameters]
    for item in parameters:
        if names.count(item.name) > 1:
            raise UserError(
                f"two parameters of the fit are called '{item.name}'; rename the uncertainty or scale factor"
            )
    return tuple(parameters)
