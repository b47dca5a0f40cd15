"""How the rule files are written: names that agree, and everything that a run and its user need of each rule."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
BLOCK = re.compile(r"(?ms)^rule (\w+):\n(.*?)(?=^\S|\Z)")
RULES = {name: (file, body) for file in FILES for name, body in BLOCK.findall(file.read_text(encoding="utf-8"))}

GROUP_COMMANDS = {"train_classifiers", "score_classifiers", "combine_scores", "check_classifiers", "plot_classifier"}
"""Commands whose rules are made in a loop, one for each group."""


def test_there_are_rules() -> None:
    assert {"convert_ntuple", "train_classifier", "fit_signal_strength"} <= set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_its_script_its_log_and_its_fingerprint_have_one_name(rule: str) -> None:
    _, body = RULES[rule]
    assert "_" in rule, "a verb and a noun"
    assert (ROOT / "scripts" / f"{rule}.py").is_file()
    assert f'"python scripts/{rule}.py ' in body
    assert re.search(rf'\*\*code\("{rule}"[,)]', body)
    assert f'"<logs>/{rule}/' in body
    assert f'"<benchmarks>/{rule}/' in body


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_says_what_it_does_and_needs(rule: str) -> None:
    _, body = RULES[rule]
    assert re.match(r'\s+"""[A-Z].*[.?]"""\n', body), "a docstring of one line first"
    assert "> {log:q} 2>&1" in body
    assert "**on_gpu(" in body or ("mem_mb=" in body and "runtime=" in body)
    assert "analysis.yaml" in body or "handover: True" in body
    assert not re.search(r"\n    (run|script):", body), "rules call commands"


def test_rules_of_groups_are_named_after_their_commands() -> None:
    text = (ROOT / "workflow" / "rules" / "groups.smk").read_text(encoding="utf-8")
    for command in GROUP_COMMANDS:
        assert re.search(rf'name:\s+f"{command}_', text)
        assert f'"python scripts/{command}.py ' in text and f'**code("{command}")' in text


def test_every_command_is_a_rule() -> None:
    commands = {path.stem for path in (ROOT / "scripts").glob("*.py")} - {
        "write_config_documentation",
        "check_configuration",
        "fit_workspace",
    }
    assert commands == set(RULES) | GROUP_COMMANDS


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_rule_file_opens_with_what_it_needs_and_makes(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text[: text.index('"""', 3) + 3])) or ""
    assert re.search(r"(?m)^needs   ", docstring)
    assert re.search(r"(?m)^makes   ", docstring)
    assert len(text.splitlines()) <= 350
