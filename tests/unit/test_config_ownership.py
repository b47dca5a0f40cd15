"""Two configuration files with the same `analysis:` must not overwrite each other's results."""

from __future__ import annotations

from pathlib import Path

import pytest

from signedag.config.ownership import STAMP, check_owner, claim
from signedag.errors import UserError

RESULTS = Path("results/vhbb")


@pytest.fixture
def claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of results made from `config/first.yaml`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    for name in ("first", "second"):
        (tmp_path / f"config/{name}.yaml").write_text("analysis: vhbb\n", encoding="utf-8")
    claim(RESULTS, Path("config/first.yaml").absolute())
    return tmp_path


def test_the_folder_names_its_file(claimed: Path) -> None:
    assert (RESULTS / STAMP).read_text(encoding="utf-8") == "config/first.yaml\n"
    check_owner(RESULTS, Path("config/first.yaml"))
    check_owner(RESULTS, claimed / "config" / "first.yaml")


def test_another_file_of_the_same_name_is_refused_with_the_fix(claimed: Path) -> None:
    with pytest.raises(UserError) as caught:
        check_owner(RESULTS, claimed / "config" / "second.yaml")
    assert str(caught.value) == (
        "config/second.yaml: analysis: 'vhbb' is the name of config/first.yaml too, which made results/vhbb/, and "
        "would overwrite its results; give it a name of its own (analysis: <name>), or remove "
        "results/vhbb/configuration_file.txt to replace them"
    )


def test_a_file_that_was_moved_keeps_its_results(claimed: Path) -> None:
    (claimed / "config/first.yaml").rename(claimed / "config/renamed.yaml")
    check_owner(RESULTS, Path("config/renamed.yaml"))
    claim(RESULTS, Path("config/renamed.yaml"))
    assert (RESULTS / STAMP).read_text(encoding="utf-8") == "config/renamed.yaml\n"


def test_a_file_that_took_another_name_gives_the_folder_up(claimed: Path) -> None:
    (claimed / "config/first.yaml").write_text("analysis: other\n", encoding="utf-8")
    check_owner(RESULTS, Path("config/second.yaml"))


def test_a_name_from_the_command_line_is_a_claim_too(claimed: Path) -> None:
    results = Path("results/other")
    claim(results, Path("config/first.yaml"))
    check_owner(results, Path("config/first.yaml"))
    with pytest.raises(UserError, match="'other' is the name of config/first"):
        check_owner(results, Path("config/second.yaml"))


def test_a_file_that_cannot_be_read_keeps_its_results(claimed: Path) -> None:
    (claimed / "config/first.yaml").write_text("analysis: [\n", encoding="utf-8")
    with pytest.raises(UserError, match="is the name of config/first"):
        check_owner(RESULTS, Path("config/second.yaml"))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\n", b"nowhere.yaml\n"])
def test_a_damaged_stamp_belongs_to_nobody(claimed: Path, content: bytes) -> None:
    (RESULTS / STAMP).write_bytes(content)
    check_owner(RESULTS, Path("config/second.yaml"))
    claim(RESULTS, Path("config/second.yaml"))
    assert (RESULTS / STAMP).read_text(encoding="utf-8") == "config/second.yaml\n"


def test_results_without_a_stamp_belong_to_nobody(tmp_path: Path) -> None:
    check_owner(tmp_path / "results" / "new", tmp_path / "new.yaml")


def test_claiming_again_changes_nothing(claimed: Path) -> None:
    stamp = claimed / RESULTS / STAMP
    before = stamp.stat().st_mtime_ns
    claim(RESULTS, Path("config/first.yaml"))
    assert stamp.stat().st_mtime_ns == before
