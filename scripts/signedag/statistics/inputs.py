"""Reads what the signal-strength fit is made from."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from signedag.config.base import suggestion
from signedag.config.fitting import ModelSettings
from signedag.errors import UserError
from signedag.identity import Identity
from signedag.json_results import read_json
from signedag.statistics.assemble import ScaleFactorValues
from signedag.statistics.signal_strength import Inputs
from signedag.statistics.template_files import read_templates, split_flatness


def read_inputs(templates: Path, control: Path | None, factors: Path | None, settings: ModelSettings) -> Inputs:
    """Read the signal region's templates and, where given, control templates and scale factors.

    Raises:
        UserError: a file is missing or does not hold what it should.
    """
    regions = read_templates(templates)
    if len(regions) != 1:
        raise UserError(
            f"{templates}: has {len(regions)} regions ({', '.join(regions)}); the fit needs one signal region"
        )
    controls = [] if control is None else list(split_flatness(read_templates(control))[0].values())
    values = None if factors is None else _read_scale_factors(factors, settings)
    return Inputs(next(iter(regions.values())), controls, values, templates)


def _read_scale_factors(path: Path, settings: ModelSettings) -> ScaleFactorValues:
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
