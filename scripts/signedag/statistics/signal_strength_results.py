"""What is said about the expected signal strength: interval and its parts, significance, scan and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from signedag.config.fitting import FewEffectiveEvents, FitSignalStrengthSettings, TemplateStatistics, Treatment
from signedag.statistics.bins import Rule
from signedag.statistics.fit_groups import groups_of
from signedag.statistics.fits import Fit, correlations, template_covariance
from signedag.statistics.interpolation import PYHF_CODES, Interpolation
from signedag.statistics.intervals import DiscoverySignificance, Interval, Profile, discovery_significance
from signedag.statistics.regrouping import Regrouping
from signedag.statistics.signal_strength import AsimovFit
from signedag.statistics.template_bias import template_bias
from signedag.statistics.template_findings import Finding
from signedag.statistics.templates import Floats
from signedag.statistics.uncertainty_groups import Breakdown, Sides, breakdown, quadrature_difference
from signedag.statistics.variation_treatment import TreatedVariation, treated_variations

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
class Parts:
    """What the uncertainty is made of; the parts add up in quadrature."""

    statistical: Interval
    """With every other parameter fixed at its fitted value."""
    systematic: Sides
    """All that the total has beyond it."""
    from_scale_factors: Sides
    """What free scale factors, and other strengths, add to the statistical part."""
    from_nuisances: Sides
    """What the other nuisances add to that."""

    def as_json(self) -> dict[str, Any]:
        """Give the parts by name."""
        return {
            "statistical": self.statistical.sides(),
            "systematic": self.systematic.as_json(),
            "systematic_from_scale_factors": self.from_scale_factors.as_json(),
            "systematic_from_nuisances": self.from_nuisances.as_json(),
        }


@dataclass(frozen=True)
class Scan:
    """ΔNLL against the signal strength; `None` where there is no likelihood."""

    mu: Floats
    """Shape (points,)."""
    profiled: list[float | None]
    """With every other parameter fitted."""
    statistical: list[float | None]
    """With every other parameter fixed."""

    def as_json(self) -> dict[str, Any]:
        """Give the points and both curves."""
        return {"mu": self.mu, "delta_nll": self.profiled, "delta_nll_statistical": self.statistical}


@dataclass(frozen=True)
class AsimovYield:
    """Events of one region in the Asimov data."""

    total: float
    processes: Mapping[str, tuple[float, float]]
    """Expected events and their √Σw², by process."""

    def as_json(self) -> dict[str, Any]:
        """Give the total and the processes' yields with errors."""
        yields = {name: {"value": value, "error": error} for name, (value, error) in self.processes.items()}
        return {"total": self.total, "processes": yields}


@dataclass(frozen=True)
class Strength:
    """What is said about each signal strength of the fit."""

    interval: Interval
    hesse_error: float | None
    significance: DiscoverySignificance

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "interval": self.interval.as_json(),
            "hesse_error": self.hesse_error,
            "significance": self.significance.as_json(),
        }


@dataclass(frozen=True)
class SignalStrengthResult:
    """Everything that is said about the fit but its provenance; where there are several strengths, of the first one."""

    strength: str
    """The name of the strength that all is about."""
    strengths: Mapping[str, Strength]
    """What is said about all of them."""
    interval: Interval
    hesse_error: float | None
    parts: Parts
    groups: Breakdown
    """The parts by group of uncertainties."""
    template_statistical: float
    """What the finite simulated samples add; in none of the above but where the likelihood has template statistics."""
    template_bias: float
    """Bias that templates of this size cause, whatever the treatment of their errors."""
    template_statistics: TemplateStatistics
    significance: DiscoverySignificance
    scan: Scan
    fit: Fit
    correlation_with_mu: Mapping[str, float]
    treatment: Treatment
    explanation: str
    groupings: Mapping[str, Regrouping]
    nonpositive_rule: Rule
    least_effective_events: float | None
    few_effective_rule: FewEffectiveEvents
    findings: tuple[Finding, ...]
    """What is wrong with the templates as such, the worst first."""
    treated: tuple[TreatedVariation, ...]
    """Variations that were symmetrised or smoothed."""
    asimov_yields: Mapping[str, AsimovYield]
    """By region."""
    outside_bins: Mapping[str, Mapping[str, float]]
    """Events outside the bins, by region and process."""
    interpolation: Interpolation

    def as_json(self) -> dict[str, Any]:
        """Give everything, with null and a reason for what is undefined."""
        return {
            "strength": self.strength,
            "strengths": {name: item.as_json() for name, item in self.strengths.items()},
            "mu_hat": self.interval.value,
            "interval": self.interval.as_json(),
            "hesse_error": self.hesse_error,
            **self.parts.as_json(),
            "uncertainty_groups": self.groups.as_json()["groups"],
            "template_statistical": self.template_statistical,
            "template_bias": self.template_bias,
            "template_statistics": self.template_statistics,
            "significance": self.significance.as_json(),
            "scan": self.scan.as_json(),
            "parameters": {name: item.as_json() for name, item in self.fit.parameters().items()},
            "correlation_with_mu": dict(self.correlation_with_mu),
            "order": list(self.fit.likelihood.expectation.model.names),
            "covariance": self.fit.covariance,
            "correlation": None if self.fit.covariance is None else correlations(self.fit.covariance),
            "treatment": self.treatment,
            "explanation": self.explanation,
            "status": self.fit.status().as_json(),
            "bins": {
                region: {"before": int(grouping.labels.size), "after": grouping.bins, "axes": list(grouping.shape)}
                for region, grouping in self.groupings.items()
            },
            "nonpositive_bins": [
                item.as_json() for grouping in self.groupings.values() for item in grouping.nonpositive
            ],
            "nonpositive_rule": self.nonpositive_rule,
            "few_effective_bins": [
                item.as_json() for grouping in self.groupings.values() for item in grouping.few_effective
            ],
            "few_effective_rule": self.few_effective_rule,
            "least_effective_events": self.least_effective_events,
            "template_findings": [item.as_json() for item in self.findings],
            "treated_variations": [item.as_json() for item in self.treated],
            "asimov_yields": {region: item.as_json() for region, item in self.asimov_yields.items()},
            "outside_bins": {region: dict(processes) for region, processes in self.outside_bins.items()},
            "pyhf_modifier_settings": PYHF_CODES[self.interpolation],
        }


