"""`fit_workspace` on a file as others write it, and on files that are none."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

import fit_workspace

WORKSPACE: dict[str, Any] = {
    "version": "1.0.0",
    "channels": [
        {
            "name": "sr",
            "samples": [
                {
                    "name": "signal",
                    "data": [12.0, 11.0],
                    "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
                },
                {
                    "name": "background",
                    "data": [50.0, 52.0],
                    "modifiers": [{"name": "unc", "type": "shapesys", "data": [3.0, 7.0]}],
                },
            ],
        }
    ],
    "observations": [{"name": "sr", "data": [57.0, 50.0]}],
    "measurements": [
        {"name": "first", "config": {"poi": "mu", "parameters": []}},
        {
            "name": "narrow",
            "config": {"poi": "mu", "parameters": [{"name": "unc", "fixed": True, "inits": [1.0, 1.0]}]},
        },
    ],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "workspace.json"
    path.write_text(json.dumps(WORKSPACE), encoding="utf-8")
    return path


def results(path: Path, *more: str) -> dict[str, Any]:
    output = path.with_name("result.json")
    assert fit_workspace.main(["--workspace", str(path), "--output", str(output), *more]) == 0
    content: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return content


def test_everything_is_written_and_the_essentials_are_said(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = results(file, "--impacts")
    said = capsys.readouterr().err
    # pyhf 0.7.6 with Minuit: mu = 0.31667; its limits for this model are 1.305 observed and 1.072 expected
    assert content["interval"]["value"] == pytest.approx(0.31667, abs=1e-4)
    assert content["limits"]["observed"]["value"] == pytest.approx(1.3050, abs=1e-3)
    assert content["limits"]["expected"]["0"]["value"] == pytest.approx(1.0717, abs=1e-3)
    assert set(content["impacts"]) == {"unc[0]", "unc[1]"}
    assert content["goodness_of_fit"]["ndf"] == 1
    assert content["yields"]["sr"]["observed"] == 107.0
    assert content["provenance"]["code_version"]
    assert "mu = 0.3167 -0.5189 +0.5393" in said and "2 bins, 3 parameters" in said
    assert "CLs limit at 0.95: 1.305 observed" in said and "impact of unc[1]" in said


def test_measurement_patch_and_strength_are_chosen(file: Path) -> None:
    whole, narrow = results(file), results(file, "--measurement", "narrow")
    assert narrow["interval"]["up"] < whole["interval"]["up"]
    assert narrow["parameters"].keys() == {"mu"}
    patch = file.with_name("patch.json")
    operations = [{"op": "replace", "path": "/channels/0/samples/0/data", "value": [24.0, 22.0]}]
    patch.write_text(json.dumps(operations), encoding="utf-8")
    twice = results(file, "--patch", str(patch))
    assert twice["interval"]["value"] == pytest.approx(whole["interval"]["value"] / 2, abs=1e-6)
    named = {"metadata": {"name": "twice", "values": [2]}, "patch": operations}
    patch.write_text(json.dumps({"version": "1.0.0", "metadata": {}, "patches": [named]}), encoding="utf-8")
    again = results(file, "--patch", str(patch), "--patch-name", "twice")
    assert again["interval"] == twice["interval"]
    asimov = results(file, "--asimov", "1.5")
    assert asimov["interval"]["value"] == pytest.approx(1.5) and asimov["data"] == "Asimov data at mu = 1.5"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no workspace, not valid JSON"),
        ("[1, 2]", "holds a list, not an object"),
        ('{"channels": [], "channels": []}', "'channels' stands twice"),
        ('{"channels": NaN}', "NaN is no number"),
        ('{"a": 1}', "is no pyhf workspace, it has no 'channels'"),
        (json.dumps(WORKSPACE).replace("12.0", "NaN"), "NaN is no number"),
        (
            json.dumps(WORKSPACE).replace("shapesys", "shapesis"),
            "modifier 'unc' is of the unknown",
        ),
    ],
)
def test_files_that_are_none_are_one_line(
    tmp_path: Path, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path, output = tmp_path / "workspace.json", tmp_path / "result.json"
    path.write_text(text, encoding="utf-8")
    assert fit_workspace.main(["--workspace", str(path), "--output", str(output)]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert message in error and str(path) in error
    assert list(tmp_path.iterdir()) == [path], "nothing is left behind"


@pytest.mark.parametrize(
    ("patch", "more", "message"),
    [
        ([{"op": "remove", "path": "/nothing"}], (), "operation 0: there is no /nothing"),
        ({"patches": [{"metadata": {"name": "a"}, "patch": []}]}, (), "say which with --patch-name: a"),
        ({"patches": [{"metadata": {"name": "ab"}, "patch": []}]}, ("--patch-name", "aa"), "has no patch 'aa'"),
        ({"a": 1}, (), "is neither a JSON patch (a list) nor a set of them"),
    ],
)
def test_patches_that_cannot_be_applied_are_one_line(
    file: Path, patch: object, more: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file.with_name("patch.json")
    path.write_text(json.dumps(patch), encoding="utf-8")
    assert fit_workspace.main(["--workspace", str(file), "--patch", str(path), *more]) == 1
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_a_fit_that_fails_is_one_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = copy.deepcopy(WORKSPACE)
    content["channels"][0]["samples"][0]["modifiers"].append({"name": "sf", "type": "normfactor", "data": None})
    file.write_text(json.dumps(content), encoding="utf-8")
    assert fit_workspace.main(["--workspace", str(file)]) == 1
    assert "the data do not determine mu and sf" in capsys.readouterr().err.splitlines()[-1]
    assert fit_workspace.main(["--workspace", str(file), "--confidence", "0.3"]) == 1
    assert fit_workspace.main(["--workspace", str(file.with_name("none.json"))]) == 1
