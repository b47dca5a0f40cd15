"""Cross-checks of names: those that each follow the rule of names, and yet would mean two things together."""

from __future__ import annotations

import re
from collections.abc import Iterable

from signedag.config.analysis import Analysis
from signedag.config.networks import CLASS, FEATURES
from signedag.config.observables import DIJET_INPUTS, DIJET_OBSERVABLES


def name_problems(analysis: Analysis) -> Iterable[str]:
    """Give one line per name that is also another one's, or that a path, a column or a parameter has already."""
    yield from _alike(analysis)
    yield from _parameter_problems(analysis)
    yield from _path_problems(analysis)
    yield from _input_problems(analysis)


def _alike(analysis: Analysis) -> Iterable[str]:
    """Find names that are one where a file system does not tell capitals apart."""
    blocks: dict[str, Iterable[str]] = {
        "processes": analysis.processes,
        "samples": analysis.samples,
        "classifiers": (*analysis.variants(), *analysis.maps()),
        "events.regions": analysis.events.regions,
        "fit.binnings": analysis.fit.binnings if analysis.fit else (),
        "uncertainties.shifts": analysis.uncertainties.shifts,
        "distributions.variables": analysis.distributions.variables if analysis.distributions else (),
    }
    for key, names in blocks.items():
        seen: dict[str, str] = {}
        for name in names:
            other = seen.setdefault(name.lower(), name)
            if other != name:
                yield f"{key}: '{other}' and '{name}' differ in capitals alone; rename one of them"


def _parameter_problems(analysis: Analysis) -> Iterable[str]:
    """Find parameters of the fit with one name: those that the user names, and those that the fit makes of them."""
    uncertainties = analysis.uncertainties
    strengths = {
        process.strength: f"processes.{name}.strength"
        for name, process in analysis.processes.items()
        if process.strength is not None
    }
    for name, process in analysis.processes.items():
        if process.scale_factor in strengths:
            yield (
                f"processes.{name}.scale_factor: '{process.scale_factor}' is the name of "
                f"{strengths[process.scale_factor]}, too; each parameter of the fit needs its own name"
            )
    seen: dict[str, str] = strengths | {
        process.scale_factor: f"processes.{name}.scale_factor"
        for name, process in analysis.processes.items()
        if process.scale_factor is not None
    }
    for kind in ("shifts", "variations", "normalisations"):
        for name in getattr(uncertainties, kind):
            key = f"uncertainties.{kind}"
            if name in seen:
                yield f"{key}: '{name}' is the name of {seen[name]}, too; each parameter of the fit needs its own name"
            if re.fullmatch(r"scale_factors_\d+", name):
                yield f"{key}: '{name}' is what the fit calls the errors of scale factors; choose another name"
            seen[name] = f"{key}.{name}"


def _path_problems(analysis: Analysis) -> Iterable[str]:
    """Find names that put two results, or two logs, under one path."""
    for name in analysis.samples:
        if name.startswith("signs_"):
            yield f"samples: '{name}' begins like the file of a cross-check of signs, signs_<classifier>; rename it"
    variants = (*analysis.variants(), *analysis.maps())
    for name in variants:
        if name.endswith("_shifts"):
            yield f"classifiers: '{name}' ends like the logs of shifted scores, <classifier>_shifts; rename it"
    seen: dict[str, tuple[str, str]] = {}
    for variant in variants:
        for binning in analysis.fit.binnings if analysis.fit else ():
            other = seen.setdefault(f"{variant}_{binning}", (variant, binning))
            if other != (variant, binning):
                two = f"classifier '{other[0]}' with '{other[1]}' and '{variant}' with '{binning}'"
                yield f"fit.binnings: {two} would share a log; rename one of them"


def _input_problems(analysis: Analysis) -> Iterable[str]:
    """Find columns and networks of which there would be two."""
    events = analysis.events
    given = set(events.branches)
    if events.reconstruction is not None:
        for name in events.columns:
            if name in DIJET_OBSERVABLES or name in DIJET_INPUTS:
                yield f"events.columns.{name}: the dijet reconstruction already gives this column; choose another name"
        given -= set(DIJET_INPUTS)
    for name in events.columns:
        if name in given:
            yield f"events.columns.{name}: events.branches has this name, too; rename one of them"
    columns = analysis.columns()
    for key, variant in analysis.classifiers.items():
        for name in variant.networks:
            if name in columns or name in (FEATURES, CLASS):
                yield f"classifiers.{key}.networks: '{name}' is what networks may see already; choose another name"
