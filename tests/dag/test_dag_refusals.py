"""What is refused before anything runs: one clear line, a non-zero exit, and no file."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from signedag.config.example import examples

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.xdist_group("dag_refusals")

CONFIG = ("--configfile", "config/example.yaml")


def refusal(project: Project, *arguments: str) -> list[str]:
    """Give the lines that a user sees when a run is refused, without Snakemake's own about profiles."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--dry-run", *arguments],
        cwd=project.root, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert not (project.root / "results").exists()
    return [line for line in (done.stdout + done.stderr).splitlines() if line and "profile" not in line]


def test_two_analyses_are_not_mixed(fresh: Project) -> None:
    fresh.write_config(examples()[1] | {"analysis": "other"}, "config/other.yaml")
    (line,) = refusal(fresh, *CONFIG, "config/other.yaml")
    assert line.startswith("error: ")
    assert "config/example.yaml" in line
    assert "config/other.yaml" in line
    assert line.endswith("each describe an analysis and would mix; give one --configfile")


def test_a_wrong_key_is_one_line_with_file_and_suggestion(fresh: Project) -> None:
    with fresh.changed_config(lambda content: content["classifiers"]["wide"].update(regoin="signal_region")):
        (line,) = refusal(fresh, *CONFIG)
    assert line.startswith("error: ")
    assert line.endswith("config/example.yaml: classifiers.wide: unknown key 'regoin'; did you mean 'region'?")


def test_a_key_given_twice_is_named_with_both_lines(fresh: Project) -> None:
    path = fresh.root / "config" / "twice.yaml"
    text = (fresh.root / "config" / "example.yaml").read_text(encoding="utf-8")
    path.write_text(f"{text}seed: 3\nseed: 4\n", encoding="utf-8")
    (line,) = refusal(fresh, "--configfile", "config/twice.yaml")
    lines = text.count("\n")
    assert line.endswith(
        f"twice.yaml: key 'seed' in line {lines + 2} again, first in line {lines + 1}; remove one of them"
    )


def test_results_of_another_file_are_not_overwritten(completed: Project) -> None:
    """A run says in its folder which file it is made from; a copy of that file with the same name is refused."""
    stamp = completed.root / "results" / "example" / "configuration_file.txt"
    assert stamp.read_text(encoding="utf-8") == "config/example.yaml\n"
    completed.write_config(examples()[0], "config/copied.yaml")
    done = completed.snakemake("--dry-run", "--configfile", "config/copied.yaml")
    assert done.returncode != 0
    assert "config/copied.yaml: analysis: 'example' is the name of config/example.yaml too" in done.output


def test_every_problem_is_a_line(fresh: Project) -> None:
    def edit(content: dict[str, Any]) -> None:
        content["fit"]["region"] = "signal"
        content["sculpting"]["mass"] = "m_tt_gev"

    with fresh.changed_config(edit):
        lines = refusal(fresh, *CONFIG)
    assert len(lines) == 2
    assert "fit.region: no region 'signal'; did you mean 'signal_region'?" in lines[1]
    assert "sculpting.mass: 'm_tt_gev' is not kept" in lines[0]


def test_names_and_labels_are_checked_before_the_dag_is_built(fresh: Project) -> None:
    def edit(content: dict[str, Any]) -> None:
        content["fit"]["binnings"]["../../.."] = content["fit"]["binnings"].pop("coarse")

    with fresh.changed_config(edit):
        (line,) = refusal(fresh, *CONFIG)
    assert "fit.binnings.../../..: cannot be a name; use letters, digits and single underscores" in line
    with fresh.changed_config(lambda content: content["processes"]["tt"].update(label="$\\foo$")):
        (line,) = refusal(fresh, *CONFIG)
    assert "processes.tt.label: '$\\foo$' is no mathematics that matplotlib draws (" in line


