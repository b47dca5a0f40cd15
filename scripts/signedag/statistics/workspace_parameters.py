"""The parameters of a pyhf workspace: what its modifiers ask for, and what its measurement says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from signedag.config.base import suggestion
from signedag.errors import UserError
from signedag.statistics.model import Parameter
from signedag.statistics.workspace_file import ChannelContent, Setting, WorkspaceContent

Value = TypeVar("Value")

LOWEST_FACTOR, HIGHEST_FACTOR = 1e-10, 10.0
"""pyhf's bounds of constrained factors of bins."""
FURTHEST_NUISANCE = 5.0
"""pyhf's bounds of nuisances."""
SHARED = frozenset({"normsys", "histosys"})
"""Kinds of modifiers that may have one parameter in common."""


@dataclass(frozen=True)
class ParameterSet:
    """What all modifiers of one name have in common: one parameter, or one per bin."""

    name: str
    kinds: frozenset[str]
    parameters: tuple[Parameter, ...]
    rates: tuple[float, ...] | None = None
    """Events that auxiliary counts expect at 1, one per bin, where such constrain it (`shapesys`)."""
    counts: tuple[float, ...] | None = None
    """What they gave."""

    def constraint(self, parameter: str) -> tuple[float, float] | None:
        """Give the rate and the count of the auxiliary measurement of a parameter that counts; `None` for others."""
        if self.rates is None or self.counts is None:
            return None
        index = [item.name for item in self.parameters].index(parameter)
        return self.rates[index], self.counts[index]


def relative_errors(content: WorkspaceContent, channel: ChannelContent, name: str) -> np.ndarray:
    """Give δ of a `staterror` in one channel, √Σe²/ΣT over the samples that have it, shape (bins,).

    docs/physics.md, "Models of others". 0, which means fixed, where the samples add up to nothing.
    """
    carriers = {
        sample.name for each in content.channels for sample in each.samples if sample.modifier("staterror", name)
    }
    total = np.sum([sample.data for sample in channel.samples if sample.name in carriers], axis=0)
    own = [sample.modifier("staterror", name) for sample in channel.samples]
    squares = np.sum([item.errors**2 for item in own if item is not None and item.errors is not None], axis=0)
    defined = total > 0
    errors: np.ndarray = np.where(defined, np.sqrt(squares) / np.where(defined, total, 1.0), 0.0)
    return errors


def parameter_sets(content: WorkspaceContent) -> dict[str, ParameterSet]:
    """Give all parameters by the name of their modifiers, in the order of the file.

    Raises:
        UserError: a name is used for things that cannot share a parameter, or a setting does not fit its parameter.
    """
    owners: dict[str, list[tuple[ChannelContent, str, str]]] = {}
    for channel in content.channels:
        for sample in channel.samples:
            for modifier in sample.modifiers:
                owners.setdefault(modifier.name, []).append((channel, sample.name, modifier.kind))
    # what a measurement says of parameters that the model has not is passed over, as in pyhf
    return {name: _parameter_set(content, name, used) for name, used in owners.items()}


def _parameter_set(
    content: WorkspaceContent, name: str, used: Sequence[tuple[ChannelContent, str, str]]
) -> ParameterSet:
    kinds = frozenset(kind for _, _, kind in used)
    channel, sample, kind = used[0]
    where = f"{content.source}: channel '{channel.name}', sample '{sample}', {kind} '{name}'"
    if len(kinds) > 1 and not kinds <= SHARED:
        raise UserError(
            f"{where}: the name is used for {' and '.join(sorted(kinds))}, which cannot share a parameter; rename one"
        )
    setting = content.settings.get(name, Setting())
    if kind in ("normsys", "histosys"):
        base = Parameter(name, "nuisance", 0.0, True, lower=-FURTHEST_NUISANCE, upper=FURTHEST_NUISANCE)
        return ParameterSet(name, kinds, _set((base,), setting, where))
    if kind == "normfactor":
        base = Parameter(name, "scale_factor", 1.0, False, lower=0.0, upper=HIGHEST_FACTOR)
        return ParameterSet(name, kinds, _set((base,), setting, where))
    if kind == "lumi":
        if setting.auxdata is None or setting.sigmas is None:
            raise UserError(f"{where}: its measurement must say 'auxdata' and 'sigmas' of it; add them")
        centre = setting.auxdata[0]
        base = Parameter(name, "nuisance", centre, True, centre, setting.sigmas[0], 0.0, 10 * centre)
        return ParameterSet(name, kinds, _set((base,), setting, where))
    if kind == "shapefactor":
        sizes = {item.counts.size for item, _, _ in used}
        if len(sizes) > 1:
            raise UserError(f"{where}: is in channels of different numbers of bins, {sorted(sizes)}; rename one")
        free = Parameter(name, "scale_factor", 1.0, False, lower=0.0, upper=HIGHEST_FACTOR)
        return ParameterSet(name, kinds, _set(_numbered(free, sizes.pop()), setting, where))
    return _shapesys(name, used, setting, where) if kind == "shapesys" else _staterror(content, name, used, where)


