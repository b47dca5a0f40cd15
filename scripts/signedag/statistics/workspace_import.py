"""pyhf workspaces as models of this project: the same likelihood, parameter by parameter.

`staterror` of all samples of a channel are the template statistics of that channel, solved for in closed form. Other
factors of single bins are parameters; a channel that has any becomes one channel per bin, which keeps every template as
long as the bins that it fills. Auxiliary measurements that count (`shapesys`) are channels of one bin, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from signedag.errors import UserError
from signedag.statistics.interpolation import Interpolation
from signedag.statistics.model import Channel, Contribution, Model, Normalisation, Parameter, Shape
from signedag.statistics.templates import Floats
from signedag.statistics.workspace_file import ChannelContent, Sample, WorkspaceContent
from signedag.statistics.workspace_parameters import (
    ParameterSet,
    named_parameter,
    parameter_sets,
    relative_errors,
)

PER_BIN = ("shapesys", "shapefactor", "staterror")


@dataclass(frozen=True)
class ImportedModel:
    """A workspace's model and data."""

    source: str
    measurement: str
    model: Model
    counts: Floats
    """Observed events and what auxiliary measurements counted, shape (bins,)."""
    poi: str | None
    """Parameter of interest; `None` if there is none."""
    regions: Mapping[str, tuple[str, ...]]
    """The workspace's channels to those of the model, which may be one per bin."""
    auxiliary: tuple[str, ...]
    """Channels of the model that are auxiliary measurements."""
    without_prediction: Mapping[str, tuple[int, ...]]
    """Bins without events, predicted or observed, by channel: they say nothing and are left out."""


def imported(
    content: WorkspaceContent, poi: str | None = None, interpolation: Interpolation = "smooth"
) -> ImportedModel:
    """Make the model of a workspace; docs/physics.md, "Models of others".

    Args:
        content: the workspace and its measurement.
        poi: another parameter of interest than the measurement's.
        interpolation: how modifiers interpolate; the file has no place for it, `smooth` is pyhf's default.

    Raises:
        UserError: it is no model, or one that cannot be expressed here; naming channel, sample and modifier.
    """
    sets = parameter_sets(content)
    wanted = content.poi if poi is None else poi
    interest = named_parameter(sets, wanted, content.source) if wanted else None
    importer = _Importer(content, sets)
    channels, counts = importer.channels()
    constraints, measured = importer.constraints()
    parameters = [item for each in sets.values() for item in each.parameters if item.name in importer.used]
    _refuse_twice([item.name for item in parameters], "parameters", content.source)
    _refuse_twice([item.region for item in (*channels, *constraints)], "channels", content.source)
    if interest is not None and interest not in importer.used:
        raise UserError(
            f"{content.source}: nothing that is expected or observed depends on '{interest}', the parameter of interest"
        )
    return ImportedModel(
        source=content.source,
        measurement=content.measurement,
        model=Model((*channels, *constraints), _ordered(parameters, interest), interpolation),
        counts=np.concatenate([*counts, np.array(measured)]),
        poi=interest,
        regions=importer.regions,
        auxiliary=tuple(channel.region for channel in constraints),
        without_prediction=importer.empty,
    )


def _refuse_twice(names: Sequence[str], what: str, source: str) -> None:
    """Refuse names that become the same as those that parts of others are given here."""
    if twice := [name for name in names if names.count(name) > 1]:
        raise UserError(
            f"{source}: two {what} would be called '{twice[0]}' here, where a bin is part of a name; rename"
        )


def _ordered(parameters: Sequence[Parameter], interest: str | None) -> tuple[Parameter, ...]:
    """Put the parameter of interest first; one that is free is a signal strength."""
    first = [item for item in parameters if item.name == interest]
    first = [item if item.constrained else replace(item, kind="signal_strength") for item in first]
    return (*first, *(item for item in parameters if item.name != interest))


