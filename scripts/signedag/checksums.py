"""Checksums of cached files: they find damage, such as a flipped bit or a page that was never written.

CRC-32 finds every error of up to 32 neighbouring bits and misses one in four thousand million others. It runs at
several gigabytes per second, so that what is read can be checked each time it is read.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

CHECKSUM = "checksum"
"""The key under which files keep it."""


def checksum(content: bytes | memoryview, before: int = 0) -> int:
    """Give the CRC-32 of some bytes; `before` is that of what comes before them.

    >>> checksum(b"signed weights") == checksum(b"weights", checksum(b"signed "))
    True
    """
    return zlib.crc32(content, before)


def checksum_of_json(content: Mapping[str, Any]) -> str:
    """Give the checksum of a JSON object, however it is indented; an own key `checksum` does not count."""
    others = {key: value for key, value in content.items() if key != CHECKSUM}
    text = json.dumps(others, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"{checksum(text.encode()):08x}"
