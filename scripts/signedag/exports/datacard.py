"""The model as a datacard of Combine with its templates.

Written from Combine's documentation: shape analyses with templates, `rateParam`, `param`, `lnN`, `shape`, `shape?` and
`autoMCStats`. What Combine has no word for is refused with its name; what it has a different formula for is the same at
the templates, and the card says in its comments what differs between them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from signedag.errors import UserError
from signedag.statistics.model import Channel, Contribution, Model, Parameter
from signedag.statistics.templates import Floats

SHAPES = "shapes.root"
"""File of the templates, beside the card."""
DATA = "data_obs"
STRENGTH = "r"
"""What Combine calls the signal strength."""
RULE = "-" * 80

DIFFERENCES = (
    "The same model as workspace.json at the nominal templates and at +-1 of each nuisance alone. Between and beyond:",
    "- lnN: Combine interpolates the logarithm of the factor; here HistFactory's code 4 (smooth) or 1 (piecewise).",
    "- shape: Combine moves the normalised shape and, log-normally, the yield; here events are added (code 4p or 0).",
    "- autoMCStats: Combine scales the error of a bin with its processes; here it is relative to the nominal total.",
)


@dataclass(frozen=True)
class Histogram:
    """A template."""

    values: Floats
    """Events, shape (bins,)."""
    variances: Floats
    """Their variances, shape (bins,)."""


@dataclass(frozen=True)
class Datacard:
    """A card and its templates."""

    text: str
    histograms: Mapping[str, Histogram]
    """By path within the file of the templates."""


def datacard(model: Model, counts: Floats, interest: str | None, source: str) -> Datacard:
    """Write a model as a card; docs/physics.md, "Models for others".

    Args:
        model: the model.
        counts: observed or Asimov events, shape (bins,).
        interest: parameter of interest; Combine calls it r.
        source: what it is made from, for messages and comments.

    Raises:
        UserError: Combine cannot express the model; the message names what.
    """
    return _Writer(model, counts, interest, source).card()


class _Writer:
    def __init__(self, model: Model, counts: Floats, interest: str | None, source: str) -> None:
        self._model = model
        self._counts = counts
        self._source = source
        self._parameters = {item.name: item for item in model.parameters}
        if interest is None or self._parameters[interest].constrained:
            raise self._refusal("it has no free signal strength, which Combine needs")
        self._interest = interest
        self._columns = [
            (channel, item) for channel in model.channels for item in channel.contributions if _has_events(item)
        ]
        self._names = self._plain_names()
        self._histograms: dict[str, Histogram] = {}

    def _refusal(self, cause: str) -> UserError:
        return UserError(f"{self._source}: is no model that a Combine datacard can express: {cause}")

    def _plain_names(self) -> dict[tuple[str, str], str]:
        """Give names of letters, digits and underscores, all different, by kind and name."""
        wanted = {
            "region": [channel.region for channel in self._model.channels],
            "process": list(dict.fromkeys(item.process for _, item in self._columns)),
            "parameter": list(self._model.names),
        }
        names: dict[tuple[str, str], str] = {}
        for kind, items in wanted.items():
            plain = [re.sub(r"\W", "_", item, flags=re.ASCII).strip("_") or kind for item in items]
            for name, short in zip(items, plain, strict=True):
                if plain.count(short) > 1 or (kind == "process" and short == DATA):
                    raise self._refusal(
                        f"in letters, digits and _ the {kind} '{name}' has another one's name; rename it"
                    )
                names[kind, name] = f"p_{short}" if short[0].isdigit() else short
        names["parameter", self._interest] = STRENGTH
        if list(names.values()).count(STRENGTH) > 1:
            raise self._refusal(f"'{STRENGTH}' is the name of something else than the signal strength; rename it")
        return names

    def card(self) -> Datacard:
        """Write the card and collect the templates."""
        self._check_parameters()
        rows = [*self._systematics()]
        text = [
            f"# {self._source}",
            f"# signal strength: {self._interest}, here {STRENGTH}",
            *(f"# {line}" for line in DIFFERENCES),
            f"imax {len(self._model.channels)}  number of channels",
            f"jmax {len({item.process for _, item in self._columns}) - 1}  number of processes minus 1",
            "kmax *  number of nuisances",
            RULE,
            *(f"shapes * {name} {SHAPES} {name}/$PROCESS {name}/$PROCESS_$SYSTEMATIC" for name in self._regions()),
            RULE,
            *_aligned([["bin", *self._regions()], ["observation", *self._observations()]]),
            RULE,
            *_aligned([*self._processes(), *rows]),
            *self._rate_parameters(),
            *self._template_statistics(),
            *self._frozen(),
        ]
        return Datacard("\n".join(text) + "\n", self._histograms)

    def _regions(self) -> list[str]:
        return [self._names["region", channel.region] for channel in self._model.channels]

    def _observations(self) -> list[str]:
        sums = []
        for name, bins in zip(self._regions(), self._model.slices().values(), strict=True):
            own = self._counts[bins]
            self._histograms[f"{name}/{DATA}"] = Histogram(own, own)
            sums.append(_number(float(own.sum())))
        return sums

    def _signal(self, process: str) -> bool:
        """Tell whether r scales a process; Combine asks for the same in every channel."""
        scaled = {self._interest in item.factors for _, item in self._columns if item.process == process}
        if len(scaled) > 1:
            raise self._refusal(f"process '{process}' is scaled by {self._interest} in some regions only")
        return scaled.pop()

    def _processes(self) -> list[list[str]]:
        names = list(dict.fromkeys(item.process for _, item in self._columns))
        signals = [name for name in names if self._signal(name)]
        if not signals:
            raise self._refusal(f"{self._interest} scales no process")
        backgrounds = [name for name in names if name not in signals]
        ids = {name: -number for number, name in enumerate(signals)}
        ids |= {name: number for number, name in enumerate(backgrounds, start=1)}
        for channel, item in self._columns:
            self._keep(channel, item, "nominal", item.nominal, item.variances)
        return [
            ["bin", "", *(self._names["region", channel.region] for channel, _ in self._columns)],
            ["process", "", *(self._names["process", item.process] for _, item in self._columns)],
            ["process", "", *(str(ids[item.process]) for _, item in self._columns)],
            ["rate", "", *(_number(float(item.nominal.sum())) for _, item in self._columns)],
        ]

    def _keep(
        self, channel: Channel, item: Contribution, what: str, values: Floats, variances: Floats, suffix: str = ""
    ) -> None:
        where = f"{what} template of process '{item.process}' in region '{channel.region}'"
        if not np.isfinite(values).all():
            raise self._refusal(f"the {where} has a bin that is no number")
        if (values < 0).any():
            number = int(np.argmin(values))
            raise self._refusal(f"the {where} is negative in bin {number}, where Combine takes 0; merge bins")
        if not values.sum() > 0:
            raise self._refusal(f"the {where} has no events")
        path = f"{self._names['region', channel.region]}/{self._names['process', item.process]}{suffix}"
        self._histograms[path] = Histogram(values, variances)

    def _systematics(self) -> list[list[str]]:
        rows = []
        for name in self._model.names:
            shaped = [any(shape.nuisance == name for shape in item.shapes) for _, item in self._columns]
            scaled = [any(one.nuisance == name for one in item.normalisations) for _, item in self._columns]
            if not any(shaped) and not any(scaled):
                continue
            kind = "lnN" if not any(shaped) else "shape?" if any(scaled) else "shape"
            cells = [self._cell(channel, item, name) for channel, item in self._columns]
            rows.append([self._names["parameter", name], kind, *cells])
        return rows

    def _cell(self, channel: Channel, item: Contribution, name: str) -> str:
        shapes = [shape for shape in item.shapes if shape.nuisance == name]
        scales = [scale for scale in item.normalisations if scale.nuisance == name]
        if shapes and scales:
            raise self._refusal(
                f"'{name}' changes shape and yield of process '{item.process}' in region '{channel.region}' separately"
            )
        if scales:
            up, down = scales[0].up, scales[0].down
            return _number(up) if abs(up * down - 1) < 1e-12 else f"{_number(down)}/{_number(up)}"
        if not shapes:
            return "-"
        nuisance = self._names["parameter", name]
        for side, values in (("Up", shapes[0].up), ("Down", shapes[0].down)):
            self._keep(channel, item, f"'{name}' {side.lower()}", values, item.variances, f"_{nuisance}{side}")
        return "1"

    def _check_parameters(self) -> None:
        factors = {name for _, item in self._columns for name in item.factors}
        for item in self._model.parameters:
            if not item.constrained or item.name in factors:
                continue
            if (item.centre, item.width) != (0.0, 1.0):
                raise self._refusal(f"nuisance '{item.name}' has a constraint of {item.centre:g} +- {item.width:g}")
            if item.lower == item.upper != 0:
                raise self._refusal(f"nuisance '{item.name}' is fixed at {item.lower:g}, not at its nominal value 0")

    def _rate_parameters(self) -> list[str]:
        lines, used = (
            [],
            dict.fromkeys(name for _, item in self._columns for name in item.factors if name != self._interest),
        )
        for name in used:
            parameter, plain = self._parameters[name], self._names["parameter", name]
            for channel, item in self._columns:
                if name in item.factors:
                    names = f"{self._names['region', channel.region]} {self._names['process', item.process]}"
                    lines.append(f"{plain} rateParam {names} {_number(parameter.initial)} {_range(parameter)}".rstrip())
            if parameter.constrained:
                lines.append(f"{plain} param {_number(parameter.centre)} {_number(parameter.width)}")
        return lines

    def _template_statistics(self) -> list[str]:
        """Ask for one factor per bin, whatever its effective events, of all processes with the signal."""
        channels = zip(self._model.channels, self._regions(), strict=True)
        return [f"{name} autoMCStats 0 1 1" for channel, name in channels if channel.template_statistics]

    def _frozen(self) -> list[str]:
        fixed = [item for item in self._model.parameters if item.lower == item.upper]
        return [f"nuisance edit freeze {self._names['parameter', item.name]}" for item in fixed]


def _has_events(item: Contribution) -> bool:
    return bool(item.nominal.any() or any(shape.up.any() or shape.down.any() for shape in item.shapes))


def _range(parameter: Parameter) -> str:
    if parameter.lower == parameter.upper or not np.isfinite(parameter.upper - parameter.lower):
        return ""
    return f"[{_number(parameter.lower)},{_number(parameter.upper)}]"


def _number(value: float) -> str:
    """Give a number with all its digits."""
    return repr(float(value))


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [" ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
