"""check_weight_closure: what closure.json says about weights that are known to be right, and about others."""

from __future__ import annotations

import json

import numpy as np
import pytest

from check_weight_closure import main
from signedag.events.store import EventStore, write_stage, write_store
from signedag.weights.simple import simple_training_weight
from signedag.weights.transformation import transform, transformed_weight

CLOSURE = {"other_variables": ["m"], "bins": 10, "truth_bins": 5}


@pytest.fixture
def run(tmp_path):
    def call(events, name="closure.json", truth=None):
        settings = {"closure": CLOSURE, "inputs": ["x", "y"]}
        arguments = ["--settings", json.dumps(settings), "--sample", "tt", "--events", str(events)]
        arguments += ["--truth", str(truth or events.with_name("truth.arrow"))]
        return main([*arguments, "--weights", str(tmp_path / "weights.arrow"), "--output", str(tmp_path / name)])

    return call


def write_transformed(path, output, probability, raw):
    events = EventStore(path)
    signed = events.column("weight")
    columns = {
        "training_weight": transform("tt", signed, probability).training_weight,
        "positive_probability": probability,
        "raw_positive_probability": raw,
    }
    write_stage(output, events, columns, {})
    return signed, columns


def truth_of(path):
    return EventStore(path.with_name("truth.arrow")).column("positive_probability")


def test_the_true_weights_close_and_an_offset_does_not(signed_sample, run, tmp_path, capsys):
    path = signed_sample(events=20_000)
    signed, columns = write_transformed(path, tmp_path / "weights.arrow", truth_of(path), truth_of(path) - 0.05)
    assert run(path) == 0
    log = capsys.readouterr().err.splitlines()
    assert "--truth" in log[0] and log[1].startswith("calibrated: smallest p-value of 3 variables")
    found = json.loads((tmp_path / "closure.json").read_text())
    assert found["sample"] == "tt" and "code_version" in found["provenance"]
    assert set(found["closure"]) == set(found["truth"]) == {"calibrated", "uncalibrated"}
    for variable, is_input in (("x", True), ("y", True), ("m", False)):
        good, bad = (found["closure"][kind][variable] for kind in ("calibrated", "uncalibrated"))
        assert good["is_input"] is bad["is_input"] is is_input
        assert good["ndf"] == 9 and bad["ndf"] == 10  # the renormalised sum costs one
        assert good["p_value"] > 1e-3 and bad["p_value"] < 1e-6
        assert sum(good["signed"]) == pytest.approx(signed.sum())
        assert sum(good["training"]) == pytest.approx(signed.sum())
        raw = transformed_weight(signed, columns["raw_positive_probability"])
        assert sum(bad["training"]) == pytest.approx(raw.sum())
        assert sum(good["signed_variance"]) == pytest.approx(np.square(signed).sum())
        assert len(found["negative_fraction"][variable]["fraction"]) == 10
    assert found["truth"]["calibrated"]["chi2"] == pytest.approx(0, abs=1e-9)
    assert found["truth"]["uncalibrated"]["p_value"] < 1e-6
    fraction = found["negative_fraction"]["x"]
    pull = (np.array(fraction["fraction"])[[0, -1]] - [0.05, 0.4]) / np.array(fraction["error"])[[0, -1]]
    assert np.all(np.abs(pull) < 4)  # the ends of x, where the truth is nearly flat


def test_a_strategy_without_network_has_its_weights_as_they_are(signed_sample, run, tmp_path):
    path = signed_sample(events=20_000)
    events = EventStore(path)
    training = simple_training_weight("absolute", events.column("weight"))
    write_stage(tmp_path / "weights.arrow", events, {"training_weight": training}, {})
    assert run(path) == 0
    found = json.loads((tmp_path / "closure.json").read_text())
    assert set(found["closure"]) == {"calibrated"} and found["truth"] == {}
    assert found["closure"]["calibrated"]["x"]["p_value"] < 1e-6  # signs depend on x
    assert found["closure"]["calibrated"]["y"]["p_value"] > 1e-3  # and not on y


def test_signed_weights_have_nothing_to_test(signed_sample, run, tmp_path):
    path = signed_sample()
    events = EventStore(path)
    write_stage(tmp_path / "weights.arrow", events, {"training_weight": events.column("weight")}, {})
    assert run(path) == 0
    found = json.loads((tmp_path / "closure.json").read_text())["closure"]["calibrated"]["m"]
    assert found["p_value"] is None and found["chi2"] is None
    assert found["reason"] == "training and signed weights agree"


def test_a_sample_without_truth(signed_sample, run, tmp_path):
    path = signed_sample()
    write_transformed(path, tmp_path / "weights.arrow", truth_of(path), truth_of(path))
    write_store(tmp_path / "bare.arrow", {"event_number": EventStore(path).column("event_number")}, {})
    assert run(path, truth=tmp_path / "bare.arrow") == 0
    assert json.loads((tmp_path / "closure.json").read_text())["truth"] == {}


def test_the_same_bytes_twice(signed_sample, run, tmp_path):
    path = signed_sample()
    write_transformed(path, tmp_path / "weights.arrow", truth_of(path), truth_of(path))
    assert run(path, name="first.json") == run(path, name="second.json") == 0
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()


def test_weights_of_another_conversion_are_refused(signed_sample, run, tmp_path, error_line):
    other = signed_sample(name="vz", seed=7)
    write_transformed(other, tmp_path / "weights.arrow", truth_of(other), truth_of(other))
    assert run(signed_sample()) == 1
    assert "weights.arrow: its 2000 rows are not those of" in error_line()
    assert not (tmp_path / "closure.json").exists()