def describe(fitted: AsimovFit, settings: FitSignalStrengthSettings) -> SignalStrengthResult:
    """Describe the fit: interval with its parts, significance, scan, parameters and what was done to the bins."""
    name, *others = fitted.model.strengths
    profile = Profile(fitted.result, name)
    interval = profile.interval()
    first = Strength(interval, fitted.result.error(name), discovery_significance(profile))
    index = fitted.model.index(name)
    explanation = EXPLANATIONS[settings.treatment]
    regions = [item for item in (fitted.inputs.signal, *fitted.inputs.controls) if item.region in fitted.groupings]
    if fitted.inputs.factors is None:
        explanation = "There are no scale factors: every background has the yield of its simulation."
    return SignalStrengthResult(
        strength=name,
        strengths={name: first} | {other: _strength(fitted.result, other) for other in others},
        interval=interval,
        hesse_error=first.hesse_error,
        parts=parts_of(fitted.result, name, interval),
        groups=breakdown(fitted.result, groups_of(fitted.result, settings.uncertainty_groups), name),
        template_statistical=float(np.sqrt(template_covariance(fitted.result)[index, index])),
        template_bias=template_bias(fitted.result.likelihood.expectation, fitted.result.values, name),
        template_statistics=settings.model.template_statistics,
        significance=first.significance,
        scan=scan_of(profile, Profile(fitted.result, name, only=True), interval),
        fit=fitted.result,
        correlation_with_mu=_correlations(fitted.result, index),
        treatment=settings.treatment,
        explanation=explanation,
        groupings=fitted.groupings,
        nonpositive_rule=settings.nonpositive_bins,
        least_effective_events=settings.least_effective_events,
        few_effective_rule=settings.few_effective_events,
        findings=fitted.findings,
        treated=treated_variations(regions, settings.model),
        asimov_yields=_yields(fitted),
        outside_bins={
            region.region: {process: template.outside for process, template in region.nominal.items()}
            for region in regions
        },
        interpolation=fitted.model.interpolation,
    )


def _strength(result: Fit, name: str) -> Strength:
    profile = Profile(result, name)
    return Strength(profile.interval(), result.error(name), discovery_significance(profile))


def parts_of(result: Fit, name: str, total: Interval) -> Parts:
    """Split the interval: statistical alone, what scale factors add, what the other nuisances add, in quadrature."""
    others = tuple(item.name for item in result.likelihood.parameters if item.kind == "nuisance")
    statistical = Profile(result, name, only=True).interval()
    without_nuisances = Profile(result, name, held=others).interval()
    return Parts(
        statistical,
        systematic=quadrature_difference(total, statistical),
        from_scale_factors=quadrature_difference(without_nuisances, statistical),
        from_nuisances=quadrature_difference(total, without_nuisances),
    )


def scan_of(profile: Profile, alone: Profile, interval: Interval) -> Scan:
    """Scan ΔNLL, with everything profiled and with everything else fixed."""
    widths = (interval.down or profile.step, interval.up or profile.step)
    values = profile.best + np.concatenate(
        [
            np.linspace(-SCAN_WIDTHS * widths[0], 0.0, SCAN_POINTS // 2 + 1),
            np.linspace(0.0, SCAN_WIDTHS * widths[1], SCAN_POINTS // 2 + 1)[1:],
        ]
    )
    return Scan(values, profile.scan(values), alone.scan(values))


def _correlations(result: Fit, index: int) -> dict[str, float]:
    assert result.covariance is not None
    errors = np.sqrt(np.diag(result.covariance))
    row = result.covariance[index] / (errors[index] * errors)
    return {name: float(row[number]) for number, name in enumerate(result.likelihood.expectation.model.names)}


def _yields(fitted: AsimovFit) -> dict[str, AsimovYield]:
    expectation = fitted.expected
    factors = expectation.factors_by_process(expectation.at(fitted.truth))
    contents = expectation.by_process(fitted.truth)
    bins = fitted.model.slices()
    return {
        channel.region: AsimovYield(
            float(fitted.asimov[bins[channel.region]].sum()),
            {
                item.process: (
                    float(contents[channel.region][item.process].sum()),
                    abs(factors[channel.region][item.process]) * float(np.sqrt(item.variances.sum())),
                )
                for item in channel.contributions
            },
        )
        for channel in fitted.model.channels
    }
