"""score_events: each event by the network that was not trained on its fold, under every shift."""

from __future__ import annotations

import json

import numpy as np
import pytest
from event_stores import opened, opened_stage

from score_events import main

SHIFTS = ("nominal", "jet_energy_up", "jet_energy_down")
SETTINGS = json.dumps({"folds": 2, "variant": "plain"})


@pytest.fixture
def events(signed_sample):
    """Three shifts with different events; an event keeps its number, and so its fold."""
    return [signed_sample("tt", 300 + 20 * index, seed=1, shift=shift) for index, shift in enumerate(SHIFTS)]


def run(events, models, output):
    arguments = [
        "--settings",
        SETTINGS,
        "--variant",
        "plain",
        "--seed",
        "1",
        "--events",
        *map(str, events),
        "--models",
        *map(str, models),
    ]
    return main([*arguments, "--output-folder", str(output)])


def test_scores_of_every_shift(events, linear_network, tmp_path, capsys):
    models = [linear_network(1, [-3.0, -1.0], 0.5), linear_network(0, [1.0, 2.0], -0.5)]
    assert run(events, models, tmp_path / "scores") == 0
    assert "--output-folder" in capsys.readouterr().err.splitlines()[0]
    assert sorted(path.name for path in (tmp_path / "scores" / "tt").iterdir()) == sorted(
        f"{shift}.arrow" for shift in SHIFTS
    )
    for path in events:
        store = opened(path)
        scores = opened_stage(tmp_path / "scores" / "tt" / path.name, store)
        found = scores.column("score")
        assert scores.names == ["score"] and found.dtype == np.float64
        x, fold = store.column("x"), store.column("fold")
        logits = np.where(fold == 0, [x - 0.5, 2 * x - 0.5], [-3 * x + 0.5, -x + 0.5])
        np.testing.assert_allclose(found, (1 / (1 + np.exp(-logits))).mean(axis=0), rtol=1e-5)
        assert np.all((found >= 0) & (found <= 1))
        defaults = {"classes": [], "signal_classes": [], "points": {}}
        assert json.loads(scores.provenance["settings"]) == json.loads(SETTINGS) | defaults


def test_the_same_bytes_twice(events, linear_network, tmp_path):
    models = [linear_network(fold, [1.0]) for fold in (0, 1)]
    for name, given in (("first", models), ("second", models[::-1])):
        assert run(events, given, tmp_path / name) == 0
    for shift in SHIFTS:
        first, second = ((tmp_path / name / "tt" / f"{shift}.arrow").read_bytes() for name in ("first", "second"))
        assert first == second


def test_a_fold_without_network_is_refused(events, linear_network, tmp_path, error_line):
    assert run(events, [linear_network(0, [1.0])], tmp_path / "scores") == 1
    assert "the networks leave out the folds [0], the events have folds 0 to 1" in error_line()
    assert not (tmp_path / "scores").exists()


def test_a_feature_that_is_missing_is_named(events, linear_network, tmp_path, error_line):
    models = [linear_network(fold, [1.0], inputs=("met",)) for fold in (0, 1)]
    assert run(events, models, tmp_path / "scores") == 1
    assert "no column 'met'" in error_line()


def test_a_corrupt_network_is_named(events, linear_network, tmp_path, error_line):
    models = [linear_network(fold, [1.0]) for fold in (0, 1)]
    models[1].write_bytes(models[1].read_bytes()[:50])
    assert run(events, models, tmp_path / "scores") == 1
    assert f"{models[1]}: not a network of this workflow" in error_line()
    assert not (tmp_path / "scores").exists()


def test_a_feature_that_is_not_a_number_is_refused(signed_sample, linear_network, tmp_path, error_line):
    x = np.zeros(300, dtype=np.float32)
    x[17] = np.nan
    path = signed_sample("tt", 300, x=x)
    assert run([path], [linear_network(fold, [1.0]) for fold in (0, 1)], tmp_path / "scores") == 1
    assert "the networks give no number for 1 events, the first in row 17" in error_line()
    assert not (tmp_path / "scores").exists()
