"""A scan is a target of its own, and an edit of it plans exactly the points that it concerns."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from signedag.config.analysis import Analysis
from signedag.config.example import examples

if TYPE_CHECKING:
    from conftest import Plan, Project

pytestmark = pytest.mark.xdist_group("dag_reruns")  # shares its completed run

GRID = {"learning_rate": [0.001, 0.002], "batch.size": [512, 1024]}
OF_A_POINT = {
    "train_classifiers_scan": 1, "score_classifiers_scan": 1, "combine_scores_scan": 1, "check_classifier": 1,
    "check_sculpting": 1, "fill_templates": 1, "fit_signal_strength": 1,
}  # fmt: skip
SUMMARY = {"summarise_scan": 1, "plot_scan": 1}


def point_of(job: Any) -> str:
    """Give the variant that a job is for; empty where it is for all."""
    found = re.search(r"variant=(\w+)", job.wildcards)
    return found[1] if found else ""


def counted(plan: Plan, point: str) -> dict[str, int]:
    return dict(Counter(job.rule for job in plan.jobs if point_of(job) == point))


def scanned(content: dict[str, Any]) -> set[str]:
    """Give the names of the points that are not the classifier itself."""
    return set(Analysis.model_validate(content).scanned_variants())


def with_grid(**grid: list[float]) -> Callable[[dict[str, Any]], None]:
    return lambda content: content["scan"].update(grid=GRID | grid)


def test_the_scan_is_planned_by_its_target_alone(fresh: Project, whole_plan: Plan) -> None:
    """Every point has exactly the jobs that train, judge and fit it; the classifier as it is has its usual ones."""
    plan = fresh.plan("scan")
    with fresh.changed_config(lambda content: None) as content:
        names = scanned(content)
        with fresh.changed_config(lambda content: content.pop("scan")):
            without = fresh.plan()
            refused = fresh.snakemake("scan", "--dry-run", "--configfile", "config/example.yaml")
    assert refused.returncode and "'scan'" in refused.output
    assert without.names == whole_plan.names, "by default nothing of the scan runs"
    assert not whole_plan.rules & {*SUMMARY, "train_classifiers_scan"}
    assert len(names) == 3
    for name in names:
        assert counted(plan, name) == OF_A_POINT
    assert {name: count for name, count in counted(plan, "").items() if name in SUMMARY} == SUMMARY
    assert counted(plan, "narrow")["train_classifier"] == 2
    assert {point_of(job) for job in plan.jobs} == {*names, "narrow", ""}
    fits = [job.wildcards for job in plan.jobs if job.rule == "fit_signal_strength"]
    assert len(fits) == 4 and all("binning=coarse, treatment=fixed" in one for one in fits)


@pytest.fixture(scope="module")
def scan_completed(empty_project: Project) -> Project:
    """A copy in which the scan was run."""
    empty_project.complete("scan")
    return empty_project


def test_after_a_complete_scan_nothing_is_planned(scan_completed: Project) -> None:
    assert scan_completed.plan("scan").names == set()


@pytest.mark.parametrize(
    ("edit", "more"),
    [
        (with_grid(**{"batch.size": [1024, 512]}), 0),  # another order
        (with_grid(learning_rate=[0.001, 0.002, 0.004]), 2),  # another value
        (with_grid(learning_rate=[0.001, 0.003]), 2),  # a changed one
        (with_grid(dropout=[0.0]), 0),  # another setting, as the classifier has it
        (with_grid(dropout=[0.0, 0.2]), 4),
        (lambda content: content["scan"].update(sculpting_limit=3.0), 0),
    ],
)
def test_an_edit_of_the_grid_plans_exactly_the_new_points(
    scan_completed: Project, edit: Callable[[dict[str, Any]], None], more: int
) -> None:
    with scan_completed.changed_config(lambda content: None) as before, scan_completed.changed_config(edit) as after:
        new = scanned(after) - scanned(before)
        plan = scan_completed.plan("scan")
    assert len(new) == more
    assert {point_of(job) for job in plan.jobs} == {*new, ""}
    for name in new:
        assert counted(plan, name) == OF_A_POINT
    assert counted(plan, "") == SUMMARY


def test_another_treatment_fits_all_points_anew_and_trains_none(scan_completed: Project) -> None:
    """Templates stay, though the scores that they were filled from are gone."""
    with scan_completed.changed_config(lambda content: content["scan"].update(treatment="constrained")):
        plan = scan_completed.plan("scan")
    assert plan.rules == {"fit_signal_strength", *SUMMARY}


def test_the_code_of_a_training_trains_the_points_anew(scan_completed: Project) -> None:
    with scan_completed.changed_file(
        "scripts/signedag/objectives/cross_entropy.py", lambda text: text + "\nprint(end='')\n"
    ):
        plan = scan_completed.plan("scan")
    assert plan.first_rules == {"train_classifier", "train_classifiers_scan"}


@pytest.mark.parametrize(("variant", "path"), [("held", "at_most"), ("tuned", "joint_cross_entropy.weight.end")])
def test_targets_and_joint_weights_can_be_scanned(fresh: Project, variant: str, path: str) -> None:
    def edit(content: dict[str, Any]) -> None:
        content["classifiers"][variant] = copy.deepcopy(examples()[0]["classifiers"][variant]) | {"seeds": [1, 2, 3]}
        content["classifiers"]["narrow"]["seeds"] = [1, 2, 3]
        content["scan"] = {"variant": variant, "grid": {path: [0.25, 0.75]}}

    with fresh.changed_config(edit) as content:
        names = scanned(content)
        plan = fresh.plan("scan")
    assert len(names) == 2
    for name in names:
        assert counted(plan, name) == OF_A_POINT
    trained = [job.outputs for job in plan.jobs if job.rule == "train_classifiers_scan"]
    assert [outputs.count("model.safetensors") for outputs in trained] == [6, 6], "all seeds and folds in one job"
    assert (counted(plan, "narrow") == {"train_classifier": 6}) is (variant != "held"), "what it starts from"
    assert variant not in {point_of(job) for job in plan.jobs}, "it is no point itself"


def test_a_wrong_path_stops_the_plan_with_one_line(fresh: Project) -> None:
    with fresh.changed_config(lambda content: content["scan"]["grid"].update(rate=[1.0])):
        done = fresh.snakemake("scan", "--dry-run", "--configfile", "config/example.yaml")
    (line,) = (line for line in done.output.splitlines() if line.startswith("error: "))
    assert "scan.grid: 'rate' in classifier 'narrow': there is no such number; there are: " in line


def test_points_exist_in_replicas_too(fresh: Project) -> None:
    """The best of many is to be quoted from another seed."""
    with fresh.changed_config(lambda content: None) as content:
        name = min(scanned(content))
    plan = fresh.plan(f"results/example_seed2/fit/{name}/coarse/fixed/result.json")
    assert {"train_classifiers_scan", "fit_signal_strength", "fit_scale_factors"} <= plan.rules
    assert all("example_seed2" in job.wildcards for job in plan.jobs)


def test_a_score_map_is_scanned_by_points_of_its_classifier(fresh: Project) -> None:
    """Each is trained once and judged mapped; the map's classifier is not judged itself."""

    def edit(content: dict[str, Any]) -> None:
        content["score_maps"] = {"mapped": copy.deepcopy(examples()[0]["score_maps"]["mapped"])}
        content["scan"]["variant"] = "mapped"

    with fresh.changed_config(edit) as content:
        analysis = Analysis.model_validate(content)
        plan = fresh.plan("scan")
    trained, mapped = set(analysis.scanned_variants()), set(analysis.scanned_maps())
    assert {name.replace("narrow_scan_", "mapped_scan_") for name in trained} == mapped and len(mapped) == 3
    training = {rule: 1 for rule in OF_A_POINT if rule.endswith("_scan")}
    judging = OF_A_POINT.keys() - training.keys()
    for name in trained:
        assert counted(plan, name) == training
    for name in mapped:
        assert counted(plan, name) == {"fit_score_map": 1, "map_scores_scan": 1} | dict.fromkeys(judging, 1)
    assert "check_classifier" in counted(plan, "mapped") and "check_classifier" not in counted(plan, "narrow")
