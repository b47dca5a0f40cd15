"""check_weight_closure: what closure.json says about weights that are known to be right, and about others."""

from __future__ import annotations

import json

import numpy as np
import pytest
from event_stores import opened, write_events, write_weights
from scipy.stats import kstest

from check_weight_closure import main
from signedag.events.without_fold import rows_without_fold, signed_weight_without_fold
from signedag.weights.simple import simple_training_weight
from signedag.weights.transformation import transform, transformed_weight

CLOSURE = {"other_variables": ["m"], "bins": 10, "truth_bins": 5}


@pytest.fixture
def run(tmp_path):
    def call(events, name="closure.json", truth=None, folds=2, **changes):
        settings = {"closure": CLOSURE, "inputs": ["x", "y"]} | changes
        arguments = ["--settings", json.dumps(settings), "--strategy", "transformed", "--sample", "tt"]
        arguments += ["--events", str(events)]
        arguments += ["--truth", str(truth or events.with_name("truth.arrow"))]
        weights = [str(tmp_path / f"without_fold{fold}.arrow") for fold in range(folds)]
        return main([*arguments, "--weights", *weights, "--output", str(tmp_path / name)])

    return call


def write_sets(path, folder, columns_of, folds=2):
    """Write the weights of each training set: `columns_of` gives them from its rows and signed weights."""
    events = opened(path)
    for fold in range(folds):
        rows = rows_without_fold(events, fold)
        columns = columns_of(rows, signed_weight_without_fold(events, fold))
        write_weights(folder / f"without_fold{fold}.arrow", events, columns, fold, rows)
    return events.column("weight")


def write_transformed(path, folder, probability, raw, folds=2, members=()):
    """Write transformed weights by p̂ and raw p̂ of all events, and by each of the members' p̂."""

    def columns_of(rows, signed):
        columns = {
            "training_weight": transform("tt", signed, probability[rows]).training_weight,
            "positive_probability": probability[rows],
            "raw_positive_probability": raw[rows],
        }
        return columns | {
            f"training_weight_member{number}": transform("tt", signed, member[rows]).training_weight
            for number, member in enumerate(members)
        }

    return write_sets(path, folder, columns_of, folds)


def truth_of(path):
    return opened(path.with_name("truth.arrow")).column("positive_probability")


def test_the_true_weights_close_and_an_offset_does_not(signed_sample, run, tmp_path, capsys):
    path = signed_sample(events=20_000)
    signed = write_transformed(path, tmp_path, truth_of(path), truth_of(path) - 0.05)
    assert run(path) == 0
    log = capsys.readouterr().err.splitlines()
    assert "--truth" in log[0] and log[1].startswith("closure: good, smallest p × 3 comparisons")
    found = json.loads((tmp_path / "closure.json").read_text())
    assert found["sample"] == "tt" and "code_version" in found["provenance"]
    assert set(found["closure"]) == set(found["truth"]) == {"calibrated", "uncalibrated"}
    for variable, is_input in (("x", True), ("y", True), ("m", False)):
        good, bad = (found["closure"][kind][variable] for kind in ("calibrated", "uncalibrated"))
        assert good["is_input"] is bad["is_input"] is is_input
        assert good["ndf"] == 9 and bad["ndf"] == 10  # the renormalised sum costs one
        assert good["p_value"] > 1e-3 and bad["p_value"] < 1e-6
        assert sum(good["signed"]) == pytest.approx(signed.sum(), rel=0.02)
        assert sum(good["training"]) == pytest.approx(sum(good["signed"]))
        raw = transformed_weight(signed, truth_of(path) - 0.05)
        assert sum(bad["training"]) == pytest.approx(raw.sum(), rel=0.02)  # each set has a normalisation of its own
        assert good["scale"] == pytest.approx(1, abs=5 * good["scale_error"]) and bad["scale"] is None
        assert good["unscaled_chi2"] >= good["chi2"]
        assert good["per_fold"].keys() == {"0", "1"}
        assert sum(good["signed_variance"]) == pytest.approx(np.square(signed).sum(), rel=0.02)
        assert len(found["negative_fraction"][variable]["fraction"]) == 10
    assert found["truth"]["calibrated"]["chi2"] == pytest.approx(0, abs=1e-9)
    assert found["truth"]["uncalibrated"]["p_value"] < 1e-6
    fraction = found["negative_fraction"]["x"]
    pull = (np.array(fraction["fraction"])[[0, -1]] - [0.05, 0.4]) / np.array(fraction["error"])[[0, -1]]
    assert np.all(np.abs(pull) < 4)  # the ends of x, where the truth is nearly flat


def test_a_strategy_without_network_has_its_weights_as_they_are(signed_sample, run, tmp_path):
    path = signed_sample(events=20_000)
    write_sets(path, tmp_path, lambda _, signed: {"training_weight": simple_training_weight("absolute", signed)})
    assert run(path) == 0
    found = json.loads((tmp_path / "closure.json").read_text())
    assert set(found["closure"]) == {"calibrated"} and found["truth"] == {}
    assert found["closure"]["calibrated"]["x"]["p_value"] < 1e-6  # signs depend on x
    assert found["closure"]["calibrated"]["y"]["p_value"] > 1e-3  # and not on y
    assert found["verdict"]["grade"] == "bad" and "(x)" in found["verdict"]["reason"]


def test_signed_weights_have_nothing_to_test(signed_sample, run, tmp_path):
    path = signed_sample()
    write_sets(path, tmp_path, lambda _, signed: {"training_weight": signed})
    assert run(path, regions=["sr"]) == 0
    content = json.loads((tmp_path / "closure.json").read_text())
    assert content["verdict"]["grade"] == "nothing_to_test" and content["verdict"]["value"] is None
    assert content["region_yields"]["sr"]["calibrated"]["ratio"]["value"] is None
    found = content["closure"]["calibrated"]["m"]
    assert found["p_value"] is None and found["chi2"] is None
    assert found["reason"] == "training and signed weights agree"


