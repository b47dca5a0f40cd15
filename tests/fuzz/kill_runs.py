"""Kill runs of a tiny analysis at random times and resume them, until every file is there: all as in one undisturbed.

What is killed: one process of a job, Snakemake alone (its jobs go on as orphans), or the whole process group; by
SIGTERM, SIGKILL or what else stops a job. A run that reaches its end is compared and begun anew, until all kills are
done.

python tests/fuzz/kill_runs.py --kills 30 --seed 1
"""

from __future__ import annotations

import argparse
import collections
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "shared"))

from tiny_analysis import copy_workflow, digests, finish, run, start

KILLS = 30
CORES = 2
TARGETS = ("results/tiny/report/summary.json",)
FIRST_SECOND, LAST_SECOND = 3.0, 25.0
LONGEST_END = 120.0
JOB, SNAKEMAKE, GROUP = "a job", "snakemake alone", "the process group"
KINDS = (
    *3 * ((JOB, signal.SIGTERM), (JOB, signal.SIGKILL), (GROUP, signal.SIGTERM), (GROUP, signal.SIGKILL)),
    (JOB, signal.SIGXCPU),
    (GROUP, signal.SIGHUP),
    (GROUP, signal.SIGINT),
    (SNAKEMAKE, signal.SIGKILL),
    (SNAKEMAKE, signal.SIGTERM),
)


class Kill(NamedTuple):
    """What to kill, how, and how long after the start of Snakemake; at least one command runs when it strikes."""

    what: str
    number: signal.Signals
    seconds: float


def session(leader: int) -> Iterator[tuple[int, str]]:
    """Give the processes of a session that live, as number and command line; Linux's /proc lists them."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            state, _, _, its_session = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[:4]
            if int(its_session) == leader and state != "Z":
                yield int(folder.name), (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()


def jobs(leader: int) -> list[int]:
    """Give the processes of commands."""
    return [number for number, command in session(leader) if number != leader and "scripts/" in command]


def strike(snakemake: subprocess.Popen[str], kill: Kill, source: random.Random) -> bool:
    """Wait until the time has come and kill; False if Snakemake ended before."""
    end = time.monotonic() + kill.seconds
    while time.monotonic() < end or not jobs(snakemake.pid):
        if snakemake.poll() is not None:
            return False
        time.sleep(0.05)
    with suppress(ProcessLookupError):
        if kill.what == GROUP:
            os.killpg(snakemake.pid, kill.number)
        elif kill.what == SNAKEMAKE:
            snakemake.send_signal(kill.number)
        else:
            os.kill(source.choice(jobs(snakemake.pid) or [snakemake.pid]), kill.number)
    return True


def killed_run(folder: Path, kill: Kill, source: random.Random, targets: tuple[str, ...] = TARGETS) -> bool:
    """Run, or resume, and kill; False if the run came to its end before, or in spite of it.

    Orphans are left to themselves, so that the next run meets them.
    """
    locks = folder / ".snakemake" / "locks"
    if locks.is_dir() and any(locks.iterdir()):
        finish(folder, CORES, "--unlock", *targets)
    with (folder / "output").open("w", encoding="utf-8") as output:
        snakemake = start(
            folder, CORES, "--rerun-incomplete", *targets, output=output, start_new_session=True
        )  # a group of its own, so that nothing else is killed
        struck = strike(snakemake, kill, source)
        try:
            status = snakemake.wait(LONGEST_END)
        except subprocess.TimeoutExpired:
            os.killpg(snakemake.pid, signal.SIGKILL)
            raise AssertionError(f"{kill}: snakemake did not end") from None
    if not struck:
        assert status == 0, (folder / "output").read_text(encoding="utf-8")
    if kill.what == GROUP:
        deadline = time.monotonic() + 10
        while (left := list(session(snakemake.pid))) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not left, f"{kill}: still alive: {left}"
    return status != 0


def is_at_work(folder: Path) -> bool:
    """Tell whether a process works in a folder."""
    for place in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):  # it has ended, or is another user's
            if place.readlink() == folder.resolve():
                return True
    return False


def wait_for_orphans(folder: Path) -> None:
    """Wait until no process works in a folder any more."""
    deadline = time.monotonic() + LONGEST_END
    while is_at_work(folder):
        assert time.monotonic() < deadline, f"{folder}: a process is still at work"
        time.sleep(0.2)


def leftovers(folder: Path) -> list[str]:
    """Give what a run that has ended should not leave: unfinished files, marks of incomplete ones, locks."""
    marks = [path for name in ("incomplete", "locks") for path in (folder / ".snakemake" / name).glob("*")]
    return [str(path.relative_to(folder)) for path in (*folder.rglob(".*.part*"), *marks)]


def differences(folder: Path, undisturbed: dict[str, str]) -> list[str]:
    """Give what is not as in the undisturbed run."""
    found = digests(folder / "results" / "tiny")
    return sorted(name for name in found.keys() | undisturbed.keys() if found.get(name) != undisturbed.get(name))


def main() -> int:
    """Run and kill."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=KILLS, help=f"how many ({KILLS})")
    parser.add_argument("--seed", type=int, default=1, help="of what is killed and when (1)")
    arguments = parser.parse_args()
    source = random.Random(arguments.seed)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        undisturbed, folder = Path(name) / "undisturbed", Path(name) / "killed"
        for one in (undisturbed, folder):
            one.mkdir()
        copy_workflow(folder)
        run(undisturbed, CORES, *TARGETS)
        expected = digests(undisturbed / "results" / "tiny")
        print(f"undisturbed: {len(expected)} files in {time.monotonic() - begun:.0f} s", flush=True)
        bad, done, compared = 0, 0, 0
        counts: collections.Counter[str] = collections.Counter()
        while done < arguments.kills:
            kill = Kill(*source.choice(KINDS), round(source.uniform(FIRST_SECOND, LAST_SECOND), 1))
            if killed_run(folder, kill, source):
                done += 1
                counts[f"{kill.what} {kill.number.name}"] += 1
                print(f"{done}: {kill.what} by {kill.number.name} after {kill.seconds} s", flush=True)
                if done < arguments.kills:
                    continue
                killed_run(folder, Kill(GROUP, signal.SIGTERM, float("inf")), source)
            wait_for_orphans(folder)
            compared += 1
            problems = differences(folder, expected) + leftovers(folder)
            bad += bool(problems)
            print(f"resumed to the end: {', '.join(problems) or 'every file as undisturbed, nothing left'}", flush=True)
            for made in ("results", ".snakemake"):
                shutil.rmtree(folder / made)
        listed = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
        print(
            f"{done} kills ({listed}), {compared} runs resumed to their end and compared, {bad} bad, "
            f"{time.monotonic() - begun:.0f} s",
            flush=True,
        )
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
