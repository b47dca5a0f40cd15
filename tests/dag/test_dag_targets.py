"""What is planned where nothing was run: by default, by named targets, and when the configuration changes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import uproot
from mass_points import masses
from table_files import analysis as analysis_of_tables
from table_files import hepmass_rows, text
from table_files import write as write_table

from signedag.config.example import examples
from signedag.config.strategies import STRATEGIES

if TYPE_CHECKING:
    from conftest import Plan, Project

pytestmark = pytest.mark.xdist_group("dag_targets")

ROOT = Path(__file__).resolve().parents[2]
TARGETS = {
    "all",
    "convert",
    "weights",
    "classifiers",
    "strategies",
    "sculpting",
    "scale_factors",
    "distributions",
    "parametric",
    "fit",
    "report",
    "pulls",
    "optimism",
    "mismodelling",
    "toys",
    "scan",
    "decorrelation",
    "template_statistics",
    "exports",
}
CONVERSION = {"simulate_ntuple", "convert_ntuple", "merge_sample"}
SHIFTED = {"convert_shifts", "merge_shifts"}
DATA = {"convert_data", "merge_data"}
TRANSFORMATION = CONVERSION | {"train_sign_network", "calibrate_weights"}
SCORES = TRANSFORMATION | {"check_regions", "train_classifier", "score_events", "combine_scores"}
MASS_CHECKS = {"check_sculpting", "plot_sculpting", "check_diboson_peak", "plot_diboson_peak"}
COMPARISON = {"compare_classifiers", "plot_classifier_comparison"}
CONTROL = CONVERSION | SHIFTED | DATA | {"fill_control_templates"}
FACTORS = CONTROL | {"fit_scale_factors"}
FITTED = {"score_shifts", "combine_shifts", "fill_templates", "fit_signal_strength", "plot_fit"}
FITTED |= {"compute_limits", "compute_impacts", "compute_distributions", "plot_fit_details"}
WEIGHTS = TRANSFORMATION | {"check_weight_closure", "check_negative_weights", "plot_weights", "plot_diagnostics"}


@pytest.mark.parametrize(
    ("target", "rules"),
    [
        ("convert", CONVERSION | SHIFTED | DATA | {"check_regions"}),
        ("weights", WEIGHTS),
        ("classifiers", SCORES | {"check_classifier", "plot_classifier"} | COMPARISON),
        ("sculpting", SCORES | MASS_CHECKS),
        ("scale_factors", FACTORS | {"plot_scale_factors"}),
        ("distributions", FACTORS | {"check_regions", "fill_distributions", "plot_distributions"}),
        ("fit", SCORES | FACTORS | FITTED),
        ("pulls", CONTROL | {"study_pulls", "plot_pulls"}),
        ("toys", SCORES | FACTORS | {"score_shifts", "combine_shifts", "fill_templates", "study_toys", "plot_toys"}),
    ],
)
def test_a_target_stops_early(fresh: Project, target: str, rules: set[str]) -> None:
    assert fresh.plan(target).rules == rules


def test_the_report_is_everything(fresh: Project, whole_plan: Plan) -> None:
    assert fresh.plan("report").names == whole_plan.names
    assert "write_report" in whole_plan.rules
    assert not whole_plan.rules & {"study_pulls", "plot_pulls"}, "the pull study is a target of its own"


def test_jobs_are_as_many_as_there_is_work(whole_plan: Plan) -> None:
    counted = Counter(job.rule for job in whole_plan.jobs)
    samples, files, folds, variants, treatments, groups = 3, 4, 2, 2, 3, 3
    expected = {
        "simulate_ntuple": files + 1,
        "convert_ntuple": files,
        "convert_data": 1,
        "convert_shifts": files,
        "merge_sample": samples,
        "merge_shifts": samples,
        "train_sign_network": samples * folds,
        "calibrate_weights": samples,
        "train_classifier": variants * folds,
        "score_events": variants,
        "score_shifts": 1,
        "combine_shifts": 1,
        "check_classifier": variants,
        "fill_templates": 1,
        "fit_signal_strength": treatments,
        "compute_limits": treatments,
        "compute_impacts": groups,
        "fill_distributions": 2,
        "plot_distributions": 2,
        "write_report": 1,
    }
    assert {rule: counted[rule] for rule in expected} == expected


def without(*keys: str) -> Callable[[dict[str, Any]], None]:
    """Give an edit that removes top-level keys, and what needs them."""

    def edit(content: dict[str, Any]) -> None:
        for key in keys:
            del content[key]
        if "scale_factors" in keys:
            if "fit" in content:
                content["fit"]["treatments"] = ["fixed"]
                content["fit"]["asimov"].pop("scale_factors")
            content["processes"]["tt"].pop("scale_factor")
            content["distributions"].pop("scale_factors")
            content.get("data", {}).get("pseudo_data", {}).pop("scale_factors", None)

    return edit


def second_seed(content: dict[str, Any]) -> None:
    content["classifiers"]["wide"]["seeds"] = [1, 2]


def another_strategy(content: dict[str, Any]) -> None:
    content["classifiers"]["wide"]["weights"] = {"strategy": "absolute"}


def third_variant(content: dict[str, Any]) -> None:
    content["classifiers"]["deep"] = {"region": "signal_region"}


def second_binning(content: dict[str, Any]) -> None:
    axes = content["fit"]["binnings"]["coarse"]
    content["fit"]["binnings"]["fine"] = {"mass": axes["mass"] | {"bins": 50}, "score": axes["score"] | {"bins": 50}}


def second_file(content: dict[str, Any]) -> None:
    content["samples"]["zh"]["simulation"]["files"] = 2


def second_strength(content: dict[str, Any]) -> None:
    content["processes"]["wh"] = {"role": "signal", "strength": "mu_wh"}
    content["samples"]["wh"] = content["samples"]["zh"] | {"process": "wh"}


def third_strength(content: dict[str, Any]) -> None:
    second_strength(content)
    content["processes"]["tth"] = {"role": "signal"}
    content["samples"]["tth"] = content["samples"]["zh"] | {"process": "tth"}


def fewer_treatments(content: dict[str, Any]) -> None:
    content["fit"]["treatments"] = ["fixed", "simultaneous"]


FIT = {
    "fill_templates": 1, "fit_signal_strength": 3, "plot_fit": 1,
    "compute_limits": 3, "compute_impacts": 3, "compute_distributions": 1, "plot_fit_details": 1,
}  # fmt: skip
SCALE_FACTORS = {"fill_control_templates": 1, "fit_scale_factors": 1, "plot_scale_factors": 1}


@pytest.mark.parametrize(
    ("edit", "added", "removed"),
    [
        (without("sculpting", "mismodelling"), {}, {"check_sculpting": 2, "plot_sculpting": 2}),
        (without("distributions"), {}, {"fill_distributions": 2, "plot_distributions": 2}),
        (without("diboson_peak"), {}, {"check_diboson_peak": 2, "plot_diboson_peak": 2}),
        (without("fit", "scan", "template_statistics_study"), {}, FIT | {"score_shifts": 1, "combine_shifts": 1}),
        (
            without("scale_factors", "data"),
            {"compute_impacts": 2, "compute_distributions": 1},
            SCALE_FACTORS
            | {"fit_signal_strength": 2, "compute_limits": 2, "compute_impacts": 3, "compute_distributions": 1}
            | {"convert_data": 1, "merge_data": 1, "simulate_ntuple": 1},
        ),
        (second_seed, {"train_classifier": 2, "score_events": 1}, {}),
        (another_strategy, {"assign_training_weights": 3, "check_weight_closure": 3}, {}),
        (
            third_variant,
            {
                "train_classifier": 2,
                "score_events": 1,
                "combine_scores": 1,
                "check_classifier": 1,
                "plot_classifier": 1,
                "check_sculpting": 1,
                "plot_sculpting": 1,
                "check_diboson_peak": 1,
                "plot_diboson_peak": 1,
            },
            {},
        ),
        (second_binning, FIT, {}),
        (second_file, {"simulate_ntuple": 1, "convert_ntuple": 1, "convert_shifts": 1}, {}),
        (fewer_treatments, {}, {"fit_signal_strength": 1, "compute_limits": 1}),
    ],
)
def test_a_switch_adds_and_removes_exactly_its_jobs(
    fresh: Project,
    whole_plan: Plan,
    edit: Callable[[dict[str, Any]], None],
    added: dict[str, int],
    removed: dict[str, int],
) -> None:
    with fresh.changed_config(edit):
        plan = fresh.plan()
    assert plan.more_than(whole_plan) == Counter(added)
    assert whole_plan.more_than(plan) == Counter(removed)


@pytest.mark.parametrize(
    ("edit", "pairs"),
    [
        (second_strength, ["mu_wh__mu_zh"]),
        (third_strength, ["mu__mu_wh", "mu__mu_zh", "mu_wh__mu_zh"]),
    ],
)
def test_each_pair_of_strengths_has_a_contour_and_a_single_one_has_none(
    fresh: Project, edit: Callable[[dict[str, Any]], None], pairs: list[str]
) -> None:
    def one_strength(content: dict[str, Any]) -> None:
        edit(content)
        for process in content["processes"].values():
            process.pop("strength", None)
        content["fit"]["asimov"].pop("strengths")

    with fresh.changed_config(one_strength):
        alone = fresh.plan()
    with fresh.changed_config(edit):
        plan = fresh.plan()
    assert not {"compute_contour", "plot_contour"} & alone.rules
    assert plan.more_than(alone) == Counter(compute_contour=len(pairs), plot_contour=len(pairs))
    assert not alone.more_than(plan)
    folder = "results/example/fit/narrow/coarse/simultaneous/contours"
    computed = [job.outputs for job in plan.jobs if job.rule == "compute_contour"]
    assert sorted(computed) == sorted(f"{folder}/{pair}.json" for pair in pairs)


def test_several_classifiers_are_compared_and_one_alone_is_not(fresh: Project, whole_plan: Plan) -> None:
    def one_classifier(content: dict[str, Any]) -> None:
        content["classifiers"] = {"narrow": content["classifiers"]["narrow"]}

    planned = Counter(job.rule for job in whole_plan.jobs)
    assert {rule: planned[rule] for rule in COMPARISON} == dict.fromkeys(COMPARISON, 1)
    with fresh.changed_config(one_classifier):
        alone = fresh.plan()
    assert "plot_classifier" in alone.rules
    assert not alone.rules & COMPARISON
    assert not alone.more_than(whole_plan)


def test_without_scale_factors_data_are_converted_but_not_fitted(fresh: Project, whole_plan: Plan) -> None:
    with fresh.changed_config(without("scale_factors")):
        assert not fresh.plan().rules & set(SCALE_FACTORS)
        assert fresh.plan("convert").rules == CONVERSION | SHIFTED | DATA | {"check_regions"}
    assert set(SCALE_FACTORS) <= whole_plan.rules


def test_every_fold_has_its_networks(fresh: Project, whole_plan: Plan) -> None:
    with fresh.changed_config(lambda content: content.update(folds=3)):
        plan = fresh.plan()
    assert plan.more_than(whole_plan) == Counter({"train_sign_network": 3, "train_classifier": 2})


def test_a_shift_is_made_along_with_the_others(fresh: Project, whole_plan: Plan) -> None:
    def edit(content: dict[str, Any]) -> None:
        content["uncertainties"]["shifts"]["second"] = {"jet_energy_relative": 0.05}
        content["fit"]["uncertainty_groups"]["jets"].append("second")

    with fresh.changed_config(edit):
        plan = fresh.plan()
    assert plan.names == whole_plan.names
    outputs = " ".join(job.outputs for job in plan.jobs)
    for made in ("ntuples/tt/second_up.arrow", "scores/narrow/combined/tt/second_down.arrow"):
        assert made in outputs
    assert "ntuples/data/second_up.arrow" not in outputs


def test_without_shifts_there_are_no_jobs_for_them(fresh: Project, whole_plan: Plan) -> None:
    def edit(content: dict[str, Any]) -> None:
        for key in ("shifts", "symmetrise", "smooth"):
            content["uncertainties"].pop(key)
        content["mismodelling"].pop("shifts")
        content["fit"]["uncertainty_groups"].pop("jets")

    with fresh.changed_config(edit):
        plan = fresh.plan()
    assert plan.rules == whole_plan.rules - SHIFTED - {"score_shifts", "combine_shifts"}


def write_own_ntuples(project: Project) -> None:
    """Write the ROOT files that the second example reads."""
    numbers = np.ones(3)
    branches = ("weight", "m_tt", "m_tt_up", "m_tt_down", "c_hel")
    for name in ("tt.root", "data.root"):
        with uproot.recreate(project.root / name) as file:
            tree = file.mktree("events", {"event": "i8", **dict.fromkeys(branches, "f8")})
            tree.extend({"event": np.arange(3), **dict.fromkeys(branches, numbers)})
            file.mktree("Runs", {"genEventSumw": "f8"}).extend({"genEventSumw": numbers[:1]})


def test_own_ntuples_are_not_simulated(fresh: Project) -> None:
    own = examples()[1]
    del own["fit"], own["parametric_study"]["fitted"]
    for key in ("treatment", "binning"):
        del own["parametric_study"][key]
    fresh.write_config(own, "config/own.yaml")
    write_own_ntuples(fresh)
    plan = fresh.plan(config="config/own.yaml")
    simulated = {job.name[1] for job in plan.jobs if job.rule == "simulate_ntuple"}
    assert simulated == {f"results/example/simulated/{signal}/part0.root" for signal in ("higgs", "heavy")}
    assert not plan.rules & (set(FIT) | set(SCALE_FACTORS) | MASS_CHECKS)
    assert {"check_weight_closure", "check_classifier", "write_report"} <= plan.rules


def test_the_strategy_comparison_is_a_target_of_its_own(fresh: Project, whole_plan: Plan) -> None:
    def edit(content: dict[str, Any]) -> None:
        content["strategy_comparison"] = examples()[0]["strategy_comparison"]

    with fresh.changed_config(edit):
        compared = fresh.plan("strategies").rules
        more = fresh.plan().more_than(whole_plan)
    assert {"assign_training_weights", "train_classifier", "compare_weight_strategies"} <= compared
    assert not more, "by default nothing of the comparison runs"


def test_small_trainings_share_a_job(fresh: Project) -> None:
    """The same files come out of fewer jobs; nothing is trained before what it starts from."""
    alone = {
        "train_classifier", "score_events", "score_shifts", "combine_scores", "combine_shifts", "check_classifier",
        "plot_classifier",
    }  # fmt: skip

    def files(plan: Plan, folder: str) -> set[str]:
        made = (path for job in plan.jobs for path in job.outputs.split(", "))
        return {path for path in made if path.startswith(f"results/example/{folder}")}

    def with_a_follower(content: dict[str, Any]) -> None:
        content["classifiers"]["tuned"] = examples()[0]["classifiers"]["tuned"]

    with fresh.changed_config(with_a_follower):
        whole_plan = fresh.plan()
        with fresh.changed_config(lambda content: content.update(training={"networks_per_job": 4})):
            plan = fresh.plan()
    assert not plan.rules & alone
    grouped = {rule for rule in plan.rules if re.fullmatch(r"[a-z_]+_\d+", rule)}
    assert plan.rules - grouped == whole_plan.rules - alone
    assert {re.sub(r"_(nominal|shifts)?_?\d+$", "", rule) for rule in grouped} == {
        "train_classifiers", "score_classifiers", "combine_scores", "check_classifiers", "plot_classifier",
    }  # fmt: skip
    for folder in ("classifiers/", "scores/", "figures/classifiers/"):
        assert files(plan, folder) == files(whole_plan, folder)
    trained = [job for job in plan.jobs if job.rule.startswith("train_classifiers_")]
    networks = [job.outputs.count("model.safetensors") for job in trained]
    assert max(networks) == 4 and sum(networks) == sum(job.rule == "train_classifier" for job in whole_plan.jobs)
    holding = {
        name: job.rule for job in trained for name in ("narrow", "tuned") if f"classifiers/{name}/" in job.outputs
    }
    assert holding["narrow"] != holding["tuned"], "'tuned' starts from 'narrow'"


@pytest.mark.parametrize("config", sorted(path.name for path in (ROOT / "config").glob("*.yaml")))
def test_the_shipped_analyses_are_planned(fresh: Project, config: str) -> None:
    for folder in ("data", "tests"):
        if (ROOT / folder).is_dir() and not (fresh.root / folder).exists():
            (fresh.root / folder).symlink_to(ROOT / folder)
    plan = fresh.plan(config=f"config/{config}")
    assert {"convert_ntuple", "calibrate_weights", "write_report"} <= plan.rules
    assert any(rule.startswith("train_classifier") for rule in plan.rules)


def test_every_rule_is_reached(fresh: Project) -> None:
    """No rule is left over: each one is planned by some target, strategy or kind of input."""
    reached: set[str] = set()

    def every_strategy(content: dict[str, Any]) -> None:
        comparison = examples()[0]["strategy_comparison"]
        content["strategy_comparison"] = comparison | {"strategies": list(STRATEGIES)}
        for block in ("score_maps", "decorrelation_comparison"):
            content[block] = examples()[0][block]

        second_strength(content)

    with fresh.changed_config(every_strategy):
        targets = ("all", "pulls", "exports", "strategies", "optimism", "mismodelling", "scan", "decorrelation")
        targets += ("template_statistics", "toys")
        reached |= fresh.plan(*targets).rules
        listed = fresh.snakemake("--list-rules", "--configfile", "config/example.yaml").output
    fresh.write_config(masses(), "config/masses.yaml")
    reached |= fresh.plan("all", "parametric", config="config/masses.yaml").rules
    write_table(fresh.root / "all.csv", text(hepmass_rows(100)))
    fresh.write_config(analysis_of_tables(["all.csv"]), "config/tables.yaml")
    reached |= fresh.plan(config="config/tables.yaml").rules
    assert set(re.findall(r"(?m)^(\w+)(?: \(.*)?$", listed)) - TARGETS == reached


def test_a_replica_is_the_same_analysis_under_another_seed(fresh: Project, whole_plan: Plan) -> None:
    """Both are targets of one DAG, and settings differ by the seed only."""
    plan = fresh.plan("all", "results/example_seed7/report/summary.json", "--printshellcmds")
    log = (fresh.root / "snakemake.log").read_text(encoding="utf-8")
    replica = {job for job in plan.jobs if "analysis=example_seed7" in job.wildcards}
    assert {job.name for job in plan.jobs} - {job.name for job in replica} == whole_plan.names
    drawn = {"simulate_ntuple", "convert_ntuple", "train_sign_network", "train_classifier", "write_report"}
    assert drawn <= {job.rule for job in replica}
    assert all("results/example_seed7/" in job.outputs for job in replica)
    commands = [line for line in log.splitlines() if "python scripts/simulate_ntuple.py" in line]
    assert {"example_seed7" in line for line in commands if '"seed":7' in line} == {True}
    assert {"example_seed7" in line for line in commands if '"seed":7' not in line} == {False}


def test_a_phase_may_start_from_another_variant(fresh: Project) -> None:
    """The networks of that variant, of the same fold and seed, are inputs of the training."""
    with fresh.changed_config(
        lambda content: content["classifiers"].update(tuned=examples()[0]["classifiers"]["tuned"])
    ):
        plan = fresh.plan("results/example/classifiers/tuned/seed1/fold0/model.safetensors")
    trained = {job.wildcards for job in plan.jobs if job.rule == "train_classifier"}
    assert trained == {f"analysis=example, variant={name}, seed=1, fold=0" for name in ("narrow", "tuned")}


def test_another_name_is_no_replica(fresh: Project) -> None:
    assert fresh.snakemake(
        "results/example_seed/report/summary.json", "--dry-run", "--configfile", "config/example.yaml"
    ).returncode


def test_mismodelling_reads_scores_of_its_shifts_and_is_a_target_of_its_own(fresh: Project, whole_plan: Plan) -> None:
    plan = fresh.plan("mismodelling")
    assert {"study_mismodelling", "plot_mismodelling", "score_shifts", "combine_shifts"} <= plan.rules
    assert not plan.rules & {"check_sculpting", "fill_templates", "check_diboson_peak"}
    assert not whole_plan.rules & {"study_mismodelling", "plot_mismodelling"}


def test_template_statistics_are_studied_in_parts_and_are_a_target_of_their_own(
    fresh: Project, whole_plan: Plan
) -> None:
    """Scores, scale factors, events and transformed weights, but no templates of the fit itself; so is the scan."""
    plan = fresh.plan("template_statistics")
    counted = Counter(job.rule for job in plan.jobs)
    study = {"study_template_statistics": 2, "combine_template_statistics": 1, "plot_template_statistics": 1}
    study |= {"scan_binnings": 1, "plot_binnings": 1}
    assert {rule: counted[rule] for rule in study} == study
    assert plan.rules == SCORES | FACTORS | {"score_shifts", "combine_shifts"} | set(study)
    assert not whole_plan.rules & set(study)
    alone = fresh.plan("results/example/template_statistics/narrow/binnings.json")
    assert "scan_binnings" in alone.rules and "study_template_statistics" not in alone.rules


def test_transformed_weights_are_made_for_a_study_of_their_templates_alone(fresh: Project) -> None:
    """Classifiers of other weights need none."""

    def signed(content: dict[str, Any], study: bool) -> None:
        for classifier in content["classifiers"].values():
            classifier["weights"] = {"strategy": "absolute"}
        content["template_statistics_study"]["transformed_weights"] = study

    for study in (True, False):
        with fresh.changed_config(lambda content, study=study: signed(content, study)):
            assert ("calibrate_weights" in fresh.plan("template_statistics").rules) == study


def test_the_optimism_is_measured_in_replicas_and_combined(fresh: Project, whole_plan: Plan) -> None:
    """Every seed has its own simulation, its variant and the same one trained on the truth; no fit, no report."""
    plan = fresh.plan("optimism")
    counted = Counter(job.rule for job in plan.jobs)
    seeds, samples, folds, trained = 2, 3, 2, 2
    assert counted["measure_optimism"] == seeds
    assert counted["combine_optimism"] == 1
    assert counted["train_classifier"] == seeds * trained * folds
    assert counted["train_sign_network"] == seeds * samples * folds
    assert not {"write_report", "fit_signal_strength", "merge_shifts"} & set(counted)
    (combined,) = (job for job in plan.jobs if job.rule == "combine_optimism")
    assert combined.outputs == "results/example/optimism/combined/narrow.json"
    others = [job for job in plan.jobs if job != combined]
    assert {job.outputs.split("/")[1] for job in others} == {"example_seed1", "example_seed2"}
    assert not whole_plan.rules & {"measure_optimism", "combine_optimism"}, "a target of its own"


def test_without_reference_nothing_is_trained_on_the_truth(fresh: Project) -> None:
    with fresh.changed_config(lambda content: content["optimism"].update(reference=False)):
        counted = Counter(job.rule for job in fresh.plan("optimism").jobs)
    assert counted["train_classifier"] == 4
    assert "assign_true_weights" not in counted
