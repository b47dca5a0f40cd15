"""Conversion of ROOT files to stores: one reading for all shifts, any chunk size, and errors that say what is wrong."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from event_stores import opened

from signedag.config.events import ConvertNtupleSettings, ConvertShiftsSettings
from signedag.errors import UserError
from signedag.events import ntuples
from signedag.events.conversion import convert, convert_shifts
from signedag.events.folds import first_counted_number, folds_and_halves
from signedag.events.plan import nominal_plan, shifts_plan
from signedag.events.summaries import NtupleSummary, ShiftsSummary

ROWS = 400
EVENTS = {
    "weight": "generator_weight",
    "event_number": "event",
    "branches": {"jet_pt_gev": "jet_pt", "jet_mass_gev": "jet_mass", "met_gev": "met"},
    "reconstruction": {},
    "columns": {"ratio": "jet2_pt_gev / jet1_pt_gev", "scaled": "100 * ratio + lepton"},
    "selection": "met_gev > 30",
    "regions": {"signal": {"selection": "n_extra_jets == 0"}, "busy": {"selection": "(n_jets >= 3) & (lepton == 1)"}},
    "features": ["pt_jj_gev", "scaled", "met_gev"],
    "spectators": ["m_jj_gev"],
    "truth": {"positive_probability": "truth"},
}
SHIFTS = {
    "jet_energy": {"jet_energy_relative": 0.05},
    "smeared": {"jet_resolution_relative": 0.1, "fitted": False},
    "soft": {"up": {"branches": {"met_gev": "met_up"}}, "down": {"branches": {"met_gev": "met_down"}}},
}
VARIATIONS = {"tag": {"up": "1 + 0.1 * lepton", "down": "1 / factor"}}


def branches(rows=ROWS, seed=1):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 6, rows)
    jets = {
        "pt": rng.uniform(20, 120, counts.sum()),
        "eta": rng.uniform(-3, 3, counts.sum()),
        "phi": rng.uniform(-np.pi, np.pi, counts.sum()),
        "mass": rng.uniform(3, 10, counts.sum()),
        "btag": rng.uniform(0, 1, counts.sum()),
    }
    met = rng.uniform(10, 200, rows)
    return {
        "event": np.arange(1000, 1000 + rows),
        "generator_weight": np.where(rng.uniform(size=rows) < 0.2, -1.0, 1.0) * rng.uniform(0.5, 2, rows),
        "jet": ak.zip({name: ak.unflatten(values.astype(np.float32), counts) for name, values in jets.items()}),
        "met": met.astype(np.float32),
        "met_up": (met * 1.1).astype(np.float32),
        "met_down": (met * 0.9).astype(np.float32),
        "met_phi": rng.uniform(-np.pi, np.pi, rows),
        "lepton": rng.integers(0, 2, rows).astype(np.int32),
        "factor": rng.uniform(0.8, 1.2, rows),
        "truth": rng.uniform(0.5, 1, rows),
    }


def write(path, content, step=150, trees=()):
    types = {
        name: values.type.content if isinstance(values, ak.Array) else values.dtype for name, values in content.items()
    }
    with uproot.recreate(path) as file:
        tree = file.mktree("events", types)
        rows = len(next(iter(content.values())))
        for start in range(0, rows, step):
            tree.extend({name: values[start : start + step] for name, values in content.items()})
        for name, values in trees:
            file.mktree(name, {key: column.dtype for key, column in values.items()}).extend(values)
    return str(path)


def settings(events=None, **changes) -> ConvertNtupleSettings:
    chosen = {
        "events": EVENTS | (events or {}),
        "folds": 2,
        "variations": VARIATIONS,
        "denominator": "generator_weight",
    }
    return ConvertNtupleSettings.model_validate(chosen | changes)


def run(path, folder, how=None, part=0):
    summary = convert(path, how or settings(), "sample", part, folder, {"code_version": "1"})
    assert NtupleSummary.read(folder / "summary.json", "sample", part) == summary
    return summary.as_json()


def shift_settings(events=None, **changes) -> ConvertShiftsSettings:
    chosen = {"events": EVENTS | {"truth": {}} | (events or {}), "folds": 2, "shifts": SHIFTS}
    return ConvertShiftsSettings.model_validate(chosen | changes)


def run_shifts(path, folder, how=None, part=0):
    summary = convert_shifts(path, how or shift_settings(), "sample", part, folder, {"code_version": "1"})
    assert ShiftsSummary.read(folder / "shifts.json", "sample", part) == summary
    return summary.as_json()


def stores(folder):
    return {path.stem: opened(path) for path in sorted(folder.glob("*.arrow"))}


@pytest.fixture(scope="module")
def ntuple(tmp_path_factory):
    return write(tmp_path_factory.mktemp("ntuple") / "part.root", branches())


@pytest.fixture(scope="module")
def converted(ntuple, tmp_path_factory):
    folder = tmp_path_factory.mktemp("converted")
    run(ntuple, folder)
    run_shifts(ntuple, folder)
    return stores(folder)


def test_one_store_per_shift_with_the_agreed_columns(converted):
    shifted = {"jet_energy_up", "jet_energy_down", "smeared_up", "soft_up", "soft_down"}
    assert set(converted) == {"nominal", "truth", *shifted}
    common = ["event_number", "fold", "calibration_half", "weight"]
    values = ["pt_jj_gev", "scaled", "met_gev", "m_jj_gev", "region_signal", "region_busy"]
    assert converted["nominal"].names == [
        *common,
        "generator_weight",
        "weight_tag_up",
        "weight_tag_down",
        *values,
    ]
    for name in shifted:
        assert converted[name].names == common + values
    assert converted["truth"].names == ["event_number", "positive_probability"]
    types = converted["nominal"].types()
    assert [types[name] for name in common] == ["int64", "int8", "int8", "double"]
    assert [types[name] for name in values] == ["float", "float", "float", "double", "bool", "bool"]
    assert types["weight_tag_up"] == types["weight_tag_down"] == "double"
    assert converted["nominal"].provenance == {"code_version": "1"}


def test_rows_are_those_of_the_selection_with_their_own_weights(converted):
    content, nominal = branches(), converted["nominal"]
    entry = nominal.column("event_number") - 1000
    jet = content["jet"]
    n_jets = ak.to_numpy(ak.sum((jet.pt >= 25) & (abs(jet.eta) <= 2.5), axis=1))
    signal, busy = n_jets == 2, (n_jets >= 3) & (content["lepton"] == 1)
    kept = (content["met"] > 30) & (signal | busy)
    assert entry.tolist() == np.flatnonzero(kept).tolist()
    assert nominal.column("region_signal").tolist() == signal[entry].tolist()
    assert nominal.column("region_busy").tolist() == busy[entry].tolist()
    weight = content["generator_weight"][entry]
    np.testing.assert_array_equal(nominal.column("weight"), weight)
    np.testing.assert_allclose(
        nominal.column("weight_tag_up"), weight * (1 + 0.1 * content["lepton"][entry]), rtol=1e-15
    )
    np.testing.assert_allclose(nominal.column("weight_tag_down"), weight / content["factor"][entry], rtol=1e-15)
    np.testing.assert_array_equal(converted["truth"].column("positive_probability"), content["truth"][entry])
    assert np.array_equal(converted["truth"].column("event_number"), nominal.column("event_number"))
    np.testing.assert_array_equal(nominal.column("met_gev"), content["met"][entry])
    fractional = nominal.column("scaled") - content["lepton"][entry]
    assert 0 < fractional.min() < fractional.max() <= 100


def test_an_event_keeps_its_fold_under_every_shift(converted):
    for name, store in converted.items():
        if name != "truth":
            fold, half = folds_and_halves(store.column("event_number"), 2)
            assert np.array_equal(store.column("fold"), fold)
            assert np.array_equal(store.column("calibration_half"), half)
    assert converted["jet_energy_up"].rows != converted["jet_energy_down"].rows


def test_shifts_change_what_they_say(converted):
    nominal = converted["nominal"]
    for side, factor in (("up", 1.1), ("down", 0.9)):
        shifted = converted[f"soft_{side}"]
        _, here, there = np.intersect1d(
            nominal.column("event_number"), shifted.column("event_number"), return_indices=True
        )
        assert here.size > 50
        np.testing.assert_allclose(
            shifted.column("met_gev")[there], factor * nominal.column("met_gev")[here], rtol=1e-6
        )
        np.testing.assert_array_equal(shifted.column("m_jj_gev")[there], nominal.column("m_jj_gev")[here])
    for side, factor in (("up", 1.05), ("down", 0.95)):
        shifted = converted[f"jet_energy_{side}"]
        _, here, there = np.intersect1d(
            nominal.column("event_number"), shifted.column("event_number"), return_indices=True
        )
        np.testing.assert_array_equal(shifted.column("weight")[there], nominal.column("weight")[here])
        same = np.abs(shifted.column("m_jj_gev")[there] / nominal.column("m_jj_gev")[here] - factor) < 1e-6
        assert same.mean() > 0.9  # a jet that crosses the threshold may change the pair
        assert np.any(shifted.column("met_gev")[there] != nominal.column("met_gev")[here])


def test_a_worse_resolution_smears_each_jet_by_itself(converted):
    """The smearing of the example is as wide as asked for: the pair's mass is that of two jets with 10 % each."""
    nominal, smeared = converted["nominal"], converted["smeared_up"]
    _, here, there = np.intersect1d(nominal.column("event_number"), smeared.column("event_number"), return_indices=True)
    ratio = smeared.column("m_jj_gev")[there] / nominal.column("m_jj_gev")[here]
    near = ratio[np.abs(ratio - 1) < 0.4]  # another pair may be chosen
    assert 0.9 * here.size < near.size and abs(near.mean() - 1) < 4 * 0.07 / np.sqrt(near.size)
    assert near.std() == pytest.approx(0.1 / np.sqrt(2), rel=0.15)
    np.testing.assert_array_equal(smeared.column("weight")[there], nominal.column("weight")[here])


