"""The report: one self-contained page, made at the end of a run as `make run` does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.xdist_group("dag_reruns")  # shares its completed run

MAKEFILE = Path(__file__).resolve().parents[2] / "Makefile"


def test_the_report_holds_the_front_page_and_every_figure(completed: Project) -> None:
    """The front page is a result of the workflow itself; figures stand under the category of their stage."""
    recipe = MAKEFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    options = re.search(r"--report \$\(REPORT\) (.*)", recipe)
    assert options is not None
    (completed.root / "results/example/report/front_page.rst").write_text("Headline numbers.\n", encoding="utf-8")
    page = completed.root / "results/example/report/report.html"
    done = completed.snakemake(
        "--cores", "1", "--configfile", "config/example.yaml", "--report", str(page), *options[1].split()
    )
    assert done.returncode == 0, done.output
    html = page.read_text(encoding="utf-8")
    assert "Headline numbers." in html
    for category in ("1 Negative weights", "2 Classifiers", "3 Sculpting", "4 Scale factors", "5 Signal strength"):
        assert category in html


def test_a_run_needs_no_report_yet(fresh: Project) -> None:
    assert not (fresh.root / "results").exists()
    assert fresh.plan().rules
