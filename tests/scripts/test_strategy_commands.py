"""The commands of the other strategies, the diagnostics and the comparison, on small stores with known truth."""

from __future__ import annotations

import json

import numpy as np
import pytest

import assign_true_weights
import check_negative_weights
import compare_weight_strategies
import cross_check_signs
import plot_strategies
import resample_events
import reweight_events
import train_ratio_network
from signedag.events.store import EventStore, open_stage, write_stage
from signedag.files import write_json

NETWORK = {
    "seed": 1,
    "folds": 2,
    "network": {"inputs": ["x"], "hidden_layers": [16], "epochs": 12, "batch_size": 500, "learning_rate": 0.01},
}


def train_ratio(folder, events, fold, changes=None):
    settings = json.dumps(NETWORK | (changes or {}))
    outputs = ["--model", str(folder / f"ratio{fold}"), "--history", str(folder / f"ratio{fold}.json")]
    arguments = ["--settings", settings, "--sample", "tt", "--fold", str(fold), "--events", str(events), *outputs]
    return train_ratio_network.main(arguments)


def reweight(folder, events, folds=(0, 1)):
    models = [str(folder / f"ratio{fold}") for fold in folds]
    outputs = ["--weights", str(folder / "reweighted.arrow"), "--report", str(folder / "reweighting.json")]
    arguments = ["--settings", '{"folds":2}', "--sample", "tt", "--events", str(events), "--models", *models, *outputs]
    return reweight_events.main(arguments)


def test_the_density_ratio_finds_the_mean_weight(signed_sample, tmp_path):
    path = signed_sample("tt", 20_000)
    assert train_ratio(tmp_path, path, 0) == train_ratio(tmp_path, path, 1) == 0
    assert reweight(tmp_path, path) == 0
    events = EventStore(path)
    weight = open_stage(tmp_path / "reweighted.arrow", events).column("training_weight")
    signed = events.column("weight")
    truth = open_stage(path.parent / "truth.arrow", events).column("positive_probability")
    assert weight.sum() == pytest.approx(signed.sum(), rel=1e-12)
    expected = 2 * truth - 1
    assert np.corrcoef(weight, expected)[0, 1] > 0.95
    np.testing.assert_allclose(weight / np.abs(signed).mean(), expected, atol=0.15)
    assert abs(json.loads((tmp_path / "reweighting.json").read_text())["yield_bias"]) < 0.05


def test_a_ratio_without_one_fold_is_refused(signed_sample, tmp_path, error_line, capsys):
    path = signed_sample("tt", 600)
    assert train_ratio(tmp_path, path, 0, {"network": NETWORK["network"] | {"epochs": 1}}) == 0
    capsys.readouterr()
    assert reweight(tmp_path, path, folds=(0,)) == 1
    assert "the networks leave out the folds [0]" in error_line()
    assert not (tmp_path / "reweighted.arrow").exists()


def test_a_fold_that_does_not_exist_is_refused(signed_sample, tmp_path, error_line):
    assert train_ratio(tmp_path, signed_sample("tt", 600), 7) == 1
    assert "7" in error_line()


def test_resampling_is_reproducible_and_reported(signed_sample, tmp_path):
    path = signed_sample("tt", 5000)
    events = EventStore(path)
    truth = open_stage(path.parent / "truth.arrow", events).column("positive_probability")
    transformed = np.abs(events.column("weight")) * (2 * truth - 1)
    write_stage(tmp_path / "transformed.arrow", events, {"training_weight": transformed}, {})
    for name in ("first", "second"):
        arguments = ["--settings", '{"seed":3}', "--sample", "tt", "--events", str(path)]
        arguments += ["--transformed", str(tmp_path / "transformed.arrow")]
        outputs = ["--weights", str(tmp_path / f"{name}.arrow"), "--report", str(tmp_path / f"{name}.json")]
        assert resample_events.main([*arguments, *outputs]) == 0
    assert (tmp_path / "first.arrow").read_bytes() == (tmp_path / "second.arrow").read_bytes()
    report = json.loads((tmp_path / "first.json").read_text())
    assert report["condition_broken_fraction"] == 0
    kept = EventStore(tmp_path / "first.arrow").column("training_weight") > 0
    assert report["kept_fraction"] == pytest.approx(kept.mean())
    assert kept.mean() == pytest.approx(np.square(2 * truth - 1).mean(), abs=0.03)


