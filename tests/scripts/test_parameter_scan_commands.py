"""scan_parameter and plot_parameter_scan: the score of fixed events between the points that were trained."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from event_stores import opened, write_weights

import plot_parameter_scan
import scan_parameter
import train_classifier
from signedag.events.layout import training_weights_path
from signedag.events.without_fold import rows_without_fold, signed_weight_without_fold
from signedag.identity import Identity
from signedag.json_results import read_json
from signedag.networks.device import choose_device
from signedag.networks.saved import cross_evaluate, load_networks

MEANS = {"tt": 2.0, "x1": 1.0, "x2": 2.0, "x3": 3.0}
POINTS = {"x1": [1.0, 5.0], "x2": [2.0, 5.0], "x3": [3.0, 5.0]}
GRID = np.linspace(0.8, 3.2, 25).tolist()


@pytest.fixture
def trained(signed_sample, tmp_path):
    """Background is broad around 1.5, signals are narrow at their mass; networks see x, mass and a useless width."""
    generator = np.random.default_rng(3)
    for seed, (name, mean) in enumerate(MEANS.items(), 1):
        spread = 1.0 if name == "tt" else 0.25
        x = generator.normal(mean, spread, 1500).astype(np.float32)
        events = opened(signed_sample(name, 1500, seed, x=x))
        for fold in (0, 1):
            weights = {"training_weight": np.abs(signed_weight_without_fold(events, fold))}
            path = training_weights_path(tmp_path / "weights", name, fold)
            write_weights(path, events, weights, fold, rows_without_fold(events, fold), "transformed")
    variant = {
        "region": "sr", "inputs": ["x", "y"], "parameters": ["mass", "width"],
        "architecture": {"kind": "conditioned", "hidden_layers": [16, 16], "dropout": 0.0},
        "batch": {"size": 200, "drawing": "stratified", "strata": "full"},
        "phases": [{"epochs": 25, "updates": [{"learning_rate": 0.01}]}],
    }  # fmt: skip
    settings = {
        "seed": 5, "folds": 2, "variant": variant, "points": POINTS,
        "classes": {"background": ["tt"], "signal": ["x1", "x2", "x3"]}, "processes": {name: name for name in MEANS},
    }  # fmt: skip
    for fold in (0, 1):
        arguments = ["--settings", json.dumps(settings), "--variant", "pnn", "--seed", "1", "--fold", str(fold)]
        arguments += ["--events", *map(str, events_of(tmp_path)), "--weights"]
        arguments += [str(training_weights_path(tmp_path / "weights", name, fold)) for name in MEANS]
        outputs = ["--model", str(models_of(tmp_path)[fold]), "--history", str(tmp_path / f"history{fold}.json")]
        assert train_classifier.main([*arguments, "--checkpoints", *outputs]) == 0
    return tmp_path


def events_of(folder):
    return [folder / "events" / name / "nominal.arrow" for name in MEANS]


def models_of(folder):
    return [folder / f"fold{fold}" / "model.safetensors" for fold in (0, 1)]


def scan(folder, output="scan.json", **changes):
    settings = {
        "folds": 2, "variant": "pnn", "region": "sr", "samples": {name: name for name in MEANS}, "parameter": "mass",
        "grid": GRID, "others": {"width": 5.0}, "trained": [1.0, 2.0, 3.0], "own": {"x1": 1.0, "x2": 2.0, "x3": 3.0},
        "events_per_process": 300, "single_events": 2,
    }  # fmt: skip
    arguments = ["--settings", json.dumps(settings | changes), "--seed", "1", "--models", *map(str, models_of(folder))]
    return scan_parameter.main([*arguments, "--events", *map(str, events_of(folder)), "--output", str(folder / output)])


def test_resonances_peak_near_their_masses_and_events_are_scored_by_the_network_without_them(
    trained, error_line, capsys, refuses_others
):
    assert scan(trained) == 0
    content = read_json(trained / "scan.json", Identity.of("parameter scan", variant="pnn", seed=1))
    processes = content.blocks("processes")
    assert processes["x2"].number("own_value") == 2.0
    assert processes["x2"].block("peak").number("value") == pytest.approx(2.0, abs=0.25)
    assert processes["x2"].block("smoothness").number("largest_step") < 0.2
    x1, x3 = (processes[name].numbers("mean") for name in ("x1", "x3"))
    assert np.argmax(x1) < len(GRID) / 3 and np.argmax(x3) > 2 * len(GRID) / 3
    assert processes["tt"].count("events") == 300 and not processes["tt"].has("own_value")

    store = opened(events_of(trained)[1])
    chosen = np.flatnonzero(store.column("region_sr"))[:300]
    networks = [load_networks(path, choose_device(), Identity.of("classifier")) for path in models_of(trained)]
    rows, fold, weight = store.matrix(("x", "y"))[chosen], store.column("fold")[chosen], store.column("weight")[chosen]
    score = cross_evaluate(networks, rows, fold, (GRID[7], 5.0)).mean(axis=0)
    assert processes["x1"].numbers("mean")[7] == pytest.approx(np.average(score, weights=weight))
    first, second = processes["x1"].listed("single_events")
    assert first.count("event_number") == store.column("event_number")[chosen[0]]
    assert second.count("event_number") == store.column("event_number")[chosen[150]]
    assert first.numbers("score")[7] == pytest.approx(score[0])

    assert scan(trained, "again.json") == 0
    assert (trained / "again.json").read_bytes() == (trained / "scan.json").read_bytes()
    refuses_others(lambda: scan(trained, "other.json"), events_of(trained)[0])
    capsys.readouterr()
    assert scan(trained, region="other") == 1
    assert "no column 'region_other'" in error_line()
    assert scan(trained, others={}) == 1
    assert "is conditioned on mass, width, the scan gives 'mass' and fixed none" in error_line()


def test_the_figure_is_drawn(trained, plot_settings):
    assert scan(trained) == 0
    settings = ["--settings", plot_settings.model_dump_json(), "--variant", "pnn", "--seed", "1"]
    paths = ["--scan", str(trained / "scan.json"), "--output-folder", str(trained / "figures")]
    assert plot_parameter_scan.main([*settings, *paths]) == 0
    assert sorted(path.name for path in Path(trained / "figures").iterdir()) == [
        "parameter_scan.pdf",
        "parameter_scan.png",
    ]
