"""The study of template statistics as commands: parts, table, figure, and files that are of something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from event_stores import opened, write_events, write_scores

import combine_template_statistics
import plot_template_statistics
import study_template_statistics
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
            columns = {"event_number": np.arange(size), "weight": signed, "fold": (np.arange(size) % 2).astype(np.int8)}
            columns |= {"m_jj_gev": scale * mass, "region_sr": np.arange(size) % 9 > 0}
            columns |= {f"weight_btag_{side}": signed * (1 + by * score) for side, by in (("up", 0.1), ("down", -0.1))}
            write_events(folder / "events" / sample / f"{shift}.arrow", columns)
            events = opened(folder / "events" / sample / f"{shift}.arrow")
            write_scores(folder / "scores" / "combined" / sample / f"{shift}.arrow", events, {"score": score})
    factors = {"order": ["sf_tt"], "scale_factors": {"sf_tt": {"value": 0.9}}, "covariance": [[0.01]]}
    write_json(folder / "factors.json", factors, Identity.of("scale factors"))
    return folder


def study(folder: Path, output: Path, part: int, first: int, last: int, **changes: Any) -> int:
    arguments = ["--settings", json.dumps(SETTINGS | changes), "--variant", "plain", "--part", str(part)]
    arguments += ["--pseudo-experiments", str(first), str(last), "--scale-factors", str(folder / "factors.json")]
    arguments += ["--events", *map(str, sorted(folder.glob("events/*/*.arrow")))]
    arguments += ["--scores", *map(str, sorted(folder.glob("scores/combined/*/*.arrow")))]
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
