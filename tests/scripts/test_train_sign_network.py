"""train_sign_network: networks that saw neither their fold nor their part, the same bytes, mistakes in one line."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from event_stores import opened, opened_stage, write_events

from signedag.events.folds import inner_part
from signedag.events.without_fold import rows_without_fold
from signedag.identity import Identity
from signedag.networks.saved import load_networks
from train_sign_network import main

NETWORK = {
    "inputs": ["x", "y"],
    "architecture": {"hidden_layers": [8]},
    "epochs": 3,
    "batch_size": 100,
    "inner_parts": 3,
    "ensemble": 2,
}
OUTPUTS = ("model", "probability", "history")


@pytest.fixture
def run(tmp_path):
    def call(events, fold=0, name="out", sample="tt", **changes):
        settings = {"seed": 5, "folds": 2, "network": NETWORK | changes}
        arguments = ["--settings", json.dumps(settings), "--sample", sample, "--fold", str(fold)]
        outputs = [text for output in OUTPUTS for text in (f"--{output}", str(tmp_path / name / output))]
        return main([*arguments, "--events", str(events), *outputs])

    return call


def test_outputs(signed_sample, run, tmp_path, capsys):
    path = signed_sample()
    assert run(path, fold=1) == 0
    lines = capsys.readouterr().err.splitlines()
    assert "--settings" in lines[0] and "--fold 1" in lines[0] and str(path) in lines[0]
    loaded = load_networks(tmp_path / "out" / "model", torch.device("cpu"), Identity.of("sign networks"))
    assert loaded.fold == 1 and loaded.inputs == ("x", "y") and len(loaded.members) == 6
    assert loaded.description["parts"] == [0, 0, 1, 1, 2, 2]
    history = json.loads((tmp_path / "out" / "history").read_text())
    assert [(one["part"], one["member"]) for one in history["networks"]] == [
        (0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)
    ]  # fmt: skip
    assert all(len(one["epochs"]) == 3 and one["diverged"] is None for one in history["networks"])
    assert history["provenance"] == loaded.description["provenance"]
    assert history["provenance"]["sample"] == "tt" and history["provenance"]["fold"] == "1"


def test_every_event_outside_the_fold_has_the_output_of_networks_without_its_part(signed_sample, run, tmp_path):
    path = signed_sample()
    assert run(path, fold=1) == 0
    events = opened(path)
    rows = rows_without_fold(events, 1)
    stage = opened_stage(tmp_path / "out" / "probability", events, rows)
    assert stage.names == ["part", "raw_probability_member0", "raw_probability_member1"]
    part = inner_part(events.column("event_number")[rows], 3)
    np.testing.assert_array_equal(stage.column("part"), part)
    loaded = load_networks(tmp_path / "out" / "model", torch.device("cpu"), Identity.of("sign networks"))
    everything = loaded.probabilities(events.matrix(("x", "y"))[rows])
    for member in range(2):
        expected = everything[2 * part + member, np.arange(len(part))]
        np.testing.assert_allclose(stage.column(f"raw_probability_member{member}"), expected, rtol=1e-6)
    assert not np.array_equal(everything[0], everything[1])  # each member has its own initialisation


def test_the_same_bytes_twice_and_others_for_other_samples_and_folds(signed_sample, run, tmp_path):
    for name, changes in (("first", {}), ("second", {}), ("fold", {"fold": 1}), ("sample", {"sample": "vz"})):
        assert run(signed_sample(changes.get("sample", "tt")), name=name, **changes) == 0
    for output in OUTPUTS:
        first, second, fold, sample = (
            (tmp_path / name / output).read_bytes() for name in ("first", "second", "fold", "sample")
        )
        assert first == second
        assert len({first, fold, sample}) == 3


def test_events_of_the_fold_have_no_say(signed_sample, run, tmp_path):
    path = signed_sample()
    assert run(path, name="first") == 0
    events = opened(path)
    columns = {name: np.array(values) for name, values in events.columns(events.names).items()}
    left_out = columns["fold"] == 0
    columns["x"][left_out], columns["weight"][left_out], columns["generator_weight"][left_out] = 1e5, -3.0, -3.0
    write_events(path, columns, events.provenance)
    assert run(path, name="second") == 0
    for output in OUTPUTS:
        assert (tmp_path / "first" / output).read_bytes() == (tmp_path / "second" / output).read_bytes()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fold": 2}, "--fold 2: the settings have the folds 0 to 1"),
        ({"inputs": ["xx"]}, "no column 'xx'; did you mean 'x'?"),
        ({"learning_rate": 1e30}, "sample 'tt', without fold 0: the network of inner part 0 diverged"),
        ({"epochs": 0}, "network.epochs"),
        ({"epoch": 3}, "did you mean 'epochs'?"),
        ({"inner_parts": 1}, "network.inner_parts"),
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
