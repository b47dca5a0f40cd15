"""The study of template statistics as commands: parts, table, figure, and files that are of something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from event_stores import opened, write_events, write_scores, write_weights

import combine_template_statistics
import plot_binnings
import plot_template_statistics
import scan_binnings
import study_template_statistics
from signedag.events.without_fold import factors_as_metadata
from signedag.identity import Identity
from signedag.json_results import write_json

CASES = [
    {"templates": "exact", "template_statistics": "none", "least_effective_events": 0.0},
    {"templates": "redrawn", "template_statistics": "barlow_beeston_lite", "least_effective_events": 5.0},
]
SETTINGS: dict[str, Any] = {
    "seed": 1,
    "model": {
        "signals": ["zh"],
        "scale_factors": {"tt": "sf_tt"},
        "shapes": {"jets": None, "btag": ["tt"]},
        "normalisations": {},
    },
    "region": "sr",
    "mass": "m_jj_gev",
    "low": 50.0,
    "high": 200.0,
    "bins": [2, 3],
    "cases": CASES,
    "samples": {"zh": "zh", "tt": "tt"},
    "signal_samples": ["zh"],
    "shifts": ["jets"],
    "variations": {"btag": ["tt"]},
    "transformed_samples": [],
}
TRANSFORMED = {"transformed_samples": ["tt"]} | {
    "cases": [*CASES, *(CASES[1] | {"templates": kind} for kind in ("transformed", "transformed_covered"))]
}
SCAN = {key: value for key, value in SETTINGS.items() if key not in ("seed", "cases", "transformed_samples")} | {
    "bins": [1, 2, 6],
    "fits": [{key: value for key, value in case.items() if key != "templates"} for case in CASES],
}
COMBINED = {"bins": [2, 3], "cases": CASES, "pseudo_experiments": 4}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write events and scores of two samples, nominal and shifted, and scale factors."""
    folder = tmp_path_factory.mktemp("study")
    for sample, size, weight in (("zh", 300, 0.2), ("tt", 900, 0.4)):
        generator = np.random.default_rng(size)
        mass = generator.normal(125, 12, size) if sample == "zh" else generator.uniform(40, 210, size)
        score = generator.beta(3, 1, size) if sample == "zh" else generator.random(size)
        signed = weight * np.where(generator.random(size) < 0.15, -1.0, 1.0)
        for shift, scale in (("nominal", 1.0), ("jets_up", 1.03), ("jets_down", 0.97)):
            columns = {
                "event_number": np.arange(size),
                "weight": signed,
                "generator_weight": signed,
                "fold": (np.arange(size) % 2).astype(np.int8),
            }
            columns |= {"m_jj_gev": scale * mass, "region_sr": np.arange(size) % 9 > 0}
            columns |= {f"weight_btag_{side}": signed * (1 + by * score) for side, by in (("up", 0.1), ("down", -0.1))}
            write_events(folder / "events" / sample / f"{shift}.arrow", columns, factors_as_metadata([2.0, 2.0]))
            events = opened(folder / "events" / sample / f"{shift}.arrow")
            write_scores(folder / "scores" / "combined" / sample / f"{shift}.arrow", events, {"score": score})
        events = opened(folder / "events" / sample / "nominal.arrow")
        for fold in (0, 1):
            rows = events.column("fold") != fold
            path = folder / "weights" / sample / f"without_fold{fold}.arrow"
            write_weights(path, events, {"training_weight": np.full(rows.sum(), 0.7 * weight)}, fold, rows)
    factors = {"order": ["sf_tt"], "scale_factors": {"sf_tt": {"value": 0.9}}, "covariance": [[0.01]]}
    write_json(folder / "factors.json", factors, Identity.of("scale factors"))
    return folder


def study(folder: Path, output: Path, part: int, first: int, last: int, **changes: Any) -> int:
    arguments = ["--settings", json.dumps(SETTINGS | changes), "--variant", "plain", "--part", str(part)]
    arguments += ["--pseudo-experiments", str(first), str(last), "--scale-factors", str(folder / "factors.json")]
    arguments += ["--events", *map(str, sorted(folder.glob("events/*/*.arrow")))]
    arguments += ["--scores", *map(str, sorted(folder.glob("scores/combined/*/*.arrow")))]
    arguments += ["--weights", *map(str, sorted(folder.glob("weights/*/*.arrow")))]
    return study_template_statistics.main([*arguments, "--output", str(output)])


def combine(parts: list[Path], output: Path, **changes: Any) -> int:
    arguments = ["--settings", json.dumps(COMBINED | changes), "--variant", "plain", "--parts", *map(str, parts)]
    return combine_template_statistics.main([*arguments, "--output", str(output)])


@pytest.fixture(scope="module")
def parts(folder: Path) -> list[Path]:
    """Do four pseudo-experiments in two parts."""
    paths = [folder / "parts" / f"{part}.json" for part in (0, 1)]
    for part, path in enumerate(paths):
        assert study(folder, path, part, 2 * part, 2 * part + 1) == 0
    return paths