def test_a_file_that_is_not_there_is_named(fresh: Project) -> None:
    def edit(content: dict[str, Any]) -> None:
        del content["samples"]["tt"]["simulation"]
        for key in ("data", "scale_factors", "optimism", "distributions"):
            del content[key]
        content["fit"]["treatments"] = ["fixed"]
        content["samples"]["tt"]["files"] = ["ntuples/tt_*.root"]

    with fresh.changed_config(edit):
        (line,) = refusal(fresh, *CONFIG)
    assert f"samples.tt.files: 'ntuples/tt_*.root' matches no file in {fresh.root}; correct the path" in line


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("sed=5", "(top level): unknown key 'sed'; did you mean 'seed'?"),
        ("seed=-1", "seed: Input should be greater than or equal to 0 (got -1)"),
        ("analysis=Example", "analysis: cannot be a name; use lower-case letters, digits and single underscores"),
    ],
)
def test_an_override_is_checked(fresh: Project, override: str, message: str) -> None:
    (line,) = refusal(fresh, *CONFIG, "--config", override)
    assert message in line


def test_an_override_is_used(fresh: Project) -> None:
    with_override = fresh.plan("--printshellcmds", "--config", "bootstrap=77", "luminosity_fb=3.5")
    assert with_override.rules
    log = (fresh.root / "snakemake.log").read_text(encoding="utf-8")
    assert '"bootstrap":77' in log
    assert '"luminosity_fb":3.5' in log


def test_a_second_file_may_override_keys(fresh: Project) -> None:
    (fresh.root / "config" / "override.yaml").write_text("bootstrap: 77\n", encoding="utf-8")
    arguments = ("--dry-run", "--printshellcmds", *CONFIG, "config/override.yaml")
    done = fresh.snakemake(*arguments)
    assert done.returncode == 0, done.output
    assert '"bootstrap":77' in done.output


def test_the_default_analysis_leaves_no_trace_in_another(fresh: Project) -> None:
    """Snakemake would merge a `configfile:` of the Snakefile with the one given on the command line."""
    plan = fresh.plan("--printshellcmds")
    assert plan.rules
    log = (fresh.root / "snakemake.log").read_text(encoding="utf-8")
    assert "vhbb" not in log


def test_a_file_that_cannot_be_converted_is_refused_before_anything_runs(fresh: Project) -> None:
    fresh.write_config(examples()[1], "config/own.yaml")
    for name in ("tt.root", "data.root"):
        (fresh.root / name).write_text("event,weight,m_tt\n1,-1.0,400.0\n", encoding="utf-8")
    try:
        first, second = refusal(fresh, "--configfile", "config/own.yaml")
    finally:
        for name in ("tt.root", "data.root"):
            (fresh.root / name).unlink()
    assert first.startswith("error: ")
    assert "config/own.yaml: samples.tt.files: tt.root: not a ROOT file but text; write its columns as a TTree" in first
    assert "config/own.yaml: data.files: data.root: not a ROOT file but text" in second


@pytest.mark.parametrize(
    ("target", "block"),
    [
        ("scale_factors", "scale_factors"),
        ("pulls", "scale_factors"),
        ("sculpting", "sculpting"),
        ("fit", "fit"),
        ("strategies", "strategy_comparison"),
        ("optimism", "optimism"),
        ("mismodelling", "mismodelling"),
        ("template_statistics", "template_statistics_study"),
        ("decorrelation", "decorrelation_comparison"),
        ("distributions", "distributions"),
    ],
)
def test_a_target_without_its_block_is_refused(fresh: Project, target: str, block: str) -> None:
    def edit(content: dict[str, Any]) -> None:
        content.pop(block, None)
        if block in ("sculpting", "fit", "scale_factors"):  # what repeats or compares them goes, too
            for other in ("diboson_peak", "scan", "mismodelling", "decorrelation_comparison"):
                content.pop(other, None)
            content.pop("template_statistics_study", None)
        if block == "scale_factors":
            content.pop("distributions")
            content["fit"]["treatments"] = ["fixed"]
            content["fit"].pop("asimov", None)
            content["processes"]["tt"].pop("scale_factor")
            content["data"]["pseudo_data"].pop("scale_factors", None)

    with fresh.changed_config(edit):
        line = refusal(fresh, target, *CONFIG)[-1]
    assert line.startswith("error: ")
    assert f"config/example.yaml: no block '{block}'" in line
