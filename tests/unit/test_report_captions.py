"""Captions of figures: one per figure of the rules, and each is valid after Jinja and docutils."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined

WORKFLOW = Path(__file__).parents[2] / "workflow"
CAPTIONS = sorted((WORKFLOW / "report").glob("*.rst"))
FIGURES = re.compile(r"^[A-Z_]*FIGURES = \(([^)]*)\)", re.MULTILINE)


@pytest.mark.parametrize("caption", CAPTIONS, ids=lambda path: path.stem)
def test_caption_renders(caption):
    names = {"sample": "tt", "variant": "cross_entropy", "binning": "coarse", "treatment": "fixed"}
    wildcards = SimpleNamespace(**names, analysis="vhbb", mass="400", region="sr", seed="1")
    template = Environment(undefined=StrictUndefined).from_string(caption.read_text(encoding="utf-8"))
    text = template.render(snakemake=SimpleNamespace(wildcards=wildcards))
    strict = {"halt_level": 2, "report_level": 2}
    body = publish_parts(text, writer="html", settings_overrides=strict)["body"]
    assert len(re.sub(r"<[^>]+>", "", body).split()) > 10


def test_every_figure_of_the_rules_has_a_caption():
    rules = "\n".join(path.read_text(encoding="utf-8") for path in sorted(WORKFLOW.rglob("*.smk")))
    figures = {name for found in FIGURES.findall(rules) for name in re.findall(r'"(\w+)"', found)}
    assert {"roc", "templates", "weight_closure"} <= figures
    assert figures <= {path.stem for path in CAPTIONS}
