"""The commands of the other strategies, the diagnostics and the comparison, on small stores with known truth."""

from __future__ import annotations

import json

import numpy as np
import pytest
from event_stores import opened, opened_stage, write_scores, write_weights

import assign_true_weights
import check_negative_weights
import compare_weight_strategies
import cross_check_signs
import plot_strategies
import resample_events
import reweight_events
import train_ratio_network
from signedag.events.store import write_stage
from signedag.events.without_fold import rows_without_fold, signed_weight_without_fold
from signedag.identity import Identity
from signedag.json_results import write_json

NETWORK = {
    "seed": 1,
    "folds": 2,
    "network": {
        "inputs": ["x"],
        "architecture": {"hidden_layers": [16]},
        "epochs": 12,
        "batch_size": 500,
        "learning_rate": 0.01,
    },
}


FOLDS = (0, 1)
CLASSES = {"classes": {"background": ["tt"], "signal": ["zh"]}, "processes": {"zh": "zh", "tt": "tt"}}


def events_arguments(folder):
    return ["--events", *(str(folder / "events" / name / "nominal.arrow") for name in ("zh", "tt"))]


def stores(folder, folds=FOLDS):
    return [str(folder / f"without_fold{fold}.arrow") for fold in folds]


def train_ratio(folder, events, fold, changes=None):
    settings = json.dumps(NETWORK | (changes or {}))
    outputs = ["--model", str(folder / f"ratio{fold}"), "--history", str(folder / f"ratio{fold}.json")]
    outputs += ["--mean-weight", str(folder / "mean_weight" / f"without_fold{fold}.arrow")]
    arguments = ["--settings", settings, "--sample", "tt", "--fold", str(fold), "--events", str(events), *outputs]
    return train_ratio_network.main(arguments)


def reweight(folder, events, folds=FOLDS):
    outputs = ["--weights", *stores(folder / "reweighted"), "--report", str(folder / "reweighting.json")]
    means = ["--mean-weights", *stores(folder / "mean_weight", folds)]
    return reweight_events.main(["--sample", "tt", "--events", str(events), *means, *outputs])


def test_the_density_ratio_finds_the_mean_weight(signed_sample, without_folds, tmp_path):
    path = signed_sample("tt", 20_000)
    assert train_ratio(tmp_path, path, 0) == train_ratio(tmp_path, path, 1) == 0
    assert reweight(tmp_path, path) == 0
    events = opened(path)
    truth = opened_stage(path.parent / "truth.arrow", events).column("positive_probability")
    report = json.loads((tmp_path / "reweighting.json").read_text())["folds"]
    for fold, (rows, weights) in enumerate(without_folds(path, tmp_path / "reweighted")):
        weight, signed = weights.column("training_weight"), signed_weight_without_fold(events, fold)
        assert weight.sum() == pytest.approx(signed.sum(), rel=1e-12)
        expected = 2 * truth[rows] - 1
        assert np.corrcoef(weight, expected)[0, 1] > 0.95
        assert np.quantile(np.abs(weight / np.abs(signed).mean() - expected), 0.99) < 0.15
        assert abs(report[str(fold)]["yield_bias"]) < 0.05


def test_a_ratio_without_one_fold_is_refused(signed_sample, tmp_path, capsys):
    path = signed_sample("tt", 600)
    assert train_ratio(tmp_path, path, 0, {"network": NETWORK["network"] | {"epochs": 1}}) == 0
    capsys.readouterr()
    assert reweight(tmp_path, path, folds=(0,)) == 1
    assert "--mean-weights gives 1 files" in capsys.readouterr().err
    assert not (tmp_path / "reweighted").exists()


def test_a_fold_that_does_not_exist_is_refused(signed_sample, tmp_path, error_line):
    assert train_ratio(tmp_path, signed_sample("tt", 600), 7) == 1
    assert "7" in error_line()


def resample(folder, path, name):
    arguments = ["--settings", '{"seed":3}', "--sample", "tt", "--events", str(path)]
    arguments += ["--transformed", *stores(folder / "transformed")]
    outputs = ["--weights", *stores(folder / name), "--report", str(folder / f"{name}.json")]
    return resample_events.main([*arguments, *outputs])


