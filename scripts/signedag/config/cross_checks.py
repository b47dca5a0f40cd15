"""Cross-checks of a configuration: do its keys fit together?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from signedag.config.analysis import TRUE_PROBABILITY, Analysis
from signedag.config.base import suggestion, validated
from signedag.config.blinding_checks import blinding_problems
from signedag.config.classifier import Variant
from signedag.config.decorrelation_checks import decorrelation_problems
from signedag.config.distribution_checks import distribution_problems
from signedag.config.fit_checks import fit_problems
from signedag.config.mass_checks import mass_check_problems
from signedag.config.name_checks import name_problems
from signedag.config.optimism_checks import optimism_problems
from signedag.config.parameter_checks import parameter_problems
from signedag.config.parametric_checks import parametric_problems
from signedag.config.scan_checks import scan_problems
from signedag.config.score_map_checks import score_map_problems
from signedag.config.table_checks import table_problems
from signedag.config.table_source import with_events_of_tables
from signedag.config.template_study_checks import template_study_problems
from signedag.config.unknown_names import unknown
from signedag.config.value_checks import value_problems
from signedag.config.variation_treatment_checks import variation_treatment_problems
from signedag.errors import UserError
from signedag.events.expressions import names_in


def read_analysis(content: Any, source: str) -> Analysis:
    """Validate the content of a configuration: first each key, then how keys fit together.

    Where `tables.files` names files, the analysis is what is left of it with their events.

    Args:
        content: what the YAML file holds.
        source: the file's name, for messages.

    Raises:
        UserError: one line per problem, each with file, key, value and fix.
    """
    analysis = with_events_of_tables(validated(Analysis, content, source), source)
    problems = list(problems_of(analysis))
    if problems:
        raise UserError("\n".join(f"{source}: {problem}" for problem in problems))
    return analysis


def problems_of(analysis: Analysis) -> Iterable[str]:
    """Give one line per pair of keys that do not fit together, with key, value and fix."""
    yield from name_problems(analysis)
    yield from _sample_problems(analysis)
    yield from table_problems(analysis)
    yield from _column_problems(analysis)
    yield from _classifier_problems(analysis)
    yield from _uncertainty_problems(analysis)
    yield from variation_treatment_problems(analysis)
    yield from fit_problems(analysis)
    yield from blinding_problems(analysis)
    yield from distribution_problems(analysis)
    yield from optimism_problems(analysis)
    yield from parameter_problems(analysis)
    yield from parametric_problems(analysis)
    yield from mass_check_problems(analysis)
    yield from score_map_problems(analysis)
    yield from scan_problems(analysis)
    yield from decorrelation_problems(analysis)
    yield from template_study_problems(analysis)
    yield from value_problems(analysis)


def _unknown_column(key: str, value: str, known: Iterable[str]) -> str:
    return (
        f"{key}: no branch or column gives '{value}'{suggestion(value, set(known))} "
        "(add it to events.branches or events.columns)"
    )


def _sample_problems(analysis: Analysis) -> Iterable[str]:
    used = {sample.process for sample in analysis.samples.values()}
    for name, sample in analysis.samples.items():
        if sample.process not in analysis.processes:
            yield unknown(f"samples.{name}.process", sample.process, analysis.processes, "process")
    for name in analysis.processes:
        if name not in used:
            yield f"processes.{name}: no sample belongs to it; add one or remove the process"
    roles = {analysis.processes[name].role for name in used if name in analysis.processes}
    for role in ("signal", "background"):
        if role not in roles:
            yield f"processes: none with role '{role}' has a sample"
    yield from _pseudo_data_problems(analysis)


def _pseudo_data_problems(analysis: Analysis) -> Iterable[str]:
    if analysis.data and analysis.data.pseudo_data:
        known = {process.scale_factor for process in analysis.processes.values() if process.scale_factor}
        for factor in analysis.data.pseudo_data.scale_factors:
            if factor not in known:
                yield unknown("data.pseudo_data.scale_factors", factor, known, "scale factor")
        for name, sample in analysis.samples.items():
            process = analysis.processes.get(sample.process)
            if process is not None and process.role == "other":
                continue
            if sample.simulation is None or sample.simulation.model != "recoil":
                yield f"data.pseudo_data: sample '{name}' has no 'recoil' simulation to draw pseudo-data from"


def _column_problems(analysis: Analysis) -> Iterable[str]:
    events = analysis.events
    columns = analysis.columns()
    for key, names in (("features", events.features), ("spectators", events.spectators)):
        for name in names:
            if name not in columns:
                yield _unknown_column(f"events.{key}", name, columns)
    for name, region in events.regions.items():
        for column in sorted(names_in(region.selection) - columns):
            yield _unknown_column(f"events.regions.{name}.selection", column, columns)
    for column in sorted(names_in(events.selection) - columns):
        yield _unknown_column("events.selection", column, columns)
    yield from _kept_column_problems(analysis)


def _kept_column_problems(analysis: Analysis) -> Iterable[str]:
    kept = set(analysis.events.features) | set(analysis.events.spectators)
    for key, names in _kept_columns(analysis):
        for name in names:
            if name not in kept:
                yield (
                    f"{key}: '{name}' is not kept{suggestion(name, kept)} "
                    "(add it to events.features or events.spectators)"
                )


def _kept_columns(analysis: Analysis) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Give the settings that name stored columns, with the names."""
    yield "weights.sign_network.inputs", analysis.weights.sign_network.inputs
    yield "weights.closure.other_variables", analysis.weights.closure.other_variables
    for name, sample in analysis.samples.items():
        yield f"samples.{name}.sign_network.inputs", sample.sign_network.inputs or ()
    if analysis.sculpting:
        yield "sculpting.mass", (analysis.sculpting.mass,)
    if analysis.diboson_peak:
        yield "diboson_peak.mass", (analysis.diboson_peak.mass,)
    for name, factor in analysis.mismodelling.reweightings.items() if analysis.mismodelling else ():
        yield f"mismodelling.reweightings.{name}", tuple(sorted(names_in(factor)))
    if analysis.fit:
        yield "fit.mass", (analysis.fit.mass,)
    if analysis.distributions:
        yield "distributions.variables", tuple(analysis.distributions.variables)
    if analysis.scale_factors:
        for name, region in analysis.scale_factors.regions.items():
            yield f"scale_factors.regions.{name}.observable", (region.observable,)
        if analysis.scale_factors.flatness:
            yield "scale_factors.flatness.observable", (analysis.scale_factors.flatness.observable,)