def test_true_weights_are_the_closed_form(signed_sample, tmp_path):
    path = signed_sample("tt", 500)
    events = EventStore(path)
    arguments = ["--sample", "tt", "--events", str(path), "--truth", str(path.parent / "truth.arrow")]
    assert assign_true_weights.main([*arguments, "--weights", str(tmp_path / "true.arrow")]) == 0
    weight = open_stage(tmp_path / "true.arrow", events).column("training_weight")
    truth = open_stage(path.parent / "truth.arrow", events).column("positive_probability")
    expected = np.abs(events.column("weight")) * (2 * truth - 1)
    np.testing.assert_allclose(weight, expected * (events.column("weight").sum() / expected.sum()), rtol=1e-12)


def diagnose(folder, path, models, limit=0.05):
    settings = {"seed": 1, "folds": 2, "variables": ["x", "y"], "closure": {"bins": 8}, "clipped_fraction_limit": limit}
    arguments = ["--settings", json.dumps(settings), "--sample", "tt", "--events", str(path), "--models", *models]
    return check_negative_weights.main([*arguments, "--output", str(folder / "diagnostics.json")])


def test_diagnostics_see_what_decides_on_the_sign(signed_sample, linear_network, tmp_path):
    path = signed_sample("tt", 20_000)
    models = [str(linear_network(fold, [-1.5], 1.5)) for fold in (0, 1)]
    assert diagnose(tmp_path, path, models) == 0
    found = json.loads((tmp_path / "diagnostics.json").read_text())
    assert found["sign_auc"]["verdict"] == "separable"
    assert found["variables"]["x"]["p_value"] < 1e-6
    assert found["variables"]["y"]["p_value"] > 1e-4
    assert found["transformable"]["verdict"] == "yes"
    assert found["batches"]["smallest_safe_size"] in found["batches"]["sizes"]


def test_a_net_negative_region_is_found_before_anything_is_transformed(signed_sample, linear_network, tmp_path):
    generator = np.random.default_rng(2)
    x = generator.normal(size=4000).astype(np.float32)
    weight = np.where(generator.random(4000) < np.where(x > 0, 0.9, 0.3), 1.0, -1.0)
    path = signed_sample("tt", 4000, x=x, weight=weight)
    assert diagnose(tmp_path, path, [str(linear_network(fold, [3.0])) for fold in (0, 1)]) == 0
    found = json.loads((tmp_path / "diagnostics.json").read_text())["transformable"]
    assert found["clipped_fraction"] == pytest.approx(0.5, abs=0.05)
    assert "transform the sum" in found["verdict"]


def test_the_sign_cross_check_validates_each_half_with_each_training(signed_sample, tmp_path):
    signed_sample("zh", 3000, 1, mean=1.0)
    signed_sample("tt", 3000, 2, mean=-0.5)
    variant = {"region": "sr", "inputs": ["x"], "architecture": {"hidden_layers": [8]}, "batch": {"size": 50}}
    variant["phases"] = [{"epochs": 8, "learning_rate": 0.01}]
    settings = {"seed": 1, "folds": 2, "variant": variant, "signal_samples": ["zh"], "background_samples": ["tt"]}
    arguments = ["--settings", json.dumps(settings), "--variant", "plain", "--events-folder", str(tmp_path / "events")]
    assert cross_check_signs.main([*arguments, "--output", str(tmp_path / "signs.json")]) == 0
    found = json.loads((tmp_path / "signs.json").read_text())
    for half in ("positive", "negative"):
        positive, negative = (found["auc"][training][half]["value"] for training in ("positive", "negative"))
        assert 0.75 < negative < 0.95
        assert positive == pytest.approx(negative, abs=0.03)
    assert found["verdict"]