def write_transformed(path, folder, probability):
    events = opened(path)
    for fold in FOLDS:
        rows = rows_without_fold(events, fold)
        weight = np.abs(signed_weight_without_fold(events, fold)) * (2 * probability[rows] - 1)
        write_weights(
            folder / "transformed" / f"without_fold{fold}.arrow", events, {"training_weight": weight}, fold, rows
        )


def test_resampling_is_reproducible_and_reported(signed_sample, without_folds, tmp_path):
    path = signed_sample("tt", 5000)
    truth = opened_stage(path.parent / "truth.arrow", opened(path)).column("positive_probability")
    write_transformed(path, tmp_path, truth)
    for name in ("first", "second"):
        assert resample(tmp_path, path, name) == 0
    report = json.loads((tmp_path / "first.json").read_text())["folds"]
    for fold, (rows, weights) in enumerate(without_folds(path, tmp_path / "first")):
        again = tmp_path / "second" / f"without_fold{fold}.arrow"
        assert weights.path.read_bytes() == again.read_bytes()
        assert report[str(fold)]["condition_broken_fraction"] == 0
        kept = weights.column("training_weight") > 0
        assert report[str(fold)]["kept_fraction"] == pytest.approx(kept.mean())
        assert kept.mean() == pytest.approx(np.square(2 * truth[rows] - 1).mean(), abs=0.03)


def test_whether_an_event_is_kept_depends_on_its_own_weights_alone(signed_sample, without_folds, tmp_path):
    path = signed_sample("tt", 2000)
    truth = opened_stage(path.parent / "truth.arrow", opened(path)).column("positive_probability")
    write_transformed(path, tmp_path, truth)
    assert resample(tmp_path, path, "before") == 0
    some = np.arange(2000) < 1000
    write_transformed(path, tmp_path, np.where(some, 1.0, truth))  # these are all kept, the others as they were
    assert resample(tmp_path, path, "after") == 0
    for (rows, before), (_, after) in zip(
        without_folds(path, tmp_path / "before"), without_folds(path, tmp_path / "after"), strict=True
    ):
        first, second = before.column("training_weight"), after.column("training_weight")
        np.testing.assert_array_equal(first[~some[rows]], second[~some[rows]])
        assert second[some[rows]].min() > 0 and (first[some[rows]] == 0).any()


def test_true_weights_are_the_closed_form(signed_sample, without_folds, tmp_path):
    path = signed_sample("tt", 500)
    events = opened(path)
    arguments = ["--sample", "tt", "--events", str(path), "--truth", str(path.parent / "truth.arrow")]
    assert assign_true_weights.main([*arguments, "--weights", *stores(tmp_path / "true")]) == 0
    truth = opened_stage(path.parent / "truth.arrow", events).column("positive_probability")
    for fold, (rows, weights) in enumerate(without_folds(path, tmp_path / "true")):
        signed = signed_weight_without_fold(events, fold)
        expected = np.abs(signed) * (2 * truth[rows] - 1)
        expected *= signed.sum() / expected.sum()
        np.testing.assert_allclose(weights.column("training_weight"), expected, rtol=1e-12)


def diagnose(folder, path, outputs, limit=0.05):
    settings = {"seed": 1, "variables": ["x", "y"], "closure": {"bins": 8}}
    settings["calibration"] = {"clipped_fraction_limit": limit}
    arguments = ["--settings", json.dumps(settings), "--sample", "tt", "--events", str(path)]
    arguments += ["--probabilities", *map(str, outputs)]
    return check_negative_weights.main([*arguments, "--output", str(folder / "diagnostics.json")])


def test_diagnostics_see_what_decides_on_the_sign(signed_sample, sign_outputs, tmp_path):
    path = signed_sample("tt", 20_000)
    outputs = sign_outputs(path, lambda x, fold: 1 / (1 + np.exp(1.5 * x - 1.5)))
    assert diagnose(tmp_path, path, outputs) == 0
    found = json.loads((tmp_path / "diagnostics.json").read_text())
    assert found["sign_auc"]["verdict"] == "separable"
    assert found["variables"]["x"]["p_value"] < 1e-6
    assert found["variables"]["y"]["p_value"] > 1e-4
    assert found["transformable"]["verdict"] == "yes"
    assert found["batches"]["smallest_safe_size"] in found["batches"]["sizes"]


