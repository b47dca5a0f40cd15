"""Cross-checks of parameters: does every signal, or every event, that a classifier is conditioned on have them?"""

from __future__ import annotations

from collections.abc import Iterable

from signedag.config.analysis import Analysis
from signedag.config.classifier import Variant
from signedag.config.event_parameters import columns_among


def parameter_problems(analysis: Analysis) -> Iterable[str]:
    """Give one line per process or classifier whose parameters do not fit, with key, value and fix."""
    for name, process in analysis.processes.items():
        if process.parameters and process.role != "signal":
            yield (
                f"processes.{name}.parameters: a process of role '{process.role}' has none; training gives background "
                "those of the signal (classifiers.<classifier>.background_parameters)"
            )
    for name, variant in analysis.classifiers.items():
        if variant.parameters:
            yield from _variant_problems(analysis, f"classifiers.{name}", variant)


def _variant_problems(analysis: Analysis, key: str, variant: Variant) -> Iterable[str]:
    columns = columns_among(variant.parameters, analysis.events)
    if columns:
        yield from _column_problems(key, variant, columns)
        return
    signals = {name: process for name, process in analysis.processes.items() if process.role == "signal"}
    lacking = [
        f"processes.{name}.parameters: lacks '{parameter}', on which {key} is conditioned"
        for name, process in signals.items()
        for parameter in variant.parameters
        if parameter not in process.parameters
    ]
    yield from lacking
    if lacking:
        return
    trained = [name for name in signals if name not in variant.without_processes]
    points: dict[tuple[float, ...], str] = {}
    for name in trained:
        point = tuple(signals[name].parameters[parameter] for parameter in variant.parameters)
        if point in points:
            yield f"processes.{name}.parameters: '{points[point]}' has the same ones; make them one process"
        points[point] = name
    if len(points) < 2:
        yield f"{key}.parameters: there is one point alone; train on several, or without parameters"


def _column_problems(key: str, variant: Variant, columns: tuple[str, ...]) -> Iterable[str]:
    """Check parameters of which some are columns of events."""
    others = [name for name in variant.parameters if name not in columns]
    if others:
        yield (
            f"{key}.parameters: '{columns[0]}' is a column of events, '{others[0]}' is not; take columns alone, of "
            "which each event has its own value, or parameters of signal processes alone, with names of their own"
        )
    elif "background_parameters" in variant.model_fields_set:
        yield (
            f"{key}.background_parameters: nothing is drawn where the parameters are columns of events "
            f"({', '.join(columns)}), background has its own values; remove it"
        )
