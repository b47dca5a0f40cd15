"""Outputs that are written whole or not at all.

A file is written under a temporary name beside its own, `.<stem>.<random>.part<suffix>`, and moved. An error or a
signal removes it; what SIGKILL or a crash of the machine left is removed by the next one that writes the same file.
Nobody asks whether another process, perhaps on another machine of a shared file system, is still at it: of two that
make the same file, which Snakemake prevents, the later one makes it and the earlier one fails.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from signedag.errors import UserError
from signedag.stopping import undone_when_stopped


@contextmanager
def whole_or_nothing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; move it to `path` if the block ends well, remove it if not.

    Raises:
        UserError: the file could not be written (disk full, no permission, ...), naming the file.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(_RANDOM_BYTES)}.part{path.suffix}")
    with undone_when_stopped(lambda: _remove(temporary)):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            for left in _left_of(path):
                _remove(left)
            yield temporary
            with temporary.open("rb+") as written:
                os.fsync(written.fileno())
            temporary.replace(path)
        except OSError as error:
            _remove(temporary)
            reason = error.strerror or str(error)
            raise UserError(
                f"{path}: could not be written ({reason}); free space or write elsewhere, nothing was left half written"
            ) from error
        except BaseException:
            _remove(temporary)
            raise


_RANDOM_BYTES = 6


def _left_of(path: Path) -> list[Path]:
    """Give what was left by those that began to write a file and were killed."""
    name = re.compile(rf"\.{re.escape(path.stem)}\.[0-9a-f]{{{2 * _RANDOM_BYTES}}}\.part{re.escape(path.suffix)}")
    with os.scandir(path.parent) as entries:
        return [Path(entry.path) for entry in entries if name.fullmatch(entry.name)]


def _remove(temporary: Path) -> None:
    with suppress(OSError):  # what went wrong before is what the user has to hear of
        temporary.unlink()
