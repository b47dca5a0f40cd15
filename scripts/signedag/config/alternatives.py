"""Other values for the keys of a configuration: each key changed in turn, the rest as it was."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from signedag.config.analysis import Analysis
from signedag.config.base import Settings

# How the name of an entry is written in a key's path.
ENTRY_NAMES = {
    "processes": "process",
    "samples": "sample",
    "classifiers": "classifier",
    "regions": "region",
    "shifts": "shift",
    "variations": "variation",
    "normalisations": "normalisation",
    "binnings": "binning",
    "networks": "network",
    "classes": "class",
    "score_maps": "score map",
    "spectators": "spectator",
    "windows": "observable",
    "variables": "column",
    "scores": "variant",
    "ranges": "path",
    "smooth": "uncertainty",
}


def changed_analyses(analysis: Analysis) -> Iterator[tuple[str, Iterator[Analysis]]]:
    """Change each key in turn.

    Returns:
        the key's path, with `<sample>` and the like for the names of entries and `[]` for the items of a list, and the
        analysis with other values of it, unchecked, to be tried in this order: the name of a process, for example,
        must be that of another process to make sense.
    """
    parameters = {name for process in analysis.processes.values() for name in process.parameters}
    names = (*analysis.processes, *analysis.classifiers, *analysis.events.regions, *sorted(parameters))
    yield from _changed(analysis, names)


def _changed(settings: Any, names: tuple[str, ...]) -> Iterator[tuple[str, Iterator[Any]]]:
    for key, field in type(settings).model_fields.items():
        for path, values in _values(key, getattr(settings, key), field.annotation, names):
            yield path, (settings.model_copy(update={key: value}) for value in values)


def _values(key: str, value: Any, annotation: Any, names: tuple[str, ...]) -> Iterator[tuple[str, Iterator[Any]]]:
    if isinstance(value, Settings):
        for path, others in _changed(value, names):
            yield f"{key}.{path}", others
    elif isinstance(value, dict) and any(isinstance(item, Settings) for item in value.values()):
        for name, item in value.items():
            for path, others in _changed(item, names):
                yield f"{key}.<{ENTRY_NAMES[key]}>.{path}", _entries(value, name, others)
    elif isinstance(value, tuple) and value and isinstance(value[0], Settings):
        for path, others in _changed(value[0], names):
            yield f"{key}[].{path}", _first_items(value, others)
    elif not block_in(annotation) and (single := _other_values(value, annotation, names)):
        yield key, iter(single)


def _entries(value: dict[str, Any], name: str, others: Iterator[Any]) -> Iterator[dict[str, Any]]:
    return (value | {name: other} for other in others)


def _first_items(value: tuple[Any, ...], others: Iterator[Any]) -> Iterator[tuple[Any, ...]]:
    return ((other, *value[1:]) for other in others)


def block_in(annotation: Any) -> bool:
    """Tell whether a key holds a block or blocks of settings."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    return any(block_in(argument) for argument in get_args(annotation))


def _other_values(value: Any, annotation: Any, names: tuple[str, ...]) -> list[Any]:
    """Give values that differ from `value`, or an example of the type where it is None or empty."""
    choices = _choices(annotation)
    match value:
        case bool():
            return [not value]
        case int() | float():
            return [value + 1]
        case str() if choices:
            return [choice for choice in choices if choice != value]
        case str():
            return [f"{value} + 1".removeprefix(" + "), *(name for name in names if name != value)]
        case tuple() if len(value) > 1:
            return [value[:-1]]
        case tuple() if len(value) == 1:
            return [(other,) for other in _other_values(value[0], _item_type(annotation), names)]
        case dict() if value:
            first = next(iter(value))
            return [value | {first: other} for other in _other_values(value[first], _item_type(annotation), names)]
    example = _example(annotation)
    return [example, *((name,) for name in names)] if example == ("1",) else [example]


def _choices(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if get_origin(annotation) in (Annotated, Union, types.UnionType):
        return next((found for argument in get_args(annotation) if (found := _choices(argument))), ())
    return ()


def _item_type(annotation: Any) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        return arguments[0]
    if origin is dict:
        return arguments[1]
    return next((found for argument in arguments if (found := _item_type(argument))), None)


def _example(annotation: Any) -> Any:
    """Give a value of a type, for keys that are left out or empty in the examples."""
    origin = get_origin(annotation)
    if annotation in (str, int, float, bool):
        return {str: "1", int: 1, float: 0.5, bool: True}[annotation]
    if origin is Literal:
        return get_args(annotation)[0]
    if origin is tuple:
        return (_example(get_args(annotation)[0]),)
    if origin is dict:
        return {"other": _example(get_args(annotation)[1])}
    return _example(next(argument for argument in get_args(annotation) if argument is not type(None)))
