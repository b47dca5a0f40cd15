"""write_report: both files, the design's keys, and a newcomer's mistakes."""

from __future__ import annotations

import json
import shutil

from signedag.fingerprint import code_version
from write_report import main


def run(results, settings, folder):
    arguments = ["--settings", settings.as_json(), "--results-folder", str(results)]
    arguments += ["--summary", str(folder / "summary.json"), "--verdict", str(folder / "verdict.txt")]
    return main([*arguments, "--front-page", str(folder / "page.rst")])


def test_summary_and_front_page(results, report_settings, tmp_path):
    assert run(results, report_settings, tmp_path) == 0
    found = json.loads((tmp_path / "summary.json").read_text())
    assert found["code_version"] == code_version("write_report")
    assert found["provenance"]["code_version"] == found["code_version"]
    blocks = ("weights", "classifiers", "sculpting", "diboson_peak", "scale_factors", "signal_strength")
    assert all(found[block] for block in blocks)
    assert (tmp_path / "page.rst").read_text().count(".. list-table::") == 12
    text = (tmp_path / "verdict.txt").read_text()
    assert text.splitlines()[0] == "small: 6 bad, 1 marginal, 32 good"
    assert text.splitlines()[2].startswith("✘ bad       signal strength of plain (coarse, fixed)")
    assert max(map(len, text.splitlines())) <= 112
    assert [line["grade"] for line in found["verdict"]].count("bad") == 6


def test_same_bytes_twice(results, report_settings, tmp_path):
    written = []
    for attempt in ("first", "second"):
        assert run(results, report_settings, tmp_path / attempt) == 0
        written.append(
            [(tmp_path / attempt / name).read_bytes() for name in ("summary.json", "verdict.txt", "page.rst")]
        )
    assert written[0] == written[1]


def test_missing_result_names_the_file_and_writes_nothing(results, report_settings, tmp_path, capsys):
    copied = tmp_path / "results"
    shutil.copytree(results, copied)
    gone = copied / "classifiers" / "plain" / "performance.json"
    gone.unlink()
    assert run(copied, report_settings, tmp_path / "report") == 1
    assert f"{gone}: no such file" in capsys.readouterr().err
    assert not (tmp_path / "report").exists()


def test_a_result_of_another_version_names_file_and_key(editable, report_settings, tmp_path, capsys):
    editable.edit("sculpting/plain/sculpting.json", lambda content: content.pop("chi2_per_quantile"))
    assert run(editable.folder, report_settings, tmp_path / "report") == 1
    path = editable.folder / "sculpting/plain/sculpting.json"
    assert f"{path}: 'chi2_per_quantile' is missing; was it written by another version?" in capsys.readouterr().err
    assert not (tmp_path / "report").exists()
