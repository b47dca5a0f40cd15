"""Parametric networks: what is judged by mass, what the study adds as a target of its own, and what an edit reruns."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from mass_points import MASSES, masses

if TYPE_CHECKING:
    from conftest import Plan, Project

pytestmark = pytest.mark.xdist_group("dag_parametric")

TRAINED = len(MASSES) - 1  # one is held out
LEFT_OUT = 2 * TRAINED + 1  # one after the other, all but one, and half of them
ASSIGNMENTS, BALANCES = 3, 4  # beside the classifier's own
ADDED = len(MASSES) + LEFT_OUT + ASSIGNMENTS + BALANCES


@pytest.fixture(scope="module")
def project(empty_project: Project) -> Project:
    empty_project.write_config(masses())
    return empty_project


@pytest.fixture(scope="module")
def study(project: Project) -> Plan:
    return project.plan("parametric")


def of_variant(plan: Plan, rule: str, begin: str) -> list[str]:
    wildcards = [job.wildcards for job in plan.jobs if job.rule == rule]
    return [text for text in wildcards if f"variant={begin}" in text]


def test_each_judged_classifier_is_judged_at_each_mass(project: Project) -> None:
    plan = project.plan()
    counted = Counter(job.rule for job in plan.jobs)
    assert (counted["check_masses"], counted["plot_masses"]) == (2, 2)
    assert counted["train_classifier"] == 2 * 2  # folds
    assert counted["map_scores"] == counted["map_shifts"] == 1
    assert counted["fit_signal_strength"] == 1
    assert not {"fit_score_map", "plot_score_map", "compare_masses", "scan_parameter"} & plan.rules


def test_the_study_trains_each_network_once_and_fits_each_mass(study: Plan) -> None:
    counted = Counter(job.rule for job in study.jobs)
    assert counted["train_classifier"] == 2 * (2 + ADDED)
    assert counted["check_masses"] == 2 + ADDED
    assert len(of_variant(study, "train_classifier", "single_for_")) == 2 * len(MASSES)
    fitted = 2 * len(MASSES)
    assert counted["map_scores"] == counted["map_shifts"] == len(MASSES)
    assert [counted[rule] for rule in ("fill_templates", "fit_signal_strength", "compute_limits")] == [fitted] * 3
    once = ("compare_masses", "plot_mass_comparison", "compare_mass_limits", "plot_mass_limits", "plot_batches")
    assert all(counted[rule] == 1 for rule in (*once, "scan_parameter", "plot_parameter_scan"))
    assert not {"fit_score_map", "check_sculpting", "plot_classifier", "write_report"} & study.rules


def test_a_group_trains_the_same(project: Project, study: Plan) -> None:
    def grouped(content: dict[str, Any]) -> None:
        content["training"] = {"networks_per_job": 10}

    with project.changed_config(grouped):
        plan = project.plan("parametric")

    def networks(plan: Plan) -> set[str]:
        outputs = {output for job in plan.jobs for output in job.outputs.split(", ")}
        return {output for output in outputs if output.endswith("model.safetensors")}

    assert networks(plan) == networks(study)
    assert sum(job.rule.startswith("train_classifiers_") for job in plan.jobs) <= (2 * (2 + ADDED)) // 10 + 2


def test_without_the_study_there_is_nothing_to_make(project: Project) -> None:
    def without(content: dict[str, Any]) -> None:
        del content["parametric_study"]

    with project.changed_config(without):
        done = project.snakemake("--dry-run", "parametric", "--configfile", "config/example.yaml")
    assert done.returncode != 0
    assert "no block 'parametric_study'" in done.output


def test_an_edit_reruns_what_depends_on_it(project: Project) -> None:
    project.complete("parametric")
    assert not project.plan("parametric").names

    def denser(content: dict[str, Any]) -> None:
        content["parametric_study"]["scan"]["values"] = 21

    with project.changed_config(denser):
        assert project.plan("parametric").rules == {"scan_parameter", "plot_parameter_scan"}

    def another_mass(content: dict[str, Any]) -> None:
        content["processes"]["x900"]["parameters"]["mass_gev"] = 950.0

    with project.changed_config(another_mass):
        plan = project.plan("parametric")
    assert not of_variant(plan, "train_classifier", "affine")  # held out: no network was trained at it
    assert not of_variant(plan, "train_classifier", "single")
    assert {"score_events", "check_masses", "map_scores", "scan_parameter", "compare_masses"} <= plan.rules

    def wider(content: dict[str, Any]) -> None:
        content["classifiers"]["single"]["architecture"] = {"hidden_layers": [32]}

    with project.changed_config(wider):
        plan = project.plan("parametric")
    assert not of_variant(plan, "train_classifier", "affine")
    assert len(of_variant(plan, "train_classifier", "single")) == 2 * (1 + len(MASSES))
