"""The fuzz targets run, and what runs their cases notices a crash, an endless loop, a traceback and a word too much."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from forked import outcomes

FOLDER = Path(__file__).resolve().parents[1] / "fuzz"


def misbehave(number: int) -> tuple[str, str]:
    match number:
        case 1:
            os.kill(os.getpid(), signal.SIGKILL)
        case 2:
            raise KeyError("fTitle")
        case 3:
            warnings.warn("overflow", stacklevel=1)
        case 4:
            os.write(2, b"free(): invalid pointer")
        case 5:
            os.kill(os.getpid(), signal.SIGALRM)
        case 6:
            return "other values", ""
    return "same values", ""


def test_every_misbehaviour_is_the_outcome_of_its_case() -> None:
    found = list(outcomes(misbehave, 8))
    assert [outcome.number for outcome in found] == list(range(8))
    kinds = ["same values", "crash", "traceback", "warning", "output", "hang", "other values", "same values"]
    assert [outcome.kind for outcome in found] == kinds
    assert [outcome.is_bad for outcome in found] == [False, *6 * [True], False]
    assert "KeyError" in found[2].detail
    assert "invalid pointer" in found[4].detail


@pytest.mark.parametrize("target", ["ntuples", "stores"])
def test_a_target_runs(target: str) -> None:
    done = subprocess.run(
        [sys.executable, str(FOLDER / f"fuzz_{target}.py"), "--cases", "60", "--seed", "3"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "60 cases in" in done.stdout
    assert done.stdout.endswith("; 0 bad\n")