@pytest.mark.parametrize("chunk_events", [13, 150, 399, 400])
def test_the_chunk_size_changes_no_value(ntuple, converted, tmp_path, chunk_events):
    for summary in (
        run(ntuple, tmp_path, settings({"chunk_events": chunk_events})),
        run_shifts(ntuple, tmp_path, shift_settings({"chunk_events": chunk_events})),
    ):
        assert summary["entries"] == ROWS
    assert set(stores(tmp_path)) == set(converted)
    for name, store in stores(tmp_path).items():
        assert store.names == converted[name].names
        for column in store.names:
            np.testing.assert_array_equal(store.column(column), converted[name].column(column))


def test_every_chunk_is_read_once_for_all_shifts(ntuple, tmp_path, monkeypatch):
    reads = []
    original = ntuples.Tree._next
    monkeypatch.setattr(ntuples.Tree, "_next", lambda *all_of_it: reads.append(all_of_it[2:]) or original(*all_of_it))
    run_shifts(ntuple, tmp_path, shift_settings({"chunk_events": 150}))
    assert reads == [(0, 150), (150, 300), (300, 400)]


def test_memory_follows_the_chunks_and_not_the_file(tmp_path):
    path = write(tmp_path / "long.root", branches(10_000), step=500)
    peaks = {}
    for chunk_events in (500, 10_000):
        how = settings({"chunk_events": chunk_events})
        run(path, tmp_path / "warm", how)
        tracemalloc.start()
        run(path, tmp_path / "measured", how)
        peaks[chunk_events] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peaks[500] < 0.25 * peaks[10_000]


