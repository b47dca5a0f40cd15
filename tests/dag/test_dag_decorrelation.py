"""The comparison of decorrelated scores: jobs of the replicas for exactly its variants, and none of the default run."""

from __future__ import annotations

import copy
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from signedag.config.example import examples

if TYPE_CHECKING:
    from conftest import Plan, Project

pytestmark = pytest.mark.xdist_group("dag_targets")

SEEDS, SAMPLES, FOLDS = 2, 3, 2
COMPARED = {"compare_decorrelation", "plot_decorrelation"}


def compared(content: dict[str, Any]) -> None:
    """Compare three variants, of which the default run judges one."""
    for block in ("score_maps", "decorrelation_comparison"):
        content[block] = copy.deepcopy(examples()[0][block])
    content["report"] = {"variants": ["narrow"], "recommended": "narrow"}
    content["classifiers"]["unused"] = {"region": "signal_region"}


def in_groups(content: dict[str, Any]) -> None:
    compared(content)
    content["training"] = {"networks_per_job": 10}


def variants_of(plan: Plan, rule: str) -> set[str]:
    """Give the variants that the jobs of a rule are for."""
    wildcards = [job.wildcards for job in plan.jobs if job.rule == rule]
    return {found[1] for text in wildcards if (found := re.search(r"variant=(\w+)", text))}


def test_the_target_asks_for_exactly_these_files(fresh: Project) -> None:
    with fresh.changed_config(compared):
        plan = fresh.plan("decorrelation")
    counted = Counter(job.rule for job in plan.jobs)
    classifiers, variants = 2, {"narrow", "wide", "mapped"}
    assert counted["train_classifier"] == SEEDS * classifiers * FOLDS
    assert counted["train_sign_network"] == SEEDS * SAMPLES * FOLDS
    for rule in ("check_classifier", "check_sculpting", "check_diboson_peak", "fill_templates", "fit_signal_strength"):
        assert counted[rule] == SEEDS * len(variants)
        assert variants_of(plan, rule) == variants
    assert counted["fit_score_map"] == SEEDS
    assert not {"write_report", "check_regions", "plot_classifier", "plot_fit"} & set(counted)
    assert {rule: counted[rule] for rule in COMPARED} == dict.fromkeys(COMPARED, 1)
    own = {output for job in plan.jobs if job.rule in COMPARED for output in job.outputs.split(", ")}
    names = ("comparison.json", "comparison.tsv", "training_times.json")
    figures = {f"results/example/figures/decorrelation/decorrelation_comparison.{suffix}" for suffix in ("png", "pdf")}
    assert own == figures | {f"results/example/decorrelation/{name}" for name in names}
    others = {job.outputs.split("/")[1] for job in plan.jobs if job.rule not in COMPARED}
    assert others == {"example_seed2", "example_seed3"}


def test_the_default_run_knows_nothing_of_it(fresh: Project, whole_plan: Plan) -> None:
    def without_map(content: dict[str, Any]) -> None:
        comparison = copy.deepcopy(examples()[0]["decorrelation_comparison"])
        content["decorrelation_comparison"] = comparison | {"variants": ["narrow", "wide"]}

    with fresh.changed_config(without_map):
        plan = fresh.plan()
    assert plan.names == whole_plan.names
    assert not whole_plan.rules & COMPARED


def test_in_groups_what_the_default_run_does_not_judge_is_trained_apart(fresh: Project) -> None:
    """The groups of the default run are the same with and without the comparison, and nothing else is trained."""
    with fresh.changed_config(in_groups) as content:
        plan, default = fresh.plan("decorrelation"), fresh.plan()
        del content["decorrelation_comparison"]
        fresh.write_config(content)
        assert fresh.plan().names == default.names
    trained = {
        tuple(output.split("/")[1:4:2])
        for job in plan.jobs
        if job.rule.startswith("train_classifiers_")
        for output in job.outputs.split(", ")
    }
    assert trained == {(f"example_seed{seed}", name) for seed in (2, 3) for name in ("narrow", "wide")}
    scored = [job for job in plan.jobs if job.rule.startswith("score_classifiers_shifts_")]
    assert len(scored) == SEEDS * 2, "shifts are scored in groups, too: those of what is judged, and the others"
