"""ROOT files whose bytes follow from their content, so that a digest such as `sha256sum` proves that a rerun repeats.

A ROOT file carries an identifier, the times at which its parts were written and its own name, which would be the
temporary one. uproot lets the identifier be chosen and leaves out the name of a file that is already open; how it
writes times is replaced for a while. Objects go to disk one by one, so memory holds one of them (one batch of a tree).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uproot

_MIDNIGHT = (2000 - 1995) << 26 | 1 << 22 | 1 << 17
"""2000-01-01 00:00:00 as ROOT keeps times: years since 1995, month, day, hour, minute and second."""


@contextmanager
def reproducible_root_file(path: Path, identity: uuid.UUID, compression: Any) -> Iterator[Any]:
    """Open a ROOT file for writing whose bytes depend on its content only.

    Args:
        path: the file to make, most often a temporary one of `signedag.files.whole_or_nothing`.
        identity: the file's identifier.
        compression: one of uproot's, such as `uproot.ZLIB(1)`.
    """
    library: Any = uproot._util
    as_written = library.datetime_to_code
    library.datetime_to_code = lambda _time: _MIDNIGHT
    try:
        with (
            path.open("w+b") as file,
            uproot.recreate(file, uuid_function=lambda: identity, compression=compression) as writable,
        ):
            yield writable
    finally:
        library.datetime_to_code = as_written
