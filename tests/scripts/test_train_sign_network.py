"""train_sign_network: networks that never saw their fold, the same bytes every time, mistakes in one line."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from signedag.events.store import EventStore, write_store
from signedag.networks.saved import load_networks
from train_sign_network import main

NETWORK = {"inputs": ["x", "y"], "hidden_layers": [8], "epochs": 3, "batch_size": 100, "ensemble": 2}


@pytest.fixture
def run(tmp_path):
    def call(events, fold=0, name="out", sample="tt", **changes):
        settings = {"seed": 5, "folds": 2, "network": NETWORK | changes}
        arguments = ["--settings", json.dumps(settings), "--sample", sample, "--fold", str(fold)]
        outputs = ["--model", str(tmp_path / name / "model"), "--history", str(tmp_path / name / "history.json")]
        return main([*arguments, "--events", str(events), *outputs])

    return call


def test_outputs(signed_sample, run, tmp_path, capsys):
    path = signed_sample()
    assert run(path, fold=1) == 0
    lines = capsys.readouterr().err.splitlines()
    assert "--settings" in lines[0] and "--fold 1" in lines[0] and str(path) in lines[0]
    loaded = load_networks(tmp_path / "out" / "model", torch.device("cpu"))
    assert loaded.fold == 1 and loaded.inputs == ("x", "y") and len(loaded.members) == 2
    first, second = loaded.probabilities(EventStore(path).matrix(("x", "y")))
    assert not np.array_equal(first, second)  # each member has its own initialisation
    history = json.loads((tmp_path / "out" / "history.json").read_text())
    assert [len(member["epochs"]) for member in history["members"]] == [3, 3]
    assert all(member["diverged"] is None for member in history["members"])
    assert history["provenance"] == loaded.description["provenance"]
    assert history["provenance"]["sample"] == "tt" and history["provenance"]["fold"] == "1"


def test_the_same_bytes_twice_and_others_for_other_places(signed_sample, run, tmp_path):
    path = signed_sample()
    for name, place in (("first", {}), ("second", {}), ("fold", {"fold": 1}), ("sample", {"sample": "vz"})):
        assert run(path, name=name, **place) == 0
    for output in ("model", "history.json"):
        first, second, fold, sample = (
            (tmp_path / name / output).read_bytes() for name in ("first", "second", "fold", "sample")
        )
        assert first == second
        assert len({first, fold, sample}) == 3


def test_events_of_the_fold_have_no_say(signed_sample, run, tmp_path):
    path = signed_sample()
    assert run(path, name="first") == 0
    columns = {name: np.array(values) for name, values in EventStore(path).columns(EventStore(path).names).items()}
    left_out = columns["fold"] == 0
    columns["x"][left_out], columns["weight"][left_out] = 1e5, -3.0
    write_store(path, columns, {})
    assert run(path, name="second") == 0
    assert (tmp_path / "first" / "model").read_bytes() == (tmp_path / "second" / "model").read_bytes()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fold": 2}, "--fold 2: the settings have the folds 0 to 1"),
        ({"inputs": ["xx"]}, "no column 'xx'; did you mean 'x'?"),
        ({"learning_rate": 1e30}, "sample 'tt', fold 0: the sign network diverged (the objective is not finite"),
        ({"epochs": 0}, "network.epochs"),
        ({"epoch": 3}, "did you mean 'epochs'?"),
    ],
)
def test_mistakes(signed_sample, run, tmp_path, error_line, changes, words):
    assert run(signed_sample(), **changes) == 1
    assert words in error_line()
    assert not (tmp_path / "out").exists()


def test_truncated_events_are_named(signed_sample, run, tmp_path, error_line):
    path = signed_sample()
    path.write_bytes(path.read_bytes()[:2000])
    assert run(path) == 1
    assert f"{path}: not a readable event store" in error_line()
    assert not (tmp_path / "out").exists()
