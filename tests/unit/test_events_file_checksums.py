"""A ROOT file has the bytes that somebody said it has, or is refused with both checksums."""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path

import pytest

from signedag.config.file_checksums import checked_checksum
from signedag.errors import UserError
from signedag.events.file_checksums import BLOCK_BYTES, check_file, checksum_of_file, write_description

CONTENT = bytes(range(256)) * (BLOCK_BYTES // 256) + b"and more"


@pytest.fixture
def ntuple(tmp_path: Path) -> Path:
    path = tmp_path / "part0.root"
    path.write_bytes(CONTENT)
    write_description(path.with_suffix(".json"), path, "tt", 0, 10)
    return path


def test_checksums_are_those_of_the_usual_tools(tmp_path: Path, ntuple: Path) -> None:
    (tmp_path / "w").write_bytes(b"Wikipedia")
    assert checksum_of_file(tmp_path / "w", "adler32") == "adler32:11e60398"
    assert checksum_of_file(ntuple, "adler32") == f"adler32:{zlib.adler32(CONTENT):08x}"
    assert checksum_of_file(ntuple, "sha256") == f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


@pytest.mark.parametrize("text", ["adler32", "adler32:123", "adler32:0000000g", f"md5:{0:032}", f"sha256:{0:063}", ""])
def test_what_is_no_checksum_is_refused(ntuple: Path, text: str) -> None:
    with pytest.raises(ValueError, match="must be 'adler32:' and 8 hexadecimal digits"):
        checked_checksum(text)
    if text:
        with pytest.raises(UserError, match=rf"--checksum {text}: must be 'adler32:'"):
            check_file(str(ntuple), text, None, "tt", 0)


@pytest.mark.parametrize("algorithm", ["adler32", "sha256"])
def test_another_checksum_than_configured_names_both(ntuple: Path, algorithm: str) -> None:
    right = checksum_of_file(ntuple, algorithm)
    check_file(str(ntuple), right.upper().replace("ADLER", "adler").replace("SHA", "sha"), None, "tt", 0)
    damaged = bytearray(CONTENT)
    damaged[1000] ^= 1
    ntuple.write_bytes(damaged)
    with pytest.raises(UserError) as caught:
        check_file(str(ntuple), right, None, "tt", 0)
    assert str(caught.value) == (
        f"{ntuple}: its checksum is {checksum_of_file(ntuple, algorithm)}, the configuration says {right}; "
        "copy the file again, or correct its line under 'checksums'"
    )


def test_a_simulated_file_is_what_its_description_says(ntuple: Path) -> None:
    description = ntuple.with_suffix(".json")
    check_file(str(ntuple), "", description, "tt", 0)
    for sample, part in (("ZH", 0), ("tt", 1)):
        with pytest.raises(UserError, match=rf"part0\.json: holds .*expected .*sample {sample}, part {part}"):
            check_file(str(ntuple), "", description, sample, part)
    before = checksum_of_file(ntuple, "sha256")
    ntuple.write_bytes(CONTENT[:-1])
    with pytest.raises(UserError) as caught:
        check_file(str(ntuple), "", description, "tt", 0)
    assert str(caught.value) == (
        f"{ntuple}: its checksum is {checksum_of_file(ntuple, 'sha256')}, {description} says {before}; "
        "delete it and run simulate_ntuple again"
    )


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"identity": 3}', "\x00"])
def test_a_description_of_something_else_is_refused(ntuple: Path, content: str) -> None:
    description = ntuple.with_suffix(".json")
    description.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=r"part0\.json: "):
        check_file(str(ntuple), "", description, "tt", 0)


def test_a_description_without_a_checksum_is_refused(ntuple: Path) -> None:
    description = ntuple.with_suffix(".json")
    content = json.loads(description.read_text(encoding="utf-8"))
    del content["checksum_of_file"]
    description.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(UserError):
        check_file(str(ntuple), "", description, "tt", 0)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere\.root: no such file; correct the path"):
        check_file(str(tmp_path / "nowhere.root"), "adler32:00000000", None, "tt", 0)
    with pytest.raises(UserError, match=r"root://host/a\.root: checksums of local files only are verified"):
        check_file("root://host/a.root", "adler32:00000000", None, "tt", 0)
    check_file("root://host/a.root", "", None, "tt", 0)
