"""The base of all settings models, and how their errors read."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from signedag.config.yaml_files import read_yaml
from signedag.errors import UserError

Model = TypeVar("Model", bound="Settings")
SMALLEST, LARGEST = 1e-30, 1e30
"""Sizes of numbers other than 0: products and squares of a few of them are numbers, too."""
LARGEST_INTEGER = 2**53


@dataclass(frozen=True)
class KindOfText:
    """What the documentation calls a text that follows a rule; stands in the type's annotation."""

    name: str


class Settings(BaseModel):
    """A block of settings: immutable, and a key that it does not know is an error with a suggestion."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys_without_flags_for_numbers(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            for key, value in data.items():
                if key not in cls.model_fields:
                    raise ValueError(f"unknown key '{_short(key)}'{suggestion(_short(key), cls.model_fields)}")
                if problem := _misread(cls, key, value):
                    raise ValueError(f"{key} {problem}")
        return data

    @field_validator("*", mode="after")
    @classmethod
    def _numbers_that_can_be_computed_with(cls, value: Any) -> Any:
        for number in _plain(value):
            if isinstance(number, float) and number != 0 and not SMALLEST <= abs(number) <= LARGEST:
                raise ValueError(f"must be 0 or have a size between {SMALLEST:g} and {LARGEST:g}")
            if isinstance(number, int) and abs(number) > LARGEST_INTEGER:
                raise ValueError("must not be above 2^53")
        return value

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Give a copy with other values, unchecked; what was worked out from the old ones is forgotten."""
        copied = super().model_copy(update=update, deep=deep)
        for name in _worked_out(type(self)):
            copied.__dict__.pop(name, None)
        return copied

    def as_json(self) -> str:
        """Give the settings as one line of JSON with sorted keys."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))


@cache
def _worked_out(model: type[Settings]) -> tuple[str, ...]:
    """Name the properties of a block that are kept once they are worked out."""
    return tuple(name for kind in model.__mro__ for name, one in vars(kind).items() if isinstance(one, cached_property))


def _plain(value: Any) -> Sequence[Any]:
    """Give the values that a field holds itself, not those of the blocks in it."""
    if isinstance(value, str | int | float):  # most are, and this is asked of every value of every block
        return (value,)
    if isinstance(value, BaseModel):
        return ()
    if isinstance(value, list | tuple):
        return [one for item in value for one in _plain(item)]
    if isinstance(value, Mapping):
        return [one for item in value.values() if not isinstance(item, Mapping) for one in _plain(item)]
    return (value,)


def _misread(model: type[Settings], key: str, value: Any) -> str | None:
    """Say why a value as the configuration has it is none of its type, where pydantic would make one of it."""
    kinds = {type(item) for item in _plain(value)}
    if bool not in kinds and bytes not in kinds:
        return None
    types = _types_of(model, key)
    blocks = any(issubclass(kind, BaseModel) for kind in types)
    if types.isdisjoint({int, float, str}) or (blocks and isinstance(value, list | tuple | Mapping)):
        return None
    if bool in kinds and bool not in types:
        return "must not be true or false (YAML reads yes, no, on and off so, too)"
    return "must be text, not binary" if bytes in kinds else None


@cache
def _types_of(model: type[Settings], key: str) -> frozenset[type]:
    """Give the types that the annotation of a field is made of."""
    return frozenset(_types_in(model.model_fields[key].annotation))


def _types_in(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type):
        yield annotation
    for argument in get_args(annotation):
        yield from _types_in(argument)


def _short(value: object, longest: int = 100) -> str:
    """Give a value of the configuration as it stands in messages: printable and not longer than a line."""
    try:
        text = str(value)
    except ValueError:  # an integer of more than 4300 digits
        return "a very long number"
    line = "".join(character if character.isprintable() else "\ufffd" for character in text)
    return line if len(line) <= longest else f"{line[:longest]}…"


def suggestion(name: str, known: Mapping[str, Any] | list[str] | set[str] | tuple[str, ...]) -> str:
    """Give '; did you mean ...?', or the list of what exists, for a name that was not found."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6) if len(name) < 100 else []
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known are: {', '.join(names) if names else '(none)'}"


def validated(model: type[Model], data: Any, source: str) -> Model:
    """Validate `data` against `model`.

    Args:
        source: the file or argument that the data came from, for messages.

    Raises:
        UserError: one line per problem, each with source, key, value and cause.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        lines = []
        problems = error.errors(include_url=False)
        within = {problem["loc"][:depth] for problem in problems for depth in range(len(problem["loc"]))}
        for problem in problems:
            if problem["type"] == "too_short" and problem["loc"] in within:
                continue  # the list is only short of the items that are reported themselves
            value = problem["input"]
            got = "" if isinstance(value, Mapping | list) or problem["type"] == "missing" else f" (got {_got(value)})"
            lines.append(f"{source}: {_key(problem, data)}: {_cause(problem)}{got}")
        raise UserError("\n".join(lines)) from error


def _got(value: object) -> str:
    return f"'{_short(value)}'" if isinstance(value, str) else _short(value)


def _key(problem: Any, data: Any) -> str:
    """Give the key of a problem as the user wrote it, without the kind that pydantic took a block for."""
    key, here = [], data
    for part in problem["loc"]:
        known = part in here if isinstance(here, Mapping) else isinstance(here, list | tuple) and isinstance(part, int)
        if known:
            here = here[part]
        elif part != problem["loc"][-1] or problem["type"] != "missing":
            continue
        key.append(_short(part))
    return ".".join(key) or "(top level)"


_CAUSES = {
    "missing": "is missing; add it",
    "union_tag_not_found": "the key 'model' is missing; it says which kind of block this is",
    "too_short": "must have at least one entry",
    "model_type": "must be a block of keys and values",
    "dict_type": "must be a block of keys and values",
}


def _cause(problem: Any) -> str:
    """Say what is wrong in the words of the configuration, with a suggestion where only some values are possible."""
    cause = _CAUSES.get(problem["type"], str(problem["msg"]).removeprefix("Value error, "))
    if problem["type"] == "literal_error":
        close = difflib.get_close_matches(str(problem["input"]), re.findall(r"'([^']*)'", cause), n=1)
        cause += f"; did you mean '{close[0]}'?" if close else ""
    if problem["type"] == "union_tag_invalid":
        context = problem["ctx"]
        cause = f"{context['discriminator']} must be one of {context['expected_tags']}"
    return _short(cause, 500)


def read_settings(model: type[Model], text: str) -> Model:
    """Read a stage's settings from the JSON itself or from a JSON or YAML file.

    Raises:
        UserError: neither JSON nor a readable file, or a key or value is wrong.
    """
    if not text.lstrip().startswith("{"):
        if not Path(text).is_file():
            raise UserError(f"--settings {text}: No such file or directory; give JSON or an existing file")
        return validated(model, read_yaml(Path(text)), text)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(f"--settings: not valid JSON ({error}); correct it, or give a file") from error
    return validated(model, data, "--settings")
