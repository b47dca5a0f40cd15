"""Reads what the signal-strength fit is made from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from signedag.config.base import suggestion
from signedag.config.fitting import ModelSettings
from signedag.errors import UserError
from signedag.identity import Identity
from signedag.json_results import read_json
from signedag.statistics.assemble import ScaleFactorValues
from signedag.statistics.signal_strength import Inputs
from signedag.statistics.template_files import RegionTemplates, read_templates


def read_inputs(
    templates: Path, identity: Identity, control: Path | None, factors: Path | None, settings: ModelSettings
) -> Inputs:
    """Read the signal region's templates and, where given, control templates and scale factors.

    A signal that the signal region was filled without, another mass than the one that is fitted, is left out of the
    control regions too.

    Args:
        templates: the signal region's templates.
        identity: which ones they should be.
        control: templates of the control regions.
        factors: result of the scale-factor fit.
        settings: of the fit's model.

    Raises:
        UserError: a file is missing, damaged or does not hold what it should.
    """
    region = signal_region(templates, identity)
    controls = () if control is None else read_templates(control, Identity.of("control templates")).regions.values()
    others = set(settings.signals) - set(region.nominal)
    values = None if factors is None else read_scale_factors(factors, settings)
    return Inputs(region, [_without(item, others) for item in controls], values, templates)


def _without(region: RegionTemplates, processes: set[str]) -> RegionTemplates:
    nominal = {name: template for name, template in region.nominal.items() if name not in processes}
    variations = {key: pair for key, pair in region.variations.items() if key[0] not in processes}
    return replace(region, nominal=nominal, variations=variations)


def signal_region(templates: Path, identity: Identity) -> RegionTemplates:
    """Read the templates of the signal region, the only one in its file.

    Raises:
        UserError: the file is missing, damaged, or does not hold the templates expected.
    """
    regions = read_templates(templates, identity).regions
    if len(regions) != 1:
        raise UserError(
            f"{templates}: has {len(regions)} regions ({', '.join(regions)}); the fit needs one signal region"
        )
    return next(iter(regions.values()))


def read_scale_factors(path: Path, settings: ModelSettings) -> ScaleFactorValues:
    """Read the scale factors of a model with their covariance.

    Raises:
        UserError: the file is missing, damaged or lacks one of them.
    """
    content = read_json(path, Identity.of("scale factors"))
    names, factors = content.texts("order"), content.block("scale_factors")
    values = np.array([factors.block(name).number("value") for name in names])
    covariance = np.array(content.matrix("covariance"))
    if len(covariance) != len(names):
        raise content.error("covariance", f"is of {len(covariance)} scale factors, there are {len(names)}")
    for name in settings.scale_factors.values():
        if name not in names:
            raise UserError(f"{path}: has no scale factor '{name}'{suggestion(name, names)}; fit it first")
    return ScaleFactorValues(names, values, covariance)
