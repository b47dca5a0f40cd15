"""Runs cases in forked processes, so that a crash or an endless loop is the outcome of a case and not the end."""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import os
import resource
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

REFUSED, SAME, DIFFERENT = "refused", "same values", "other values"
BAD = ("traceback", "warning", "several lines", "output", "crash", "hang", DIFFERENT)
SECONDS = 30
MEMORY_BYTES = 6 << 30


class Outcome(NamedTuple):
    """What became of a case."""

    number: int
    kind: str
    """`REFUSED`, `SAME` or one of `BAD`, perhaps with more after a colon."""
    detail: str

    @property
    def is_bad(self) -> bool:
        """Whether it should not happen."""
        return self.kind.startswith(BAD)


def outcomes(run: Callable[[int], tuple[str, str]], cases: int) -> Iterator[Outcome]:
    """Run cases from 0 on and give the outcome of each; `run` gives kind and detail of a case."""
    number = 0
    while number < cases:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _work(run, number, cases, writing)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as lines:
            for line in lines:
                yield Outcome(number, *json.loads(line))
                number += 1
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if number < cases:
            kind = "hang" if status == -signal.SIGALRM else "crash"
            yield Outcome(number, kind, f"ended with status {status}")
            number += 1


def _work(run: Callable[[int], tuple[str, str]], first: int, cases: int, writing: int) -> None:
    """Run cases in the child until one ends it; never returns."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    said = os.memfd_create("said")
    os.dup2(said, 1)
    os.dup2(said, 2)
    for number in range(first, cases):
        signal.alarm(SECONDS)
        os.ftruncate(said, 0)
        os.lseek(said, 0, os.SEEK_SET)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                kind, detail = run(number)
            except BaseException:
                kind, detail = "traceback", traceback.format_exc(limit=-6)
        sys.stdout.flush()
        sys.stderr.flush()
        if caught and kind != "traceback":
            kind, detail = "warning", f"{caught[0].filename}:{caught[0].lineno}: {caught[0].message}"
        elif os.lseek(said, 0, os.SEEK_END) and kind != "traceback":
            kind, detail = "output", os.pread(said, 2000, 0).decode("utf-8", "replace")
        os.write(writing, (json.dumps([kind, detail]) + "\n").encode())
    os._exit(0)


def counted_cases(description: str | None, cases: int) -> argparse.Namespace:
    """Parse the arguments that every target takes: how many cases, from which seed, and perhaps a single one."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=cases, help=f"how many ({cases})")
    parser.add_argument("--seed", type=int, default=1, help="of the cases (1)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the files of bad cases are kept")
    return parser.parse_args()


def report(name: str, run: Callable[[int], tuple[str, str]], cases: int, keep: Callable[[int], object]) -> int:
    """Run cases, print the bad ones and a line of counts; give the exit status, 1 if there was a bad one.

    Args:
        name: what the cases are.
        run: see `outcomes`.
        cases: how many.
        keep: called with the number of each bad case.
    """
    start = time.monotonic()
    counts: collections.Counter[str] = collections.Counter()
    bad = 0
    with contextlib.suppress(BrokenPipeError):
        for outcome in outcomes(run, cases):
            counts[outcome.kind] += 1
            if outcome.is_bad:
                bad += 1
                keep(outcome.number)
                print(f"case {outcome.number}: {outcome.kind}: {outcome.detail}", flush=True)
        listed = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
        print(f"{name}: {cases} cases in {time.monotonic() - start:.0f} s: {listed}; {bad} bad", flush=True)
    assert threading.active_count() == 1, "a fork has no other thread's locks"
    return int(bad > 0)
