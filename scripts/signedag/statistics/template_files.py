"""Templates as ROOT histograms with Sumw2: one folder per region, `process` and `process__variation__up|down` in it.

The names of folders and histograms are for people. What each of them holds is in an index that is written with them:
region, observable, process, variation and side are fields there, so that no name of an analysis can be mistaken for
another one. The index, too, says what the file is and has a checksum of itself and of every histogram. Two writings of
the same templates are the same bytes.
"""

from __future__ import annotations

import json
import re
import uuid
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hist
import numpy as np
import uproot

from signedag.checksums import checksum
from signedag.errors import UserError
from signedag.files import whole_or_nothing
from signedag.identity import Identity
from signedag.json_blocks import Block
from signedag.json_results import json_with_checksum, verified_json
from signedag.root_files import reproducible_root_file
from signedag.statistics.templates import Edges, Floats, Template

INDEX = "index"
"""Name of the text that holds the index; no folder is called so."""
DATA = "data"
"""Name of the histogram with the data; no process's is called so."""


@dataclass(frozen=True)
class RegionTemplates:
    """All templates of one region."""

    region: str
    edges: Edges
    """Bin edges of each axis, shape (bins + 1,)."""
    nominal: Mapping[str, Template]
    """Templates by process."""
    variations: Mapping[tuple[str, str], tuple[Template, Template]]
    """Up and down templates by (process, variation)."""
    data: Template | None
    """Data, where there are any."""
    observable: str | None = None
    """Set where it is another observable than the region's own: such templates take no part in fits of the region."""


@dataclass(frozen=True)
class TemplateFile:
    """What a template file holds."""

    regions: Mapping[str, RegionTemplates]
    """By region, in its own observable."""
    in_observables: Mapping[str, Mapping[str, RegionTemplates]]
    """By other observable and region."""
    description: Block
    """What the command that filled them says of them."""


def write_templates(
    path: Path, regions: Sequence[RegionTemplates], description: Mapping[str, Any], identity: Identity
) -> None:
    """Write templates, whole or not at all.

    Args:
        path: the ROOT file to make.
        regions: what to write; the templates of a region have the same bins.
        description: JSON-like (provenance, events outside the range, ...), kept with the index.
        identity: what the file is.

    Raises:
        UserError: the file could not be written.
    """
    with (
        whole_or_nothing(path) as temporary,
        reproducible_root_file(temporary, uuid.UUID(int=0), uproot.ZLIB(1)) as file,
    ):
        taken = {INDEX}
        entries = [_write_region(file, region, taken) for region in regions]
        file[INDEX] = json.dumps(json_with_checksum({**description, "regions": entries}, identity), sort_keys=True)


def _write_region(file: Any, region: RegionTemplates, taken: set[str]) -> dict[str, Any]:
    """Write a region's histograms and give its part of the index."""
    folder = _free_name(region.region if region.observable is None else f"{region.region}__{region.observable}", taken)
    histograms = {DATA}

    def written(name: str, template: Template) -> dict[str, str]:
        file[f"{folder}/{name}"] = _histogram(template)
        return {"histogram": f"{folder}/{name}", "checksum": _checksum(template)}

    def named(readable: str, template: Template) -> dict[str, str]:
        return written(_free_name(readable, histograms), template)

    return {
        "region": region.region,
        "observable": region.observable,
        "processes": [{"process": process, **named(process, one)} for process, one in region.nominal.items()],
        "variations": [
            {
                "process": process,
                "variation": variation,
                "up": named(f"{process}__{variation}__up", up),
                "down": named(f"{process}__{variation}__down", down),
            }
            for (process, variation), (up, down) in region.variations.items()
        ],
        "data": None if region.data is None else written(DATA, region.data),
    }


def _free_name(readable: str, taken: set[str]) -> str:
    """Give a name that ROOT does not read a path or a cycle into and that no other one has."""
    plain = re.sub(r"[^\w.+-]", "_", readable) or "_"
    name, number = plain, 1
    while name in taken:
        number += 1
        name = f"{plain}_{number}"
    taken.add(name)
    return name