def test_sums_of_weights_are_of_all_entries_and_of_every_step(ntuple, tmp_path):
    summary = run(ntuple, tmp_path)
    weight = branches()["generator_weight"]
    nominal = stores(tmp_path)["nominal"]
    assert summary["denominator"] == pytest.approx(weight.sum())
    generated = summary["generated"]
    assert generated["events"] == ROWS
    assert generated["negative_events"] == (weight < 0).sum()
    assert generated["negative_fraction"] == pytest.approx(-weight[weight < 0].sum() / np.abs(weight).sum())
    assert generated["sum_of_weights_squared"] == pytest.approx(np.sum(weight**2))
    cutflow = summary["nominal"]["cutflow"]
    assert [line["step"] for line in cutflow] == [
        "all entries",
        "at least 2 selected jets",
        "events.selection",
        "in any region",
    ]
    events = [line["events"] for line in cutflow]
    assert events == sorted(events, reverse=True)
    assert events[-1] == nominal.rows == summary["nominal"]["rows"]
    assert cutflow[-1]["sum_of_weights"] == pytest.approx(nominal.column("weight").sum())
    for name, total in summary["nominal"]["regions"].items():
        inside = nominal.column(f"region_{name}")
        assert total["events"] == inside.sum()
        assert total["sum_of_weights"] == pytest.approx(nominal.column("weight")[inside].sum())
        fold = nominal.column("fold")[inside]
        assert summary["nominal"]["events_per_fold"][name] == [(fold == number).sum() for number in range(2)]