def test_a_net_negative_region_is_found_before_anything_is_transformed(signed_sample, sign_outputs, tmp_path):
    generator = np.random.default_rng(2)
    x = generator.normal(size=4000).astype(np.float32)
    weight = np.where(generator.random(4000) < np.where(x > 0, 0.9, 0.3), 1.0, -1.0)
    path = signed_sample("tt", 4000, x=x, weight=weight)
    assert diagnose(tmp_path, path, sign_outputs(path, lambda x, fold: 1 / (1 + np.exp(-3 * x)))) == 0
    found = json.loads((tmp_path / "diagnostics.json").read_text())["transformable"]
    assert found["clipped_fraction"] == pytest.approx(0.5, abs=0.05)
    assert "transform the sum" in found["verdict"]


def test_the_sign_cross_check_validates_each_half_with_each_training(signed_sample, tmp_path):
    signed_sample("zh", 3000, 1, mean=1.0)
    signed_sample("tt", 3000, 2, mean=-0.5)
    variant = {"region": "sr", "inputs": ["x"], "architecture": {"hidden_layers": [8]}, "batch": {"size": 50}}
    variant["phases"] = [{"epochs": 8, "updates": [{"learning_rate": 0.01}]}]
    settings = {"seed": 1, "folds": 2, "variant": variant} | CLASSES
    arguments = ["--settings", json.dumps(settings), "--variant", "plain", *events_arguments(tmp_path)]
    assert cross_check_signs.main([*arguments, "--output", str(tmp_path / "signs.json")]) == 0
    found = json.loads((tmp_path / "signs.json").read_text())
    for half in ("positive", "negative"):
        positive, negative = (found["auc"][training][half]["value"] for training in ("positive", "negative"))
        assert 0.75 < negative < 0.95
        assert positive == pytest.approx(negative, abs=0.03)
    assert found["verdict"]


def test_the_sign_cross_check_of_a_conditioned_one_needs_one_score_per_event(signed_sample, tmp_path, error_line):
    for seed, (name, mean) in enumerate((("zh", 1.0), ("tt", -0.5)), 1):
        signed_sample(name, 1000, seed, mean=mean)
    variant = {"region": "sr", "inputs": ["x"], "phases": [{"epochs": 2}]}
    variant |= {"parameters": ["m"], "architecture": {"kind": "conditioned", "hidden_layers": [8]}}

    def checked(**points):
        settings = {"seed": 1, "folds": 2, "variant": variant} | CLASSES | points
        arguments = ["--settings", json.dumps(settings), "--variant", "plain", *events_arguments(tmp_path)]
        return cross_check_signs.main([*arguments, "--output", str(tmp_path / "signs.json")])

    assert checked() == 0
    assert checked(points={"zh": [125.0]}) == 1
    assert "this classifier has one for each point of m; check one without parameters" in error_line()


def test_a_missing_sign_is_named(signed_sample, tmp_path, error_line):
    signed_sample("zh", 300, 1, weight=np.ones(300))
    signed_sample("tt", 300, 2)
    variant = {"region": "sr", "inputs": ["x"]}
    settings = {"seed": 1, "folds": 2, "variant": variant} | CLASSES
    arguments = ["--settings", json.dumps(settings), "--variant", "plain", *events_arguments(tmp_path)]
    assert cross_check_signs.main([*arguments, "--output", str(tmp_path / "signs.json")]) == 1
    assert "region 'sr': no negative signal event" in error_line()


STRATEGIES = ("transformed", "signed", "truth", "joint")