def test_a_missing_sign_is_named(signed_sample, tmp_path, error_line):
    signed_sample("zh", 300, 1, weight=np.ones(300))
    signed_sample("tt", 300, 2)
    variant = {"region": "sr", "inputs": ["x"]}
    settings = {"seed": 1, "folds": 2, "variant": variant, "signal_samples": ["zh"], "background_samples": ["tt"]}
    arguments = ["--settings", json.dumps(settings), "--variant", "plain", "--events-folder", str(tmp_path / "events")]
    assert cross_check_signs.main([*arguments, "--output", str(tmp_path / "signs.json")]) == 1
    assert "region 'sr': no negative signal event" in error_line()


@pytest.fixture
def compared(signed_sample, tmp_path):
    """Results of two strategies and the truth, as the workflow lays them out."""
    path = signed_sample("tt", 400)
    folder = tmp_path / "results"
    (folder / "ntuples").mkdir(parents=True)
    path.parent.rename(folder / "ntuples" / "tt")
    events = EventStore(folder / "ntuples" / "tt" / "nominal.arrow")
    for number, strategy in enumerate(("transformed", "signed", "truth")):
        place = folder / "weights" / strategy / "tt"
        weight = events.column("weight") if strategy == "signed" else np.abs(events.column("weight"))
        write_stage(place / "training_weights.arrow", events, {"training_weight": weight}, {})
        test = {"chi2": 3.0, "ndf": 3, "p_value": 0.4, "is_input": True}
        undefined = {"chi2": None, "ndf": 0, "p_value": None, "is_input": True}
        closure = {"calibrated": {"x": undefined if strategy == "signed" else test}}
        write_json(place / "closure.json", {"closure": closure})
        score = {"score": np.full(events.rows, 0.5 + 0.1 * number)}
        write_stage(folder / "scores" / f"plain_{strategy}" / "combined" / "tt" / "nominal.arrow", events, score, {})
        seeds = {
            str(seed): {"auc": {"value": 0.8 + 0.001 * seed}, "binned_significance": {"value": 2.0}} for seed in (1, 2)
        }
        performance = {"auc": {"value": 0.8, "error": 0.01}, "per_seed": seeds}
        write_json(folder / "classifiers" / f"plain_{strategy}" / "performance.json", performance)
        for seed in (1, 2):
            history = folder / "classifiers" / f"plain_{strategy}" / f"seed{seed}" / "fold0" / "history.json"
            write_json(history, {"diverged": "below zero" if strategy == "signed" else None})
    return folder


def test_the_comparison_puts_all_strategies_side_by_side(compared, tmp_path, plot_settings):
    strategies = {name: f"plain_{name}" for name in ("transformed", "signed", "truth")}
    settings = {"strategies": strategies, "samples": ["tt"], "region": "sr", "seeds": [1, 2], "folds": 1}
    outputs = ["--output", str(tmp_path / "comparison.json"), "--times", str(tmp_path / "times.tsv")]
    outputs += ["--table", str(tmp_path / "table.tsv")]
    arguments = ["--settings", json.dumps(settings), "--results-folder", str(compared), *outputs]
    assert compare_weight_strategies.main(arguments) == 0
    found = json.loads((tmp_path / "comparison.json").read_text())
    assert found["recommendation"]["strategy"] == "transformed"
    assert found["recommendation"]["refused"] == ["signed"]
    assert found["strategies"]["signed"]["diverged"] == ["seed 1, fold 0: below zero", "seed 2, fold 0: below zero"]
    assert found["strategies"]["transformed"]["score_difference_to_truth"]["rms"] == pytest.approx(0.2)
    assert found["strategies"]["truth"]["score_difference_to_truth"]["rms"] == 0
    assert found["strategies"]["signed"]["weights"]["tt"]["yield_bias"] == 0
    rows = [line.split("\t") for line in (tmp_path / "table.tsv").read_text().splitlines()]
    assert {len(row) for row in rows} == {len(rows[0])}
    assert "transformed (recommended)" in [row[0] for row in rows]
    drawn = ["--comparison", str(tmp_path / "comparison.json"), "--times", str(tmp_path / "times.tsv")]
    settings_text = plot_settings.as_json()
    assert plot_strategies.main(["--settings", settings_text, *drawn, "--output-folder", str(tmp_path)]) == 0
    assert (tmp_path / "strategy_comparison.png").stat().st_size > 10_000
