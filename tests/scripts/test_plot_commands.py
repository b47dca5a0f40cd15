"""Each plot command: both files of each figure, no torch, and a newcomer's mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import plot_classifier
import plot_classifier_comparison
import plot_diboson_peak
import plot_fit
import plot_pulls
import plot_scale_factors
import plot_sculpting
import plot_weights
from signedag.identity import Identity
from signedag.json_results import write_json

SCRIPTS = Path(plot_fit.__file__).parent


def command_lines(results: Path) -> dict:
    """Give each command with its arguments and figures."""
    weights = results / "weights" / "transformed" / "zjets"
    classifier = results / "classifiers" / "plain"
    fit = results / "fit" / "plain" / "coarse"
    factors = results / "scale_factors"
    histories = [str(classifier / f"seed{seed}" / f"fold{fold}" / "history.json") for seed in (1, 2) for fold in (0, 1)]
    fits = [str(fit / treatment / "result.json") for treatment in ("fixed", "constrained", "simultaneous")]
    return {
        "plot_weights": (
            plot_weights,
            ["--sample", "zjets", "--closure", weights / "closure.json", "--calibration", weights / "calibration.json"],
            ["negative_fraction", "sign_calibration", "weight_closure"],
        ),
        "plot_classifier": (
            plot_classifier,
            ["--performances", classifier / "performance.json", "--histories", *histories],
            ["roc", "score", "training"],
        ),
        "plot_sculpting": (
            plot_sculpting,
            ["--variant", "plain", "--sculpting", results / "sculpting" / "plain" / "sculpting.json"],
            ["mass_in_score_quantiles", "mass_by_quantile"],
        ),
        "plot_diboson_peak": (
            plot_diboson_peak,
            ["--variant", "plain", "--diboson-peak", results / "sculpting" / "plain" / "diboson_peak.json"],
            ["diboson_peak"],
        ),
        "plot_scale_factors": (
            plot_scale_factors,
            ["--templates", results / "templates" / "control.root", "--scale-factors", factors / "result.json"],
            ["control_regions", "scale_factors"],
        ),
        "plot_pulls": (plot_pulls, ["--pulls", factors / "pulls.json"], ["pulls"]),
        "plot_fit": (
            plot_fit,
            ["--variant", "plain", "--binning", "coarse", "--templates", fit / "templates.root", "--results", *fits],
            ["templates", "likelihood_scan"],
        ),
    }


def test_the_comparison_of_classifiers_is_drawn(results, plot_settings, tmp_path):
    performance = json.loads((results / "classifiers" / "plain" / "performance.json").read_text())
    area = performance["auc"]
    difference = {"first": "other", "second": "plain", "value": 0.0, "error": 0.001, "reason": None}
    difference |= {"unpaired_error": 0.003, "correlation": 0.9, "training_error": None}
    classifiers = {name: {"region": "sr", "auc": area} for name in ("plain", "other")}
    content = {"classifiers": classifiers, "differences": [difference]}
    write_json(tmp_path / "comparison.json", content, Identity.of("classifier comparison"))
    other = tmp_path / "other" / "performance.json"
    write_json(other, performance | {"variant": "other"}, Identity.of("performance", variant="other"))
    line = ["--settings", plot_settings.as_json(), "--comparison", str(tmp_path / "comparison.json"), "--performances"]
    line += [str(results / "classifiers" / "plain" / "performance.json"), str(other)]
    assert plot_classifier_comparison.main([*line, "--output-folder", str(tmp_path / "figures")]) == 0
    written = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert written == ["roc_comparison.pdf", "roc_comparison.png"]


COMMANDS = [
    "plot_weights",
    "plot_classifier",
    "plot_sculpting",
    "plot_diboson_peak",
    "plot_scale_factors",
    "plot_pulls",
    "plot_fit",
]


@pytest.mark.parametrize("name", COMMANDS)
def test_figures_are_written_in_both_formats(name, results, plot_settings, tmp_path):
    command, arguments, figures = command_lines(results)[name]
    line = ["--settings", plot_settings.as_json(), *map(str, arguments), "--output-folder", str(tmp_path)]
    assert command.main(line) == 0
    written = {path.name: path for path in tmp_path.rglob("*.p*")}
    assert sorted(written) == sorted(f"{figure}.{suffix}" for figure in figures for suffix in ("png", "pdf"))
    for figure in figures:
        with Image.open(written[f"{figure}.png"]) as image:
            assert round(image.info["dpi"][0]) >= 150
            assert image.width >= 900
        assert written[f"{figure}.pdf"].read_bytes().startswith(b"%PDF")


def test_classifiers_are_drawn_each_into_its_folder(results, plot_settings, tmp_path, capsys):
    plain = results / "classifiers" / "plain"
    other = tmp_path / "other"
    for path in [plain / "performance.json", *plain.glob("seed1/fold*/history.json")]:
        content = json.loads(path.read_text()) | {"variant": "other"}
        names = content.pop("identity") | {"variant": "other"}
        write_json(other / path.relative_to(plain), content, Identity(names.pop("kind"), names))
    performances = ["--performances", str(plain / "performance.json"), str(other / "performance.json")]
    histories = [str(path) for folder in (plain, other) for path in folder.rglob("history.json")]
    line = ["--settings", plot_settings.as_json(), *performances, "--output-folder", str(tmp_path / "figures")]
    assert plot_classifier.main([*line, "--histories", *histories]) == 0
    one, more = ((tmp_path / "figures" / name / "training.png").read_bytes() for name in ("plain", "other"))
    assert one != more, "each has histories of its own"
    assert plot_classifier.main([*line, "--histories", *(path for path in histories if "other" not in path)]) == 1
    assert "--histories: none of classifier 'other'" in capsys.readouterr().err


@pytest.mark.parametrize("name", [*COMMANDS, "write_report"])
def test_commands_do_not_import_torch(name):
    code = f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); import {name}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_missing_input_names_the_file(results, plot_settings, tmp_path, capsys):
    gone = tmp_path / "sculpting.json"
    arguments = ["--settings", plot_settings.as_json(), "--variant", "plain", "--sculpting", str(gone)]
    assert plot_sculpting.main([*arguments, "--output-folder", str(tmp_path / "figures")]) == 1
    assert f"{gone}: no such file" in capsys.readouterr().err
    assert not (tmp_path / "figures").exists()


def test_unreadable_templates_name_the_file(results, plot_settings, tmp_path, capsys):
    broken = tmp_path / "control.root"
    broken.write_bytes(b"not ROOT at all")
    arguments = ["--settings", plot_settings.as_json(), "--templates", str(broken), "--scale-factors"]
    arguments += [str(results / "scale_factors" / "result.json"), "--output-folder", str(tmp_path / "figures")]
    assert plot_scale_factors.main(arguments) == 1
    assert f"{broken}: not a readable ROOT file" in capsys.readouterr().err
