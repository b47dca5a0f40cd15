"""Every command explains itself, without importing what only a training needs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
COMMANDS = sorted(path.stem for path in SCRIPTS.glob("*.py"))

# Runs `--help` and then tells which of the slow libraries were imported on the way.
PROBE = """
import runpy, sys
sys.argv = [{script!r}, "--help"]
sys.path.insert(0, {folder!r})
try:
    runpy.run_path({script!r}, run_name="__main__")
except SystemExit as stopped:
    print("status", stopped.code)
print("imported", *sorted({{"torch", "matplotlib", "uproot"}} & set(sys.modules)))
"""


def help_of(command: str) -> tuple[str, int, set[str]]:
    """Give a command's help, its exit status and the slow libraries that it imported."""
    code = PROBE.format(script=str(SCRIPTS / f"{command}.py"), folder=str(SCRIPTS))
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    text, _, end = shown.rpartition("status ")
    status, imported = end.splitlines()
    return text, int(status), set(imported.split()[1:])


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str) -> None:
    text, status, imported = help_of(command)
    assert status == 0
    assert text.startswith(f"usage: python scripts/{command}.py")
    source = ast.parse((SCRIPTS / f"{command}.py").read_text(encoding="utf-8"))
    assert (ast.get_docstring(source) or "").splitlines()[0] in text
    assert "keys of --settings" in text or "--settings" not in text
    has_networks = "--model" in text or "--trainings" in text or "(TrainClassifierSettings;" in text
    if not has_networks:
        assert "torch" not in imported, "importing torch costs seconds; only commands with networks may"
    if not command.startswith("plot_"):
        assert "matplotlib" not in imported, "only figures import matplotlib"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_argument_is_explained(command: str) -> None:
    tree = ast.parse((SCRIPTS / f"{command}.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    added = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument"]
    for call in added:
        assert "help" in {keyword.arg for keyword in call.keywords}, ast.unparse(call)
