"""Templates as ROOT histograms: one folder per region, `process` and `process__variation__up|down`, with Sumw2.

Two writings of the same templates are the same bytes. Folders named `<region>__<observable>` hold the same region in
another observable (the flatness check) and take no part in fits of the region.
"""

from __future__ import annotations

import datetime
import io
import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hist
import numpy as np
import uproot
import uproot.writing._cascade

from signedag.errors import UserError
from signedag.files import whole_or_nothing
from signedag.statistics.templates import Edges, Floats, Template

DATA = "data"
SEPARATOR = "__"
SUMMARY = "summary"


@dataclass(frozen=True)
class RegionTemplates:
    """All templates of one region."""

    region: str
    """The region, or the folder's name."""
    edges: Edges
    """Bin edges of each axis, shape (bins + 1,)."""
    nominal: Mapping[str, Template]
    """Templates by process."""
    variations: Mapping[tuple[str, str], tuple[Template, Template]]
    """Up and down templates by (process, variation)."""
    data: Template | None
    """Data, where there are any."""


class _FixedClock(datetime.datetime):
    """A clock that stands still, because ROOT files carry the time of writing."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> _FixedClock:
        return cls(2000, 1, 1, tzinfo=tz)


class _FixedTime:
    datetime = _FixedClock


class _KeptOnClosing(io.BytesIO):
    """A file in memory whose content outlives its closing by uproot."""

    content = b""

    def close(self) -> None:
        if not self.closed:
            self.content = self.getvalue()
        super().close()


@contextmanager
def _reproducible_root_file(path: Path) -> Iterator[Any]:
    """Open a ROOT file for writing whose bytes depend on its content only.

    uproot lets the identifier be chosen but not the time, so its clock is replaced while the file is written; and
    it is written in memory, as a ROOT file carries its own name, which on disk is a temporary one.
    """
    cascade: Any = uproot.writing._cascade
    clock = cascade.datetime
    cascade.datetime = _FixedTime
    memory = _KeptOnClosing()
    try:
        with uproot.recreate(memory, uuid_function=lambda: uuid.UUID(int=0)) as file:
            yield file
    finally:
        cascade.datetime = clock
    path.write_bytes(memory.content)


def _histogram(template: Template) -> Any:
    axes = [hist.axis.Variable(edges, name=name) for edges, name in zip(template.edges, "xyz", strict=False)]
    histogram = hist.Hist(*axes, storage=hist.storage.Weight())
    view = histogram.view(flow=True)
    view.value = template.flow_values
    view.variance = template.flow_variances
    return histogram


def write_templates(path: Path, folders: Mapping[str, Mapping[str, Template]], summary: Mapping[str, Any]) -> None:
    """Write templates, whole or not at all.

    Args:
        path: the ROOT file to make.
        folders: templates by histogram name, by folder.
        summary: JSON-like description (provenance, events outside the range, ...), kept as the string `summary`.

    Raises:
        UserError: the file could not be written.
    """
    with whole_or_nothing(path) as temporary, _reproducible_root_file(temporary) as file:
        for folder, templates in folders.items():
            for name, template in templates.items():
                file[f"{folder}/{name}"] = _histogram(template)
        file[SUMMARY] = json.dumps(summary, sort_keys=True)


def _read_template(histogram: Any) -> Template:
    edges = tuple(np.asarray(axis.edges(), dtype=np.float64) for axis in histogram.axes)
    values: Floats = np.asarray(histogram.values(flow=True), dtype=np.float64)
    variances: Floats = np.asarray(histogram.variances(flow=True), dtype=np.float64)
    return Template(values, variances, edges)


def _region_of(path: Path, folder: str, templates: Mapping[str, Template]) -> RegionTemplates:
    nominal = {name: template for name, template in templates.items() if SEPARATOR not in name and name != DATA}
    if not nominal:
        raise UserError(
            f"{path}: folder '{folder}' has no template of a process; delete the file and run its rule again"
        )
    edges = next(iter(nominal.values())).edges
    variations = {}
    for name, template in templates.items():
        if [axis.tolist() for axis in template.edges] != [axis.tolist() for axis in edges]:
            raise UserError(f"{path}: {folder}/{name} has other bins than the rest of its folder; run its rule again")
        process, *variation = name.split(SEPARATOR, 1)
        if not variation or not variation[0].endswith(f"{SEPARATOR}up"):
            continue
        base = name.removesuffix("up")
        if process not in nominal or f"{base}down" not in templates:
            missing = process if process not in nominal else f"{base}down"
            raise UserError(f"{path}: {folder}/{name} has no partner '{missing}'; run its rule again")
        variations[process, variation[0].removesuffix(f"{SEPARATOR}up")] = (template, templates[f"{base}down"])
    return RegionTemplates(folder, edges, nominal, variations, templates.get(DATA))


def read_templates(path: Path) -> dict[str, RegionTemplates]:
    """Read all folders of a template file, in the file's order.

    Raises:
        UserError: the file is missing, is no ROOT file, or its templates do not belong together.
    """
    try:
        with uproot.open(path) as file:
            folders: dict[str, dict[str, Template]] = {}
            for key, kind in file.classnames(cycle=False).items():
                if kind.startswith(("TH1", "TH2")):
                    folder, _, name = key.rpartition("/")
                    folders.setdefault(folder, {})[name] = _read_template(file[key])
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file; run the rule that makes it first") from error
    except (ValueError, uproot.DeserializationError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(f"{path}: not a readable ROOT file ({reason}); delete it and run its rule again") from error
    if not folders:
        raise UserError(f"{path}: holds no histograms; run the rule that makes it again")
    return {folder: _region_of(path, folder, templates) for folder, templates in folders.items()}


def read_summary(path: Path) -> dict[str, Any]:
    """Read the description that was written with the templates; empty if there is none."""
    with uproot.open(path) as file:
        summary: dict[str, Any] = json.loads(str(file[SUMMARY])) if SUMMARY in file else {}
    return summary


def split_flatness(
    folders: Mapping[str, RegionTemplates],
) -> tuple[dict[str, RegionTemplates], dict[str, dict[str, RegionTemplates]]]:
    """Tell regions from the folders that hold a region in another observable.

    Returns:
        templates by region, and by observable and region.
    """
    regions: dict[str, RegionTemplates] = {}
    others: dict[str, dict[str, RegionTemplates]] = {}
    for folder, templates in folders.items():
        parts = folder.split(SEPARATOR)
        prefixes = [SEPARATOR.join(parts[:count]) for count in range(1, len(parts))]
        region = next((prefix for prefix in prefixes if prefix in folders), None)
        if region is None:
            regions[folder] = templates
        else:
            others.setdefault(folder.removeprefix(region + SEPARATOR), {})[region] = templates
    return regions, others
