"""Outputs appear whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from signedag.errors import UserError
from signedag.files import whole_or_nothing


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


def test_nothing_written_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "store.arrow"
    with (
        pytest.raises(UserError, match=r"store\.arrow: could not be written \(nothing was written\)"),
        whole_or_nothing(path),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_device_that_is_full_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    with pytest.raises(UserError, match="No space left on device"), whole_or_nothing(path) as temporary:
        temporary.unlink()
        temporary.symlink_to("/dev/full")
        temporary.write_text("{}", encoding="utf-8")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "result.json"
    with pytest.raises(UserError, match=r"file/result\.json: could not be written \("), whole_or_nothing(path):
        pass
