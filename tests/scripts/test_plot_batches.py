"""plot_batches: from the histories of trainings to both files of the figure."""

from __future__ import annotations

import pytest

import plot_batches
from signedag.identity import Identity
from signedag.json_results import write_json


@pytest.fixture
def histories(tmp_path):
    """Two classifiers with two folds each; of tt there are 600 events in a batch, of zh the rest."""
    paths = []
    for variant in ("plain", "balanced"):
        for fold in (0, 1):
            path = tmp_path / variant / "seed1" / f"fold{fold}" / "history.json"
            processes = {
                "tt": {"class": "background", "training_events": 900, "events": 600.0, "weight": 0.5},
                "ZH": {"class": "signal", "training_events": 500, "events": 424.0, "weight": 0.5},
            }
            names = {"variant": variant, "seed": 1, "fold": fold}
            contents = {"batches": 3, "events": 1024.0, "processes": processes, "parameters": []}
            write_json(path, names | {"epochs": [], "batches": contents}, Identity.of("training history", **names))
            paths.append(path)
    return paths


def run(histories, folder, settings):
    arguments = ["--settings", settings.model_dump_json(), "--histories", *map(str, histories)]
    return plot_batches.main([*arguments, "--output-folder", str(folder)])


def test_both_files(histories, plot_settings, tmp_path, refuses_others):
    assert run(histories, tmp_path / "figures", plot_settings) == 0
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == ["batches.pdf", "batches.png"]
    refuses_others(lambda: run(histories, tmp_path / "again", plot_settings), histories[0])


def test_a_history_of_an_earlier_version_is_named(histories, plot_settings, tmp_path, error_line):
    names = {"variant": "plain", "seed": 1, "fold": 0}
    write_json(histories[0], names | {"epochs": []}, Identity.of("training history", **names))
    assert run(histories, tmp_path / "figures", plot_settings) == 1
    assert f"{histories[0]}: 'batches' is missing; was it written by another version?" in error_line()
