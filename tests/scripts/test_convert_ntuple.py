"""The command `convert_ntuple`, on simulated and on real generator events, with a newcomer's mistakes."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
import uproot
from event_stores import opened

import convert_ntuple
import convert_shifts
import simulate_ntuple
from signedag.events.store import StoreWriter

ROOT = Path(__file__).parents[2]
SAMPLE = {"model": "recoil", "events": 3000, "files": 1, "mass": {"peak_gev": 125.0}, "flavours": {"bb": 1.0}}
EVENTS = {
    "weight": "generator_weight",
    "branches": {"jet_pt_gev": "jet_pt", "jet_mass_gev": "jet_mass", "met_gev": "met"},
    "reconstruction": {},
    "selection": "met_gev > 100",
    "regions": {"sr": {"selection": "n_extra_jets <= 1"}, "cr": {"selection": "n_extra_jets > 1"}},
    "features": ["met_gev", "n_extra_jets", "delta_r_jj"],
    "spectators": ["m_jj_gev"],
    "truth": {"positive_probability": "true_positive_probability"},
}
SETTINGS = {
    "events": EVENTS,
    "folds": 2,
    "variations": {
        "btag": {"up": "weight_btag_up", "down": "weight_btag_down"},
        "same": {"up": "1.0", "down": "1.0"},
    },
    "denominator": "generator_weight",
}


@pytest.fixture(scope="module")
def ntuple(tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated") / "part0.root"
    settings = json.dumps({"seed": 5, "simulation": SAMPLE})
    assert simulate_ntuple.main(["--settings", settings, "--sample", "ZH", "--part", "0", "--output", str(path)]) == 0
    return path


def run(tmp_path, ntuple, settings=SETTINGS, name="out"):
    """Run the command; give its status and the output folder."""
    folder = tmp_path / name
    arguments = ["--settings", json.dumps(settings), "--sample", "ZH", "--part", "0"]
    return convert_ntuple.main([*arguments, "--input", str(ntuple), "--output-folder", str(folder)]), folder


def the_error(capsys):
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    return errors[0]


def test_stores_truth_and_summary(tmp_path, ntuple, capsys):
    status, folder = run(tmp_path, ntuple)
    assert status == 0
    names = {path.name for path in folder.iterdir()}
    assert names == {"nominal.arrow", "truth.arrow", "summary.json"}
    log = capsys.readouterr().err.splitlines()
    assert "convert_ntuple" in log[0] or "pytest" in log[0]
    assert any(line.startswith("nominal: ") for line in log)
    nominal = opened(folder / "nominal.arrow")
    assert nominal.provenance["sample"] == "ZH"
    assert nominal.provenance["code_version"]
    assert json.loads(nominal.provenance["settings"])["folds"] == 2
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["entries"] == 3000
    assert summary["provenance"] == nominal.provenance


def test_shifts_are_a_command_of_their_own(tmp_path, ntuple, capsys):
    events = {key: value for key, value in EVENTS.items() if key != "truth"}
    settings = {"events": events, "folds": 2, "shifts": {"jet_energy": {"jet_energy_relative": 0.03}}}
    arguments = ["--settings", json.dumps(settings), "--sample", "ZH", "--part", "0", "--input", str(ntuple)]
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        assert convert_shifts.main([*arguments, "--output-folder", str(folder)]) == 0
    names = {path.name for path in folders[0].iterdir()}
    assert names == {"jet_energy_up.arrow", "jet_energy_down.arrow", "shifts.json"}
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
    assert any(line.startswith("jet_energy_up: ") for line in capsys.readouterr().err.splitlines())
    wrong = [argument.replace("met_gev > 100", "met_gve > 100") for argument in arguments]
    assert convert_shifts.main([*wrong, "--output-folder", str(tmp_path / "wrong")]) == 1
    assert "no branch 'met_gve'" in the_error(capsys)
    assert not (tmp_path / "wrong").exists() or not list((tmp_path / "wrong").iterdir())


def test_the_truth_predicts_the_signs_in_every_region(tmp_path, ntuple):
    _, folder = run(tmp_path, ntuple)
    nominal, truth = opened(folder / "nominal.arrow"), opened(folder / "truth.arrow")
    weight, positive = nominal.column("weight"), truth.column("positive_probability")
    for region in ("region_sr", "region_cr"):
        inside = nominal.column(region)
        difference = weight[inside] - np.abs(weight[inside]) * (2 * positive[inside] - 1)
        assert abs(difference.sum()) < 4 * np.sqrt(np.sum(difference**2))
    # It is a function of two columns that networks see.
    events = nominal.matrix(["met_gev", "n_extra_jets"])
    for jets in (0, 1):
        chosen = events[:, 1] == jets
        order = np.argsort(events[chosen, 0])
        assert np.all(np.diff(positive[chosen][order]) >= -1e-6)


def test_a_second_run_gives_the_same_bytes(tmp_path, ntuple):
    _, first = run(tmp_path, ntuple, name="first")
    _, second = run(tmp_path, ntuple, name="second")
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes(), path.name


def test_real_generator_events_with_other_branch_names(tmp_path):
    path = ROOT / "data" / "generator" / "sherpa_zj_nunu_mcatnlo.root"
    events = {
        "branches": {
            "jet_pt_gev": "jet_pt",
            "jet_mass_gev": "jet_mass",
            "jet_btag": "jet_isb",
            "met_gev": "met",
        },
        "reconstruction": {"pair_by": "pt", "minimum_jets": 1, "jet_pt_min_gev": 20.0, "jet_abs_eta_max": 4.5},
        "regions": {"inclusive": {"selection": "n_jets >= 1"}},
        "features": ["met_gev", "n_jets", "ht_gev", "m_jj_gev"],
    }
    settings = {"events": events, "folds": 2, "variations": {}, "denominator": "trials"}
    status, folder = run(tmp_path, path, settings)
    assert status == 0
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["entries"] == 12761
    generated = summary["generated"]
    assert generated["sum_of_weights"] / summary["denominator"] == pytest.approx(63.56, rel=1e-3)
    assert generated["negative_events"] / generated["events"] == pytest.approx(0.223, abs=0.001)
    assert generated["effective_size_factor"] == pytest.approx(0.05, abs=0.005)
    store = opened(folder / "nominal.arrow")
    assert not (folder / "truth.arrow").exists()
    source = uproot.open(path)["events"].arrays(["event", "njet", "ht"], library="np")
    row = store.column("event_number")
    np.testing.assert_allclose(store.column("n_jets"), source["njet"][row])
    np.testing.assert_allclose(store.column("ht_gev"), source["ht"][row], rtol=1e-5)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ({"tree": "Events"}, "no tree 'Events'; did you mean 'events'? (settings key events.tree)"),
        ({"weight": "generator_wieght"}, "no branch 'generator_wieght'; did you mean 'generator_weight'?"),
        ({"branches": {**EVENTS["branches"], "jet_pt_gev": "jet_ptt"}}, "(settings key events.branches.jet_pt_gev)"),
        ({"columns": {"bad": "log(met_gev - met_gev)"}, "features": ["bad"]}, "'bad' is NaN or infinite in"),
        ({"featurse": []}, "unknown key 'featurse'; did you mean 'features'?"),
        ({"selection": "met_gev >"}, "expression 'met_gev >' does not parse"),
    ],
)
def test_mistakes_in_the_settings(tmp_path, ntuple, capsys, events, message):
    status, folder = run(tmp_path, ntuple, SETTINGS | {"events": EVENTS | events})
    assert status == 1
    assert message in the_error(capsys)
    assert not folder.exists() or not list(folder.iterdir())


def test_mistakes_in_the_file(tmp_path, ntuple, capsys):
    assert run(tmp_path, tmp_path / "none.root")[0] == 1
    assert f"{tmp_path}/none.root: no such file; correct the path" in the_error(capsys)
    short = tmp_path / "short.root"
    short.write_bytes(ntuple.read_bytes())
    os.truncate(short, short.stat().st_size // 2)
    status, folder = run(tmp_path, short)
    assert status == 1
    assert f"{short}: truncated, " in the_error(capsys)
    assert not folder.exists() or not list(folder.iterdir())


@pytest.mark.parametrize("writes", [0, 1, 3])
def test_a_full_disk_leaves_nothing(tmp_path, ntuple, capsys, monkeypatch, writes):
    original = StoreWriter.append
    done = []

    def full(self, columns):
        done.append(self)
        if len(done) > writes:
            raise OSError(errno.ENOSPC, "No space left on device")
        original(self, columns)

    monkeypatch.setattr(StoreWriter, "append", full)
    status, folder = run(tmp_path, ntuple, SETTINGS | {"events": EVENTS | {"chunk_events": 1000}})
    assert status == 1
    error = the_error(capsys)
    assert error.startswith(f"error: {folder}/")
    assert "No space left on device" in error
    assert not list(folder.iterdir())


def test_every_flipped_byte_of_a_simulated_file_is_noticed(tmp_path, ntuple, capsys):
    """ROOT notices some, such as those of a compressed basket that no longer fits; none may give other events."""
    content = ntuple.read_bytes()
    places = np.random.default_rng(7).integers(0, len(content), 20)
    damaged = tmp_path / "part0.root"
    for place in places:
        damaged.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
        arguments = ["--settings", json.dumps(SETTINGS), "--sample", "ZH", "--part", "0", "--input", str(damaged)]
        arguments += ["--description", str(ntuple.with_suffix(".json"))]
        assert convert_ntuple.main([*arguments, "--output-folder", str(tmp_path / "out")]) == 1
        assert f"error: {damaged}: its checksum is sha256:" in the_error(capsys)
        assert not (tmp_path / "out").exists()


def test_the_undamaged_file_passes(tmp_path, ntuple, capsys):
    arguments = ["--settings", json.dumps(SETTINGS), "--sample", "ZH", "--part", "0", "--input", str(ntuple)]
    arguments += ["--description", str(ntuple.with_suffix(".json"))]
    assert convert_ntuple.main([*arguments, "--output-folder", str(tmp_path / "out")]) == 0
    assert f"{ntuple}: has the checksum sha256:" in capsys.readouterr().err