def test_other_denominators(tmp_path):
    path = write(tmp_path / "runs.root", branches(), trees=[("Runs", {"total": np.array([3.0, 4.5])})])
    assert run(path, tmp_path, settings(denominator="factor ** 2"))["denominator"] == pytest.approx(
        np.sum(branches()["factor"] ** 2)
    )
    assert run(path, tmp_path, settings(denominator=None))["denominator"] is None
    other = {"tree": "Runs", "sum_of": "2 * total"}
    assert run(path, tmp_path, settings(denominator=None, other_tree=other))["denominator"] == 15.0
    with pytest.raises(
        UserError, match=r"no tree 'Run'; did you mean 'Runs'\? \(settings key normalisation.other_tree"
    ):
        run(path, tmp_path, settings(denominator=None, other_tree=other | {"tree": "Run"}))
    with pytest.raises(UserError, match=r"no branch 'sum'.*\(settings key normalisation.other_tree.sum_of\)"):
        run(path, tmp_path, settings(denominator=None, other_tree=other | {"sum_of": "sum"}))


def test_without_event_numbers_entries_are_counted_from_the_files_own_number(ntuple, converted, tmp_path):
    renamed = tmp_path / "renamed.root"
    renamed.write_bytes(Path(ntuple).read_bytes())
    entry = converted["nominal"].column("event_number") - 1000
    with uproot.open(ntuple) as file:
        own = first_counted_number(str(file.file.uuid))
    for part, path in ((0, ntuple), (3, renamed)):
        run(str(path), tmp_path / str(part), settings({"event_number": None, "chunk_events": 100}), part)
        assert np.array_equal(stores(tmp_path / str(part))["nominal"].column("event_number"), own + entry)


def test_data_have_weight_one_and_need_no_simulated_branches(tmp_path):
    content = branches()
    for name in ("generator_weight", "factor", "truth", "met_up", "met_down"):
        del content[name]
    path = write(tmp_path / "data.root", content)
    how = settings(variations={}, denominator=None, is_data=True)
    summary = run(path, tmp_path / "out", how)
    assert set(stores(tmp_path / "out")) == {"nominal"}
    assert np.all(stores(tmp_path / "out")["nominal"].column("weight") == 1)
    assert summary["generated"]["sum_of_weights"] == ROWS
    assert summary["denominator"] is None
    assert not summary["has_truth"]


def test_flat_ntuples_need_no_reconstruction(tmp_path):
    rng = np.random.default_rng(2)
    content = {
        "w": rng.normal(1, 1, 50),
        "M": rng.uniform(400, 600, 50),
        "n": rng.integers(0, 3, 50),
        "id": np.arange(50),
    }
    path = write(tmp_path / "flat.root", content)
    events = {
        "weight": "2 * w",
        "event_number": "id",
        "branches": {"mass_gev": "M"},
        "reconstruction": None,
        "columns": {"mass_tev": "mass_gev / 1000"},
        "selection": "1 == 1",
        "regions": {"all": {"selection": "n > 0"}},
        "features": ["mass_tev", "n"],
        "spectators": ["mass_gev"],
        "truth": {},
    }
    summary = run(path, tmp_path / "out", settings(events, variations={}, denominator="w"))
    store = stores(tmp_path / "out")["nominal"]
    kept = content["n"] > 0
    np.testing.assert_array_equal(store.column("mass_gev"), content["M"][kept])
    np.testing.assert_array_equal(store.column("mass_tev"), (content["M"][kept] / 1000).astype(np.float32))
    np.testing.assert_array_equal(store.column("weight"), 2 * content["w"][kept])
    assert [line["step"] for line in summary["nominal"]["cutflow"]][1] == "events.selection"
    assert summary["denominator"] == pytest.approx(content["w"].sum())


