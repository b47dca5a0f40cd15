"""Reads JSON results key by key: a key that is missing or holds something else is an error that names file and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signedag.errors import UserError


@dataclass(frozen=True, eq=False)
class Block(Mapping[str, Any]):
    """A block of a JSON file that remembers where it stands, for messages.

    As a mapping it gives values as they are and blocks below as such; a key that is missing is an error that names file
    and key. The methods check what they give, too.
    """

    content: Mapping[str, Any]
    path: Path
    """The file."""
    again: str
    """How the file is made again."""
    name: str = ""
    """Keys from the top of the file to this block, joined by dots; empty for the whole file."""

    def __getitem__(self, key: str) -> Any:
        """Give a value, a block, or a list of either.

        Raises:
            UserError: there is no such key.
        """
        if key not in self.content:
            raise self.error(key, "is missing")
        value = self.content[key]
        if isinstance(value, dict):
            return self.block(key)
        return self.listed(key) if isinstance(value, list) and value and isinstance(value[0], dict) else value

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)

    def __contains__(self, key: object) -> bool:
        return key in self.content

    def get(self, key: str, default: Any = None) -> Any:
        """Give a value like `[]`; the default where the key is missing."""
        return self[key] if key in self.content else default

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
        numbered = {f"{key}[{number}]": item for number, item in enumerate(items)}
        return list(Block(numbered, self.path, self.again, self.name).named().values())

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
        if not all(value is None or _is_number(value) for value in values):
            raise self.error(key, "must be a list of numbers")
        return tuple(None if value is None else float(value) for value in values)

    def defined_numbers(self, key: str) -> tuple[float, ...]:
        """Give a list of numbers of which none is null."""
        values = self.numbers(key)
        if None in values:
            raise self.error(key, "must be a list of numbers without null")
        return tuple(value for value in values if value is not None)

    def counts(self, key: str) -> tuple[int, ...]:
        """Give a list of whole numbers."""
        values = self._value(key, list, "a list")
        if not all(isinstance(value, int) and not isinstance(value, bool) for value in values):
            raise self.error(key, "must be a list of whole numbers")
        return tuple(values)

    def texts(self, key: str) -> tuple[str, ...]:
        """Give a list of texts."""
        values = self._value(key, list, "a list")
        if not all(isinstance(value, str) for value in values):
            raise self.error(key, "must be a list of texts")
        return tuple(values)

    def pair(self, key: str) -> tuple[str, str]:
        """Give a list of two texts."""
        texts = self.texts(key)
        if len(texts) != 2:
            raise self.error(key, f"must be two texts, got {len(texts)}")
        return texts[0], texts[1]

    def all_texts(self) -> dict[str, str]:
        """Give all values right below this block, which are texts, by name."""
        return {name: self.text(name) for name in self.content}

    def matrix(self, key: str) -> list[list[float]]:
        """Give a square matrix of numbers."""
        rows = self._value(key, list, "a matrix")
        if not all(isinstance(row, list) and len(row) == len(rows) and all(map(_is_number, row)) for row in rows):
            raise self.error(key, "must be a square matrix of numbers")
        return [[float(value) for value in row] for row in rows]

    def _value(self, key: str, kind: type | tuple[type, ...], what: str) -> Any:
        if key not in self.content:
            raise self.error(key, "is missing")
        value = self.content[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(key, f"must be {what}, got {value!r:.40}")
        return value

    def _below(self, key: str, content: Mapping[str, Any]) -> Block:
        return Block(content, self.path, self.again, self._name(key))

    def _name(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def error(self, key: str, cause: str) -> UserError:
        """Give the error that something is wrong with the value of a key."""
        return UserError(
            f"{self.path}: '{self._name(key)}' {cause}; was it written by another version? {_begun(self.again)}"
        )


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
