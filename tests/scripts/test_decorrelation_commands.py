"""compare_decorrelation and plot_decorrelation: from small results of two simulations to table and figure."""

from __future__ import annotations

import json

import pytest

import compare_decorrelation
import plot_decorrelation
from signedag.config.decorrelation import CompareDecorrelationSettings
from signedag.identity import Identity
from signedag.json_results import read_json, write_json

SETTINGS = CompareDecorrelationSettings.model_validate(
    {
        "seed": 1,
        "baseline": "plain",
        "variants": ["plain", "disco", "mapped"],
        "seeds": [2, 3],
        "maps": {"mapped": "plain"},
        "needs": {"plain": ["plain"], "disco": ["disco", "plain"], "mapped": ["plain"]},
        "initialisations": {"disco": [1], "plain": [1, 2]},
        "efforts": {
            "plain": {"trainings": 4, "additions": 0},
            "disco": {"trainings": 6, "additions": 1},
            "mapped": {"trainings": 4, "additions": 1},
        },
        "folds": 2,
        "binning": "coarse",
        "treatment": "constrained",
        "p_value": 0.01,
        "has_diboson_peak": True,
    }
)
SIGMA = {"plain": 0.30, "disco": 0.27, "mapped": 0.29}
CHI2 = {"plain": 600.0, "disco": 5.0, "mapped": 0.5}
P_VALUE = {"plain": 0.0, "disco": 1e-5, "mapped": 0.8}
CPU_SECONDS = {"plain": 5.0, "disco": 7.0, "mapped": 0.5}


def estimate(value):
    return {"value": value, "error": 0.01, "reason": None}


def quantiles(p_value):
    tests = {"chi2_to_inclusive": {"p_value": p_value}, "ks_to_complement": {"probability": p_value}}
    return {"quantiles": [tests] * 4, "ks_distance": 0.02, "distance_correlation": 0.01}


def write_simulation(folder, seed):
    """Write what one simulation says about every variant; numbers move with the seed."""
    moved = 1 + 0.01 * seed
    for name in SETTINGS.variants:
        named = {"variant": name}
        performance = {"auc": estimate(0.8), "binned_significance": estimate(2.5 * moved)}
        write_json(folder / "classifiers" / name / "performance.json", performance, Identity.of("performance", **named))
        sculpting = quantiles(0.5 * P_VALUE[name]) | {
            "chi2_mean": 1.5 * CHI2[name] * moved,
            "jensen_shannon": {"inverse": 300.0 * moved},
            "non_resonant": quantiles(P_VALUE[name]) | {"chi2_mean": CHI2[name] * moved},
        }
        write_json(folder / "sculpting" / name / "sculpting.json", sculpting, Identity.of("sculpting", **named))
        peak = {
            "peak": {
                "significance": estimate(3.0),
                "significance_scaled": estimate(9.0),
                "sidebands": {"p_value": 0.4},
            },
            "peak_without_resonant": {"significance": estimate(0.1)},
            "luminosity_factor": 10.0,
        }
        write_json(folder / "sculpting" / name / "diboson_peak.json", peak, Identity.of("diboson peak", **named))
        write_fit(folder / "fit" / name / "coarse" / "constrained" / "result.json", name, SIGMA[name] * moved)
    for name, initialisations in SETTINGS.initialisations.items():
        for initialisation in initialisations:
            for fold in (0, 1):
                path = folder / "classifiers" / name / f"seed{initialisation}" / f"fold{fold}" / "history.json"
                identity = Identity.of("training history", variant=name, seed=initialisation, fold=fold)
                write_json(path, {"failed": None, "diverged": None, "warnings": []}, identity)
                write_benchmark(folder, f"train_classifier/{name}_{initialisation}_{fold}", CPU_SECONDS[name])
    write_benchmark(folder, "fit_score_map/mapped", CPU_SECONDS["mapped"])


def write_fit(path, name, sigma):
    sides = {"value": 1.0, "down": sigma, "up": sigma}
    content = {
        "interval": sides,
        "statistical": sides | {"down": 0.2, "up": 0.2},
        "systematic": sides,
        "template_statistical": 0.1,
        "significance": {"z": 3.0, "reason": None},
        "explanation": "",
        "bins": {},
        "nonpositive_bins": [],
        "nonpositive_rule": "merge",
    }
    write_json(path, content, Identity.of("signal strength", variant=name, binning="coarse", treatment="constrained"))


