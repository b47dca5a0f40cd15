"""check_joint_closure: weights that are right for a class need not be right for each of its samples."""

from __future__ import annotations

import json

import numpy as np
import pytest
from event_stores import opened

from check_joint_closure import main
from signedag.events.store import write_stage
from signedag.events.without_fold import rows_without_fold, signed_weight_without_fold
from signedag.identity import Identity
from signedag.weights.transformation import transformed_weight

EVENTS = 20_000


@pytest.fixture
def samples(signed_sample):
    """Write two samples alike but for the signs: in one the share of positive ones falls with x, in the other it rises.

    Together it is 0.775 everywhere.
    """
    generator = np.random.default_rng(5)
    paths = []
    for seed, (name, slope) in enumerate((("tt", -1), ("vz", 1)), 1):
        x = generator.normal(size=EVENTS)
        probability = 0.775 + slope * 0.175 * np.tanh(1.5 * x)
        weight = np.where(generator.random(EVENTS) < probability, 0.02, -0.02)
        paths.append(signed_sample(name, EVENTS, seed, x=x.astype(np.float32), weight=weight))
    return paths


@pytest.fixture
def run(tmp_path):
    def call(paths, probability, drop=0, written=False):
        weights = []
        for path in paths:
            events = opened(path)
            for fold in range(2):
                rows = rows_without_fold(events, fold)
                weight = transformed_weight(signed_weight_without_fold(events, fold), np.full(rows.sum(), probability))
                # Outside the region the network was not trained: nothing is asked of its weights there.
                weight = np.where(events.column("region_sr")[rows], weight, 7.0)
                weights.append(tmp_path / path.parent.name / f"without_fold{fold}.arrow")
                identity = Identity.of("joint weights", variant="joint", seed=1, sample=events.sample, fold=fold)
                if not written:
                    write_stage(weights[-1], events, {"training_weight": weight}, {}, identity, rows)
        closure = {"closure": {"bins": 10, "other_variables": ["m"]}, "inputs": ["x"]}
        settings = ["--settings", json.dumps({"closure": closure, "region": "sr"}), "--class-name", "background"]
        settings += ["--variant", "joint", "--seed", "1"]
        arguments = ["--events", *map(str, paths), "--weights", *map(str, weights[: len(weights) - drop])]
        return main([*settings, *arguments, "--output", str(tmp_path / "closure.json")])

    return call


def report(folder):
    return json.loads((folder / "closure.json").read_text())


def test_the_class_closes_and_its_samples_alone_do_not(samples, run, tmp_path):
    assert run(samples, 0.775) == 0
    together = report(tmp_path)
    assert together["class"] == "background" and together["verdict"]["grade"] == "good"
    compared = together["closure"]["calibrated"]
    assert set(compared) == {"x", "m"} and compared["x"]["is_input"] and not compared["m"]["is_input"]
    inside = [opened(path).column("weight")[opened(path).column("region_sr")].sum() for path in samples]
    assert sum(compared["x"]["signed"]) == pytest.approx(sum(inside), rel=0.02)
    assert set(compared["x"]["per_fold"]) == {"0", "1"}
    for path in samples:
        assert run([path], 0.775) == 0
        assert report(tmp_path)["verdict"]["grade"] == "bad"


def test_weights_that_are_missing_are_refused(samples, run, tmp_path, error_line):
    assert run(samples, 0.775, drop=1) == 1
    assert "--weights gives 3 files; give 2 per sample, one for each fold" in error_line()
    assert not (tmp_path / "closure.json").exists()


def test_events_and_weights_of_others_are_refused(samples, tmp_path, run, refuses_others):
    assert run(samples, 0.775) == 0
    weights = tmp_path / "tt" / "without_fold0.arrow"
    refuses_others(lambda: run(samples, 0.775, written=True), weights, *samples)
