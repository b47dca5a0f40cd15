"""The report: one self-contained page at the end of a run, remade when anything in it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.xdist_group("dag_reruns")  # shares its completed run

CATEGORIES = ("1 Negative weights", "2 Classifiers", "3 Sculpting", "4 Scale factors", "5 Signal strength")


def test_a_run_ends_with_the_verdict_and_an_up_to_date_report(completed: Project) -> None:
    """The front page is a result of the workflow itself; figures stand under the category of their stage."""
    folder = completed.root / "results" / "example" / "report"
    run = ("--cores", "1", "--configfile", "config/example.yaml")
    (folder / "front_page.rst").write_text("Headline numbers.\n", encoding="utf-8")
    (folder / "verdict.txt").write_text("bad: sculpting\ngood: closure\n", encoding="utf-8")
    assert completed.plan().rules == {"render_report"}, "an old page does not stay"
    done = completed.snakemake(*run)
    assert done.returncode == 0, done.output
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert "Headline numbers." in html
    for category in CATEGORIES:
        assert category in html
    said = done.output[done.output.index("steps (100%) done") :].splitlines()
    assert said[1:4] == ["bad: sculpting", "good: closure", "The report is results/example/report/report.html"]
    assert "bad: sculpting" not in completed.snakemake(*run, "--dry-run").output


def test_a_caption_makes_the_page_anew(completed: Project) -> None:
    with completed.changed_file("workflow/report/roc.rst", lambda text: f"{text} More."):
        assert completed.plan().rules == {"render_report"}


def test_overrides_reach_the_page(completed: Project) -> None:
    command = completed.snakemake(
        "--dry-run", "--printshellcmds", "--configfile", "config/example.yaml", "--config", "bootstrap=77"
    ).output
    rendering = next(line for line in command.splitlines() if "scripts/render_report.py" in line)
    assert "'{\"bootstrap\": 77}'" in rendering
