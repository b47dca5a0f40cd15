"""A command that is stopped leaves nothing unfinished, says one line and dies of the signal."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from signedag.command_line import command_parser, run_command
from signedag.stopping import SIGNALS, stoppable, undone_when_stopped

ROOT = Path(__file__).resolve().parents[2]

# It writes a file of which half is there, while a thread runs that would keep it alive.
COMMAND = '''"""Write for ever."""
import sys, threading, time
from pathlib import Path
sys.path.insert(0, "{scripts}")
from signedag.command_line import command_parser, run_command
from signedag.files import whole_or_nothing

def work(arguments):
    threading.Thread(target=time.sleep, args=(60,)).start()
    with whole_or_nothing(Path("finished.txt")) as temporary:
        temporary.write_text("whole", encoding="utf-8")
    with whole_or_nothing(Path("result.txt")) as temporary:
        temporary.write_text("half", encoding="utf-8")
        print("writing", flush=True)
        while True:
            try:
                {works}
            except BaseException:
                pass

sys.exit(run_command(command_parser(__file__, __doc__), work, None))
'''


def start(folder: Path, works: str = "time.sleep(0.01)", **options: object) -> subprocess.Popen[str]:
    """Start the command in a folder and wait until half of its file is there."""
    script = folder / "write.py"
    script.write_text(COMMAND.format(scripts=ROOT / "scripts", works=works), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    return process


def stop(process: subprocess.Popen[str], number: int) -> list[str]:
    """Send a signal and give the lines of the log after the first one."""
    process.send_signal(number)
    _, log = process.communicate(timeout=30)
    return log.splitlines()[1:]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_leaves_nothing_unfinished(tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path)
    assert len(names(tmp_path)) == 3
    (line,) = stop(process, number)
    assert line == (
        f"error: stopped by {number.name} ({signal.strsignal(number)}); what was unfinished is removed, run it again"
    )
    assert process.returncode == -number, "the parent sees the signal"
    assert names(tmp_path) == {"write.py", "finished.txt"}, "neither half a file nor a core"


def test_what_a_kill_leaves_goes_when_the_file_is_made_again(tmp_path: Path) -> None:
    allowed = resource.getrlimit(resource.RLIMIT_CORE)
    first = start(tmp_path)
    assert stop(first, signal.SIGKILL) == []
    (left,) = tmp_path.glob(".result.*.part.txt")
    others = [
        ".result.json",
        ".result.part.txt",
        ".result.more.0123456789ab.part.txt",
        ".result.0123456789ab.part.json",
    ]
    for name in others:
        (tmp_path / name).touch()
    second = start(tmp_path)
    assert not left.exists()
    stop(second, signal.SIGTERM)
    assert names(tmp_path) == {"write.py", "finished.txt", *others}, "those of other files stay"
    assert resource.getrlimit(resource.RLIMIT_CORE) == allowed


def test_what_another_process_is_writing_stays(tmp_path: Path) -> None:
    """An orphan of a Snakemake that was killed may still be at a file that the next run makes."""
    orphan = start(tmp_path)
    (its,) = tmp_path.glob(".result.*.part.txt")
    other = start(tmp_path)
    assert its.exists()
    assert len(list(tmp_path.glob(".result.*.part.txt"))) == 2
    stop(other, signal.SIGTERM)
    assert its.exists()
    stop(orphan, signal.SIGTERM)
    assert names(tmp_path) == {"write.py", "finished.txt"}


def test_long_calculations_are_stopped_too(tmp_path: Path) -> None:
    process = start(tmp_path, "sorted(range(300000))")
    assert len(stop(process, signal.SIGTERM)) == 1
    assert process.returncode == -signal.SIGTERM


def test_what_is_ignored_stays_ignored(tmp_path: Path) -> None:
    process = start(tmp_path, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))  # as nohup does
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.2)
    assert "SIGTERM" in stop(process, signal.SIGTERM)[0]


def test_handlers_are_given_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    during: list[object] = []

    def work(_arguments: object) -> None:
        during.extend(signal.getsignal(number) for number in SIGNALS)
        raise FileNotFoundError(2, "No such file or directory", "a.root")

    assert run_command(command_parser("scripts/x.py", "X."), work, []) == 1
    assert all(handler not in before for handler in during)
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_fork_undoes_nothing_of_its_parent(tmp_path: Path) -> None:
    parents = tmp_path / "parents"
    parents.touch()
    with stoppable(), undone_when_stopped(parents.unlink):
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            os.kill(os.getpid(), signal.SIGTERM)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
    assert parents.exists()


def test_an_interrupt_while_libraries_load_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text('import time\nprint("loading", flush=True)\ntime.sleep(60)\n', encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "scripts/train_classifier.py"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "loading\n"
    process.send_signal(signal.SIGINT)
    _, log = process.communicate(timeout=30)
    assert (process.returncode, log) == (-signal.SIGINT, "")


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_a_shell_sees_the_number_of_the_signal(tmp_path: Path) -> None:
    (tmp_path / "write.py").write_text(
        COMMAND.format(scripts=ROOT / "scripts", works="import os; os.kill(os.getpid(), 15)"), encoding="utf-8"
    )
    shell = 'set -euo pipefail; "$0" write.py > log 2>&1 || exit $?'
    done = subprocess.run(["bash", "-c", shell, sys.executable], cwd=tmp_path, check=False, timeout=30)
    assert done.returncode == 143
    assert names(tmp_path) == {"write.py", "finished.txt", "log"}