def write_benchmark(folder, name, seconds):
    path = folder / "benchmarks" / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"s\tcpu_time\n9.0\t{seconds}\n", encoding="utf-8")


@pytest.fixture
def replicas(tmp_path):
    folders = [tmp_path / f"example_seed{seed}" for seed in SETTINGS.seeds]
    for folder, seed in zip(folders, SETTINGS.seeds, strict=True):
        write_simulation(folder, seed)
    return folders


def compare(folder, replicas, settings=SETTINGS):
    arguments = ["--settings", settings.as_json(), "--replicas", *map(str, replicas)]
    arguments += ["--output", str(folder / "comparison.json"), "--table", str(folder / "comparison.tsv")]
    return compare_decorrelation.main([*arguments, "--times", str(folder / "times.json")])


def test_the_comparison_says_who_passes_who_leads_and_what_it_costs(replicas, tmp_path):
    out = tmp_path / "out"
    assert compare(out, replicas) == 0
    found = read_json(out / "comparison.json", Identity.of("decorrelation comparison"))
    assert found["recommendation"]["variant"] == "mapped"
    assert set(found["recommendation"]["refused"]) == {"plain", "disco"}
    assert found["frontier"] == ["disco", "mapped"]
    mapped = found["variants"]["mapped"]
    sigmas = [(0.01 + (0.29 * (1 + 0.01 * seed)) ** 2) ** 0.5 for seed in (2, 3)]
    assert list(mapped["sigma_mu"]["by_seed"].values()) == pytest.approx(sigmas)
    assert mapped["sculpting"]["chi2_mean"]["by_seed"]["2"] == pytest.approx(0.51)
    assert mapped["sculpting_of_all_background"]["chi2_p_smallest"]["smallest"] == pytest.approx(0.4)
    assert mapped["diboson_peak"]["significance_scaled"]["value"] == 9.0
    assert len(found["notes"]) == 3
    _, first, *others = (out / "comparison.tsv").read_text(encoding="utf-8").splitlines()
    assert first.startswith("disco\t0 of 2\t") and others[0].startswith("mapped (recommended)\t2 of 2\t")
    times = read_json(out / "times.json", Identity.of("decorrelation times")).block("variants")
    seconds = {name: times.block(name).number("mean_cpu_seconds") for name in SETTINGS.variants}
    assert seconds == {"plain": 4 * 5.0, "disco": 4 * 5.0 + 2 * 7.0, "mapped": 4 * 5.0 + 0.5}


