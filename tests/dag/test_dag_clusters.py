"""Profiles: what each kind of site is asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from conftest import Plan, Project

pytestmark = pytest.mark.xdist_group("dag_refusals")

GPU_RULES = {"train_sign_network", "train_classifier", "score_events"}


def resources_of(plan: Plan) -> dict[str, dict[str, str]]:
    """Give the resources of each rule's first job."""
    return {job.rule: dict(re.findall(r"(\w+)=([^,]+)", job.resources)) for job in reversed(plan.jobs)}


def test_every_rule_says_what_it_needs(whole_plan: Plan) -> None:
    for rule, resources in resources_of(whole_plan).items():
        assert int(resources["mem_mb"]) >= 500, rule
        assert 5 <= int(resources["runtime"]) <= 24 * 60, rule
        assert (resources.get("gpu") == "1") is (rule in GPU_RULES), rule


def test_slurm_gets_the_rules_own_resources(fresh: Project, whole_plan: Plan) -> None:
    plan = fresh.plan("--profile", "workflow/profiles/slurm")
    assert plan.names == whole_plan.names
    asked, own = resources_of(plan), resources_of(whole_plan)
    for rule in own:
        for key in ("mem_mb", "runtime", "gpu"):
            assert asked[rule].get(key) == own[rule].get(key)


def test_htcondor_gets_the_same_under_its_own_names(fresh: Project, whole_plan: Plan) -> None:
    override = ("--set-resources", "merge_data:mem_mb=attempt*3000", "merge_data:runtime=2")
    asked = resources_of(fresh.plan("--profile", "workflow/profiles/htcondor", *override))
    for rule, own in resources_of(whole_plan).items():
        memory, minutes = ("3000", "2") if rule == "merge_data" else (own["mem_mb"], own["runtime"])
        assert asked[rule]["htcondor_request_mem_mb"] == memory
        assert asked[rule]["allowed_execute_duration"] == str(int(minutes) * 60)
        assert asked[rule]["request_gpus"] == own.get("gpu", "0")


def test_elsewhere_htcondors_names_are_not_seen(whole_plan: Plan) -> None:
    for resources in resources_of(whole_plan).values():
        assert not {"htcondor_request_mem_mb", "allowed_execute_duration", "request_gpus"} & set(resources)


def test_groups_name_rules_that_exist(fresh: Project) -> None:
    profile = yaml.safe_load((fresh.root / "workflow/profiles/slurm/config.yaml").read_text(encoding="utf-8"))
    listed = fresh.snakemake("--list-rules", "--configfile", "config/example.yaml").output
    rules = set(re.findall(r"(?m)^(\w+)(?: \(.*)?$", listed))
    assert {group.split("=")[0] for group in profile["groups"]} <= rules
