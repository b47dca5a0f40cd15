"""A copy of the project with a small analysis, and what Snakemake plans there."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from signedag.config.example import examples

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW_FILES = ("Snakefile", "profiles", "workflow", "scripts", "envs", "config")
TARGETS = (
    "all", "convert", "weights", "classifiers", "strategies", "sculpting", "scale_factors", "fit", "report", "pulls",
    "optimism", "mismodelling", "scan", "decorrelation", "exports", "template_statistics", "toys",
    "distributions", "parametric",
)  # fmt: skip

Edit = Callable[[dict[str, Any]], Any]


class Job(NamedTuple):
    """A planned job."""

    rule: str
    wildcards: str
    outputs: str
    reason: str
    resources: str

    @property
    def name(self) -> tuple[str, str]:
        """Rule and first output: the same job in another plan."""
        return self.rule, self.outputs.split(", ")[0]

    @property
    def is_first(self) -> bool:
        """Whether the job runs for its own sake and not only because its inputs are made anew.

        Temporary files are missing after a run, which is no reason of its own.
        """
        own = ["Params have changed", "Set of input files has changed", "Code has changed"]
        if "Input files updated by another job" not in self.reason:
            own.append("Missing output files")
        return any(reason in self.reason for reason in own)


@dataclass(frozen=True)
class Plan:
    """The jobs of a dry run."""

    jobs: tuple[Job, ...]

    @property
    def rules(self) -> set[str]:
        """Names of the planned rules."""
        return {job.rule for job in self.jobs}

    @property
    def names(self) -> set[tuple[str, str]]:
        """Rule and first output of each job."""
        return {job.name for job in self.jobs}

    @property
    def first_rules(self) -> set[str]:
        """Rules that run for their own sake."""
        return {job.rule for job in self.jobs if job.is_first}

    def more_than(self, other: Plan) -> Counter[str]:
        """Count the jobs by rule that are in this plan and not in the other one."""
        return Counter(rule for rule, _ in self.names - other.names)


def parse_plan(text: str) -> Plan:
    """Read the jobs from the output of a dry run."""
    jobs = []
    for block in re.split(r"(?m)^\s*(?=(?:local)?rule \w+:$)", text)[1:]:
        rule = re.match(r"(?:local)?rule (\w+):", block)
        assert rule is not None
        found = dict(re.findall(r"(?m)^\s+(output|wildcards|reason|resources): (.*)$", block))
        if rule[1] not in TARGETS:
            values = (found.get(key, "") for key in ("wildcards", "output", "reason", "resources"))
            jobs.append(Job(rule[1], *values))
    return Plan(tuple(jobs))


class Finished(NamedTuple):
    """What became of a call of Snakemake."""

    returncode: int
    output: str
    """Standard output and error."""


@cache
def server() -> subprocess.Popen[str]:
    """Start the process that runs Snakemake; it ends with this one."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore", "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTHONPATH", None)
    script = Path(__file__).with_name("snakemake_server.py")
    return subprocess.Popen(
        [sys.executable, str(script)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def pytest_sessionfinish() -> None:
    """End the process that runs Snakemake, if there is one."""
    if server.cache_info().currsize:
        process = server()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.wait()
        process.stdout.close()


@dataclass(frozen=True)
class Project:
    """A copy of the project's workflow."""

    root: Path

    def snakemake(self, *arguments: str) -> Finished:
        """Run Snakemake in the copy."""
        process, log = server(), self.root / "snakemake.log"
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([str(self.root), str(log), arguments]) + "\n")
        process.stdin.flush()
        status = int(process.stdout.readline())
        return Finished(status, log.read_text(encoding="utf-8"))

    def plan(self, *arguments: str, config: str = "config/example.yaml") -> Plan:
        """Plan a target, `all` if none is named."""
        done = self.snakemake("--dry-run", *arguments, "--configfile", config)
        assert done.returncode == 0, done.output
        return parse_plan(done.output)

    def write_config(self, content: dict[str, Any], name: str = "config/example.yaml") -> None:
        """Write a configuration."""
        (self.root / name).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    @contextmanager
    def changed_config(self, edit: Edit) -> Iterator[dict[str, Any]]:
        """Change the configuration for a while."""
        path = self.root / "config" / "example.yaml"
        before = path.read_text(encoding="utf-8")
        content = yaml.safe_load(before)
        edit(content)
        self.write_config(content)
        try:
            yield content
        finally:
            path.write_text(before, encoding="utf-8")

    @contextmanager
    def changed_file(self, name: str, change: Callable[[str], str]) -> Iterator[None]:
        """Change a file's text for a while."""
        path = self.root / name
        before = path.read_text(encoding="utf-8")
        after = change(before)
        assert after != before, f"{name} was not changed"
        path.write_text(after, encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(before, encoding="utf-8")

    def complete(self, target: str = "all") -> None:
        """Pretend that a target was run: make the outputs and let Snakemake record settings and code."""
        for job in self.plan(target).jobs:
            for output in job.outputs.split(", "):
                path = self.root / output
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("made up\n", encoding="utf-8")
        done = self.snakemake(target, "--touch", "--forceall", "--cores", "8", "--configfile", "config/example.yaml")
        assert done.returncode == 0, done.output


def example() -> dict[str, Any]:
    """Give the example analysis with two classifiers and without the two comparisons, targets of their own."""
    content = copy.deepcopy(examples()[0])
    for block in ("strategy_comparison", "decorrelation_comparison", "score_maps", "report"):
        del content[block]
    del content["fit"]["data"], content["fit"]["blinding"], content["distributions"]["scores"]
    content["classifiers"] = {name: content["classifiers"][name] for name in ("narrow", "wide")}
    return content


def copy_project(root: Path) -> Project:
    """Copy what a run needs and write the example's configuration."""
    ignored = shutil.ignore_patterns(
        "*.pyc", "*.pyc.*", "*.definitions.*", "*.yaml.*"
    )  # but for definitions that are kept
    for name in WORKFLOW_FILES:
        source = ROOT / name
        if source.is_symlink():
            (root / name).symlink_to(source.readlink())
        elif source.is_dir():
            shutil.copytree(source, root / name, ignore=ignored)
        else:
            shutil.copy(source, root / name)
    project = Project(root)
    project.write_config(example())
    return project


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy in which nothing was run."""
    return copy_project(tmp_path_factory.mktemp("fresh"))


@pytest.fixture(scope="module")
def empty_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of a module's own, in which it may run things."""
    return copy_project(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="session")
def whole_plan(fresh: Project) -> Plan:
    """What `snakemake` plans where nothing was run."""
    return fresh.plan()


@pytest.fixture(scope="session")
def completed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy in which everything was run."""
    project = copy_project(tmp_path_factory.mktemp("completed"))
    project.complete()
    return project