def test_parts_become_a_table_and_a_figure(folder: Path, parts: list[Path], plot_settings: Any, tmp_path: Path) -> None:
    assert combine(parts[::-1], tmp_path / "result.json") == 0
    content = json.loads((tmp_path / "result.json").read_text())
    assert [(row["bins"], row["templates"]) for row in content["table"]] == [
        (2, "exact"), (2, "redrawn"), (3, "exact"), (3, "redrawn"),
    ]  # fmt: skip
    assert all(row["pseudo_experiments"] == 4 and row["failed"] == 0 for row in content["table"])
    assert content["truths"]["2"]["bins"] == 4
    line = ["--settings", plot_settings.as_json(), "--variant", "plain", "--study", str(tmp_path / "result.json")]
    assert plot_template_statistics.main([*line, "--output-folder", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.glob("*.p*")) == ["template_statistics.pdf", "template_statistics.png"]


def test_a_part_is_the_same_bytes_again(folder: Path, parts: list[Path], tmp_path: Path) -> None:
    assert study(folder, tmp_path / "1.json", 1, 2, 3) == 0
    assert (tmp_path / "1.json").read_bytes() == parts[1].read_bytes()
    assert study(folder, tmp_path / "other.json", 1, 2, 3, seed=2) == 0
    assert json.loads((tmp_path / "other.json").read_text())["cells"] != json.loads(parts[1].read_text())["cells"]


def test_transformed_weights_are_studied_beside_the_signed_ones(
    folder: Path, parts: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The fits of signed templates stay the same bytes, and the choice is in the table with its offset."""
    paths = [tmp_path / f"{part}.json" for part in (0, 1)]
    for part, path in enumerate(paths):
        assert study(folder, path, part, 2 * part, 2 * part + 1, **TRANSFORMED) == 0
    cells, before = (json.loads(path.read_text())["cells"] for path in (paths[0], parts[0]))
    kinds = ("exact", "redrawn")
    assert [cell for cell in cells if cell["case"]["templates"] in kinds] == before
    by_kind = {cell["case"]["templates"]: np.mean(cell["errors"]) for cell in cells if cell["bins"] == 3}
    assert by_kind["transformed"] < by_kind["transformed_covered"]
    assert combine(paths, tmp_path / "result.json", cases=TRANSFORMED["cases"]) == 0
    content = json.loads((tmp_path / "result.json").read_text())
    assert [row["templates"] for row in content["table"]] == 2 * [case["templates"] for case in TRANSFORMED["cases"]]
    assert content["transformation_offsets"].keys() == {"2", "3"}
    assert content["transformation_offsets"]["3"]["expected"] > 0
    assert study(folder, tmp_path / "no.json", 0, 0, 1, **(TRANSFORMED | {"transformed_samples": ["vz"]})) == 1
    assert "vz" in capsys.readouterr().err.splitlines()[-1]


def test_binnings_are_scanned_and_drawn(
    folder: Path, parts: list[Path], plot_settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--settings", json.dumps(SCAN), "--variant", "plain"]
    arguments += ["--events", *map(str, sorted(folder.glob("events/*/*.arrow")))]
    arguments += ["--scores", *map(str, sorted(folder.glob("scores/combined/*/*.arrow")))]
    arguments += ["--scale-factors", str(folder / "factors.json"), "--output", str(tmp_path / "binnings.json")]
    assert scan_binnings.main(arguments) == 0
    content = json.loads((tmp_path / "binnings.json").read_text())
    assert [row["bins"] for row in content["rows"]] == [1, 1, 2, 2, 6, 6]
    assert all(row["sigma"] > 0 and row["reason"] == "" for row in content["rows"])
    # the mass peaks, so that more bins help
    assert content["rows"][4]["sigma"] < content["rows"][0]["sigma"]
    assert len(content["best"]) == 2
    line = ["--settings", plot_settings.as_json(), "--variant", "plain", "--output-folder", str(tmp_path)]
    assert plot_binnings.main([*line, "--scan", str(tmp_path / "binnings.json")]) == 0
    assert sorted(path.name for path in tmp_path.glob("*.p*")) == ["binning_scan.pdf", "binning_scan.png"]
    assert plot_binnings.main([*line, "--scan", str(parts[0])]) == 1
    assert "expected scan of binnings (variant plain)" in capsys.readouterr().err.splitlines()[-1]


def test_other_files_are_refused(
    folder: Path, parts: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def error(status: int) -> str:
        assert status == 1
        return capsys.readouterr().err.splitlines()[-1]

    output = tmp_path / "result.json"
    assert "2 of 4 pseudo-experiments are there for 2 bins per axis" in error(combine(parts[:1], output))
    content = json.loads(parts[0].read_text())
    other = {key: value for key, value in content.items() if key not in ("identity", "checksum")}
    write_json(tmp_path / "0.json", other, Identity.of("part of template statistics", variant="other", part=0))
    line = error(combine([tmp_path / "0.json", parts[1]], output))
    assert "holds part of template statistics (variant other, part 0), expected part of template statistics" in line
    (tmp_path / "0.json").write_text(parts[0].read_text().replace("0.", "1.", 1))
    assert f"{tmp_path / '0.json'}" in error(combine([tmp_path / "0.json", parts[1]], output))
    wrong = SETTINGS["model"] | {"scale_factors": {"tt": "sf_top"}}
    assert "has no scale factor 'sf_top'" in error(study(folder, output, 0, 0, 0, model=wrong))
    assert "no column 'region_signal'; did you mean 'region_sr'?" in error(
        study(folder, output, 0, 0, 0, region="signal")
    )
    assert not output.exists()