def test_the_same_command_gives_the_same_bytes_but_for_the_times(replicas, tmp_path):
    assert compare(tmp_path / "first", replicas) == 0
    write_benchmark(replicas[0], "fit_score_map/mapped", 80.0)
    assert compare(tmp_path / "second", replicas) == 0
    for name, same in (("comparison.json", True), ("comparison.tsv", True), ("times.json", False)):
        assert ((tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()) == same


def test_a_diverged_training_of_what_is_mapped_counts_against_the_map(replicas, tmp_path):
    path = replicas[1] / "classifiers" / "plain" / "seed2" / "fold1" / "history.json"
    identity = Identity.of("training history", variant="plain", seed=2, fold=1)
    write_json(path, {"failed": None, "diverged": "loss below every bound", "warnings": ["collapsed"]}, identity)
    assert compare(tmp_path, replicas) == 0
    found = read_json(tmp_path / "comparison.json", Identity.of("decorrelation comparison"))
    assert found["recommendation"]["variant"] is None
    mapped = found["variants"]["mapped"]
    assert mapped["trainings"]["diverged"] == ["simulation 3: plain, initialisation 2, fold 1: loss below every bound"]
    assert mapped["trainings"]["warnings"] == ["simulation 3: plain, initialisation 2, fold 1: collapsed"]
    assert mapped["passes"]["seeds_that_pass"] == 1


def test_times_of_jobs_that_were_not_measured_alone_are_null_with_the_reason(replicas, tmp_path):
    (replicas[0] / "benchmarks" / "train_classifier" / "disco_1_0.tsv").unlink()
    assert compare(tmp_path, replicas) == 0
    times = json.loads((tmp_path / "times.json").read_text(encoding="utf-8"))["variants"]
    assert times["disco"]["mean_cpu_seconds"] is None and "several in one job" in times["disco"]["reason"]
    assert times["mapped"]["reason"] is None


def test_an_analysis_without_a_resonance_has_no_columns_of_it(replicas, tmp_path):
    for path in (path for folder in replicas for path in folder.rglob("sculpting.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        names = content.pop("identity")
        content.pop("checksum")
        write_json(path, content | {"non_resonant": None}, Identity.of("sculpting", variant=names["variant"]))
    for path in (path for folder in replicas for path in folder.rglob("diboson_peak.json")):
        path.unlink()
    assert compare(tmp_path, replicas, SETTINGS.model_copy(update={"has_diboson_peak": False})) == 0
    found = read_json(tmp_path / "comparison.json", Identity.of("decorrelation comparison"))
    mapped = found["variants"]["mapped"]
    assert mapped["diboson_peak"] is None and mapped["diboson_peak_reason"]
    assert mapped["sculpting"] == mapped["sculpting_of_all_background"]
    assert len(found["notes"]) == 2


@pytest.mark.parametrize(
    ("of", "into"),
    [
        ("sculpting/plain/sculpting.json", "sculpting/mapped/sculpting.json"),
        ("sculpting/plain/diboson_peak.json", "sculpting/mapped/diboson_peak.json"),
        ("classifiers/plain/performance.json", "classifiers/mapped/performance.json"),
        ("fit/plain/coarse/constrained/result.json", "fit/mapped/coarse/constrained/result.json"),
        ("classifiers/plain/seed1/fold0/history.json", "classifiers/plain/seed1/fold1/history.json"),
    ],
)
def test_a_result_of_something_else_is_refused(replicas, tmp_path, error_line, of, into):
    (replicas[1] / into).write_bytes((replicas[1] / of).read_bytes())
    assert compare(tmp_path / "out", replicas) == 1
    assert into in error_line()
    assert not (tmp_path / "out").exists()


def test_a_folder_too_few_is_refused(replicas, tmp_path, error_line):
    assert compare(tmp_path / "out", replicas[:1]) == 1
    assert "--replicas gives 1 folders for the seeds [2, 3]; give one per seed" in error_line()


def draw(folder, plot_settings, comparison, times):
    arguments = ["--settings", plot_settings.as_json(), "--comparison", str(comparison), "--times", str(times)]
    return plot_decorrelation.main([*arguments, "--output-folder", str(folder)])


def test_the_comparison_is_drawn(replicas, plot_settings, tmp_path, error_line):
    assert compare(tmp_path, replicas) == 0
    comparison, times = tmp_path / "comparison.json", tmp_path / "times.json"
    assert draw(tmp_path / "figures", plot_settings, comparison, times) == 0
    written = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert written == ["decorrelation_comparison.pdf", "decorrelation_comparison.png"]
    assert draw(tmp_path / "exchanged", plot_settings, times, comparison) == 1
    assert "expected decorrelation comparison" in error_line()
    assert not (tmp_path / "exchanged").exists()


def test_what_is_undefined_is_drawn_as_such(replicas, plot_settings, tmp_path):
    """A collapsed score has no quantiles and no fit; a variant has no CPU time."""
    for folder in replicas:
        collapsed = {"quantiles": [], "chi2_reason": "a single score"} | {"jensen_shannon": {"inverse": None}}
        content = collapsed | {"non_resonant": collapsed}
        write_json(
            folder / "sculpting" / "disco" / "sculpting.json", content, Identity.of("sculpting", variant="disco")
        )
    (replicas[0] / "benchmarks" / "train_classifier" / "disco_1_0.tsv").unlink()
    assert compare(tmp_path, replicas) == 0
    found = read_json(tmp_path / "comparison.json", Identity.of("decorrelation comparison"))
    assert found["variants"]["disco"]["sculpting"]["reason_by_seed"]["2"] == "a single score"
    assert found["frontier"] == ["mapped"]
    assert draw(tmp_path / "figures", plot_settings, tmp_path / "comparison.json", tmp_path / "times.json") == 0
