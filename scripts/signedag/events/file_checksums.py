"""Whether a ROOT file has the bytes that it had when it was made: ROOT itself notices only some damage.

A file that was simulated or made of a table has a description beside it, a JSON file that says what it is and what its
checksum is; for the user's own files the configuration may say the checksum.
"""

from __future__ import annotations

import hashlib
import json
import logging
import zlib
from pathlib import Path

from signedag.config.file_checksums import checked_checksum
from signedag.errors import UserError
from signedag.identity import IDENTITY, Identity
from signedag.json_results import read_json, write_json

log = logging.getLogger("signedag")

ALGORITHM = "sha256"
"""Of files with a description: `sha256sum` gives the same digits."""
SIMULATED_NTUPLE, TABLE_NTUPLE = "simulated ntuple", "ntuple of a table"
"""Kinds of ROOT files that have a description."""
CHECKSUM_OF_FILE = "checksum_of_file"
BLOCK_BYTES = 1 << 20


def checksum_of_file(path: Path, algorithm: str) -> str:
    """Give a file's checksum as `<algorithm>:<hexadecimal digits>`.

    Args:
        path: the file.
        algorithm: `adler32` or `sha256`.
    """
    with path.open("rb") as file:
        if algorithm == "sha256":
            return f"sha256:{hashlib.file_digest(file, hashlib.sha256).hexdigest()}"
        value = 1
        while block := file.read(BLOCK_BYTES):
            value = zlib.adler32(block, value)
        return f"adler32:{value:08x}"


def check_file(location: str, configured: str, description: Path | None, sample: str, part: int) -> None:
    """Check that a ROOT file has the bytes that it should have, as far as anybody says so.

    Args:
        location: path or URL of the file.
        configured: its checksum, of one of the user's own files; empty if none is known.
        description: what `write_description` wrote, of a file that a command made.
        sample: the sample's name.
        part: number of the file within the sample.

    Raises:
        UserError: it has other bytes, is the file of another sample or part, or is checked but not a local file.
    """
    if configured:
        try:
            expected = checked_checksum(configured)
        except ValueError as error:
            raise UserError(f"--checksum {configured}: {error}") from error
        _compare(location, expected, "the configuration", "copy the file again, or correct its line under 'checksums'")
    if description is not None:
        identity = Identity.of(_kind_of(description), sample=sample, part=part)
        expected = read_json(description, identity).text(CHECKSUM_OF_FILE)
        _compare(location, expected, str(description), identity.made_again())


def write_description(
    path: Path, ntuple: Path, sample: str, part: int, events: int, kind: str = SIMULATED_NTUPLE
) -> None:
    """Describe a file that was simulated or made of a table.

    Args:
        path: the JSON file to make.
        ntuple: the ROOT file.
        sample: its sample.
        part: its number within the sample.
        events: how many events it has.
        kind: what made it, `SIMULATED_NTUPLE` or `TABLE_NTUPLE`.

    Raises:
        UserError: the file could not be written.
    """
    identity = Identity.of(kind, sample=sample, part=part)
    content = {"events": events, CHECKSUM_OF_FILE: checksum_of_file(ntuple, ALGORITHM)}
    write_json(path, content, identity)


def _kind_of(description: Path) -> str:
    """Give the kind of file that a description is of; that of simulated ones where it does not say."""
    try:
        written = json.loads(description.read_bytes())[IDENTITY]["kind"]
    except (OSError, ValueError, LookupError, TypeError):  # whoever reads it properly says what is wrong
        return SIMULATED_NTUPLE
    return TABLE_NTUPLE if written == TABLE_NTUPLE else SIMULATED_NTUPLE


def _compare(location: str, expected: str, source: str, fix: str) -> None:
    if "://" in location:
        raise UserError(f"{location}: checksums of local files only are verified; copy it, or leave its checksum out")
    path = Path(location)
    if not path.is_file():
        raise UserError(f"{path}: no such file; correct the path, or run the rule that makes it")
    actual = checksum_of_file(path, expected.partition(":")[0])
    if actual != expected:
        raise UserError(f"{location}: its checksum is {actual}, {source} says {expected}; {fix}")
    log.info("%s: has the checksum %s", location, expected)
