"""check_configuration: what a run would refuse, with its place, before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from check_configuration import main
from signedag.config.example import examples
from signedag.config.ownership import claim


@pytest.fixture
def configuration(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(examples()[0]), encoding="utf-8")
    return path


def last_line(capsys):
    return capsys.readouterr().err.splitlines()[-1]


def test_a_good_file(configuration, capsys):
    assert main([str(configuration)]) == 0
    assert last_line(capsys).endswith("analysis 'example' with 3 samples, nothing to object")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text + "seed: 1\nseed: 2\n", "key 'seed' in line"),
        (lambda text: text.replace("analysis: example", "analysis: [example"), "line "),
        (lambda text: text + "sed: 1\n", "unknown key 'sed'; did you mean 'seed'?"),
        (
            lambda text: text.replace("analysis: example", "analysis: Example"),
            "cannot be a name; use lower-case",
        ),
    ],
)
def test_a_mistake_is_one_line(configuration, change, message, capsys):
    configuration.write_text(change(configuration.read_text(encoding="utf-8")), encoding="utf-8")
    assert main([str(configuration)]) == 1
    line = last_line(capsys)
    assert line.startswith(f"error: {configuration}: ")
    assert message in line


def test_a_name_that_is_taken(configuration, capsys):
    other = configuration.with_name("other.yaml")
    other.write_text("analysis: example\n", encoding="utf-8")
    claim(Path("results/example"), other)
    assert main([str(configuration)]) == 1
    assert "is the name of other.yaml too" in last_line(capsys)


def test_a_file_that_cannot_be_converted(configuration, capsys):
    configuration.write_text(yaml.safe_dump(examples()[1]), encoding="utf-8")
    for name in ("tt.root", "data.root"):
        Path(name).write_text("event,weight,m_tt\n1,-1.0,400.0\n", encoding="utf-8")
    assert main([str(configuration)]) == 1
    assert "data.files: data.root: not a ROOT file but text; write its columns as a TTree" in last_line(capsys)
