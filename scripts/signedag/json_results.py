"""JSON results: written with what they are and a checksum, verified when they are read, and read key by key.

This is the one place that opens JSON results. A file that is damaged, of another sample or variant, or that lacks a
key is one line that names file, key and the command that makes it again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from signedag.checksums import CHECKSUM, checksum_of_json
from signedag.errors import UserError
from signedag.files import whole_or_nothing
from signedag.identity import IDENTITY, Identity, check_identity
from signedag.json_blocks import Block

MOST_DIGITS = 18
"""Whole numbers of so many digits fit into 64 bits; results hold counts and seeds."""


def _plain(value: object) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def write_json(path: Path, content: Mapping[str, Any], identity: Identity) -> None:
    """Write a result as sorted, indented JSON with its identity and a checksum, whole or not at all.

    Args:
        path: the file.
        content: the result; has no keys `identity` and `checksum`.
        identity: what the file is.

    Raises:
        ValueError: a number is NaN or infinite. What is undefined is written as null with a reason beside it.
        UserError: the file could not be written.
    """
    write_json_for_others(path, json_with_checksum(content, identity))


def json_with_checksum(content: Mapping[str, Any], identity: Identity) -> dict[str, Any]:
    """Give a result as JSON has it, with its identity and its checksum.

    Raises:
        ValueError: a number is NaN or infinite.
    """
    # a round trip, so that the checksum is that of what a reader gets: arrays are lists there, and keys are texts
    plain = json.loads(json.dumps({**content, IDENTITY: identity.as_json()}, allow_nan=False, default=_plain))
    return {**plain, CHECKSUM: checksum_of_json(plain)}


def write_json_for_others(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON of which another program says what keys it has, such as pyhf's workspaces.

    Raises:
        ValueError: a number is NaN or infinite.
        UserError: the file could not be written.
    """
    text = json.dumps(content, sort_keys=True, indent=1, allow_nan=False, default=_plain)
    with whole_or_nothing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path, expected: Identity) -> Block:
    """Read a result that `write_json` wrote.

    Args:
        path: the file.
        expected: what it should be.

    Raises:
        UserError: the file is missing, damaged, no such JSON, or another result than the one expected.
    """
    try:
        encoded = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file; run {expected.made_by} first") from error
    except OSError as error:
        raise UserError(f"{path}: could not be read ({error.strerror}); check the path and its permissions") from error
    content = verified_json(path, encoded, expected)
    return Block(content, Path(path), expected.made_again())


def verified_json(path: Path, encoded: bytes, expected: Identity) -> dict[str, Any]:
    """Parse a JSON object, check its checksum and its identity, and give it without the two.

    Args:
        path: where it is from, for messages.
        encoded: the JSON text.
        expected: what it should be.

    Raises:
        UserError: it is damaged, no such JSON, or another result than the one expected.
    """
    try:
        content = parsed(encoded)
        # what is no result of these commands at all has no checksum either; its identity says so below
        damaged = IDENTITY in content and content.get(CHECKSUM) != checksum_of_json(content)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: not valid JSON ({_cause(error)}); {expected.made_again()}") from error
    if damaged:
        raise UserError(f"{path}: is damaged, its content does not fit its checksum; {expected.made_again()}")
    check_identity(path, content.get(IDENTITY), expected)
    return {key: value for key, value in content.items() if key not in (IDENTITY, CHECKSUM)}


def _cause(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is no UTF-8"
    return str(error)


def parsed(encoded: bytes) -> dict[str, Any]:
    """Parse a JSON object; keys that stand twice, NaN and numbers beyond 64 bits are no JSON here.

    Raises:
        ValueError: it is no such object.
        RecursionError: it is nested too deeply.
    """
    content = _loaded(encoded)
    if not isinstance(content, dict):
        raise ValueError(f"holds {_kind(content)}, not an object")
    return content


def parsed_list(encoded: bytes) -> list[Any]:
    """Parse a JSON list; what is no JSON for `parsed` is none here.

    Raises:
        ValueError: it is no such list.
        RecursionError: it is nested too deeply.
    """
    content = _loaded(encoded)
    if not isinstance(content, list):
        raise ValueError(f"holds {_kind(content)}, not a list")
    return content


def _loaded(encoded: bytes) -> Any:
    return json.loads(
        encoded.decode("utf-8"),
        object_pairs_hook=_object,
        parse_constant=_constant,
        parse_float=_finite,
        parse_int=_whole,
    )


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"key {next(key for key in keys if keys.count(key) > 1)!r:.40} stands twice")
    return content


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text:.40} is beyond every number")
    return value


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > MOST_DIGITS:
        raise ValueError(f"a whole number of {len(text.lstrip('-'))} digits")
    return int(text)


def _kind(value: object) -> str:
    return "null" if value is None else f"a {type(value).__name__}"
