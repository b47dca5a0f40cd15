"""Reads JSON results key by key: a key that is missing or holds something else is an error that names file and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signedag.errors import UserError
from signedag.files import read_json


@dataclass(frozen=True)
class Block:
    """A block of a JSON file that remembers where it stands, for messages."""

    content: Mapping[str, Any]
    path: Path
    """The file."""
    name: str = ""
    """Keys from the top of the file to this block, joined by dots; empty for the whole file."""

    @classmethod
    def of_file(cls, path: Path) -> Block:
        """Read a JSON file.

        Raises:
            UserError: the file is missing, no JSON, or not an object.
        """
        content = read_json(path)
        if not isinstance(content, dict):
            raise UserError(f"{path}: not a JSON object; delete it and run its rule again")
        return cls(content, path)

    def has(self, key: str) -> bool:
        """Tell whether the key is there and not null."""
        return self.content.get(key) is not None

    def block(self, key: str) -> Block:
        """Give the block below a key."""
        return self._below(key, self._value(key, dict, "a block"))

    def optional(self, key: str) -> Block | None:
        """Give the block below a key; None where it is missing or null."""
        return self.block(key) if self.has(key) else None

    def blocks(self, key: str) -> dict[str, Block]:
        """Give the blocks below a key by name, in the file's order; none where the key is missing or null."""
        below = self.optional(key)
        return {} if below is None else below.named()

    def named(self) -> dict[str, Block]:
        """Give the blocks right below this one by name, in the file's order."""
        return {name: self.block(name) for name in self.content}

    def listed(self, key: str) -> list[Block]:
        """Give the blocks of the list below a key."""
        items = self._value(key, list, "a list")
        return [Block({"item": item}, self.path, self._name(key)).block("item") for item in items]

    def number(self, key: str) -> float:
        """Give a number."""
        return float(self._value(key, (int, float), "a number"))

    def number_or_none(self, key: str) -> float | None:
        """Give a number; None where it is missing or null: undefined, or not known to the version that wrote it."""
        return self.number(key) if self.has(key) else None

    def count(self, key: str) -> int:
        """Give a whole number."""
        return int(self._value(key, int, "a whole number"))

    def flag(self, key: str) -> bool:
        """Give a truth value."""
        return bool(self._value(key, bool, "true or false"))

    def text(self, key: str) -> str:
        """Give a text."""
        return str(self._value(key, str, "a text"))

    def text_or_empty(self, key: str) -> str:
        """Give a text; empty where it is missing or null, as a `reason` is where nothing is undefined."""
        return self.text(key) if self.has(key) else ""

    def numbers(self, key: str) -> tuple[float | None, ...]:
        """Give a list of numbers, each of which may be null."""
        values = self._value(key, list, "a list")
        if not all(value is None or isinstance(value, int | float) for value in values):
            raise self._error(key, "must be a list of numbers")
        return tuple(None if value is None else float(value) for value in values)

    def texts(self, key: str) -> tuple[str, ...]:
        """Give a list of texts."""
        return tuple(str(value) for value in self._value(key, list, "a list"))

    def _value(self, key: str, kind: type | tuple[type, ...], what: str) -> Any:
        if key not in self.content:
            raise self._error(key, "is missing")
        value = self.content[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self._error(key, f"must be {what}, got {value!r:.40}")
        return value

    def _below(self, key: str, content: Mapping[str, Any]) -> Block:
        return Block(content, self.path, self._name(key))

    def _name(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def _error(self, key: str, cause: str) -> UserError:
        return UserError(
            f"{self.path}: '{self._name(key)}' {cause}; was it written by another version? Delete it and run its rule "
            "again"
        )