def _numbered(base: Parameter, bins: int) -> tuple[Parameter, ...]:
    return tuple(replace(base, name=f"{base.name}[{number}]") for number in range(bins))


def _shapesys(name: str, used: Sequence[tuple[ChannelContent, str, str]], setting: Setting, where: str) -> ParameterSet:
    if len(used) > 1:
        raise UserError(f"{where}: is used {len(used)} times, but its parameters cannot be shared; rename the others")
    channel, sample, _ = used[0]
    own = next(item for item in channel.samples if item.name == sample)
    modifier = own.modifier("shapesys", name)
    assert modifier is not None and modifier.errors is not None
    valid = (own.data > 0) & (modifier.errors > 0)
    rates = np.where(valid, np.square(own.data / np.where(valid, modifier.errors, 1.0)), 1.0)
    base = Parameter(name, "nuisance", 1.0, False, lower=LOWEST_FACTOR, upper=HIGHEST_FACTOR)
    parameters = _set(_numbered(base, rates.size), replace(setting, auxdata=None, factors=None), where, ~valid)
    chosen = _sized(setting.factors, rates.size, "factors", where) or tuple(rates.tolist())
    counts = _sized(setting.auxdata, rates.size, "auxdata", where) or tuple(rates.tolist())
    return ParameterSet(name, frozenset({"shapesys"}), parameters, chosen, counts)


def _staterror(
    content: WorkspaceContent, name: str, used: Sequence[tuple[ChannelContent, str, str]], where: str
) -> ParameterSet:
    names = {channel.name for channel, _, _ in used}
    errors = np.concatenate(
        [
            relative_errors(content, channel, name)
            for channel in sorted(content.channels, key=lambda item: item.name)
            if channel.name in names
        ]
    )
    base = Parameter(name, "nuisance", 1.0, True, 1.0, 1.0, LOWEST_FACTOR, HIGHEST_FACTOR)
    widths = np.where(errors > 0, errors, 1.0).tolist()
    numbered = tuple(
        replace(item, width=width) for item, width in zip(_numbered(base, errors.size), widths, strict=True)
    )
    setting = content.settings.get(name, Setting())
    return ParameterSet(name, frozenset({"staterror"}), _set(numbered, setting, where, errors == 0))


def _set(
    parameters: tuple[Parameter, ...], setting: Setting, where: str, fixed: np.ndarray | None = None
) -> tuple[Parameter, ...]:
    """Apply what a measurement says, one value per parameter."""
    size = len(parameters)
    inits = _sized(setting.inits, size, "inits", where)
    bounds = _sized(setting.bounds, size, "bounds", where)
    centres = _sized(setting.auxdata, size, "auxdata", where)
    widths = _sized(setting.sigmas, size, "sigmas", where)
    if (centres or widths) and not parameters[0].constrained:
        raise UserError(f"{where}: has no constraint that 'auxdata' or 'sigmas' of the measurement could be of")
    if setting.factors is not None:
        raise UserError(f"{where}: has no auxiliary counts that 'factors' of the measurement could be of")
    if widths and not min(widths) > 0:
        raise UserError(f"{where}: has 'sigmas' that are not positive")
    result = []
    for number, item in enumerate(parameters):
        initial = inits[number] if inits else item.initial
        lower, upper = bounds[number] if bounds else (item.lower, item.upper)
        stays = bool(fixed is not None and fixed[number]) if setting.fixed is None else setting.fixed
        if stays:
            lower = upper = initial
        centre, width = centres[number] if centres else item.centre, widths[number] if widths else item.width
        result.append(replace(item, initial=initial, lower=lower, upper=upper, centre=centre, width=width))
    return tuple(result)


def _sized(values: tuple[Value, ...] | None, size: int, key: str, where: str) -> tuple[Value, ...] | None:
    if values is not None and len(values) != size:
        raise UserError(f"{where}: the measurement has {len(values)} values in '{key}' of it, expected {size}")
    return values


def named_parameter(sets: Mapping[str, ParameterSet], name: str, source: str) -> str:
    """Give the model's name of a parameter that has to be a single one.

    Raises:
        UserError: there is none, or there is one per bin.
    """
    if name not in sets:
        known = [item.name for each in sets.values() for item in each.parameters]
        if name in known:
            return name
        raise UserError(f"{source}: has no parameter '{name}'{suggestion(name, {*sets, *known})}")
    if len(sets[name].parameters) > 1:
        raise UserError(f"{source}: '{name}' is one parameter per bin, '{name}[0]' and so on; a single one is needed")
    return sets[name].parameters[0].name
