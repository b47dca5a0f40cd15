"""What is left of a command that is stopped: nothing half done, one line, and the status of the signal itself.

Batch systems stop a job by a signal: SIGTERM (all of them), SIGXCPU (its time is used up), SIGHUP (its session ended),
SIGUSR1 and SIGUSR2 (a warning before that, where the site asks for one), and people by SIGINT (Ctrl-C). The handler
removes what is unfinished and dies of the same signal under its default action, so that whoever waits for the process
sees what stopped it (a shell: 128 + the signal's number), and so that no thread, no `except` and no slow exit of a
library keeps it alive. Nothing runs on SIGKILL; see `signedag.files` for what it leaves.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU, signal.SIGUSR1, signal.SIGUSR2, signal.SIGINT)
SCRIPTS = Path(__file__).resolve().parents[1]

_unfinished: dict[object, Callable[[], object]] = {}


@contextmanager
def undone_when_stopped(undo: Callable[[], object]) -> Iterator[None]:
    """Have `undo` called if a signal stops the command within the block; it may be called at any point of it."""
    key = object()
    _unfinished[key] = undo
    try:
        yield
    finally:
        del _unfinished[key]


@contextmanager
def stoppable() -> Iterator[None]:
    """Handle the signals within the block, and give them back what they did before.

    What is ignored stays ignored (SIGHUP under `nohup`). Only the main thread can handle signals; in another one
    nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    owner = os.getpid()

    def stop(number: int, _frame: FrameType | None) -> None:
        _stop(signal.Signals(number), clean=os.getpid() == owner)  # a fork has the handler, but not the files

    for number, earlier in before.items():
        if earlier is not signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _stop(number: signal.Signals, *, clean: bool) -> None:
    """Undo what is unfinished, say so and die of the signal."""
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    for undo in reversed(_unfinished.values()) if clean else ():
        with suppress(Exception):  # the others have to be undone too
            undo()
    what = f"{number.name} ({signal.strsignal(number)})"
    with suppress(OSError):  # not through `logging`, which may be the one that was interrupted
        os.write(2, f"error: stopped by {what}; what was unfinished is removed, run it again\n".encode())
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))  # the default action of SIGXCPU writes all memory to a file
    signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)
    os._exit(128 + number)


def _is_command() -> bool:
    file = getattr(sys.modules["__main__"], "__file__", None)
    return file is not None and Path(file).resolve().parent == SCRIPTS


# While the libraries of a command load there is nothing to undo: Ctrl-C ends it like any other signal, instead of as a
# KeyboardInterrupt somewhere in an import.
if _is_command() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
