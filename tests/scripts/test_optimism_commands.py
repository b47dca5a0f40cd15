"""measure_optimism and combine_optimism: from stores to a grade, and a newcomer's mistakes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from event_stores import opened, write_scores

import combine_optimism
import measure_optimism

AXIS = {"bins": 3, "low": 0.0, "high": 1.0}
FIT = {
    "region": "sr",
    "mass": "m",
    "binning": {"mass": AXIS | {"low": -6.0, "high": 6.0}, "score": AXIS},
    "processes": {"zh": "zh", "tt": "tt"},
    "model": {"signals": ["zh"], "scale_factors": {}, "shapes": {}, "normalisations": {}},
    "nonpositive_bins": "merge",
    "floor_events": 0.001,
}
SETTINGS = {
    "seed": 1,
    "region": "sr",
    "signal_samples": ["zh"],
    "background_samples": ["tt"],
    "expected_events": {"zh": 60.0, "tt": None},
    "probability": "positive_probability",
    "redraws": 20,
    "fit": FIT,
}


@pytest.fixture
def stores(tmp_path, signed_sample):
    """Write events, truth and scores of two classifiers: one knows its own events' signs, one knows none."""
    paths = {"events": [], "truth": [], "scores": [], "reference": []}
    for number, (name, mean) in enumerate((("zh", 0.5), ("tt", -0.5))):
        path = signed_sample(name, seed=number + 1, mean=mean)
        events = opened(path)
        honest = 1 / (1 + np.exp(-events.column("x").astype(np.float64)))
        known = np.clip(honest + (0.02 if name == "zh" else -0.02) * np.sign(events.column("weight")), 0, 1)
        for kind, score in (("scores", known), ("reference", honest)):
            stage = tmp_path / kind / name / "nominal.arrow"
            variant = "plain" if kind == "scores" else "plain_on_truth"
            write_scores(stage, events, {"score": score}, variant=variant)
            paths[kind].append(stage)
        paths["events"].append(path)
        paths["truth"].append(path.with_name("truth.arrow"))
    return paths


def measure(stores, output, settings=SETTINGS, variant="plain", **changes):
    arguments = ["--settings", json.dumps(settings), "--variant", variant, "--output", str(output)]
    for kind, paths in (stores | changes).items():
        arguments += [f"--{kind}", *map(str, paths)]
    return measure_optimism.main(arguments)


def combine(paths, output, seeds, variant="plain"):
    arguments = ["--settings", json.dumps({"seeds": seeds}), "--variant", variant, "--output", str(output)]
    return combine_optimism.main([*arguments, "--measured", *map(str, paths)])


def test_a_score_that_knows_its_signs_is_seen_through(stores, tmp_path):
    assert measure(stores, tmp_path / "one.json") == 0
    measured = json.loads((tmp_path / "one.json").read_text())
    assert set(measured["score"]) == {"auc", "auc_within_folds", "sigma_mu"}
    assert measured["difference"]["auc"]["pull"] > 5
    assert abs(measured["reference"]["auc"]["pull"]) < 3
    assert measured["score"]["sigma_mu"]["spread"] > 0
    for quantity in measured["score"]:
        parts = [measured[kind][quantity]["value"] for kind in ("score", "reference", "difference")]
        assert parts[2] == pytest.approx(parts[0] - parts[1], abs=1e-12)
    assert json.loads(measured["provenance"]["settings"])["redraws"] == measured["score"]["auc"]["redraws"] == 20


def test_the_same_command_gives_the_same_bytes(stores, tmp_path):
    for name in ("one.json", "two.json"):
        assert measure(stores, tmp_path / name) == 0
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_without_fit_and_reference_there_is_the_auc_alone(stores, tmp_path):
    assert measure(stores, tmp_path / "one.json", SETTINGS | {"fit": None}, reference=[]) == 0
    measured = json.loads((tmp_path / "one.json").read_text())
    assert set(measured["score"]) == {"auc", "auc_within_folds"}
    assert measured["difference"] is None


def test_simulations_are_averaged_and_graded(stores, tmp_path):
    grades = {}
    for kind, variant in (("leaked", "plain"), ("honest", "plain_on_truth")):
        scores = stores["scores" if kind == "leaked" else "reference"]
        paths = []
        for seed in (1, 2):
            paths.append(tmp_path / f"{kind}{seed}.json")
            settings = SETTINGS | {"seed": seed, "fit": None}
            assert measure(stores, paths[-1], settings, variant, scores=scores, reference=[]) == 0
        assert combine(paths, tmp_path / "combined.json", [1, 2], variant) == 0
        combined = json.loads((tmp_path / "combined.json").read_text())
        mean = combined["score"]["auc_within_folds"]
        values = [one["value"] for one in mean["by_seed"].values()]
        errors = [one["error"] for one in mean["by_seed"].values()]
        assert mean["mean"] == pytest.approx(np.mean(values), abs=1e-12)
        assert mean["error"] == pytest.approx(np.hypot(*errors) / 2, rel=1e-9)
        assert mean["scatter"] == pytest.approx(np.std(values, ddof=1), abs=1e-12)
        assert combined["verdict"]["limit"] == pytest.approx(combined["auc_error"] / 4)
        assert combined["difference"] is None
        grades[kind] = combined["verdict"]["grade"]
    assert grades["leaked"] == "bad"
    assert grades["honest"] in ("good", "marginal")


def test_mistakes_are_one_line(stores, tmp_path, error_line):
    output = tmp_path / "one.json"
    assert measure(stores, output, truth=stores["truth"][:1]) == 1
    assert "--truth gives 1 files for 2 samples (zh, tt)" in error_line()
    assert measure(stores, output, SETTINGS | {"probability": "chance"}) == 1
    assert "truth.arrow: no column 'chance'" in error_line()
    assert measure(stores, output) == 0
    assert combine([output, output], tmp_path / "combined.json", [1, 2]) == 1
    says = "one.json: holds optimism (variant plain, seed 1), expected optimism (variant plain, seed 2); delete it"
    assert says in error_line()
    assert combine([output], tmp_path / "combined.json", [1, 2]) == 1
    assert "--measured gives 1 files for the seeds [1, 2]; give one per seed" in error_line()


def test_a_class_without_events_is_named(stores, tmp_path, error_line, signed_sample):
    path = signed_sample("zh", seed=1, mean=0.5, region_sr=np.zeros(2000, dtype=bool))
    assert path == stores["events"][0]
    assert measure(stores, tmp_path / "one.json") == 1
    assert "region 'sr' holds no signal events; loosen its selection" in error_line()


def test_files_of_others_are_refused(stores, tmp_path, refuses_others):
    files = [paths[0] for paths in stores.values()]
    refuses_others(lambda: measure(stores, tmp_path / "one.json", SETTINGS | {"fit": None}), *files)
