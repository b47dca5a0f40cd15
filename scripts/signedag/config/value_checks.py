"""Cross-checks of values: those that each are possible, and together ask for nothing or for more than there can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from signedag.config.analysis import Analysis
from signedag.config.base import suggestion
from signedag.config.fitting import OTHER_GROUP, SCALE_FACTOR_GROUP
from signedag.config.observables import DIJET_INPUTS
from signedag.events.expressions import names_in

MOST_BINS = 100_000
"""Bins of a fitted histogram of mass and score."""
MOST_PSEUDO_DATA = 1e9
"""Events of pseudo-data."""


def value_problems(analysis: Analysis) -> Iterable[str]:
    """Give one line per value that acts on nothing, or asks for more than can be made."""
    yield from _empty_lists(analysis)
    yield from _idle_strengths(analysis)
    yield from _idle_uncertainties(analysis)
    yield from _idle_asimov(analysis)
    yield from _grouping_problems(analysis)
    yield from _idle_branches(analysis)
    yield from _too_much(analysis)
    yield from _idle_networks(analysis)
    known = analysis.columns() | set(analysis.events.features) | set(analysis.events.truth)
    known |= {name for process in analysis.processes.values() for name in process.parameters}
    for name in analysis.plots.labels:
        if name not in known:
            yield f"plots.labels: no column '{name}'{suggestion(name, known)}"


def _empty_lists(analysis: Analysis) -> Iterable[str]:
    """Find lists that choose nothing where leaving them out would choose all."""
    lists = {
        f"classifiers.{name}.inputs": ("inputs" in variant.model_fields_set, variant.inputs)
        for name, variant in analysis.classifiers.items()
    }
    network = analysis.weights.sign_network
    lists["weights.sign_network.inputs"] = ("inputs" in network.model_fields_set, network.inputs)
    lists["report.variants"] = ("variants" in analysis.report.model_fields_set, analysis.report.variants)
    if analysis.fit is not None:
        lists["fit.variants"] = ("variants" in analysis.fit.model_fields_set, analysis.fit.variants)
    for key, (given, names) in lists.items():
        if given and not names:
            yield f"{key}: is empty; name what to take, or leave the key out to take all"


def _idle_strengths(analysis: Analysis) -> Iterable[str]:
    """Find strengths of what is no signal."""
    for name, process in analysis.processes.items():
        if process.strength is not None and process.role != "signal":
            yield f"processes.{name}.strength: only a signal has one; give it the role 'signal' or remove the key"


def _idle_asimov(analysis: Analysis) -> Iterable[str]:
    """Find Asimov values of what the fit has not."""
    if analysis.fit is None:
        return
    processes = analysis.processes.values()
    known = {
        "strengths": ({process.strength for process in processes}, analysis.fit.asimov.strengths),
        "scale_factors": ({process.scale_factor for process in processes}, analysis.fit.asimov.scale_factors),
    }
    for key, (names, values) in known.items():
        for name in values:
            if name not in names:
                there = {item for item in names if item is not None}
                yield f"fit.asimov.{key}: no process has '{name}'{suggestion(name, there)}"


def _idle_uncertainties(analysis: Analysis) -> Iterable[str]:
    """Find what acts on processes that no fit has, and variations with one side."""
    idle = {name for name, process in analysis.processes.items() if process.role == "other"}
    for name in sorted(idle):
        if analysis.processes[name].scale_factor is not None:
            yield f"processes.{name}.scale_factor: a process with role 'other' enters no fit; remove the scale factor"
    for kind in ("variations", "normalisations"):
        for name, uncertainty in getattr(analysis.uncertainties, kind).items():
            for process in uncertainty.processes or ():
                if process in idle:
                    key = f"uncertainties.{kind}.{name}.processes"
                    yield f"{key}: '{process}' has role 'other' and enters no fit; remove it there"
    for name, variation in analysis.uncertainties.variations.items():
        if variation.up == variation.down:
            yield f"uncertainties.variations.{name}: up and down are the same; give each side its own weight"
    for name, shift in analysis.uncertainties.shifts.items():
        if shift.up is not None and shift.down is not None and shift.up.branches == shift.down.branches:
            yield f"uncertainties.shifts.{name}: up and down are the same branches; give each side its own"


def _grouping_problems(analysis: Analysis) -> Iterable[str]:
    """Find groups of uncertainties that hold what is no nuisance, or what another group holds."""
    if analysis.fit is None:
        return
    uncertainties, owners = analysis.uncertainties, dict[str, str]()
    known = [*analysis.fitted_shifts(), *uncertainties.variations, *uncertainties.normalisations]
    for group, names in analysis.fit.uncertainty_groups.items():
        key = f"fit.uncertainty_groups.{group}"
        if group == SCALE_FACTOR_GROUP:
            yield f"{key}: the scale factors are this group; rename yours"
        if group == OTHER_GROUP:
            yield f"{key}: uncertainties of no group are this one; rename yours"
        for name in names:
            if name not in known:
                yield f"{key}: no uncertainty '{name}' is fitted{suggestion(name, known)}"
            elif owners.setdefault(name, group) != group:
                yield f"{key}: '{name}' is in the group '{owners[name]}', too; keep one"


def _idle_branches(analysis: Analysis) -> Iterable[str]:
    """Find branches that are given for a name that nothing reads."""
    events = analysis.events
    expressions = [
        events.weight,
        events.selection,
        *events.columns.values(),
        *events.truth.values(),
        *(region.selection for region in events.regions.values()),
        *(text for each in analysis.uncertainties.variations.values() for text in (each.up, each.down)),
        *(sample.normalisation.sum_of or "1" for sample in analysis.samples.values()),
    ]
    read = {*events.branches, *events.features, *events.spectators}.union(*(names_in(text) for text in expressions))
    if events.reconstruction is not None:
        read |= set(DIJET_INPUTS)
    given: dict[str, Mapping[str, str]] = {
        f"samples.{name}.branches": sample.branches for name, sample in analysis.samples.items()
    }
    if analysis.data is not None:
        given["data.branches"] = analysis.data.branches
    for name, shift in analysis.uncertainties.shifts.items():
        for side, content in (("up", shift.up), ("down", shift.down)):
            given[f"uncertainties.shifts.{name}.{side}.branches"] = content.branches if content is not None else {}
    for key, branches in given.items():
        for name in branches:
            if name not in read:
                yield f"{key}: nothing reads '{name}'{suggestion(name, read)}"


def _idle_networks(analysis: Analysis) -> Iterable[str]:
    """Find networks that no term asks for and no other network sees."""
    for key, variant in analysis.classifiers.items():
        used = {name for network in variant.networks.values() for name in network.sees}
        used.update(name for phase in variant.phases for term in phase.terms() for name in term.networks())
        for name in variant.networks:
            if name not in used:
                yield f"classifiers.{key}.networks: no term asks for '{name}'; remove it"


def _too_much(analysis: Analysis) -> Iterable[str]:
    for name, binning in analysis.fit.binnings.items() if analysis.fit else ():
        bins = (len(binning.mass.all_edges()) - 1) * binning.score.most_bins
        if bins > MOST_BINS:
            yield f"fit.binnings.{name}: has {bins} bins of mass and score; {MOST_BINS} are the most"
    pseudo_data = analysis.data.pseudo_data if analysis.data is not None else None
    if pseudo_data is None:
        return
    expected = 0.0
    for sample in analysis.samples.values():
        process = analysis.processes.get(sample.process)
        if process is None or process.role == "other":
            continue
        scale = pseudo_data.scale_factors.get(process.scale_factor or "", 1.0)
        scale *= pseudo_data.signal_strength if process.role == "signal" else 1.0
        expected += sample.cross_section_pb * 1000 * analysis.luminosity_fb * scale
    if expected > MOST_PSEUDO_DATA:
        asked = f"cross-sections and luminosity ask for {expected:.1e} events"
        yield f"data.pseudo_data: {asked}; {MOST_PSEUDO_DATA:.0e} are the most"