@pytest.fixture
def compared(signed_sample, tmp_path):
    """Results of two strategies and the truth, as the workflow lays them out."""
    folder = tmp_path / "results"
    (folder / "ntuples").mkdir(parents=True)
    for seed, sample in enumerate(("zh", "tt")):
        signed_sample(sample, 400, seed).parent.rename(folder / "ntuples" / sample)
        _write_strategies(folder, sample, 0.1 * (sample == "zh"))
    for strategy in STRATEGIES:
        seeds = {
            str(seed): {"auc": {"value": 0.8 + 0.001 * seed}, "binned_significance": {"value": 2.0}} for seed in (1, 2)
        }
        performance = {"auc": {"value": 0.8, "error": 0.01}, "per_seed": seeds}
        identity = Identity.of("performance", variant=f"plain_{strategy}")
        write_json(folder / "classifiers" / f"plain_{strategy}" / "performance.json", performance, identity)
        for seed in (1, 2):
            history = folder / "classifiers" / f"plain_{strategy}" / f"seed{seed}" / "fold0" / "history.json"
            identity = Identity.of("training history", variant=f"plain_{strategy}", seed=seed, fold=0)
            content = {"diverged": "below zero" if strategy == "signed" else None, "failed": None}
            write_json(history, content, identity)
    return folder


def _write_strategies(folder, sample, signal_shift):
    """Write weights, closure and scores of one sample: scores grow with x by a slope that the strategy decides."""
    events = opened(folder / "ntuples" / sample / "nominal.arrow")
    rows = rows_without_fold(events, 0)
    signed = signed_weight_without_fold(events, 0)
    for number, strategy in enumerate(STRATEGIES):
        own = "joint/plain_joint/seed1" if strategy == "joint" else strategy
        weights = folder / "weights" / own / sample
        weight = signed if strategy == "signed" else np.abs(signed)
        if strategy == "joint":  # known in the region only
            weight = np.where(events.column("region_sr")[rows], signed, 1e3)
        identity = Identity.of("training weights", strategy=strategy, sample=sample, fold=0)
        if strategy == "joint":
            identity = Identity.of("joint weights", variant="plain_joint", seed=1, sample=sample, fold=0)
        write_stage(weights / "without_fold0.arrow", events, {"training_weight": weight}, {}, identity, rows)
        test = {"chi2": 3.0, "ndf": 3, "p_value": 0.4, "is_input": True}
        verdict = {"grade": "good", "value": 0.4, "reason": "smallest p × 1 comparisons is 0.4 (x)"}
        if strategy == "signed":
            test = {"chi2": None, "ndf": 0, "p_value": None, "is_input": True}
            verdict = {"grade": "nothing_to_test", "value": None, "reason": "training and signed weights agree"}
        closure, identity = weights / "closure.json", Identity.of("closure", strategy=strategy, sample=sample)
        if strategy == "joint":  # by class, and here each has one sample
            name = "signal" if sample == "zh" else "background"
            closure = weights.with_name(f"closure_{name}.json")
            identity = Identity.of("joint closure", variant="plain_joint", seed=1, **{"class": name})
        write_json(closure, {"closure": {"calibrated": {"x": test}}, "verdict": verdict}, identity)
        score = {"score": np.clip(0.4 + signal_shift + 0.1 * number + 0.01 * events.column("x"), 0, 1)}
        path = folder / "scores" / f"plain_{strategy}" / "combined" / sample / "nominal.arrow"
        write_scores(path, events, score, variant=f"plain_{strategy}")


def compare(compared, folder):
    settings = {
        "seed": 1,
        "bootstrap": 20,
        "strategies": {name: f"plain_{name}" for name in STRATEGIES},
        "samples": ["tt", "zh"],
        "signal_samples": ["zh"],
        "background_samples": ["tt"],
        "classes": ["background", "signal"],
        "region": "sr",
        "seeds": [1, 2],
        "folds": 1,
    }
    outputs = ["--output", str(folder / "comparison.json"), "--times", str(folder / "times.json")]
    outputs += ["--table", str(folder / "table.tsv")]
    return compare_weight_strategies.main(
        ["--settings", json.dumps(settings), "--results-folder", str(compared), *outputs]
    )


def test_the_comparison_reads_no_file_of_another(compared, tmp_path, refuses_others):
    files = (
        "ntuples/tt/nominal.arrow",
        "scores/plain_transformed/combined/tt/nominal.arrow",
        "weights/transformed/tt/without_fold0.arrow",
        "weights/joint/plain_joint/seed1/tt/without_fold0.arrow",
        "weights/transformed/tt/closure.json",
        "weights/joint/plain_joint/seed1/closure_background.json",
        "classifiers/plain_transformed/performance.json",
        "classifiers/plain_transformed/seed1/fold0/history.json",
    )
    refuses_others(lambda: compare(compared, tmp_path), *(compared / file for file in files))


