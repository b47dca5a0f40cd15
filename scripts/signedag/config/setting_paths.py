"""Paths of numeric settings in a block, such as `phases[0].updates[0].terms[1].weight`, and other values for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, WithJsonSchema

from signedag.config.base import KindOfText, Settings, suggestion

Step = str | int
"""A key or the number of an item."""
Number = int | float

PATTERN = r"[A-Za-z][A-Za-z0-9_]*(\[\d+\])*(\.[A-Za-z][A-Za-z0-9_]*(\[\d+\])*)*"
MOST_LISTED = 40
"""So many paths are listed where one does not exist."""


def _path(text: str) -> str:
    if re.fullmatch(PATTERN, text) is None:
        raise ValueError("is no path of a setting; write it like phases[0].updates[0].learning_rate")
    return text


SettingPath = Annotated[
    str, AfterValidator(_path), WithJsonSchema({"type": "string", "pattern": f"^{PATTERN}$"}), KindOfText("path")
]
"""The path of a setting, or its end, as the user writes it."""


@dataclass(frozen=True)
class NumericSetting:
    """A setting that holds a number, or may hold one."""

    steps: tuple[Step, ...]
    """Keys and numbers of items that lead to it."""
    readable: tuple[Step, ...]
    """The same with the objective's name for a term, where that says more: `disco.weight`."""
    value: Number | None
    """What it is now; None where it is left out."""

    @property
    def path(self) -> str:
        """The whole path, as text."""
        return as_text(self.steps)


def as_text(steps: tuple[Step, ...]) -> str:
    """Write steps as a path.

    >>> as_text(("phases", 0, "updates", 1, "learning_rate"))
    'phases[0].updates[1].learning_rate'
    """
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def steps_of(path: str) -> tuple[Step, ...]:
    """Read a path.

    >>> steps_of("terms[1].weight.at_most")
    ('terms', 1, 'weight', 'at_most')
    """
    return tuple(int(step) if step.isdigit() else step for step in re.findall(r"\w+", path))


def numeric_settings(block: Settings) -> tuple[NumericSetting, ...]:
    """Give every setting of a block, and of the blocks in it, that holds a number or may hold one."""
    return tuple(_walk(block, (), ()))


def _walk(value: Any, steps: tuple[Step, ...], readable: tuple[Step, ...]) -> Iterator[NumericSetting]:
    if isinstance(value, Settings):
        for name in type(value).model_fields:
            inner = getattr(value, name)
            if inner is None and takes_number(type(value), name):
                yield NumericSetting((*steps, name), (*readable, name), None)
            else:
                yield from _walk(inner, (*steps, name), (*readable, name))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _walk(item, (*steps, name), (*readable, name))
    elif isinstance(value, tuple | list):
        for number, item in enumerate(value):
            objective = getattr(item, "objective", None)
            named = (*readable[:-1], objective) if isinstance(objective, str) else (*readable, number)
            yield from _walk(item, (*steps, number), named)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield NumericSetting(steps, readable, value)


@cache
def takes_number(model: type[BaseModel], name: str) -> bool:
    """Tell whether a field may hold a number."""
    return any(kind in (int, float) for kind in _alternatives(model.model_fields[name].annotation))


def _alternatives(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (Annotated,):
        yield from _alternatives(get_args(annotation)[0])
    elif get_origin(annotation) is Union or type(annotation).__name__ == "UnionType":
        for one in get_args(annotation):
            yield from _alternatives(one)
    else:
        yield annotation


def resolve(block: Settings, path: str) -> NumericSetting:
    """Find the setting that a path means: a whole path, or the end of one alone.

    A term may be called by its objective: `disco.weight`.

    Args:
        block: the block that it is in.
        path: the path as the user wrote it.

    Raises:
        ValueError: there is none, it holds no number, or several end so; it says which ones there are.
    """
    asked, known = steps_of(path), numeric_settings(block)
    whole = [one for one in known if one.steps == asked]
    ends = [one for one in known if asked in (one.steps[-len(asked) :], one.readable[-len(asked) :])]
    found = whole or ends
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"may be any of {', '.join(one.path for one in found)}; write more of the path")
    inside = [one.path for one in known if asked in (one.steps[: len(asked)], one.readable[-1 - len(asked) : -1])]
    if inside:
        raise ValueError(f"is no number but holds {', '.join(inside)}; name one of these")
    raise ValueError(_unknown(path, [one.path for one in known]))


def _unknown(path: str, known: list[str]) -> str:
    close = suggestion(path, known)
    if close.startswith("; did you mean"):
        return f"there is no such number{close}"
    listed = ", ".join(known[:MOST_LISTED]) + (", …" if len(known) > MOST_LISTED else "")
    return f"there is no such number; there are: {listed}"


def changed(content: Mapping[str, Any], values: Mapping[tuple[Step, ...], Number]) -> dict[str, Any]:
    """Give the content of a block, as JSON has it, with other values for some settings.

    Args:
        content: the block; stays as it is.
        values: value by the steps that lead to the setting.
    """
    result: Any = dict(content)
    for steps, value in values.items():
        result = _set(result, steps, value)
    return dict(result)


def _set(here: Any, steps: tuple[Step, ...], value: Number) -> Any:
    if not steps:
        return value
    first, rest = steps[0], steps[1:]
    if isinstance(first, int):
        return [_set(item, rest, value) if number == first else item for number, item in enumerate(here)]
    return {**here, first: _set(here[first], rest, value)}


def value_at(content: Any, steps: tuple[Step, ...]) -> Number:
    """Give the number that steps lead to in the content of a block, as JSON has it."""
    for step in steps:
        content = content[step]
    assert isinstance(content, int | float)
    return content
