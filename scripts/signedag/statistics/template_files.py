"""Templates as ROOT histograms: one folder per region, `process` and `process__variation__up|down`, with Sumw2.

Two writings of the same templates are the same bytes. Folders named `<region>__<observable>` hold the same region in
another observable (the flatness check) and take no part in fits of the region.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hist
import numpy as np
import uproot

from signedag.errors import UserError
from signedag.files import whole_or_nothing
from signedag.root_files import reproducible_root_file
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
    with (
        whole_or_nothing(path) as temporary,
        reproducible_root_file(temporary, uuid.UUID(int=0), uproot.ZLIB(1)) as file,
    ):
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
