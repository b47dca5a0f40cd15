"""Checksums of the user's own files, as the configuration gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from signedag.config.base import suggestion
from signedag.errors import UserError

HEXADECIMAL_DIGITS = {"adler32": 8, "sha256": 64}
"""Digits of a checksum, by its algorithm."""


def checked_checksum(text: str) -> str:
    """Give a checksum in lower case.

    Raises:
        ValueError: it is none.

    >>> checked_checksum("adler32:0F3C1A22")
    'adler32:0f3c1a22'
    """
    algorithm, _, digits = text.lower().partition(":")
    if len(digits) != HEXADECIMAL_DIGITS.get(algorithm) or not re.fullmatch("[0-9a-f]+", digits):
        raise ValueError("must be 'adler32:' and 8 hexadecimal digits, as Rucio gives it, or 'sha256:' and 64 of them")
    return f"{algorithm}:{digits}"


FileChecksum = Annotated[str, AfterValidator(checked_checksum)]


def by_file(checksums: Mapping[str, str], files: Sequence[str], key: str) -> dict[str, str]:
    """Find the files that checksums are of.

    Args:
        checksums: by path as `files` has it, or by the file's name alone.
        files: the sample's files.
        key: what to call `checksums` in messages.

    Returns:
        checksums by path.

    Raises:
        UserError: a name is that of no file, or of two.
    """
    by_file: dict[str, str] = {}
    for name, checksum in checksums.items():
        named = [file for file in files if name in (file, Path(file).name)]
        if not named:
            known = {Path(file).name for file in files}
            raise UserError(f"{key}: '{name}' is none of the files{suggestion(name, known)}")
        if len(named) > 1 or named[0] in by_file:
            raise UserError(f"{key}: '{name}' is {' and '.join(named)}; name each by its path, once")
        by_file[named[0]] = checksum
    return by_file