def _classifier_problems(analysis: Analysis) -> Iterable[str]:
    for name, variant in analysis.classifiers.items():
        key = f"classifiers.{name}"
        if variant.region not in analysis.events.regions:
            yield unknown(f"{key}.region", variant.region, analysis.events.regions, "region")
        removed = _removed_spectators(analysis, name)
        for column in variant.inputs:
            if column in analysis.events.spectators:
                if column not in removed:
                    yield (
                        f"{key}.inputs: '{column}' is a spectator; networks see features, and spectators that are "
                        "planed (weights.planing), that a map takes out of the score (score_maps) or that are named in "
                        "'sees_spectators'"
                    )
            elif column not in analysis.events.features:
                yield unknown(f"{key}.inputs", column, analysis.events.features, "feature")
        yield from _trained_process_problems(analysis, name, variant)
        yield from _strategy_problems(analysis, key, variant)
        yield from _cycle_problems(analysis, name)
    yield from _comparison_problems(analysis)
    yield from _scanned_problems(analysis)


def _trained_process_problems(analysis: Analysis, name: str, variant: Variant) -> Iterable[str]:
    """Check which processes a classifier is trained with."""
    key = f"classifiers.{name}"
    for process in variant.without_processes:
        if process not in analysis.processes:
            yield unknown(f"{key}.without_processes", process, analysis.processes, "process")
    for process in variant.signals:
        if process not in analysis.signals():
            yield unknown(f"{key}.signals", process, analysis.signals(), "signal process")
    for role in ("signal", "background"):
        if not analysis.samples_of(role, analysis.left_out_of(name)):
            yield f"{key}.without_processes: leaves no {role} to train on"


def _removed_spectators(analysis: Analysis, classifier: str) -> set[str]:
    """Give the spectators that a classifier may see: on purpose, or since planing or a map takes them out again."""
    variant = analysis.classifiers[classifier]
    planed = {variant.weights.planing.spectator} if variant.weights.planing else set()
    maps = (one for one in analysis.score_maps.values() if one.scores_of == classifier)
    return planed.union(variant.sees_spectators, *(one.spectators for one in maps))


