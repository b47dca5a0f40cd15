"""summarise_scan.py and plot_scan.py on results of a small analysis, a copy of which is a point."""

from __future__ import annotations

import json

import pytest

import plot_scan
import summarise_scan
from signedag.config.scan import SummariseScanSettings
from signedag.identity import Identity
from signedag.json_results import write_json

TREATMENT = "fixed"


@pytest.fixture
def settings():
    """A scan of the small analysis's classifier: as it is, and with another learning rate."""
    return SummariseScanSettings.model_validate(
        {
            "scan": {"variant": "plain", "grid": {"learning_rate": [0.001, 0.002], "batch.size": [1024]}},
            "paths": ["learning_rate", "batch.size"],
            "classifier": "plain",
            "template": {"region": "sr", "seeds": [1, 2], "phases": [{"epochs": 2}]},
            "seed": 1,
            "folds": 2,
            "has_sculpting": True,
            "binning": "coarse",
            "treatment": TREATMENT,
        }
    )


@pytest.fixture
def folder(editable, settings):
    """Results of both points, that of the other learning rate a copy."""
    name = settings.points()[1].name
    files = [f"classifiers/plain/seed{seed}/fold{fold}/history.json" for seed in (1, 2) for fold in (0, 1)]
    files += ["classifiers/plain/performance.json", "sculpting/plain/sculpting.json"]
    files += [f"fit/plain/coarse/{TREATMENT}/result.json"]
    for file in files:
        editable.copy(file, file.replace("plain", name), variant=name)
    return editable


def summarise(folder, settings, output):
    line = ["--settings", settings.as_json(), "--results-folder", str(folder.folder)]
    paths = {key: output / f"{key}.json" for key in ("output", "table", "times")}
    return summarise_scan.main([*line, *(part for key, path in paths.items() for part in (f"--{key}", str(path)))])


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def write_benchmark(folder, rule, name, seconds):
    path = folder / "benchmarks" / rule / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"s\tcpu_time\n1.0\t{seconds}\n")


def test_every_point_has_its_row_and_nothing_in_it_is_a_time(folder, settings, tmp_path):
    plain, other = (point.name for point in settings.points())
    assert plain == "plain" and other.startswith("plain_scan_")

    def worse(content):
        content["interval"] |= {"down": 3.0, "up": 3.0}

    def failed(content):
        content["diverged"] = "loss is not finite"

    folder.edit(f"fit/{other}/coarse/{TREATMENT}/result.json", worse)
    assert summarise(folder, settings, tmp_path) == 0
    summary = read(tmp_path / "output.json")
    rows = {row["variant"]: row for row in summary["points"]}
    assert {name: row["settings"] for name, row in rows.items()} == {
        plain: {"learning_rate": 0.001, "batch.size": 1024},
        other: {"learning_rate": 0.002, "batch.size": 1024},
    }
    area = read(folder.folder / "classifiers/plain/performance.json")["auc"]
    assert rows[plain]["auc"] == rows[other]["auc"] == {key: area[key] for key in ("value", "error")}
    result = read(folder.folder / "fit/plain/coarse" / TREATMENT / "result.json")
    ends = [result["interval"][end] ** 2 + result["template_statistical"] ** 2 for end in ("down", "up")]
    assert rows[plain]["sigma_mu"] == pytest.approx((ends[0] ** 0.5 + ends[1] ** 0.5) / 2)
    assert rows[other]["sigma_mu"] > 3.0
    assert summary["choice"]["frontier"] == [plain]
    assert summary["choice"]["caution"].startswith("The best of 2 points was chosen on this sample")

    before = (tmp_path / "output.json").read_bytes()
    write_benchmark(folder.folder, "train_classifier", "plain_1_0", 4.5)
    write_benchmark(folder.folder, "train_classifier", "plain_2_1", 1.5)
    write_benchmark(folder.folder, "train_classifiers", other, 7.0)
    write_benchmark(folder.folder, "check_sculpting", other, "NA")
    write_benchmark(folder.folder, "fit_signal_strength", f"{other}_coarse_{TREATMENT}", 2.0)
    assert summarise(folder, settings, tmp_path) == 0
    assert (tmp_path / "output.json").read_bytes() == before
    assert read(tmp_path / "times.json")["points"] == {
        plain: {"training_cpu_seconds": 6.0, "judging_cpu_seconds": None},
        other: {"training_cpu_seconds": 7.0, "judging_cpu_seconds": 2.0},
    }

    folder.edit(f"classifiers/{other}/seed2/fold0/history.json", failed)
    assert summarise(folder, settings, tmp_path) == 0
    (row,) = (row for row in read(tmp_path / "output.json")["points"] if row["variant"] == other)
    assert row["failed"] == "seed 2, fold 0 diverged: loss is not finite"
    assert read(tmp_path / "output.json")["choice"]["failed"] == 1


def test_without_sculpting_check_and_fit_there_is_no_best(folder, settings, tmp_path):
    bare = settings.model_copy(update={"has_sculpting": False, "binning": None, "treatment": None})
    assert summarise(folder, bare, tmp_path) == 0
    summary = read(tmp_path / "output.json")
    assert summary["choice"]["best"] is None
    assert {row["sigma_mu_reason"] for row in summary["points"]} == {"the analysis has no fit"}
    assert {row["sculpting"] for row in summary["points"]} == {None}


def test_mistakes_are_one_line(folder, settings, tmp_path, error_line):
    gone = folder.folder / "sculpting/plain/sculpting.json"
    gone.unlink()
    assert summarise(folder, settings, tmp_path) == 1
    assert f"{gone}: no such file; run check_sculpting first" in error_line()


def test_results_of_others_are_refused(folder, settings, tmp_path, refuses_others):
    name = settings.points()[1].name
    paths = [
        folder.folder / file
        for file in (f"classifiers/{name}/performance.json", f"fit/{name}/coarse/{TREATMENT}/result.json")
    ]
    refuses_others(lambda: summarise(folder, settings, tmp_path / "out"), *paths)


def test_the_scan_is_drawn_with_maps_where_there_are_two_settings(folder, settings, plot_settings, tmp_path, capsys):
    assert summarise(folder, settings, tmp_path) == 0
    line = ["--settings", plot_settings.as_json(), "--summary", str(tmp_path / "output.json"), "--output-folder"]
    assert plot_scan.main([*line, str(tmp_path / "figures")]) == 0
    drawn = ("scan_frontier", "scan_maps", "scan_marginals")
    written = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert written == sorted(f"{name}.{kind}" for name in drawn for kind in ("pdf", "png"))
    content = read(tmp_path / "output.json") | {"axes": read(tmp_path / "output.json")["axes"][:1]}
    write_json(
        tmp_path / "output.json",
        {key: value for key, value in content.items() if key not in ("identity", "checksum")},
        Identity.of("scan"),
    )
    assert plot_scan.main([*line, str(tmp_path / "fewer")]) == 0
    assert sorted(path.name for path in (tmp_path / "fewer").glob("*.png")) == [
        "scan_frontier.png", "scan_marginals.png",
    ]  # fmt: skip
    assert plot_scan.main([*line[:2], "--summary", str(tmp_path / "gone.json"), *line[4:], str(tmp_path / "x")]) == 1
    assert "gone.json: no such file; run summarise_scan first" in capsys.readouterr().err
