"""Outputs that are written whole or not at all.

A file is written under a temporary name beside its own, `.<stem>.<random>.part<suffix>`, and moved. An error or a
signal removes it. What SIGKILL or a crash of the machine left is removed by the next one that writes the same file:
whoever writes holds a lock on it, which ends with the process, on whichever machine of a shared file system. Where a
file system knows no locks, what is there counts as left: Snakemake has a file made by one job at a time.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

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
            with temporary.open("xb") as mine:
                _lock(mine)
                yield temporary
                with temporary.open("rb+") as written:
                    if not os.fstat(written.fileno()).st_size:
                        raise OSError(errno.ENODATA, "nothing was written")
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
        begun = [Path(entry.path) for entry in entries if name.fullmatch(entry.name)]
    return [file for file in begun if not _is_being_written(file)]


def _is_being_written(file: Path) -> bool:
    try:
        with file.open("rb+") as opened:
            return not _lock(opened)
    except OSError:
        return False


def _lock(file: IO[bytes]) -> bool:
    """Lock an open file until it is closed; False if another process has locked it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # not every file system knows locks
        pass
    return True


def _remove(temporary: Path) -> None:
    with suppress(OSError):  # what went wrong before is what the user has to hear of
        temporary.unlink()
