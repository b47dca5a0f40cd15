"""What the uncertainty of a signal strength is made of, in groups that the user names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from signedag.config.base import suggestion
from signedag.errors import UserError
from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import Fit, fit
from signedag.statistics.intervals import Interval, Profile
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import SIGNAL_STRENGTH, Channel, Shape
from signedag.statistics.templates import Floats


@dataclass(frozen=True)
class Sides:
    """A part of an uncertainty on either side, positive; `None` if undefined."""

    down: float | None
    up: float | None

    def as_json(self) -> dict[str, float | None]:
        """Give both sides."""
        return {"down": self.down, "up": self.up}


def quadrature_difference(larger: Interval, smaller: Interval) -> Sides:
    """Give what the larger interval has beyond the smaller one; `None` where either is undefined.

    >>> quadrature_difference(Interval(1.0, None, 0.5), Interval(1.0, 0.3, 0.3)).as_json()
    {'down': None, 'up': 0.4}
    """

    def side(one: float | None, other: float | None) -> float | None:
        return None if one is None or other is None else float(np.sqrt(max(one**2 - other**2, 0.0)))

    return Sides(side(larger.down, smaller.down), side(larger.up, smaller.up))


@dataclass(frozen=True)
class Breakdown:
    """The uncertainty of a parameter and its parts."""

    total: Interval
    statistical: Interval
    """With every other parameter, and the factors of the bins, fixed at their fitted values."""
    systematic: Sides
    """All that the total has beyond it."""
    groups: Mapping[str, Sides]
    """What the total has beyond the interval with this group fixed."""
    template_statistics: Sides | None
    """The same for the factors of the bins; `None` where the likelihood has none."""
    members: Mapping[str, tuple[str, ...]]
    """The fitted parameters of each group."""
    ungrouped: tuple[str, ...]
    """Fitted parameters that are in no group."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "total": self.total.as_json(),
            "statistical": self.statistical.sides(),
            "systematic": self.systematic.as_json(),
            "groups": {
                name: part.as_json() | {"parameters": list(self.members[name])} for name, part in self.groups.items()
            },
            "template_statistics": self.template_statistics.as_json() if self.template_statistics else None,
            "ungrouped": list(self.ungrouped),
        }


def members(groups: Mapping[str, Sequence[str]], names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Give the parameters of each group that a fit has; a group of which it has none is left out.

    Args:
        groups: name of a group to its parameters.
        names: the fitted parameters.

    Raises:
        UserError: a parameter is in two groups.
    """
    owners: dict[str, str] = {}
    for group, parameters in groups.items():
        for name in parameters:
            if name in owners:
                raise UserError(f"'{name}' is in the groups '{owners[name]}' and '{group}' of uncertainties; keep one")
            owners[name] = group
    chosen = {group: tuple(name for name in parameters if name in names) for group, parameters in groups.items()}
    return {group: parameters for group, parameters in chosen.items() if parameters}


def group_members(groups: Mapping[str, Sequence[str]], group: str, names: Sequence[str]) -> tuple[str, ...]:
    """Give the parameters of one group that a fit has, for a job that does this group alone.

    Raises:
        UserError: there is no such group, or the fit has none of its parameters.
    """
    if group not in groups:
        raise UserError(f"there is no group of uncertainties '{group}'{suggestion(group, groups)}")
    chosen = members(groups, names)
    if group not in chosen:
        raise UserError(f"the fit has none of the parameters of group '{group}': {', '.join(groups[group])}")
    return chosen[group]


def breakdown(result: Fit, groups: Mapping[str, Sequence[str]], parameter: str = SIGNAL_STRENGTH) -> Breakdown:
    """Fix each group in turn and see what goes; docs/physics.md, "Groups of uncertainties".

    Args:
        result: a fit that converged.
        groups: name of a group to its parameters; those that the fit has not are left out.
        parameter: whose uncertainty it is.

    Raises:
        UserError: a parameter is in two groups, or is the one whose uncertainty it is.
    """
    model = result.likelihood.expectation.model
    fitted = tuple(name for name, free in zip(model.names, result.free, strict=True) if free)
    chosen = members(groups, fitted)
    grouped = {name for parameters in chosen.values() for name in parameters}
    if parameter in grouped:
        raise UserError(f"'{parameter}' is in a group of uncertainties; it is the one that they are uncertainties of")
    total = Profile(result, parameter).interval()
    exact = result if not model.relative_errors().any() else _with_fixed_factors(result)
    statistical = Profile(exact, parameter, only=True).interval()
    parts = {
        group: quadrature_difference(total, Profile(result, parameter, held=parameters).interval())
        for group, parameters in chosen.items()
    }
    templates = None if exact is result else quadrature_difference(total, Profile(exact, parameter).interval())
    others = tuple(name for name in fitted if name not in grouped and name != parameter)
    systematic = quadrature_difference(total, statistical)
    return Breakdown(total, statistical, systematic, parts, templates, chosen, others)


def _with_fixed_factors(result: Fit) -> Fit:
    """Put the factors of the bins into the templates, as they were fitted, and give the same fit without them.

    Raises:
        UserError: the fit without them failed.
    """
    likelihood = result.likelihood
    model = likelihood.expectation.model
    factors = likelihood.bin_factors(result.values).value
    channels = [
        _scaled(channel, factors[bins]) for channel, bins in zip(model.channels, model.slices().values(), strict=True)
    ]
    exact = Likelihood(Expectation(replace(model, channels=tuple(channels))), likelihood.counts, likelihood.auxiliary)
    fixed = [name for name, free in zip(model.names, result.free, strict=True) if not free]
    again = fit(exact, fixed, result.values)
    if again.problem:
        raise UserError(f"the fit with the templates' statistics fixed failed: {again.problem}")
    return again


def _scaled(channel: Channel, factors: Floats) -> Channel:
    contributions = (
        replace(
            item,
            nominal=item.nominal * factors,
            shapes=tuple(Shape(shape.nuisance, shape.up * factors, shape.down * factors) for shape in item.shapes),
        )
        for item in channel.contributions
    )
    return replace(channel, contributions=tuple(contributions), template_statistics=False)