def _strategy_problems(analysis: Analysis, key: str, variant: Variant) -> Iterable[str]:
    strategy = variant.weights.strategy
    trained = [
        name
        for role in ("signal", "background")
        for name in analysis.samples_of(role, variant.without_processes)
        if role == "background" or not variant.signals or analysis.samples[name].process in variant.signals
    ]
    for name in trained:
        if strategy in ("transformed", "resampled") and not analysis.samples[name].transform:
            yield (
                f"{key}.weights.strategy: '{strategy}' needs sample '{name}', which has transform: false; "
                "list its process in without_processes or choose another strategy"
            )
    if strategy == "truth" and TRUE_PROBABILITY not in analysis.events.truth:
        yield f"{key}.weights.strategy: 'truth' needs events.truth.{TRUE_PROBABILITY}; only simulated samples have it"
    weight_network = "weight_network" in variant.networks
    if (strategy == "joint") != weight_network:
        yield f"{key}: strategy 'joint' and 'networks.weight_network' belong together; have both"
    yield from _network_problems(analysis, key, variant)


def _network_problems(analysis: Analysis, key: str, variant: Variant) -> Iterable[str]:
    """Check what networks see, which classes there are and where phases start from."""
    kept = set(analysis.events.features) | set(analysis.events.spectators)
    for name in variant.columns():
        if name not in kept:
            yield unknown(f"{key}.networks or {key}.phases", name, kept, "stored column or network")
    for number, phase in enumerate(variant.phases):
        origin = phase.starts_from
        if origin is None:
            continue
        if origin not in analysis.classifiers:
            yield unknown(f"{key}.phases[{number}].starts_from", origin, analysis.classifiers, "classifier")
            continue
        other = analysis.classifiers[origin]
        for what in ("inputs", "parameters", "architecture", "classes"):
            if getattr(other, what) != getattr(variant, what):
                yield f"{key}.phases[{number}].starts_from: '{origin}' has other {what}; make them the same"
    yield from _class_problems(analysis, key, variant)


def _class_problems(analysis: Analysis, key: str, variant: Variant) -> Iterable[str]:
    named = [process for processes in variant.classes.values() for process in processes]
    for process in named:
        if process not in analysis.processes:
            yield unknown(f"{key}.classes", process, analysis.processes, "process")
        if named.count(process) > 1:
            yield f"{key}.classes: '{process}' is in two classes; keep it in one"
    if variant.classes:
        signals = {name for name, process in analysis.processes.items() if process.role == "signal"}
        if not signals & set(named):
            yield f"{key}.classes: none has a signal process; name one"


def _cycle_problems(analysis: Analysis, first: str) -> Iterable[str]:
    """Find a variant that would have to be trained before itself."""
    waiting, seen = [first], {first}
    while waiting:
        for phase in analysis.classifiers[waiting.pop()].phases:
            if phase.starts_from == first:
                yield f"classifiers.{first}.phases: starts from '{first}' itself, if through others; break the circle"
                return
            if phase.starts_from in analysis.classifiers and phase.starts_from not in seen:
                seen.add(phase.starts_from)
                waiting.append(phase.starts_from)


def _comparison_problems(analysis: Analysis) -> Iterable[str]:
    comparison = analysis.strategy_comparison
    if comparison is None:
        return
    if comparison.variant not in analysis.classifiers:
        yield unknown("strategy_comparison.variant", comparison.variant, analysis.classifiers, "classifier")
        return
    for name, variant in analysis.compared_variants().items():
        if name in analysis.classifiers:
            yield f"strategy_comparison: its variant '{name}' is also a classifier; rename the classifier"
        yield from _strategy_problems(analysis, f"strategy_comparison ({name})", variant)


def _scanned_problems(analysis: Analysis) -> Iterable[str]:
    """Check the scan's points as classifiers; what is wrong with the scanned one itself is said there."""
    template = analysis.classifiers.get(analysis.scanned_classifier())
    if template is None:
        return
    own = set(_strategy_problems(analysis, "scan", template))
    points = analysis.scanned_variants().values()
    problems = dict.fromkeys(line for variant in points for line in _strategy_problems(analysis, "scan", variant))
    yield from (line for line in problems if line not in own)


def _uncertainty_problems(analysis: Analysis) -> Iterable[str]:
    columns = analysis.columns()
    for kind in ("variations", "normalisations"):
        for name, uncertainty in getattr(analysis.uncertainties, kind).items():
            for process in uncertainty.processes or ():
                if process not in analysis.processes:
                    yield unknown(f"uncertainties.{kind}.{name}.processes", process, analysis.processes, "process")
    for name, variation in analysis.uncertainties.variations.items():
        for side in ("up", "down"):
            for column in sorted(names_in(getattr(variation, side)) - columns):
                yield _unknown_column(f"uncertainties.variations.{name}.{side}", column, columns)
    for name, shift in analysis.uncertainties.shifts.items():
        if shift.up is None and analysis.events.reconstruction is None:
            yield f"uncertainties.shifts.{name}: needs events.reconstruction; or give branches of up and down"
