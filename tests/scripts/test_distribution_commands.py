"""Filling and drawing of variables through the commands: what is hidden changes no byte, and files that are others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from region_events import SETTINGS, WINDOW, Columns, data_events, shown, write_region_events

import fill_distributions
import plot_distributions
from signedag.config.plotting import PlotSettings, ProcessStyle
from signedag.identity import Identity
from signedag.statistics.template_files import TemplateFile, read_templates

SCORES = {"plain": {"bins": 4, "low": 0.0, "high": 1.0}}
BLIND = {"data": shown(windows=WINDOW | {"score": {"low": 0.8}}, signal_over_background=0.05), "scores": SCORES}


def fill(folder: Path, observed: Columns | None, region: str = "sr", **changes: Any) -> Path:
    events, scores = write_region_events(folder, observed)
    settings = SETTINGS | changes
    given = ["--scores", *scores] if settings["scores"] or settings["data"] else []
    line = ["--settings", json.dumps(settings), "--region", region, "--events", *events, *given]
    output = folder / f"{region}.root"
    assert fill_distributions.main([*line, "--output", str(output)]) == 0
    return output


def read(path: Path, region: str = "sr") -> TemplateFile:
    return read_templates(path, Identity.of("distributions of a region", region=region))


def test_hidden_data_change_no_byte_until_the_settings_unblind(tmp_path: Path, capsys) -> None:
    data = data_events()
    hidden = data["region_sr"] & (((data["mass"] >= 100) & (data["mass"] <= 130)) | (data["score"] >= 0.8))
    other = {name: np.concatenate([values, values[hidden]]) for name, values in data.items()}
    other["event_number"] = np.arange(other["mass"].size)
    first = fill(tmp_path / "first", data, **BLIND)
    said = capsys.readouterr().err
    second = fill(tmp_path / "second", other, **BLIND)
    assert capsys.readouterr().err.replace("/second/", "/first/") == said
    assert first.read_bytes() == second.read_bytes()
    open_ = BLIND | {"data": shown(unblinded=True)}
    assert fill(tmp_path / "a", data, **open_).read_bytes() != fill(tmp_path / "b", other, **open_).read_bytes()
    written = read(first)
    assert set(written.in_observables) == {"mass", "met", "score_plain"}
    described = written.description.block("distributions")
    assert [rule.text("variable") for rule in described.block("met").listed("without")] == ["mass", "score_plain"]
    counted = {row["process"] for row in written.description["counts"]}
    assert counted == {"zh", "tt"}, "hidden data are counted nowhere"


@pytest.fixture
def settings() -> dict[str, Any]:
    """What the figures of two processes need."""
    processes = {
        "zh": ProcessStyle(label="ZH", colour="#D55E00", signal=True),
        "tt": ProcessStyle(label="top pairs", colour="#0072B2", signal=False),
    }
    figures = PlotSettings(
        plots={}, luminosity_fb=1.0, processes=processes, samples=SETTINGS["samples"], regions={"sr": "signal region"}
    )
    rates = {"luminosity": {"relative": 0.02, "constraint": "log_normal", "processes": None}}
    return {
        "figures": json.loads(figures.as_json()), "normalisations": rates, "scale_factors": {}, "pseudo_data": False,
    }  # fmt: skip


def test_every_variable_is_drawn_on_both_axes_in_both_formats(tmp_path: Path, settings, refuses_others) -> None:
    filled, folder = fill(tmp_path, data_events(), **BLIND), tmp_path / "figures"

    def draw() -> int:
        line = ["--settings", json.dumps(settings), "--region", "sr", "--histograms", str(filled)]
        return plot_distributions.main([*line, "--output-folder", str(folder)])

    refuses_others(draw, filled)
    names = {f"{name}_{axis}" for name in ("mass", "met", "score_plain") for axis in ("linear", "log")}
    written = {path.name for path in folder.iterdir()}
    assert written == {f"{name}.{suffix}" for name in names for suffix in ("png", "pdf")}
    pictures = {path.read_bytes() for path in folder.glob("*.png")}
    assert len(pictures) == len(names), "no two are the same"


def test_scale_factors_are_applied_where_their_file_is_given(
    tmp_path: Path, settings, results: Path, refuses_others, error_line
) -> None:
    filled = fill(tmp_path, data_events(), region="cr", data=shown(windows=WINDOW))
    factors = tmp_path / "result.json"
    factors.write_bytes((results / "scale_factors" / "result.json").read_bytes())
    settings["scale_factors"] = {"tt": "sf_tt"}

    def draw(name: str, *more: str) -> int:
        line = ["--settings", json.dumps(settings), "--region", "cr", "--histograms", str(filled), *more]
        return plot_distributions.main([*line, "--output-folder", str(tmp_path / name)])

    assert draw("plain") == 0
    given = ("--scale-factors", str(factors))
    refuses_others(lambda: draw("scaled", *given), factors, filled)
    pictures = {(tmp_path / name / "met_linear.png").read_bytes() for name in ("plain", "scaled")}
    assert len(pictures) == 2
    settings["scale_factors"] = {"tt": "sf_other"}
    assert draw("unknown", *given) == 1
    assert f"{factors}: 'scale_factors.sf_other' is missing" in error_line()


def test_events_and_scores_of_something_else_are_refused(tmp_path: Path, refuses_others, error_line) -> None:
    events, scores = write_region_events(tmp_path, data_events())
    settings = json.dumps(SETTINGS | BLIND)

    def run(chosen: list[str] = scores) -> int:
        line = ["--settings", settings, "--region", "sr", "--events", *events, "--scores", *chosen]
        return fill_distributions.main([*line, "--output", str(tmp_path / "sr.root")])

    named = [Path(path) for path in events + scores if "/data/" in path or "/zh/jets_up" in path]
    refuses_others(run, *named)
    assert run([path for path in scores if "/zh/" not in path]) == 1
    assert "not among the files given" in error_line()
    assert run([]) == 1
    assert "--scores: none of 'plain'" in error_line()
