"""Outputs appear whole or not at all, and JSON holds no NaN."""

from __future__ import annotations

import errno
import json
import math
import os
from pathlib import Path

import numpy as np
import pytest

from signedag.errors import UserError
from signedag.files import read_json, whole_or_nothing, write_json


def test_a_file_appears_at_the_end_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "result.json"
    with whole_or_nothing(path) as temporary:
        temporary.write_text("{}", encoding="utf-8")
        assert not path.exists()
        assert temporary.parent == path.parent, "a rename must not cross file systems"
        assert temporary.suffix == path.suffix, "some writers look at the suffix"
    assert path.read_text(encoding="utf-8") == "{}"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError("bad"), KeyboardInterrupt(), UserError("NaN in feature met_gev")])
def test_an_error_leaves_the_earlier_file_and_no_other(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "store.arrow"
    path.write_text("earlier", encoding="utf-8")
    with pytest.raises(type(error)), whole_or_nothing(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise error
    assert path.read_text(encoding="utf-8") == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "store.arrow"
    with pytest.raises(UserError) as caught, whole_or_nothing(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert str(caught.value) == (
        f"{path}: could not be written (No space left on device); free space or write elsewhere, "
        "nothing was left half written"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_device_that_is_full_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    with pytest.raises(UserError, match="No space left on device"), whole_or_nothing(path) as temporary:
        temporary.symlink_to("/dev/full")
        temporary.write_text("{}", encoding="utf-8")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "result.json"
    with pytest.raises(UserError, match=r"file/result\.json: could not be written \("), whole_or_nothing(path):
        pass


def test_json_is_sorted_and_takes_numpy(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    write_json(path, {"b": np.float64(1.5), "a": np.arange(3), "c": Path("x.root"), "d": None})
    assert read_json(path) == {"a": [0, 1, 2], "b": 1.5, "c": "x.root", "d": None}
    assert list(json.loads(path.read_text(encoding="utf-8"))) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("value", [math.nan, math.inf, np.float64("nan"), np.array([0.0, -math.inf])])
def test_json_refuses_what_is_undefined(tmp_path: Path, value: object) -> None:
    path = tmp_path / "result.json"
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(path, {"chi2": value})
    assert not path.exists()


def test_json_refuses_unknown_types(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="set has no JSON form"):
        write_json(tmp_path / "result.json", {"a": {1}})


def test_unreadable_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing\.json: no such file; run the rule that makes it first"):
        read_json(tmp_path / "nothing.json")
    cut = tmp_path / "cut.json"
    cut.write_text('{"a": ', encoding="utf-8")
    with pytest.raises(UserError, match=r"cut\.json: not valid JSON .*; delete it and run its rule again"):
        read_json(cut)
