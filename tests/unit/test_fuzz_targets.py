"""The fuzz targets run, and what runs their cases notices a crash, an endless loop, a traceback and a word too much."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "fuzz"


@pytest.fixture(scope="module")
def forked() -> ModuleType:
    specification = importlib.util.spec_from_file_location("forked", FOLDER / "forked.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["forked"] = module
    specification.loader.exec_module(module)
    return module


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


def test_every_misbehaviour_is_the_outcome_of_its_case(forked: ModuleType) -> None:
    found = list(forked.outcomes(misbehave, 8))
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
