"""The base of all settings models, and how their errors read."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from signedag.config.yaml_files import read_yaml
from signedag.errors import UserError

Model = TypeVar("Model", bound="Settings")


class Settings(BaseModel):
    """A block of settings: immutable, and a key that it does not know is an error with a suggestion."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _suggest_for_unknown_keys(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            for key in data:
                if key not in cls.model_fields:
                    raise ValueError(f"unknown key '{key}'{suggestion(str(key), cls.model_fields)}")
        return data

    def as_json(self) -> str:
        """Give the settings as one line of JSON with sorted keys."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))


def suggestion(name: str, known: Mapping[str, Any] | list[str] | set[str] | tuple[str, ...]) -> str:
    """Give '; did you mean ...?', or the list of what exists, for a name that was not found."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
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
            shown = "" if isinstance(value, Mapping | list) or problem["type"] == "missing" else f" (got {value!r})"
            lines.append(f"{source}: {_key(problem, data)}: {_cause(problem)}{shown}")
        raise UserError("\n".join(lines)) from error


def _key(problem: Any, data: Any) -> str:
    """Give the key of a problem as the user wrote it, without the kind that pydantic took a block for."""
    key, here = [], data
    for part in problem["loc"]:
        known = part in here if isinstance(here, Mapping) else isinstance(here, list | tuple) and isinstance(part, int)
        if known:
            here = here[part]
        elif part != problem["loc"][-1] or problem["type"] != "missing":
            continue
        key.append(str(part))
    return ".".join(key) or "(top level)"


_CAUSES = {
    "missing": "is missing; add it",
    "union_tag_not_found": "the key 'model' is missing; it says which kind of block this is",
    "too_short": "must have at least one entry",
    "string_pattern_mismatch": "must start with a lower-case letter and have only lower-case letters, digits and _",
    "model_type": "must be a block of keys and values",
    "dict_type": "must be a block of keys and values",
}


def _cause(problem: Any) -> str:
    """Say what is wrong in the words of the configuration, with a suggestion where only some values are possible."""
    cause = _CAUSES.get(problem["type"], str(problem["msg"]).removeprefix("Value error, "))
    if problem["type"] == "literal_error":
        close = difflib.get_close_matches(str(problem["input"]), re.findall(r"'([^']*)'", cause), n=1)
        cause += f"; did you mean '{close[0]}'?" if close else ""
    return cause


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