class _Importer:
    """Makes a model's channels and keeps account of what they use."""

    def __init__(self, content: WorkspaceContent, sets: Mapping[str, ParameterSet]) -> None:
        self._content = content
        self._sets = sets
        self.used: set[str] = set()
        """Names of parameters that act on something."""
        self.regions: dict[str, tuple[str, ...]] = {}
        self.empty: dict[str, tuple[int, ...]] = {}
        self._first_bins = self._numbering()

    def _numbering(self) -> dict[tuple[str, str], int]:
        """Give the number of the first parameter of each `staterror` in each channel; they are sorted by channel."""
        first: dict[tuple[str, str], int] = {}
        next_number: dict[str, int] = {}
        for channel in sorted(self._content.channels, key=lambda item: item.name):
            for name in _names(channel, "staterror"):
                first[name, channel.name] = next_number.get(name, 0)
                next_number[name] = next_number.get(name, 0) + channel.counts.size
        return first

    def channels(self) -> tuple[list[Channel], list[Floats]]:
        """Give the channels with their counts."""
        channels: list[Channel] = []
        counts: list[Floats] = []
        for channel in self._content.channels:
            kept = self._kept_bins(channel)
            if not kept.size:
                continue
            template_statistics = self._channel_wide(channel)
            split = bool(self._per_bin_names(channel, template_statistics))
            pieces = [np.array([number]) for number in kept.tolist()] if split else [kept]
            own = [self._piece(channel, bins, template_statistics, split) for bins in pieces]
            self.regions[channel.name] = tuple(item.region for item in own)
            channels += own
            counts += [channel.counts[bins] for bins in pieces]
        if not channels:
            raise UserError(f"{self._content.source}: no channel has a prediction")
        return channels, counts

    def _kept_bins(self, channel: ChannelContent) -> np.ndarray:
        """Give the bins in which something can be expected."""
        templates = [sample.data for sample in channel.samples]
        for sample in channel.samples:
            templates += [
                item
                for modifier in sample.modifiers
                for item in (modifier.up, modifier.down)
                if item is not None and modifier.kind == "histosys"
            ]
        filled = np.any(np.stack(templates) != 0, axis=0)
        impossible = np.flatnonzero(~filled & (channel.counts > 0))
        if impossible.size:
            raise UserError(
                f"{self._content.source}: channel '{channel.name}' has data in bin {impossible[0]}, "
                "where no sample has any events; the likelihood is zero"
            )
        if not filled.all():
            self.empty[channel.name] = tuple(np.flatnonzero(~filled).tolist())
        return np.flatnonzero(filled)

    def _channel_wide(self, channel: ChannelContent) -> str | None:
        """Name the `staterror` that is the template statistics of the whole channel, if it is one."""
        names = _names(channel, "staterror")
        if len(names) != 1 or names[0] in self._content.settings:
            return None
        everywhere = all(sample.modifier("staterror", names[0]) for sample in channel.samples)
        return names[0] if everywhere else None

    def _per_bin_names(self, channel: ChannelContent, template_statistics: str | None) -> list[str]:
        """Name the sets of parameters that act on single bins of a channel."""
        names = [name for kind in PER_BIN for name in _names(channel, kind)]
        return [name for name in names if name != template_statistics]

    def _piece(
        self, channel: ChannelContent, bins: np.ndarray, template_statistics: str | None, split: bool
    ) -> Channel:
        region = f"{channel.name}[{bins[0]}]" if split else channel.name
        allowed = np.zeros(channel.counts.size)
        if template_statistics is not None:
            allowed = (relative_errors(self._content, channel, template_statistics) > 0).astype(np.float64)
        contributions = tuple(
            self._contribution(channel, sample, bins, template_statistics, allowed) for sample in channel.samples
        )
        return Channel(region, contributions, template_statistics is not None)

    def _contribution(
        self,
        channel: ChannelContent,
        sample: Sample,
        bins: np.ndarray,
        template_statistics: str | None,
        allowed: Floats,
    ) -> Contribution:
        factors: list[str] = []
        shapes, normalisations = [], []
        variances = np.zeros(bins.size)
        for modifier in sample.modifiers:
            if modifier.kind == "histosys":
                assert modifier.up is not None and modifier.down is not None
                shapes.append(Shape(modifier.name, modifier.up[bins], modifier.down[bins]))
            elif modifier.kind == "normsys":
                assert modifier.up is not None and modifier.down is not None
                normalisations.append(Normalisation(modifier.name, float(modifier.up[0]), float(modifier.down[0])))
            elif modifier.kind == "staterror" and modifier.name == template_statistics:
                assert modifier.errors is not None
                variances = np.square(modifier.errors[bins]) * allowed[bins]
                continue
            else:
                factors += self._factor(channel, modifier.kind, modifier.name, int(bins[0]))
                continue
            self.used.add(modifier.name)
        self.used.update(factors)
        return Contribution(
            sample.name, sample.data[bins], variances, tuple(factors), tuple(shapes), tuple(normalisations)
        )

    def _factor(self, channel: ChannelContent, kind: str, name: str, number: int) -> list[str]:
        """Name the parameter that multiplies; none where it is fixed at 1."""
        first = self._first_bins[name, channel.name] if kind == "staterror" else 0
        parameter = self._sets[name].parameters[first + number if kind in PER_BIN else 0]
        fixed_at_one = parameter.lower == parameter.upper == parameter.initial == 1.0
        return [] if fixed_at_one and kind in PER_BIN else [parameter.name]

    def constraints(self) -> tuple[list[Channel], list[float]]:
        """Give the auxiliary measurements that count as channels, with their counts."""
        channels: list[Channel] = []
        counts: list[float] = []
        for each in self._sets.values():
            for parameter in each.parameters:
                constraint = each.constraint(parameter.name)
                if constraint is None or parameter.name not in self.used or parameter.lower == parameter.upper:
                    continue
                rate, count = constraint
                measurement = Contribution("auxiliary", np.array([rate]), np.zeros(1), (parameter.name,))
                channels.append(Channel(f"constraint of {parameter.name}", (measurement,)))
                counts.append(count)
        return channels, counts


def _names(channel: ChannelContent, kind: str) -> list[str]:
    """Name the modifiers of a kind that a channel has."""
    named = (item.name for sample in channel.samples for item in sample.modifiers if item.kind == kind)
    return list(dict.fromkeys(named))