def test_a_sample_without_truth(signed_sample, run, tmp_path):
    path = signed_sample()
    write_transformed(path, tmp_path, truth_of(path), truth_of(path))
    bare = tmp_path / "bare" / "tt" / "truth.arrow"
    write_events(bare, {"event_number": opened(path).column("event_number")})
    assert run(path, truth=bare) == 0
    assert json.loads((tmp_path / "closure.json").read_text())["truth"] == {}


def test_the_same_bytes_twice(signed_sample, run, tmp_path):
    path = signed_sample()
    write_transformed(path, tmp_path, truth_of(path), truth_of(path))
    assert run(path, name="first.json") == run(path, name="second.json") == 0
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()


def test_weights_of_another_conversion_are_refused(signed_sample, run, tmp_path, error_line):
    other = signed_sample(seed=7)
    write_transformed(other, tmp_path, truth_of(other), truth_of(other))
    assert run(signed_sample()) == 1
    assert "without_fold0.arrow: its 1000 rows are not those of" in error_line()
    assert not (tmp_path / "closure.json").exists()


def test_stores_in_the_wrong_order_are_refused(signed_sample, run, tmp_path, error_line):
    path = signed_sample()
    write_transformed(path, tmp_path, truth_of(path), truth_of(path))
    (tmp_path / "without_fold0.arrow").rename(tmp_path / "other.arrow")
    (tmp_path / "without_fold1.arrow").rename(tmp_path / "without_fold0.arrow")
    (tmp_path / "other.arrow").rename(tmp_path / "without_fold1.arrow")
    assert run(path) == 1
    assert "without_fold0.arrow: holds training weights (strategy transformed, sample tt, fold 1), " in error_line()


def test_a_bias_that_one_region_alone_has_is_seen_there(signed_sample, run, tmp_path):
    """p̂ too large at large x inside a region of a tenth of the events: all events together hardly show it."""
    path = signed_sample(events=20_000, region_sr=np.random.default_rng(5).random(20_000) < 0.1)
    events, truth = opened(path), truth_of(path)
    biased = truth + np.where(events.column("region_sr") & (events.column("x") > 0), 0.08, 0.0)
    write_transformed(path, tmp_path, biased, biased)
    assert run(path, regions=["sr"]) == 0
    found = json.loads((tmp_path / "closure.json").read_text())
    assert found["verdict"]["grade"] == "bad" and found["verdict"]["reason"].endswith("in sr)")
    inside = found["by_region"]["sr"]["calibrated"]["x"]
    assert inside["p_value"] < 1e-4 < found["closure"]["calibrated"]["x"]["p_value"]
    excess = found["region_yields"]["sr"]["calibrated"]["ratio"]
    assert excess["value"] - 1 > 3 * excess["error"]
    assert run(path) == 0
    assert json.loads((tmp_path / "closure.json").read_text())["by_region"] == {}


def test_a_region_with_all_events_or_none_is_not_tested_twice(signed_sample, run, tmp_path):
    everything = {"region_all": np.ones(2000, dtype=bool), "region_empty": np.zeros(2000, dtype=bool)}
    path = signed_sample(**everything)
    write_transformed(path, tmp_path, truth_of(path), truth_of(path))
    assert run(path, regions=["all", "empty"]) == 0
    assert json.loads((tmp_path / "closure.json").read_text())["by_region"] == {}


def test_members_of_an_ensemble_are_tested_one_by_one(signed_sample, run, tmp_path):
    path = signed_sample(events=20_000)
    x, truth = opened(path).column("x"), truth_of(path)
    members = [truth - 0.06 * (x > 0), truth, truth + 0.06 * (x > 0)]
    write_transformed(path, tmp_path, truth, truth, members=members)
    assert run(path, regions=["sr"]) == 0
    found = json.loads((tmp_path / "closure.json").read_text())
    ensemble = found["ensemble"]
    assert ensemble["members"] == 3
    assert ensemble["variables"]["x"]["p_value"][1] == found["closure"]["calibrated"]["x"]["p_value"]
    assert max(ensemble["variables"]["x"]["p_value"][::2]) < 1e-4
    spread = ensemble["smallest_p_times_comparisons"]
    assert spread["lowest"] < 1e-4 < 0.01 < spread["highest"] == spread["values"][1]
    assert found["verdict"]["grade"] == "marginal" and "matter of chance" in found["verdict"]["reason"]


def test_pooled_and_single_sets_are_calibrated_with_three_folds(signed_sample, run, tmp_path):
    """Every event is in two of three sets with different normalisations: χ² of its summed differences stays a χ²."""
    p_values = {"pooled": [], "single": [], "region": [], "yield": []}
    for seed in range(1, 41):
        events = 6000
        number = 100_000 * seed + np.arange(events)
        path = signed_sample(events=events, seed=seed, fold=(number % 3).astype(np.int8))
        write_transformed(path, tmp_path, truth_of(path), truth_of(path), folds=3)
        assert run(path, folds=3, regions=["sr"]) == 0
        found = json.loads((tmp_path / "closure.json").read_text())
        for variable in ("x", "y"):
            compared = found["closure"]["calibrated"][variable]
            p_values["pooled"].append(compared["p_value"])
            p_values["single"].append(compared["per_fold"]["1"]["p_value"])
            p_values["region"].append(found["by_region"]["sr"]["calibrated"][variable]["p_value"])
        p_values["yield"].append(found["region_yields"]["sr"]["calibrated"]["p_value"])
    for values in p_values.values():
        assert kstest(values, "uniform").pvalue > 1e-3