def test_flags_add_up_and_large_event_numbers_are_not_rounded(tmp_path):
    """A sum of conditions is a count, and neither event number nor another integer is compared rounded."""
    content = {
        "a": np.array([0.9, 0.9, 0.1, 0.1]),
        "b": np.array([0.9, 0.1, 0.9, 0.1]),
        "id": 2**60 + np.arange(4),
        "run": np.array([2**63, 1, 2**63 + 1, 2**63 - 1], dtype=np.uint64),
        "weight": np.ones(4),
    }
    path = write(tmp_path / "flags.root", content)
    events = {
        "weight": "weight",
        "event_number": "id",
        "reconstruction": None,
        "branches": {},
        "columns": {"tags": "(a > 0.5) + (b > 0.5)", "grown": "exp(a > 0.5)"},
        "selection": "1 == 1",
        "regions": {
            "all": {"selection": "a > 0"},
            "even": {"selection": "id % 2 == 0"},
            "one": {"selection": "id == 1152921504606846977"},
            "last": {"selection": "run > 9223372036854775807"},
        },
        "features": ["tags"],
        "spectators": ["grown"],
        "truth": {},
    }
    run(path, tmp_path / "out", settings(events, variations={}, denominator=None))
    store = stores(tmp_path / "out")["nominal"]
    assert store.column("tags").tolist() == [2, 1, 1, 0]
    np.testing.assert_array_equal(store.column("grown"), np.exp([1.0, 1.0, 0.0, 0.0]))
    assert store.column("region_even").tolist() == [True, False, True, False]
    assert store.column("region_one").tolist() == [False, True, False, False]
    assert store.column("region_last").tolist() == [True, False, True, False]
    wide = events | {"spectators": ["run"], "regions": {"all": {"selection": "a > 0"}}}
    with pytest.raises(UserError, match=r"events.spectators: 'run' has integers above 2\^53, which would be rounded"):
        run(path, tmp_path / "refused", settings(wide, variations={}, denominator=None))
    with pytest.raises(UserError, match=r"branch 'run' has event numbers of 2\^63 and more"):
        run(path, tmp_path / "refused", settings(events | {"event_number": "run"}, variations={}, denominator=None))


def test_an_empty_ntuple_gives_stores_without_rows(tmp_path, converted):
    path = write(tmp_path / "empty.root", {name: values[:0] for name, values in branches().items()})
    assert run(path, tmp_path / "out")["entries"] == run_shifts(path, tmp_path / "out")["entries"] == 0
    for name, store in stores(tmp_path / "out").items():
        assert store.rows == 0
        assert store.types() == converted[name].types()


def test_comparisons_with_nan_are_counted(tmp_path):
    content = branches()
    content["quality"] = np.where(np.arange(ROWS) % 4 == 0, np.nan, 1.0)
    path = write(tmp_path / "nan.root", content)
    summary = run(path, tmp_path / "out", settings({"selection": "(quality > 0) & (met_gev > 30)"}))
    step = summary["nominal"]["cutflow"][1]["events"]
    assert 0.2 * step < summary["nominal"]["undefined_in_selection"] < 0.3 * step
    assert np.all((stores(tmp_path / "out")["nominal"].column("event_number") - 1000) % 4 != 0)


def test_truth_that_data_do_not_have_is_not_read(tmp_path):
    """Only the nominal events carry truth and variations: the shifts do not read them again."""
    read = {"truth", "factor"}
    assert read <= set(nominal_plan(settings()).branches())
    assert not read & set(shifts_plan(shift_settings()).branches())
    assert not {"met_up", "met_down"} & set(nominal_plan(settings()).branches())


def test_a_branch_of_the_same_name_needs_no_line_in_columns_weight_and_truth(tmp_path):
    """What `events.branches` says of branches that are not listed."""
    rows = 10
    content = {name: np.linspace(1, 2, rows) for name in ("w", "mass", "p")} | {"event": np.arange(rows)}
    path = write(tmp_path / "flat.root", content)
    events = {
        "weight": "w",
        "event_number": "event",
        "branches": {},
        "reconstruction": None,
        "columns": {"mass_tev": "mass / 1000"},
        "selection": "mass_tev > 0",
        "regions": {"all": {"selection": "mass_tev > 0"}},
        "features": ["mass_tev"],
        "spectators": [],
        "truth": {"positive_probability": "p"},
    }
    run(path, tmp_path / "out", settings(events, variations={}, denominator="w"))
    assert stores(tmp_path / "out")["truth"].column("positive_probability").tolist() == content["p"].tolist()
