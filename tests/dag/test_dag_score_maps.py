"""Score maps and what is judged: exactly what they add, and what an edit of them reruns."""

from __future__ import annotations

import copy
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from signedag.config.example import examples

if TYPE_CHECKING:
    from conftest import Plan, Project

pytestmark = pytest.mark.xdist_group("dag_targets")

MAPS = {"score_maps": examples()[0]["score_maps"]}
FITTED = {
    "map_shifts": 1, "fill_templates": 1, "fit_signal_strength": 3, "plot_fit": 1,
    "compute_limits": 3, "compute_impacts": 3, "compute_distributions": 1, "plot_fit_details": 1,
}  # fmt: skip
JUDGED = {
    "fit_score_map": 1, "map_scores": 1, "check_classifier": 1, "plot_mapped_score": 1, "plot_score_map": 1,
    "check_sculpting": 1, "plot_sculpting": 1, "check_diboson_peak": 1, "plot_diboson_peak": 1,
}  # fmt: skip


def with_map(content: dict[str, Any]) -> None:
    content.update(copy.deepcopy(MAPS))


def fitted_too(content: dict[str, Any]) -> None:
    with_map(content)
    content["fit"]["variants"] = ["narrow", "mapped"]


def test_a_map_adds_its_jobs_and_trains_nothing(fresh: Project, whole_plan: Plan) -> None:
    with fresh.changed_config(with_map):
        plan = fresh.plan()
    assert plan.more_than(whole_plan) == Counter(JUDGED)
    assert not whole_plan.more_than(plan)
    with fresh.changed_config(fitted_too):
        assert fresh.plan().more_than(whole_plan) == Counter(JUDGED | FITTED)


def test_observed_data_add_their_scores_and_nothing_else(fresh: Project, whole_plan: Plan) -> None:
    assert not {"score_data", "combine_data", "map_data"} & whole_plan.rules

    def observed(content: dict[str, Any]) -> None:
        fitted_too(content)
        content["fit"] |= {"data": "observed", "blinding": {"offset": 1.0}}

    with fresh.changed_config(fitted_too):
        before = fresh.plan()
    with fresh.changed_config(observed):
        plan = fresh.plan()
    assert plan.more_than(before) == Counter({"score_data": 1, "combine_data": 1, "map_data": 1})
    assert not before.more_than(plan)


def test_only_what_is_judged_runs_and_what_it_needs(fresh: Project, whole_plan: Plan) -> None:
    """The classifier whose scores are mapped is trained and scored, and not judged itself."""

    def mapped_alone(content: dict[str, Any]) -> None:
        fitted_too(content)
        content["fit"]["variants"] = ["mapped"]
        content["report"] = {"variants": ["mapped"]}

    with fresh.changed_config(mapped_alone):
        plan = fresh.plan()
    trained = {job.wildcards for job in plan.jobs if job.rule == "train_classifier"}
    assert len(trained) == 2
    assert all("variant=narrow" in wildcards for wildcards in trained)
    judged = {"check_classifier", "check_sculpting", "fill_templates", "check_diboson_peak"}
    of_judged = [job for job in plan.jobs if job.rule in judged]
    assert len(of_judged) == len(judged)
    assert all("variant=mapped" in job.wildcards for job in of_judged)
    assert not {"compare_classifiers", "plot_classifier"} & plan.rules


def test_a_grouped_run_plans_the_same_maps(fresh: Project) -> None:
    def grouped(content: dict[str, Any]) -> None:
        fitted_too(content)
        content["training"] = {"networks_per_job": 4}

    with fresh.changed_config(grouped):
        counted = Counter(job.rule for job in fresh.plan().jobs)
    expected = JUDGED | FITTED
    names = ("fit_score_map", "map_scores", "map_shifts", "plot_mapped_score", "plot_score_map")
    assert {name: counted[name] for name in names} == {name: expected[name] for name in names}


def test_an_edit_of_a_map_reruns_the_map_and_what_follows(empty_project: Project) -> None:
    project = empty_project

    def edited(settings: dict[str, Any]) -> None:
        settings["score_maps"]["mapped"]["spectators"]["m_jj_gev"]["bins"] = 5

    with project.changed_config(fitted_too):
        project.complete()
        assert not project.plan().names
        with project.changed_config(edited):
            plan = project.plan()
        assert plan.first_rules <= {"fit_score_map", "map_scores", "map_shifts"}
        of_variants = [job for job in plan.jobs if "variant=" in job.wildcards]
        assert all("variant=mapped" in job.wildcards for job in of_variants)
        assert {"fit_score_map", "map_scores", "map_shifts", "fit_signal_strength"} <= plan.rules
        assert not {"train_classifier", "score_events"} & plan.rules
