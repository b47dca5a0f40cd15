"""`export_fit` writes everything or nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import export_fit
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.statistics.interpolation import PYHF_CODES


def workspace(background: list[float]) -> dict[str, Any]:
    sample = {"name": "tt", "data": background, "modifiers": []}
    signal = {"name": "zh", "data": [3.0, 6.0], "modifiers": [{"name": "mu", "type": "normfactor", "data": None}]}
    return {
        "version": "1.0.0",
        "channels": [{"name": "sr", "samples": [signal, sample]}],
        "observations": [{"name": "sr", "data": [34.0, 41.0]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": [{"name": "mu", "bounds": [[-9, 9]]}]}}],
    }


def export(folder: Path, content: dict[str, Any], *more: str) -> int:
    path = folder / "workspace.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return export_fit.main(["--workspace", str(path), "--output-folder", str(folder / "exports"), *more])


def test_all_formats_are_of_one_fit(tmp_path: Path) -> None:
    assert export(tmp_path, workspace([30.0, 36.0])) == 0
    exports = tmp_path / "exports"
    covariance = json.loads((exports / "covariance" / "covariance.json").read_text(encoding="utf-8"))
    strength = yaml.safe_load((exports / "hepdata" / "signal_strength.yaml").read_text(encoding="utf-8"))
    value = strength["dependent_variables"][0]["values"][0]
    assert covariance["parameters"] == ["mu"] and covariance["values"] == [value["value"]]
    expected = 30 + 3 * value["value"], 36 + 6 * value["value"]
    slope = 3 * (1 - 34 / expected[0]) + 6 * (1 - 41 / expected[1])
    assert slope == pytest.approx(0.0, abs=1e-6)
    assert value["errors"][0]["asymerror"]["plus"] == pytest.approx(np.sqrt(covariance["covariance"][0][0]), rel=0.1)
    assert "rate    9.0 66.0" in " ".join((exports / "combine" / "datacard.txt").read_text().split()).replace(
        "rate ", "rate    "
    )


def test_a_model_that_combine_cannot_express_is_one_line_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    negative = workspace([40.0, -2.0])
    negative["observations"][0]["data"] = [45.0, 4.0]
    negative["measurements"][0]["config"]["parameters"] = [{"name": "mu", "bounds": [[0.5, 9]]}]
    assert export(tmp_path, negative) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert "Combine" in error and "process 'tt' in region 'sr' is negative in bin 1" in error
    assert not (tmp_path / "exports").exists()
    assert export(tmp_path, negative, "--formats", "covariance") == 0
    assert [path.name for path in (tmp_path / "exports").rglob("*")] == ["covariance", "covariance.json"]


def test_the_result_says_the_interpolation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = workspace([30.0, 36.0])
    shape = {"name": "jes", "type": "histosys", "data": {"hi_data": [33.0, 37.0], "lo_data": [29.0, 30.0]}}
    content["channels"][0]["samples"][1]["modifiers"].append(shape)
    result, identity = tmp_path / "result.json", Identity.of("signal strength", variant="v", binning="b", treatment="t")
    found = {}
    for name, codes in PYHF_CODES.items():
        write_json(result, {"pyhf_modifier_settings": codes}, identity)
        assert export(tmp_path, content, "--result", str(result), "--formats", "covariance") == 0
        path = tmp_path / "exports" / "covariance" / "covariance.json"
        found[name] = json.loads(path.read_text(encoding="utf-8"))["values"]
    assert found["smooth"] != found["piecewise"]
    write_json(result, {"pyhf_modifier_settings": {"histosys": {"interpcode": "code2"}}}, identity)
    assert export(tmp_path, content, "--result", str(result)) == 1
    assert "'pyhf_modifier_settings.histosys' are no known interpolation codes" in capsys.readouterr().err