def _histogram(template: Template) -> Any:
    axes = [hist.axis.Variable(edges, name=name) for edges, name in zip(template.edges, "xyz", strict=False)]
    histogram = hist.Hist(*axes, storage=hist.storage.Weight())
    view = histogram.view(flow=True)
    view.value = template.flow_values
    view.variance = template.flow_variances
    return histogram


def _checksum(template: Template) -> str:
    """Give the checksum of edges, values and variances, flow bins included."""
    running = 0
    for numbers in (*template.edges, template.flow_values, template.flow_variances):
        running = checksum(np.ascontiguousarray(numbers, dtype="<f8").tobytes(), running)
    return f"{running:08x}"


def read_templates(path: Path, expected: Identity) -> TemplateFile:
    """Read all templates of a file, in the file's order.

    Raises:
        UserError: the file is missing, damaged, no template file, or another one than the one expected.
    """
    index, histograms = _read_root_file(path, expected)
    templates = _Histograms(path, expected, histograms)
    block = Block(verified_json(path, index, expected), Path(path), expected.made_again())
    regions = [_read_region(entry, templates) for entry in block.listed("regions")]
    if not regions:
        raise UserError(f"{path}: holds no templates; {expected.made_again()}")
    templates.check_that_all_are_known()
    observables = dict.fromkeys(region.observable for region in regions if region.observable is not None)
    return TemplateFile(
        {region.region: region for region in regions if region.observable is None},
        {name: {one.region: one for one in regions if one.observable == name} for name in observables},
        block,
    )


def _read_root_file(path: Path, expected: Identity) -> tuple[bytes, dict[str, Template]]:
    """Give the index and all histograms by path within the file."""
    try:
        with warnings.catch_warnings(action="ignore"), uproot.open(path) as file:
            index = str(file[INDEX]).encode() if INDEX in file else b"{}"
            return index, {name: _read_template(file[name]) for name in _histogram_names(file)}
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file; run {expected.made_by} first") from error
    except Exception as error:  # uproot raises whatever the damaged bytes lead to
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UserError(f"{path}: not a readable ROOT file ({reason:.200}); {expected.made_again()}") from error


def _histogram_names(file: Any) -> Iterator[str]:
    for name, kind in file.classnames(cycle=False).items():
        if name != INDEX and not kind.startswith("TDirectory"):
            yield name


def _read_template(histogram: Any) -> Template:
    edges = tuple(np.asarray(axis.edges(), dtype=np.float64) for axis in histogram.axes)
    values: Floats = np.asarray(histogram.values(flow=True), dtype=np.float64)
    variances: Floats = np.asarray(histogram.variances(flow=True), dtype=np.float64)
    return Template(values, variances, edges)


class _Histograms:
    """The histograms of a file, each taken once by the index."""

    def __init__(self, path: Path, expected: Identity, histograms: dict[str, Template]) -> None:
        self._path, self._again, self._histograms = path, expected.made_again(), histograms

    def take(self, entry: Block) -> Template:
        """Give the histogram that an entry of the index names."""
        name = entry.text("histogram")
        if name not in self._histograms:
            raise self._error(name, "is missing")
        template = self._histograms.pop(name)
        if _checksum(template) != entry.text("checksum"):
            raise self._error(name, "is damaged, its content does not fit its checksum")
        return template

    def check_that_all_are_known(self) -> None:
        """Check that the index has named every histogram."""
        for name in self._histograms:
            raise self._error(name, "is not in the index")

    def _error(self, name: str, cause: str) -> UserError:
        return UserError(f"{self._path}: histogram '{name}' {cause}; {self._again}")


def _read_region(entry: Block, templates: _Histograms) -> RegionTemplates:
    nominal = {one.text("process"): templates.take(one) for one in entry.listed("processes")}
    if not nominal:
        raise entry.error("processes", "is empty")
    variations = {}
    for one in entry.listed("variations"):
        sides = templates.take(one.block("up")), templates.take(one.block("down"))
        variations[one.text("process"), one.text("variation")] = sides
    data = entry.optional("data")
    return RegionTemplates(
        entry.text("region"),
        next(iter(nominal.values())).edges,
        nominal,
        variations,
        None if data is None else templates.take(data),
        entry.text("observable") if entry.has("observable") else None,
    )
