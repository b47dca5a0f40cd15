"""Cross-checks of parameters: does every signal that a classifier is conditioned on have them, and nothing else?"""

from __future__ import annotations

from collections.abc import Iterable

from signedag.config.analysis import Analysis
from signedag.config.classifier import Variant


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
    kept = {*analysis.events.features, *analysis.events.spectators}
    for parameter in variant.parameters:
        if parameter in kept:
            yield f"{key}.parameters: '{parameter}' is a column of events; give the parameter a name of its own"
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
