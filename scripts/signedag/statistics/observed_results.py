"""What is said about the fit to observed data: strengths, pulls and goodness of fit, as far as blinding shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from signedag.config.fitting import FitSignalStrengthSettings
from signedag.statistics.blinding import NO_SIGNIFICANCE
from signedag.statistics.constraint_pulls import Pull, constraint_pulls
from signedag.statistics.fit_groups import groups_of
from signedag.statistics.fits import ChiSquareTest, FitStatus, FittedParameter, goodness_of_fit, template_covariance
from signedag.statistics.hidden_bins import HiddenBins
from signedag.statistics.intervals import Interval, Profile, discovery_significance
from signedag.statistics.observed import ObservedFit
from signedag.statistics.signal_strength_results import Parts, Scan, Strength, parts_of, scan_of
from signedag.statistics.uncertainty_groups import Breakdown, breakdown


@dataclass(frozen=True)
class ObservedResult:
    """Everything that is said about the fit to observed data; strengths are moved where they are secret."""

    strength: str
    """The name of the strength that parts and scan are about."""
    strengths: Mapping[str, Strength]
    expected: Mapping[str, Interval]
    """Of the same bins with Asimov data, by strength."""
    parts: Parts
    groups: Breakdown
    template_statistical: float
    scan: Scan
    parameters: Mapping[str, FittedParameter]
    pulls: Mapping[str, Pull]
    goodness: ChiSquareTest
    """Against the saturated model, of the bins that are not hidden."""
    status: FitStatus
    hidden: HiddenBins
    moved: bool
    """Whether strengths are moved by a secret number."""
    unblinded: bool

    def as_json(self) -> dict[str, Any]:
        """Give everything, with null and a reason for what is undefined or hidden."""
        first = self.strengths[self.strength]
        return {
            "strengths": {name: item.as_json() for name, item in self.strengths.items()},
            "mu_hat": first.interval.value,
            "interval": first.interval.as_json(),
            "expected_interval": self.expected[self.strength].as_json(),
            "expected_intervals": {name: item.as_json() for name, item in self.expected.items()},
            "hesse_error": first.hesse_error,
            **self.parts.as_json(),
            "uncertainty_groups": self.groups.as_json()["groups"],
            "template_statistical": self.template_statistical,
            "significance": first.significance.as_json(),
            "scan": self.scan.as_json(),
            "parameters": {name: item.as_json() for name, item in self.parameters.items()},
            "pulls": {name: item.as_json() for name, item in self.pulls.items()},
            "goodness_of_fit": self.goodness.as_json(),
            "status": self.status.as_json(),
            "blinding": {
                "unblinded": self.unblinded,
                "hidden_bins": self.hidden.as_json() | {"bins": self.hidden.mask.size},
                "strengths_moved": self.moved,
            },
        }


def describe_observed(observed: ObservedFit, settings: FitSignalStrengthSettings) -> ObservedResult:
    """Describe the fit to observed data; docs/physics.md, "Blinding"."""
    result = observed.result
    name, *_ = names = result.likelihood.expectation.model.strengths
    profile = Profile(result, name)
    strengths = {one: _strength(observed, one) for one in names}
    interval = profile.interval()
    scan = scan_of(profile, Profile(result, name, only=True), interval)
    parts = parts_of(result, name, interval)
    parameters = result.parameters()
    for one, offset in observed.offsets.items():
        parameters[one] = replace(parameters[one], value=parameters[one].value + offset.value)
    if name in observed.offsets:
        offset = observed.offsets[name]
        scan = replace(scan, mu=offset.scanned(scan.mu))
        parts = replace(parts, statistical=offset.interval(parts.statistical))
    index = result.likelihood.expectation.model.index(name)
    return ObservedResult(
        strength=name,
        strengths=strengths,
        expected={one: Profile(observed.expected, one).interval() for one in names},
        parts=parts,
        groups=breakdown(result, groups_of(result, settings.uncertainty_groups), name),
        template_statistical=float(np.sqrt(template_covariance(result)[index, index])),
        scan=scan,
        parameters=parameters,
        pulls=constraint_pulls(result),
        goodness=goodness_of_fit(result),
        status=result.status(),
        hidden=observed.hidden,
        moved=bool(observed.offsets),
        unblinded=observed.unblinded,
    )


def _strength(observed: ObservedFit, name: str) -> Strength:
    profile = Profile(observed.result, name)
    interval = profile.interval()
    offset = observed.offsets.get(name)
    return Strength(
        interval if offset is None else offset.interval(interval),
        observed.result.error(name),
        discovery_significance(profile) if observed.unblinded else NO_SIGNIFICANCE,
    )
