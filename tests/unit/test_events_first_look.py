"""The first file of each sample is looked at before anything runs."""

from __future__ import annotations

import copy
import time

import awkward as ak
import numpy as np
import pytest
import uproot

from signedag.config.analysis import Analysis
from signedag.config.example import examples
from signedag.errors import UserError
from signedag.events import ntuples
from signedag.events.first_look import check_first_files

ROWS = 20
FLAT = ("weight", "m_tt", "m_tt_up", "m_tt_down", "c_hel")


def write(path, tree="events", runs="genEventSumw", **changes):
    """Write a file as the example with own ntuples reads it, with some branches changed or (None) left out."""
    content = {"event": np.arange(ROWS, dtype=np.int64)} | {name: np.linspace(1, 2, ROWS) for name in FLAT} | changes
    content = {name: values for name, values in content.items() if values is not None}
    types = {name: v.type.content if isinstance(v, ak.Array) else v.dtype for name, v in content.items()}
    with uproot.recreate(path) as file:
        file.mktree(tree, types).extend(content)
        file.mktree("Runs", {runs: "f8"}).extend({runs: np.ones(1)})
    return str(path)


def analysis(edit=lambda content: None):
    content = copy.deepcopy(examples()[1])
    edit(content)
    return Analysis.model_validate(content)


@pytest.fixture
def good(tmp_path):
    return write(tmp_path / "good.root")


def problems(files, edit=lambda content: None):
    with pytest.raises(UserError) as caught:
        check_first_files(analysis(edit), {name: (path,) for name, path in files.items()}, "mine.yaml")
    return str(caught.value).splitlines()


def test_good_files_pass(good):
    check_first_files(analysis(), {"tt": (good,), "data": (good,)}, "mine.yaml")


def test_the_look_can_be_left_out(tmp_path, monkeypatch):
    (tmp_path / "bad.root").write_text("event,weight,m_tt\n1,2.0,400.0\n", encoding="utf-8")
    files = {"tt": (str(tmp_path / "bad.root"),)}
    monkeypatch.setenv("SIGNEDAG_FIRST_LOOK", "no")
    check_first_files(analysis(), files, "mine.yaml")
    monkeypatch.setenv("SIGNEDAG_FIRST_LOOK", "yes")
    with pytest.raises(UserError, match="not a ROOT file but text"):
        check_first_files(analysis(), files, "mine.yaml")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tree": "Events"}, "no tree 'events'; did you mean 'Events'? (settings key events.tree)"),
        ({"m_tt": None}, "has no branch 'm_tt'; did you mean 'm_tt_up'? (settings key events.branches.m_tt_gev)"),
        ({"m_tt_up": None}, "has no branch 'm_tt_up'"),
        (
            {"m_tt": ak.unflatten(np.ones(ROWS), np.tile([0, 2], ROWS // 2))},
            "branch 'm_tt' holds a list per event (type double[]), expected one number per event",
        ),
        ({"event": np.linspace(0, 1, ROWS)}, "branch 'event' holds float64, event numbers must be integers"),
        ({"runs": "total"}, "tree 'Runs' has no branch 'genEventSumw'"),
    ],
)
def test_what_cannot_be_converted_is_one_line_with_the_key(tmp_path, good, changes, message):
    bad = write(tmp_path / "bad.root", **changes)
    (line,) = problems({"tt": bad, "data": good})
    assert line.startswith(f"mine.yaml: samples.tt.files: {bad}: ")
    assert message in line


def test_every_sample_gets_its_line(tmp_path, good):
    table = tmp_path / "table.root"
    table.write_text("event,weight,m_tt\n1,-1.0,400.0\n")
    one, two = problems({"tt": str(table), "data": str(table)})
    assert one.startswith(
        f"mine.yaml: samples.tt.files: {table}: not a ROOT file but text; write its columns as a TTree"
    )
    assert two.startswith(f"mine.yaml: data.files: {table}: not a ROOT file")
    newer = tmp_path / "newer.root"
    with uproot.recreate(newer) as file:
        file.mkrntuple("events", {"m_tt": np.ones(3)})
    (line,) = problems({"tt": str(newer), "data": good})
    assert "'events' is an RNTuple, which is not read; write it as a TTree" in line


def test_data_need_neither_weights_nor_shifted_branches(tmp_path, good):
    data = write(tmp_path / "data.root", weight=None, m_tt_up=None, m_tt_down=None)
    check_first_files(analysis(), {"tt": (good,), "data": (data,)}, "mine.yaml")


def test_the_branches_of_one_sample_are_its_own(tmp_path):
    other = write(tmp_path / "other.root", m_tt=None, mass=np.ones(ROWS))
    check_first_files(
        analysis(lambda content: content["samples"]["tt"].update(branches={"m_tt_gev": "mass"})),
        {"tt": (other,)},
        "mine.yaml",
    )


def test_remote_files_and_second_files_are_left_to_the_conversion(good):
    check_first_files(
        analysis(), {"tt": ("root://nowhere.example//tt.root",), "data": (good, "/nowhere/2.root")}, "mine.yaml"
    )


def test_no_event_is_read_and_a_look_takes_milliseconds(good, monkeypatch):
    def no_reading(*_: object) -> None:
        raise AssertionError("events are read")

    monkeypatch.setattr(ntuples.Tree, "_next", no_reading)
    own, files = analysis(), {"tt": (good,), "data": (good,)}
    check_first_files(own, files, "mine.yaml")
    started = time.process_time()
    for _ in range(10):
        check_first_files(own, files, "mine.yaml")
    assert (time.process_time() - started) / 20 < 0.1, "about 0.01 s per sample"
