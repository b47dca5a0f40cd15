"""Expected upper limits and σ_μ against the mass, for several models of the classifier, and what a model costs.

A model is a mapping of signal process to the variant whose fit gives the limit there; each such fit has one signal.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from signedag.config.mass_limits import CompareMassLimitsSettings, PlotMassLimitsSettings
from signedag.config.masses import in_order
from signedag.errors import UserError
from signedag.identity import Identity
from signedag.json_blocks import Block
from signedag.json_results import read_json
from signedag.metrics.masses import GROUPS
from signedag.report.fit_results import StrengthFit
from signedag.report.limit_results import UpperLimit

QUANTITIES = ("limit", "sigma_mu")
"""What ratios of are given."""


@dataclass(frozen=True)
class Fitted:
    """What the fit of one variant says."""

    limit: UpperLimit
    """Expected without signal, with bands."""
    sigma_mu: float | None
    """Half the length of the interval of μ, the statistical error of the simulation included."""
    sigma_mu_reason: str
    """Why it is undefined."""
    significance: float | None
    """Expected significance of the fit alone."""

    def value(self, quantity: str) -> tuple[float | None, str]:
        """Give one of `QUANTITIES`, or None and the reason."""
        if quantity == "sigma_mu":
            return self.sigma_mu, self.sigma_mu_reason
        return self.limit.expected["0"], self.limit.reason

    def as_json(self) -> dict[str, Any]:
        """Give the numbers, with null and a reason for what is undefined."""
        return {
            "limit": self.limit.as_json(),
            "sigma_mu": {"value": self.sigma_mu, "reason": self.sigma_mu_reason or None},
            "significance": self.significance,
        }


@dataclass(frozen=True)
class LimitAtMass:
    """A model at one mass."""

    variant: str
    parameters: Mapping[str, float]
    trained: bool
    fitted: Fitted

    def as_json(self) -> dict[str, Any]:
        """Give everything."""
        described = {"variant": self.variant, "parameters": dict(self.parameters), "trained": self.trained}
        return described | self.fitted.as_json()


@dataclass(frozen=True)
class Ratio:
    """A number of a model over that of the reference."""

    value: float | None
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """Give the value; null with the reason where it is undefined."""
        return {"value": self.value, "reason": self.reason or None}


@dataclass(frozen=True)
class MassLimits:
    """All models at all their masses. docs/physics.md, "Limits by mass"."""

    parameter: str
    """Of the horizontal axis."""
    reference: str
    """The model that ratios are taken to."""
    models: Mapping[str, Mapping[str, LimitAtMass]]
    """By label, in the order in which they are shown, and signal process, by growing parameter."""

    def ratio(self, label: str, process: str, quantity: str) -> Ratio:
        """Give a number of a model over that of the reference at one mass; above 1 the model is worse."""
        if process not in self.models.get(self.reference, {}):
            return Ratio(None, f"there is no fit of '{self.reference}' at {process}")
        value, reason = self.models[label][process].fitted.value(quantity)
        other, other_reason = self.models[self.reference][process].fitted.value(quantity)
        if value is None or other is None or not other > 0:
            return Ratio(None, reason or other_reason or f"that of '{self.reference}' is not positive")
        return Ratio(value / other)

    def mean_ratio(self, label: str, group: str, quantity: str) -> Ratio:
        """Give the geometric mean of the ratios over a group of masses; undefined as soon as one of them is."""
        masses = self.models[label]
        trained = group == "trained"
        names = [name for name, one in masses.items() if group == "all" or one.trained == trained]
        ratios = [self.ratio(label, name, quantity) for name in names]
        missing = next((f"{name}: {one.reason}" for name, one in zip(names, ratios, strict=True) if one.reason), "")
        if missing or not ratios:
            return Ratio(None, missing or GROUPS[group])
        return Ratio(float(np.exp(np.mean([math.log(one.value) for one in ratios if one.value is not None]))))

    def as_json(self) -> dict[str, Any]:
        """Give all numbers with their ratios to the reference, mass by mass and in the mean."""
        return {
            "parameter": self.parameter,
            "reference": self.reference,
            "models": [
                {
                    "model": label,
                    "processes": {
                        name: one.as_json()
                        | {"to_reference": {item: self.ratio(label, name, item).as_json() for item in QUANTITIES}}
                        for name, one in masses.items()
                    },
                    "mean_to_reference": {
                        group: {item: self.mean_ratio(label, group, item).as_json() for item in QUANTITIES}
                        for group in GROUPS
                    },
                }
                for label, masses in self.models.items()
            ],
        }


def read_mass_limits(
    settings: CompareMassLimitsSettings | PlotMassLimitsSettings, limits: Iterable[Path], results: Iterable[Path]
) -> MassLimits:
    """Read the fits of all models.

    Args:
        settings: models, their masses and where they are trained.
        limits: files of `compute_limits`, `{variant}/{binning}/{treatment}/limits.json`.
        results: files of `fit_signal_strength`, `{variant}/{binning}/{treatment}/result.json`.

    Raises:
        UserError: a file is missing, of something else or of a fit with several signal strengths, or a signal process
            has no such parameter.
    """
    limits_of, results_of = _by_variant(limits, "--limits"), _by_variant(results, "--results")

    def at(label: str, process: str, variant: str) -> LimitAtMass:
        for option, paths in (("--limits", limits_of), ("--results", results_of)):
            if variant not in paths:
                raise UserError(f"{option}: none of classifier '{variant}'; model '{label}' takes it at {process}")
        fitted = _fitted(variant, limits_of[variant], results_of[variant])
        parameters = settings.parameters.get(process, {})
        if settings.parameter not in parameters:
            raise UserError(f"--settings: parameters.{process}.{settings.parameter} is missing; add it")
        return LimitAtMass(variant, parameters, process in settings.trained.get(label, ()), fitted)

    def position(process: str) -> float:
        return settings.parameters.get(process, {}).get(settings.parameter, math.inf)

    models = {
        label: {
            name: at(label, name, settings.models[label][name]) for name in sorted(settings.models[label], key=position)
        }
        for label in in_order(settings.models, settings.order)
    }
    return MassLimits(settings.parameter, settings.reference, models)


def _by_variant(paths: Iterable[Path], option: str) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in map(Path.absolute, paths):
        variant = path.parents[2].name
        if variant in found:
            raise UserError(f"{option}: {found[variant]} and {path} are both of classifier '{variant}'; give one fit")
        found[variant] = path
    return found


def _fitted(variant: str, limits: Path, results: Path) -> Fitted:
    fit = StrengthFit.read(_content(results, "signal strength"), variant, *_binning_and_treatment(results))
    interval = fit.combined
    sigma = None if interval.width is None else interval.width / 2
    reason = "" if sigma is not None else interval.reason or "an end of the interval is undefined"
    return Fitted(UpperLimit.read(_content(limits, "limits")), sigma, reason, fit.significance)


def _binning_and_treatment(path: Path) -> tuple[str, str]:
    return path.parents[1].name, path.parent.name


def _content(path: Path, kind: str) -> Block:
    """Read a result of a fit with one signal strength."""
    binning, treatment = _binning_and_treatment(path)
    names = {"variant": path.parents[2].name, "binning": binning, "treatment": treatment}
    content = read_json(path, Identity.of(kind, **names))
    strengths = list(content.block("strengths"))
    if len(strengths) != 1:
        raise UserError(
            f"{path}: has the signal strengths {', '.join(strengths)}; limits by mass need fits of one signal each"
        )
    return content
