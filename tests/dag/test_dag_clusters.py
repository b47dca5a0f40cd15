"""Profiles: what each kind of site is asked for."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from signedag.config.example import examples

if TYPE_CHECKING:
    from conftest import Plan, Project

pytestmark = pytest.mark.xdist_group("dag_reruns")  # shares its completed run

GPU_RULES = {"train_sign_network", "train_classifier", "score_events", "score_shifts"}
OF_TEMPORARY = {"combine_shifts"}
"""Rules whose inputs are gone after a run, so that a plan does not know what they need."""


@pytest.fixture(scope="module")
def local(completed: Project) -> dict[str, dict[str, str]]:
    """What each rule asks for where its inputs are there, by rule; those of temporary files are not."""
    return {
        rule: resources
        for rule, resources in resources_of(completed.plan("--forceall")).items()
        if rule not in OF_TEMPORARY
    }


def resources_of(plan: Plan) -> dict[str, dict[str, str]]:
    """Give the resources of each rule's first job."""
    return {job.rule: dict(re.findall(r"(\w+)=([^,]+)", job.resources)) for job in reversed(plan.jobs)}


def test_every_rule_says_what_it_needs(local: dict[str, dict[str, str]]) -> None:
    for rule, resources in local.items():
        assert 300 <= int(resources["mem_mb"]) <= 1500, f"{rule}: the smallest inputs need 130 to 510 MB"
        assert 5 <= int(resources["runtime"]) <= 60, rule
        assert (resources.get("gpu") == "1") is (rule in GPU_RULES), rule


def test_more_input_and_a_second_attempt_ask_for_more(completed: Project, local: dict[str, dict[str, str]]) -> None:
    (merged,) = (completed.root / "results/example/ntuples/tt").glob("nominal.arrow")
    content = merged.read_bytes()
    try:
        merged.write_bytes(bytes(50_000_000))
        larger = resources_of(completed.plan("--forceall", "--attempt", "1"))
        again = resources_of(completed.plan("--forceall", "--attempt", "2"))
    finally:
        merged.write_bytes(content)
    for resource in ("mem_mb", "runtime"):
        small, large, retried = (int(asked["fill_templates"][resource]) for asked in (local, larger, again))
        assert small < large < retried == pytest.approx(2 * large, abs=2)


def test_slurm_gets_the_rules_own_resources(completed: Project, local: dict[str, dict[str, str]]) -> None:
    asked = resources_of(completed.plan("--forceall", "--profile", "workflow/profiles/slurm"))
    assert set(asked) == set(local) | OF_TEMPORARY
    for rule, own in local.items():
        for key in ("mem_mb", "runtime", "gpu"):
            assert asked[rule].get(key) == own.get(key)


def test_htcondor_gets_enough_under_its_own_names(completed: Project, local: dict[str, dict[str, str]]) -> None:
    asked = resources_of(completed.plan("--forceall", "--profile", "workflow/profiles/htcondor"))
    for rule, own in local.items():
        assert int(own["mem_mb"]) <= int(asked[rule]["htcondor_request_mem_mb"]) <= 2000
        assert int(own["runtime"]) * 60 <= int(asked[rule]["allowed_execute_duration"])
        assert asked[rule]["request_gpus"] == own.get("gpu", "0")


def test_without_a_gpu_nothing_is_limited(completed: Project) -> None:
    """A GPU on this machine limits local jobs; a machine without one runs as many trainings as it has cores."""
    devices = len(list(Path("/dev").glob("nvidia[0-9]*")))
    done = completed.snakemake("--dry-run", "--forceall", "--cores", "2", "--configfile", "config/example.yaml")
    limit = re.search(r"gpu=(\d+)", next((line for line in done.output.splitlines() if "Provided" in line), ""))
    assert (int(limit[1]) if limit else 0) == devices


def test_groups_name_rules_that_exist(fresh: Project) -> None:
    profile = yaml.safe_load((fresh.root / "workflow/profiles/slurm/config.yaml").read_text(encoding="utf-8"))

    def with_mapped_scan(content: dict[str, Any]) -> None:
        content["score_maps"] = copy.deepcopy(examples()[0]["score_maps"])
        content["scan"]["variant"] = "mapped"

    with fresh.changed_config(with_mapped_scan):
        listed = fresh.snakemake("--list-rules", "--configfile", "config/example.yaml").output
    rules = set(re.findall(r"(?m)^(\w+)(?: \(.*)?$", listed))
    assert {group.split("=")[0] for group in profile["groups"]} <= rules
