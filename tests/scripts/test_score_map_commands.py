"""fit_score_map, map_scores and plot_score_map: from scored events to scores that do not depend on the mass."""

from __future__ import annotations

import json

import numpy as np
import pytest
from event_stores import opened, opened_stage, write_events, write_scores

import fit_score_map
import map_scores
import plot_score_map
from signedag.identity import Identity
from signedag.json_results import read_json

SPECTATORS = {"m_jj_gev": {"bins": 5, "low": 50.0, "high": 150.0}}


@pytest.fixture
def folder(tmp_path):
    """Background tt with a score that knows the mass, under two shifts, and signal zh; a fifth of signs negative."""
    generator = np.random.default_rng(1)
    for sample, count in (("tt", 6000), ("zh", 500)):
        for shift in ("nominal", "jet_energy_up"):
            mass = generator.uniform(50, 150, count)
            columns = {
                "event_number": np.arange(count),
                "fold": (np.arange(count) % 2).astype(np.int8),
                "calibration_half": (np.arange(count) // 2 % 2).astype(np.int8),
                "weight": np.where(generator.random(count) < 0.2, -1.0, 1.0),
                "region_sr": np.arange(count) % 5 > 0,
                "m_jj_gev": mass,
            }
            write_events(tmp_path / "events" / sample / f"{shift}.arrow", columns)
            score = generator.random(count) ** (50 / mass if sample == "tt" else 0.2)
            events = opened(tmp_path / "events" / sample / f"{shift}.arrow")
            write_scores(tmp_path / "scores" / sample / f"{shift}.arrow", events, {"score": score})
    return tmp_path


def fit(folder, spectators=SPECTATORS, **asked):
    settings = {
        "folds": 2,
        "region": "sr",
        "samples": ["tt"],
        "score_map": {"scores_of": "plain", "spectators": spectators, **asked},
    }
    return fit_score_map.main(
        ["--settings", json.dumps(settings), "--variant", "mapped", "--events", str(folder / "events/tt/nominal.arrow"),
         "--scores", str(folder / "scores/tt/nominal.arrow"), "--map", str(folder / "map.arrow"), "--report",
         str(folder / "map.json")]
    )  # fmt: skip


def apply(folder, spectators=SPECTATORS, variant="mapped", made=True, **asked):
    paths = {
        kind: [str(folder / kind / sample / f"{shift}.arrow") for sample in ("tt", "zh") for shift in SHIFTS]
        for kind in ("events", "scores")
    }
    settings = {"folds": 2, "scores_of": "plain", "spectators": spectators, **asked}
    return map_scores.main(
        ["--settings", json.dumps(settings), "--variant", variant, "--map", *[str(folder / "map.arrow")] * made,
         "--events", *paths["events"], "--scores", *paths["scores"], "--output-folder", str(folder / "mapped")]
    )  # fmt: skip


SHIFTS = ("nominal", "jet_energy_up")


def test_the_mapped_background_does_not_depend_on_the_mass(folder):
    assert fit(folder) == 0
    assert apply(folder) == 0
    events = opened(folder / "events/tt/nominal.arrow")
    mapped = opened_stage(folder / "mapped/tt/nominal.arrow", events)
    assert mapped.identity == Identity.of("combined scores", variant="mapped", sample="tt", shift="nominal")
    np.testing.assert_array_equal(mapped.column("map_half"), events.column("calibration_half"))
    weight, mass = events.column("weight"), events.column("m_jj_gev")

    def means(score):
        return [np.average(score[part], weights=weight[part]) for part in (mass < 80, mass >= 120)]

    before = means(opened_stage(folder / "scores/tt/nominal.arrow", events).column("score"))
    assert before[0] - before[1] < -0.1
    np.testing.assert_allclose(means(mapped.column("score")), 0.5, atol=0.03)


def test_shifts_go_through_the_nominal_map(folder):
    assert fit(folder) == 0
    assert apply(folder) == 0
    nominal, shifted = (opened(folder / f"mapped/tt/{shift}.arrow").column("score") for shift in SHIFTS)
    first = (folder / "map.arrow").read_bytes()
    assert not np.array_equal(nominal, shifted)
    # events with the nominal values under the shift get the nominal mapped score
    for kind in ("events", "scores"):
        column = "score" if kind == "scores" else "m_jj_gev"
        store = opened(folder / f"{kind}/tt/nominal.arrow")
        columns = {name: store.column(name) for name in store.names}
        if kind == "events":
            write_events(folder / "events/tt/jet_energy_up.arrow", columns)
        else:
            events = opened(folder / "events/tt/jet_energy_up.arrow")
            write_scores(folder / "scores/tt/jet_energy_up.arrow", events, {column: columns[column]})
    assert apply(folder) == 0
    np.testing.assert_array_equal(opened(folder / "mapped/tt/jet_energy_up.arrow").column("score"), nominal)
    assert fit(folder) == 0
    assert (folder / "map.arrow").read_bytes() == first


def test_the_report_says_what_determines_the_maps_and_is_drawn(folder):
    assert fit(folder) == 0
    report = read_json(folder / "map.json", Identity.of("score map report", variant="mapped"))
    maps = report.listed("maps")
    assert [(one.count("fold"), one.count("half")) for one in maps] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert sum(one.count("events") for one in maps) == 4800
    assert 0 < maps[0].number("largest_repair") < 0.3
    plots = {"labels": {"m_jj_gev": "$m_{jj}$ [GeV]"}}
    settings = {"plots": plots, "luminosity_fb": 1.0, "processes": {}, "stack": [], "samples": {}, "regions": {},
                "observables": {}, "mass": "m_jj_gev"}  # fmt: skip
    arguments = ["--settings", json.dumps(settings), "--variant", "mapped", "--map-report", str(folder / "map.json")]
    assert plot_score_map.main([*arguments, "--output-folder", str(folder / "figures")]) == 0
    assert (folder / "figures/score_map.png").stat().st_size > 10_000


def at_points(folder):
    """Give the scores a column for the score at a point, half of the score."""
    for sample in ("tt", "zh"):
        for shift in SHIFTS:
            path, events = folder / f"scores/{sample}/{shift}.arrow", opened(folder / f"events/{sample}/{shift}.arrow")
            score = opened_stage(path, events).column("score")
            write_scores(path, events, {"score": score, "score_x500": score / 2})


def test_the_score_at_a_point_is_taken_as_it_is_or_mapped(folder, error_line):
    plain = opened(folder / "scores/tt/nominal.arrow").column("score")
    at_points(folder)
    assert apply(folder, {}, "at_x500", made=False, column="score_x500") == 0
    taken = opened(folder / "mapped/tt/nominal.arrow")
    np.testing.assert_array_equal(taken.column("score"), plain / 2)
    assert "map_half" not in taken.names
    assert fit(folder, point="x500") == 0
    assert apply(folder, column="score_x500") == 0
    mapped = opened(folder / "mapped/tt/nominal.arrow")
    assert mapped.column("score").mean() == pytest.approx(0.5, abs=0.03)
    assert apply(folder, made=False) == 1
    assert "--map: the settings name spectators; give the map that fit_score_map made" in error_line()
    assert apply(folder, {}, made=False, column="score_x900") == 1
    assert "no column 'score_x900'" in error_line()


def test_bad_input_is_one_line(folder, error_line):
    assert fit(folder, {"m_jj_gev": {"bins": 5, "low": 0.0, "high": 150.0}}) == 1
    assert "score_maps.mapped: half 1 of fold 0 has only 0 effective events" in error_line()
    assert not (folder / "map.arrow").exists()
    assert fit(folder, {"m_tt_gev": {"bins": 5, "low": 50.0, "high": 150.0}}) == 1
    assert "no column 'm_tt_gev'" in error_line()
    assert fit(folder) == 0
    assert apply(folder, {"m_jj_gev": {"bins": 7, "low": 50.0, "high": 150.0}}) == 1
    assert "is a map with other nodes" in error_line()
    assert apply(folder, variant="other") == 1
    assert "holds score map (variant mapped), expected score map (variant other)" in error_line()
    events = opened(folder / "events/zh/nominal.arrow")
    write_scores(folder / "scores/zh/nominal.arrow", events, {"score": np.full(500, 1.5)})
    assert apply(folder) == 1
    assert "score 1.5 in row 0 is not between 0 and 1" in error_line()
