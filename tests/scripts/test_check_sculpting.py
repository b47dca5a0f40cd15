"""check_sculpting: from stores to sculpting.json, and a newcomer's mistakes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from event_stores import opened, write_events, write_scores
from scored_classes import scored_classes

from check_sculpting import main

SETTINGS = {
    "seed": 3,
    "bootstrap": 20,
    "sculpting": {
        "region": "sr",
        "mass": "m_jj_gev",
        "axis": {"bins": 30, "low": 50, "high": 200},
        "quantiles": 4,
        "effective_events_per_bin": 10,
        "ks_replicas": 50,
    },
    "background_samples": ["tt", "vz"],
    "signal_samples": ["zh"],
    "resonant_samples": ["vz"],
}


@pytest.fixture
def folder(tmp_path):
    return scored_classes(tmp_path)


def run(folder, **changes):
    arguments = ["--settings", json.dumps(SETTINGS | changes), "--variant", "plain"]
    for option in ("events", "scores"):
        arguments += [f"--{option}", *map(str, folder.glob(f"{option}/*/nominal.arrow"))]
    return main([*arguments, "--output", str(folder / "out.json")])


def result(folder):
    return json.loads((folder / "out.json").read_text())


def test_quantiles_and_distances_are_written(folder):
    assert run(folder) == 0
    found = result(folder)
    assert [part["fraction"] for part in found["quantiles"]] == pytest.approx([0.25] * 4, abs=2e-3)
    assert len(found["chi2_per_quantile"]) == 4 and found["chi2_mean"] > 0
    assert 0 < found["ks_distance"] < 1 and 0 <= found["ks_probability"] <= 1
    assert found["jensen_shannon"]["divergence"] > 0
    assert len(found["inclusive"]["values"]) == 30 == len(found["mass_edges"]) - 1
    assert json.loads(found["provenance"]["settings"])["sculpting"]["quantiles"] == 4
    # the resonance fills the top quantile, which is no sculpting of the other backgrounds
    assert found["non_resonant"]["chi2_mean"] < 2 < found["chi2_mean"]
    # only events of the region and on the axis are in the histogram
    total = 0.0
    for name in ("tt", "vz"):
        events = opened(folder / "events" / name / "nominal.arrow")
        mass = events.column("m_jj_gev")
        total += events.column("weight")[events.column("region_sr") & (mass >= 50) & (mass <= 200)].sum()
    assert sum(found["inclusive"]["values"]) == pytest.approx(total)
    assert set(found["share_off_axis"]) == {"tt", "vz", "zh"}


def test_halves_come_from_the_stores_of_mapped_scores(folder):
    for name in ("tt", "vz", "zh"):
        path, events = folder / "scores" / name / "nominal.arrow", opened(folder / "events" / name / "nominal.arrow")
        half = (np.arange(events.rows) // 2 % 2).astype(np.int8)
        columns = {"score": np.array(opened(path).column("score")), "map_half": half}
        write_scores(path, events, columns)
    assert run(folder) == 0
    for found in (result(folder), result(folder)["non_resonant"]):
        assert set(found["chi2_per_quantile_by_half"]) == {"0", "1"}
        assert [len(values) for values in found["chi2_p_per_quantile_by_half"].values()] == [4, 4]


def test_the_same_command_gives_the_same_bytes(folder):
    assert run(folder) == 0
    first = (folder / "out.json").read_bytes()
    assert run(folder) == 0
    assert (folder / "out.json").read_bytes() == first


def test_without_resonant_samples_the_key_is_null_with_a_reason(folder):
    assert run(folder, resonant_samples=[]) == 0
    assert result(folder)["non_resonant"] is None
    assert "no background sample is resonant" in result(folder)["non_resonant_reason"]
    assert run(folder, resonant_samples=["tt", "vz"]) == 0
    assert "no background sample is non-resonant" in result(folder)["non_resonant_reason"]


def test_a_collapsed_score_is_undefined_not_zero(folder):
    events = opened(folder / "events" / "tt" / "nominal.arrow")
    write_scores(folder / "scores" / "tt" / "nominal.arrow", events, {"score": np.full(events.rows, 0.5)})
    assert run(folder, background_samples=["tt"], resonant_samples=[]) == 0
    found = result(folder)
    assert found["chi2_mean"] is None and found["chi2_reason"] == "quantile 0: the rest is empty"
    assert found["chi2_per_quantile"] == [None] * 4


def test_a_mass_that_is_not_finite_and_an_empty_region_are_named(folder, capsys):
    events = opened(folder / "events" / "tt" / "nominal.arrow")
    columns = {name: np.array(events.column(name)) for name in events.names}
    columns["m_jj_gev"][7] = np.nan
    write_events(events.path, columns)
    assert run(folder) == 1
    assert (
        "tt/nominal.arrow: column 'm_jj_gev' is not finite in 1 rows of the region, first in row 7"
        in capsys.readouterr().err
    )
    for name in ("tt", "vz"):
        path = folder / "events" / name / "nominal.arrow"
        columns = {key: np.array(opened(path).column(key)) for key in opened(path).names}
        columns["region_sr"][:] = False
        write_events(path, columns)
    assert run(folder) == 1
    assert "region 'sr' holds no background events (samples: tt, vz)" in capsys.readouterr().err
    assert not (folder / "out.json").exists()


def test_a_wrong_mass_column_gets_a_suggestion(folder, capsys):
    assert run(folder, sculpting=SETTINGS["sculpting"] | {"mass": "m_jj"}) == 1
    assert "no column 'm_jj'; did you mean 'm_jj_gev'?" in capsys.readouterr().err


def test_no_events_on_the_axis_is_undefined_with_a_reason(folder):
    axis = {"bins": 10, "low": 1000, "high": 2000}
    assert run(folder, sculpting=SETTINGS["sculpting"] | {"axis": axis}) == 0
    found = result(folder)
    assert found["chi2_mean"] is None and found["chi2_reason"] == "background has no events"
    assert found["jensen_shannon"]["reason"] == "signal has no events"
