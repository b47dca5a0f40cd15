"""Every kind of cached file, damaged in every way: one line of error, or nothing that is read has changed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from cached_files import FORMATS, identity_of, others_of

from signedag.errors import UserError
from signedag.identity import KINDS, Identity

FLIPS = 14


def damaged(content: bytes, kind: str) -> Iterator[tuple[str, bytes]]:
    """Give damaged contents, each with what was done."""
    generator = np.random.default_rng(zlib.crc32(kind.encode()))
    yield "empty", b""
    for length in (1, len(content) // 2, len(content) - 2):  # the last bytes may be padding
        yield f"cut to {length} bytes", content[:length]
    for place in generator.integers(0, len(content), FLIPS).tolist():
        flipped = bytearray(content)
        flipped[place] ^= 1 << int(generator.integers(8))
        yield f"flipped in byte {place}", bytes(flipped)


def refused(path: Path, kind: str, expected: Identity) -> str | None:
    """Read a file; give the line with which it is refused, if it is."""
    try:
        FORMATS[KINDS[kind].format].read(path, expected)
    except UserError as error:
        return str(error)
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_one_line_or_changes_nothing(tmp_path: Path, kind: str) -> None:
    kept, identity, path = FORMATS[KINDS[kind].format], identity_of(kind), tmp_path / "file"
    kept.write(path, identity)
    whole, expected = path.read_bytes(), kept.read(path, identity)
    lines = {}
    for what, content in damaged(whole, kind):
        path.write_bytes(content)
        line = refused(path, kind, identity)
        if line is None:
            assert kept.read(path, identity) == expected, f"{what} changes what is read"
        else:
            lines[what] = line
    for what, line in lines.items():
        assert line.startswith(f"{path}: "), what
        assert "\n" not in line, what
        assert f"run {identity.made_by} again" in line, what
    assert len(lines) > FLIPS / 4, "much of a ROOT file is never read, and padding of the others"


@pytest.mark.parametrize("kind", KINDS)
def test_another_file_of_the_kind_or_of_another_kind_is_refused(tmp_path: Path, kind: str) -> None:
    kept, identity, path = FORMATS[KINDS[kind].format], identity_of(kind), tmp_path / "file"
    kinds = [other for other in KINDS if other != kind and KINDS[other].format == KINDS[kind].format]
    for other in [*others_of(identity), *map(identity_of, kinds[:3])]:
        kept.write(path, other)
        line = refused(path, kind, identity)
        assert line is not None, f"{other} is accepted as {identity}"
        assert line == f"{path}: holds {other}, expected {identity}; {identity.made_again()}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_in_the_format_of_another_kind_is_refused(tmp_path: Path, kind: str) -> None:
    for format_name, kept in FORMATS.items():
        other = next(name for name in KINDS if KINDS[name].format == format_name)
        if format_name != KINDS[kind].format:
            kept.write(tmp_path / "file", identity_of(other))
            line = refused(tmp_path / "file", kind, identity_of(kind))
            assert line is not None, f"{format_name} is accepted as {kind}"
            assert line.startswith(f"{tmp_path / 'file'}: "), line
            assert "\n" not in line, line


def test_these_are_many_cases() -> None:
    damages = sum(1 for kind in KINDS for _ in damaged(b"0123456789", kind))
    replacements = sum(len(identity_of(kind).names) + len(FORMATS) - 1 for kind in KINDS)
    assert damages + replacements >= 500
