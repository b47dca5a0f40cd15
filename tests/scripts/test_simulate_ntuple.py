"""The command `simulate_ntuple`: real ROOT files whose content follows from seed, sample and part."""

from __future__ import annotations

import datetime
import errno
import json

import awkward as ak
import numpy as np
import pytest
import uproot

import simulate_ntuple

SAMPLE = {"model": "recoil", "events": 500, "files": 2, "mass": {"peak_gev": 125.0}, "flavours": {"bb": 1.0}}
SETTINGS = {"seed": 3, "simulation": SAMPLE}
COMPONENTS = {
    "ZH": {"simulation": SAMPLE, "expected_events": 40.0},
    "tt": {"simulation": SAMPLE, "expected_events": 200.0},
}


def run(tmp_path, settings=SETTINGS, sample="ZH", part=0, name="out.root"):
    """Run the command; give its status and the file."""
    output = tmp_path / name
    arguments = ["--settings", json.dumps(settings), "--sample", sample, "--part", str(part), "--output", str(output)]
    return simulate_ntuple.main(arguments), output


def content(path):
    return uproot.open(path)["events"].arrays()


def test_a_tree_with_jagged_jets_and_signed_weights(tmp_path):
    status, path = run(tmp_path)
    assert status == 0
    tree = uproot.open(path)["events"]
    assert set(tree.keys()) == {
        *("event", "njet", "jet_pt", "jet_eta", "jet_phi", "jet_mass", "jet_btag", "met", "met_phi", "n_leptons"),
        *("generator_weight", "weight_btag_up", "weight_btag_down", "weight_top_pt_up", "weight_top_pt_down"),
        "true_positive_probability",
    }
    assert tree["jet_pt"].typename == "float[]"
    events = content(path)
    assert len(events) == 250
    assert np.array_equal(ak.num(events["jet_pt"]).to_numpy(), events["njet"].to_numpy())
    assert 0 < np.mean(events["generator_weight"] < 0) < 0.5
    assert ak.all((events["true_positive_probability"] > 0.5) & (events["true_positive_probability"] <= 1))


def test_content_follows_from_seed_sample_and_part(tmp_path):
    _, first = run(tmp_path, name="a.root")
    _, again = run(tmp_path, name="b.root")
    assert first.read_bytes() == again.read_bytes()
    others = [
        run(tmp_path, part=1, name="c.root"),
        run(tmp_path, sample="VZ", name="d.root"),
        run(tmp_path, SETTINGS | {"seed": 4}, name="e.root"),
    ]
    for status, other in others:
        assert status == 0
        assert not np.array_equal(content(other)["met"], content(first)["met"])


def test_event_numbers_are_unique_over_the_parts(tmp_path):
    numbers = [content(run(tmp_path, part=part, name=f"{part}.root")[1])["event"].to_numpy() for part in (0, 1)]
    assert np.unique(np.concatenate(numbers)).size == 500
    assert numbers[0].min() > 0


def test_pseudo_data_are_unweighted_and_mixed(tmp_path):
    settings = {"seed": 3, "pseudo_data": COMPONENTS, "pseudo_data_files": 2}
    events = [content(run(tmp_path, settings, "data", part, f"{part}.root")[1]) for part in (0, 1)]
    assert set(events[0].fields) == {
        *("event", "njet", "jet_pt", "jet_eta", "jet_phi", "jet_mass", "jet_btag", "met", "met_phi", "n_leptons")
    }
    assert sum(map(len, events)) == pytest.approx(240, abs=4 * np.sqrt(240))


def test_a_part_without_events_is_a_file_without_entries(tmp_path):
    nothing = {"ZH": COMPONENTS["ZH"] | {"expected_events": 1e-9}}
    status, path = run(tmp_path, {"seed": 3, "pseudo_data": nothing}, "data")
    assert status == 0
    assert uproot.open(path)["events"].num_entries == 0


def test_the_heavy_higgs_model_is_one_of_the_models(tmp_path):
    simulation = {"model": "higgs_top", "events": 100, "files": 1, "boson": "A", "parts": ["signal"]}
    status, path = run(tmp_path, {"seed": 3, "simulation": simulation}, "higgs")
    assert status == 0
    assert {"event", "generator_weight", "true_positive_probability"} <= set(content(path).fields)


def test_resonances_in_top_pairs_are_one_of_the_models(tmp_path):
    simulation = {"model": "resonance_top", "events": 100, "production": "resonance", "mass_gev": 750.0}
    status, path = run(tmp_path, {"seed": 3, "simulation": simulation}, "x750")
    assert status == 0
    events = content(path)
    assert len(events) == 100 and {"event", "generator_weight", "true_positive_probability"} <= set(events.fields)
    assert sum(uproot.open(path)["events"][name].typename == "float" for name in events.fields) == 28


@pytest.mark.parametrize(
    ("settings", "part", "message"),
    [
        (SETTINGS, 2, "--part 2: sample 'ZH' has 2 file(s); parts count from 0 to 1"),
        (SETTINGS, -1, "--part -1: sample 'ZH'"),
        (SETTINGS | {"sede": 4}, 0, "unknown key 'sede'; did you mean 'seed'?"),
        ({"seed": 1}, 0, "give exactly one of 'simulation' and 'pseudo_data'"),
        ({"seed": 1, "simulation": SAMPLE | {"flavours": {"bb": 0.5}}}, 0, "flavour probabilities must add up to 1"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(tmp_path, capsys, settings, part, message):
    status, _ = run(tmp_path, settings, part=part)
    assert status == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("signedag.files.os.fsync", full)
    status, path = run(tmp_path)
    assert status == 1
    assert f"error: {path}: could not be written (No space left on device)" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("settings", [SETTINGS, {"seed": 3, "pseudo_data": COMPONENTS, "pseudo_data_files": 2}])
def test_no_byte_depends_on_the_hour_or_the_name(tmp_path, monkeypatch, settings):
    _, first = run(tmp_path, settings, name="a.root")

    now = uproot._util.datetime_to_code
    monkeypatch.setattr(uproot._util, "datetime_to_code", lambda time: now(time + datetime.timedelta(days=1)))
    _, again = run(tmp_path, settings, name="another_name.root")
    assert first.read_bytes() == again.read_bytes()


def test_the_clock_goes_on_afterwards(tmp_path):
    run(tmp_path)
    later = tmp_path / "later.root"
    with uproot.recreate(later) as file:
        file["text"] = "text"
    assert uproot.open(tmp_path / "out.root").key("events").created_on.year == 2000
    assert uproot.open(later).key("text").created_on.year > 2000