def test_training_times_are_those_that_snakemake_measured(compared, tmp_path):
    folder = compared / "benchmarks" / "train_classifier"
    folder.mkdir(parents=True)
    for seed, measured in ((1, "4.5"), (2, "NA"), (3, "1.5")):
        (folder / f"plain_signed_{seed}_0.tsv").write_text(f"s\tcpu_time\n1\t{measured}\n")
    assert compare(compared, tmp_path) == 0
    times = json.loads((tmp_path / "times.json").read_text())["strategies"]
    assert times["signed"] == {"trainings": 2, "mean_cpu_seconds": 3.0, "maximum_cpu_seconds": 4.5}
    assert times["truth"] == {"trainings": 0, "mean_cpu_seconds": None, "maximum_cpu_seconds": None}


@pytest.mark.parametrize(
    ("content", "cause"),
    [(b"no benchmark\n1\n", "'cpu_time'"), (b"cpu_time\nmuch\n", "could not convert"), (b"\xff\n1", "'utf-8' codec")],
)
def test_a_damaged_benchmark_is_one_line(compared, tmp_path, error_line, content, cause):
    path = compared / "benchmarks" / "train_classifier" / "plain_signed_1_0.tsv"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert compare(compared, tmp_path) == 1
    line = error_line()
    assert line.startswith(f"error: {path}: no benchmark of Snakemake ({cause}")
    assert line.endswith("; delete it and run train_classifier again")


def test_the_comparison_puts_all_strategies_side_by_side(compared, tmp_path, plot_settings):
    assert compare(compared, tmp_path) == 0
    found = json.loads((tmp_path / "comparison.json").read_text())
    assert found["recommendation"]["strategy"] == "transformed"
    assert found["recommendation"]["refused"] == {"signed": "2 trainings diverged"}
    signed, transformed = found["strategies"]["signed"], found["strategies"]["transformed"]
    assert signed["diverged"] == ["seed 1, fold 0: below zero", "seed 2, fold 0: below zero"]
    assert signed["closure"]["grade"] == "nothing_to_test" and transformed["closure"]["grade"] == "good"
    assert transformed["closure"]["value"] == pytest.approx(0.8)  # two samples
    assert transformed["score_difference_to_truth"]["rms"] == pytest.approx(0.2)
    # The scores are those of the truth but for an offset: the AUCs have every fluctuation in common.
    assert transformed["auc_difference_to_truth"]["error"] == pytest.approx(0, abs=1e-12)
    assert found["strategies"]["truth"]["score_difference_to_truth"]["rms"] == 0
    assert signed["weights"]["tt"]["yield_bias"] == 0
    assert found["strategies"]["joint"]["weights"]["tt"]["yield_bias"] == 0
    rows = [line.split("\t") for line in (tmp_path / "table.tsv").read_text().splitlines()]
    assert {len(row) for row in rows} == {len(rows[0])}
    assert "transformed (recommended)" in [row[0] for row in rows]
    drawn = ["--comparison", str(tmp_path / "comparison.json"), "--times", str(tmp_path / "times.json")]
    settings_text = plot_settings.as_json()
    assert plot_strategies.main(["--settings", settings_text, *drawn, "--output-folder", str(tmp_path)]) == 0
    assert (tmp_path / "strategy_comparison.png").stat().st_size > 10_000


def test_files_of_others_are_refused(signed_sample, tmp_path, refuses_others):
    path = signed_sample("tt", 600)
    truth = path.parent / "truth.arrow"
    write_transformed(path, tmp_path, opened(truth).column("positive_probability"))
    transformed = tmp_path / "transformed" / "without_fold1.arrow"
    refuses_others(lambda: resample(tmp_path, path, "out"), path, transformed)
    for fold in FOLDS:
        assert train_ratio(tmp_path, path, fold) == 0
    refuses_others(lambda: train_ratio(tmp_path, path, 0), path)
    refuses_others(lambda: reweight(tmp_path, path), path, tmp_path / "mean_weight" / "without_fold0.arrow")
    given = ["--sample", "tt", "--events", str(path), "--truth", str(truth), "--weights", *stores(tmp_path / "true")]
    refuses_others(lambda: assign_true_weights.main(given), path, truth)
