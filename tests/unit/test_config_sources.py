"""Which configuration file describes the analysis, and which ROOT files it names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from signedag.config.analysis import Analysis
from signedag.config.example import examples
from signedag.config.sources import file_checksums, input_files, one_configuration
from signedag.errors import UserError


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_one_file_describes_and_others_may_override(tmp_path: Path) -> None:
    main = write(tmp_path, "main.yaml", "analysis: mine\nseed: 1\n")
    override = write(tmp_path, "override.yaml", "seed: 2\n")
    assert one_configuration([main, override]) == str(main)
    assert one_configuration([override, main]) == str(main)


def test_two_analyses_would_mix(tmp_path: Path) -> None:
    first, second = write(tmp_path, "a.yaml", "analysis: a\n"), write(tmp_path, "b.yaml", "analysis: b\n")
    with pytest.raises(UserError) as caught:
        one_configuration([first, second])
    assert str(caught.value) == f"{first} and {second} each describe an analysis and would mix; give one --configfile"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: 1\n", ": no key 'analysis'; give the analysis a name"),
        ("- a list\n", ": no key 'analysis'"),
        ("a: [1,\n", ": line 2, column 1: expected the node content"),
        ("analysis: mine\nseed: 1\nseed: 2\n", ": key 'seed' in line 3 again, first in line 2; remove one of them"),
    ],
)
def test_a_file_without_an_analysis_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, "mine.yaml", text)
    with pytest.raises(UserError) as caught:
        one_configuration([path])
    assert str(caught.value).startswith(f"{path}{message}")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere\.yaml: cannot be read as YAML \(.*No such file"):
        one_configuration([tmp_path / "nowhere.yaml"])


def own_ntuples(tt: list[str], data: list[str]) -> Analysis:
    content = examples()[1]
    content["samples"]["tt"]["files"] = tt
    content["data"]["files"] = data
    return Analysis.model_validate(content)


def test_patterns_are_expanded_in_a_fixed_order(tmp_path: Path) -> None:
    for name in ("tt_2.root", "tt_1.root", "tt_10.root", "deep/er/data.root"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    analysis = own_ntuples([f"{tmp_path}/tt_*.root"], [f"{tmp_path}/**/data.root"])
    found = input_files(analysis, "mine.yaml")
    assert [Path(file).name for file in found["tt"]] == ["tt_1.root", "tt_10.root", "tt_2.root"]
    assert found["data"] == (f"{tmp_path}/deep/er/data.root",)
    assert "higgs" not in found, "simulated samples have no files yet"


def test_a_pattern_that_matches_nothing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        input_files(own_ntuples(["ntuples/tt*.root"], ["data.root"]), "mine.yaml")
    expected = f"mine.yaml: samples.tt.files: 'ntuples/tt*.root' matches no file in {tmp_path}; correct the path"
    assert str(caught.value) == expected


def link(tmp_path: Path) -> str:
    (tmp_path / "link.root").symlink_to(tmp_path / "tt_1.root")
    return "link.root"


def hard_link(tmp_path: Path) -> str:
    (tmp_path / "hard.root").hardlink_to(tmp_path / "tt_1.root")
    return "hard.root"


@pytest.mark.parametrize(
    "again",
    [lambda _: "tt_*.root", lambda _: "./tt_1.root", lambda own: f"../{own.name}/*_1.root", link, hard_link],
)
@pytest.mark.parametrize("in_data", [False, True])
def test_no_event_is_read_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: Callable[[Path], str], in_data: bool
) -> None:
    """Patterns that overlap, and one file under two names: scale factors came out twice as large."""
    monkeypatch.chdir(tmp_path)
    for name in ("tt_1.root", "data.root"):
        (tmp_path / name).touch()
    named = again(tmp_path)
    tt, data = (["tt_1.root"], ["data.root", named]) if in_data else (["tt_1.root", named], ["data.root"])
    with pytest.raises(UserError) as caught:
        input_files(own_ntuples(tt, data), "mine.yaml")
    key = "data.files" if in_data else "samples.tt.files"
    assert str(caught.value).startswith(f"mine.yaml: {key}: '")
    assert str(caught.value).endswith(
        "is the same file as samples.tt.files: 'tt_1.root', so its events would count twice; name it once"
    )


@pytest.mark.parametrize("other", [{"tree": "systematics"}, {"branches": {"weight": "weight_of_interference"}}])
def test_two_samples_may_read_other_trees_or_branches_of_a_file(tmp_path: Path, other: dict[str, object]) -> None:
    (tmp_path / "tt.root").touch()
    content = examples()[1]
    sample = content["samples"]["tt"] | {"files": [f"{tmp_path}/tt.root"]}
    content["samples"] |= {"tt": sample, "second": sample | other}
    content["data"] = None
    found = input_files(Analysis.model_validate(content), "mine.yaml")
    assert found["tt"] == found["second"]


@pytest.mark.parametrize("name", ["a[1].root", "a{1}.root", "a b.root", "a*.root", "ü-π.root", "a?.root", "<a>.root"])
def test_a_file_that_has_just_the_name_of_a_pattern_is_meant(tmp_path: Path, name: str) -> None:
    for other in (name, "a1.root", "data.root"):
        (tmp_path / other).touch()
    found = input_files(own_ntuples([f"{tmp_path}/{name}"], [f"{tmp_path}/data.root"]), "mine.yaml")
    assert found["tt"] == (f"{tmp_path}/{name}",)


def with_checksums(folder: Path, checksums: dict[str, str]) -> dict[str, dict[str, str]]:
    for name in ("1/tt.root", "2/tt.root", "1/data.root"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    content = own_ntuples([f"{folder}/?/tt.root"], [f"{folder}/1/data.root"]).model_dump()
    content["samples"]["tt"]["checksums"] = checksums
    content["data"]["checksums"] = {"data.root": "adler32:0A000000"}
    analysis = Analysis.model_validate(content)
    return file_checksums(analysis, input_files(analysis, "mine.yaml"), "mine.yaml")


def test_checksums_are_found_by_path_or_name(tmp_path: Path) -> None:
    one = f"{tmp_path}/1/tt.root"
    assert with_checksums(tmp_path, {one: "adler32:00000001"}) == {
        "higgs": {},
        "heavy": {},
        "tt": {one: "adler32:00000001"},
        "data": {f"{tmp_path}/1/data.root": "adler32:0a000000"},
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("t.root", "'t.root' is none of the files; did you mean 'tt.root'?"),
        ("data.root", "'data.root' is none of the files; did you mean 'tt.root'?"),
        ("tt.root", "'tt.root' is {folder}/1/tt.root and {folder}/2/tt.root; name each by its path, once"),
    ],
)
def test_a_checksum_of_no_file_or_of_two_is_refused(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        with_checksums(tmp_path, {name: "adler32:00000001"})
    assert str(caught.value) == f"mine.yaml: samples.tt.checksums: {message.format(folder=tmp_path)}"


def test_a_checksum_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be 'adler32:' and 8 hexadecimal digits"):
        with_checksums(tmp_path, {"tt.root": "0a000000"})
