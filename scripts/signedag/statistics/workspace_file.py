"""Reads pyhf workspaces (HistFactory JSON, schema 1.0.0) of whatever origin, and patches of them.

What is wrong with a file is one line that names the file and the channel, sample and modifier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from signedag.config.base import suggestion
from signedag.errors import UserError
from signedag.json_results import parsed, parsed_list
from signedag.statistics.json_patch import patched
from signedag.statistics.templates import Floats
from signedag.statistics.workspace import SPECIFICATION

KINDS = ("histosys", "lumi", "normfactor", "normsys", "shapefactor", "shapesys", "staterror")


@dataclass(frozen=True)
class Modifier:
    """What acts on a sample."""

    name: str
    kind: str
    """One of `KINDS`."""
    up: Floats | None = None
    """`histosys`: template at +1, shape (bins,); `normsys`: factor at +1, shape (1,)."""
    down: Floats | None = None
    """The same at -1."""
    errors: Floats | None = None
    """`shapesys` and `staterror`: absolute errors, shape (bins,)."""


@dataclass(frozen=True)
class Sample:
    """One process in one channel."""

    name: str
    data: Floats
    """Nominal events, shape (bins,)."""
    modifiers: tuple[Modifier, ...]

    def modifier(self, kind: str, name: str) -> Modifier | None:
        """Give a modifier; `None` if the sample has none like it."""
        return next((item for item in self.modifiers if (item.kind, item.name) == (kind, name)), None)


@dataclass(frozen=True)
class ChannelContent:
    """One region."""

    name: str
    samples: tuple[Sample, ...]
    counts: Floats
    """Observed events, shape (bins,)."""


@dataclass(frozen=True)
class Setting:
    """What a measurement says of a parameter, or a set of one parameter per bin; `None` where it says nothing."""

    inits: tuple[float, ...] | None = None
    bounds: tuple[tuple[float, float], ...] | None = None
    auxdata: tuple[float, ...] | None = None
    sigmas: tuple[float, ...] | None = None
    factors: tuple[float, ...] | None = None
    fixed: bool | None = None


@dataclass(frozen=True)
class WorkspaceContent:
    """A workspace with one of its measurements."""

    source: str
    """Where it is from, for messages."""
    channels: tuple[ChannelContent, ...]
    measurement: str
    poi: str
    """Parameter of interest; empty if there is none."""
    settings: Mapping[str, Setting]


def read_workspace(
    path: Path, measurement: str | None = None, patches: Sequence[Path] = (), patch_name: str | None = None
) -> WorkspaceContent:
    """Read a workspace.

    Args:
        path: the workspace.
        measurement: which of its measurements; the first one if left out, as pyhf has it.
        patches: JSON patches, or sets of named ones, to apply first.
        patch_name: which patch to take from a set.

    Raises:
        UserError: a file cannot be read, or is none of what it should be.
    """
    document: Any = _json(path)
    for patch in patches:
        try:
            document = patched(document, _operations(patch, patch_name))
        except ValueError as error:
            raise UserError(f"{patch}: cannot be applied to {path}: {error}") from error
    source = str(path) if not patches else f"{path} with {', '.join(map(str, patches))}"
    return workspace_content(document, source, measurement)


def _json(path: Path, listed: bool = False) -> Any:
    try:
        encoded = path.read_bytes()
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file; check the path") from error
    try:
        return parsed_list(encoded) if listed and encoded.lstrip().startswith(b"[") else parsed(encoded)
    except (ValueError, RecursionError) as error:
        cause = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise UserError(f"{path}: is no workspace, not valid JSON ({cause}); check the file") from error


def _operations(path: Path, name: str | None) -> Sequence[Any]:
    """Read a JSON patch, or one of a set of them."""
    content = _json(path, listed=True)
    if isinstance(content, list):
        return content
    if not isinstance(content.get("patches"), list):
        raise UserError(f"{path}: is neither a JSON patch (a list) nor a set of them (a block with 'patches')")
    named: dict[str, Any] = {
        str(item["metadata"].get("name")): item.get("patch")
        for item in content["patches"]
        if isinstance(item, dict) and isinstance(item.get("metadata"), dict)
    }
    if name is None or not isinstance(named.get(name), list):
        raise UserError(
            f"{path}: has no patch '{name}'{suggestion(name, named)}"
            if name is not None
            else f"{path}: is a set of patches; say which with --patch-name: {', '.join(sorted(named)):.300}"
        )
    operations: Sequence[Any] = named[name]
    return operations


def workspace_content(document: Any, source: str, measurement: str | None = None) -> WorkspaceContent:
    """Take a workspace's JSON apart and check it.

    Raises:
        UserError: it is no workspace of the schema, in the first point of which it is none.
    """
    return _Reader(source).content(document, measurement)


class _Reader:
    """Reads a workspace's parts; `where` in its methods names the part, for messages."""

    def __init__(self, source: str) -> None:
        self._source = source

    def _refuse(self, cause: str) -> NoReturn:
        raise UserError(f"{self._source}: {cause}")

    def content(self, document: Any, measurement: str | None) -> WorkspaceContent:
        if not isinstance(document, dict) or "channels" not in document:
            self._refuse("is no pyhf workspace, it has no 'channels'")
        if document.get("version", SPECIFICATION) != SPECIFICATION:
            self._refuse(f"is of version {document['version']!r:.40}; version {SPECIFICATION} can be read")
        named = {item["name"]: item for item in self._blocks(document, "observations", "the workspace")}
        channels = [self._channel(item, named) for item in self._blocks(document, "channels", "the workspace")]
        if unknown := set(named) - {channel.name for channel in channels}:
            self._refuse(f"has observations of '{min(unknown)}', but no such channel")
        measurements = {item["name"]: item for item in self._blocks(document, "measurements", "the workspace")}
        chosen = next(iter(measurements)) if measurement is None else measurement
        if chosen not in measurements:
            self._refuse(f"has no measurement '{chosen}'{suggestion(chosen, measurements)}")
        config = measurements[chosen].get("config")
        where = f"measurement '{chosen}'"
        if not isinstance(config, dict) or not isinstance(config.get("poi"), str):
            self._refuse(f"{where} has no 'config' with a 'poi', the name of a parameter of interest")
        settings = (
            {item["name"]: self._setting(item, where) for item in self._blocks(config, "parameters", where)}
            if config.get("parameters")
            else {}
        )
        return WorkspaceContent(self._source, tuple(channels), chosen, config["poi"], settings)

    def _blocks(self, owner: Mapping[str, Any], key: str, where: str) -> list[Any]:
        """Give a list of blocks with different names."""
        items = owner.get(key)
        if not isinstance(items, list) or not items:
            self._refuse(f"{where} has no list '{key}'")
        for item in items:
            if not isinstance(item, dict) or not isinstance(item.get("name"), str):
                self._refuse(f"{where} has something without a 'name' in '{key}'")
        names = [item["name"] for item in items]
        if twice := [name for name in names if names.count(name) > 1]:
            self._refuse(f"{where} has '{twice[0]}' twice in '{key}'")
        return items

    def _numbers(self, owner: Any, key: str, where: str, size: int | None = None) -> Floats:
        values = owner.get(key) if isinstance(owner, dict) else None
        if not isinstance(values, list) or not values or not all(map(_is_number, values)):
            self._refuse(f"{where} must have a list of numbers as '{key}'")
        if size is not None and len(values) != size:
            self._refuse(f"{where} has {len(values)} bins in '{key}', expected {size}")
        return np.array(values, dtype=np.float64)

    def _channel(self, item: Any, observations: Mapping[str, Any]) -> ChannelContent:
        where = f"channel '{item['name']}'"
        samples = self._blocks(item, "samples", where)
        bins = self._numbers(samples[0], "data", f"{where}, sample '{samples[0]['name']}'").size
        read = tuple(self._sample(sample, f"{where}, sample '{sample['name']}'", bins) for sample in samples)
        if item["name"] not in observations:
            self._refuse(f"{where} has no observations")
        counts = self._numbers(observations[item["name"]], "data", f"the observations of {where}", bins)
        if (counts < 0).any():
            self._refuse(f"the observations of {where} have a negative count in bin {int(np.argmax(counts < 0))}")
        return ChannelContent(item["name"], read, counts)

    def _sample(self, item: Any, where: str, bins: int) -> Sample:
        data = self._numbers(item, "data", where, bins)
        modifiers = item.get("modifiers")
        if not isinstance(modifiers, list):
            self._refuse(f"{where} has no list 'modifiers'")
        read = tuple(self._modifier(modifier, where, bins) for modifier in modifiers)
        pairs = [(modifier.kind, modifier.name) for modifier in read]
        if twice := [pair for pair in pairs if pairs.count(pair) > 1]:
            self._refuse(f"{where} has {twice[0][0]} '{twice[0][1]}' twice")
        return Sample(item["name"], data, read)

    def _modifier(self, item: Any, where: str, bins: int) -> Modifier:
        if not isinstance(item, dict) or not isinstance(item.get("name"), str):
            self._refuse(f"{where} has a modifier without a 'name'")
        kind, name, data = item.get("type"), item["name"], item.get("data")
        if kind not in KINDS:
            self._refuse(
                f"{where}: modifier '{name}' is of the unknown type {kind!r:.40}; known are: {', '.join(KINDS)}"
            )
        where = f"{where}, {kind} '{name}'"
        if kind == "histosys":
            up, down = (self._numbers(data, key, where, bins) for key in ("hi_data", "lo_data"))
            return Modifier(name, kind, up, down)
        if kind == "normsys":
            if not isinstance(data, dict) or not all(_is_number(data.get(key)) for key in ("hi", "lo")):
                self._refuse(f"{where} must have the numbers 'hi' and 'lo'")
            if not min(data["hi"], data["lo"]) > 0:
                self._refuse(f"{where} has a factor that is not positive, which has no logarithm to interpolate")
            return Modifier(name, kind, np.array([data["hi"]], float), np.array([data["lo"]], float))
        if kind in ("shapesys", "staterror"):
            errors = self._numbers(item, "data", where, bins)
            if (errors < 0).any():
                self._refuse(f"{where} has a negative error in bin {int(np.argmax(errors < 0))}")
            return Modifier(name, kind, errors=errors)
        return Modifier(name, kind)

    def _setting(self, item: Any, where: str) -> Setting:
        where = f"{where}, parameter '{item['name']}'"
        lists = {
            key: tuple(self._numbers(item, key, where).tolist())
            for key in ("inits", "auxdata", "sigmas", "factors")
            if item.get(key) is not None
        }
        bounds = item.get("bounds")
        pairs = None
        if bounds is not None:
            if not isinstance(bounds, list) or not all(map(_is_range, bounds)):
                self._refuse(f"{where} must have pairs of numbers, the lower one first, as 'bounds'")
            pairs = tuple((float(low), float(high)) for low, high in bounds)
        fixed = item.get("fixed")
        if fixed is not None and not isinstance(fixed, bool):
            self._refuse(f"{where}: 'fixed' must be true or false")
        return Setting(bounds=pairs, fixed=fixed, **lists)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_range(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)) and value[0] <= value[1]
