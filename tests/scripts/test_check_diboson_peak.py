"""check_diboson_peak: from stores to diboson_peak.json, and a newcomer's mistakes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from event_stores import opened, write_scores
from scored_classes import scored_classes

from check_diboson_peak import main

SETTINGS = {
    "luminosity_fb": 40.0,
    "diboson_peak": {"region": "sr", "axis": {"bins": 30, "low": 50, "high": 200}, "luminosity_factor": 4.0},
    "resonant_samples": ["vz"],
    "other_samples": ["tt"],
    "signal_samples": ["zh"],
}


@pytest.fixture
def folder(tmp_path):
    return scored_classes(tmp_path)


def run(folder, variant="plain", **changes):
    arguments = ["--settings", json.dumps(SETTINGS | changes), "--variant", variant]
    for option in ("events", "scores"):
        arguments += [f"--{option}", *map(str, folder.glob(f"{option}/*/nominal.arrow"))]
    return main([*arguments, "--output", str(folder / "out.json")])


def result(folder):
    return json.loads((folder / "out.json").read_text())


def test_the_peak_is_written_with_and_without_the_resonance(folder):
    assert run(folder) == 0
    found = result(folder)
    assert found["samples"] == ["vz"] and found["luminosity_factor"] == 4.0 and found["luminosity_fb"] == 40.0
    peak, without = found["peak"], found["peak_without_resonant"]
    assert peak["simulation_significance"] > 5 and abs(without["simulation_significance"]) < 3
    assert peak["sidebands"]["p_value"] > 0.01 and without["sidebands"]["p_value"] > 0.01
    one, four = peak["significance"], peak["significance_scaled"]
    assert (one["luminosity_factor"], four["luminosity_factor"]) == (1.0, 4.0)
    assert four["value"] == pytest.approx(2 * one["value"]) and one["value"] > 3
    assert found["score_ks_to_signal"]["probability"] > 0.001
    # what passes: events of the region and on the axis, with signed weights
    total = 0.0
    for name in ("tt", "vz"):
        events = opened(folder / "events" / name / "nominal.arrow")
        score = np.array(opened(folder / "scores" / name / "nominal.arrow").column("score"))
        mass = events.column("m_jj_gev")
        inside = events.column("region_sr") & (mass >= 50) & (mass <= 200) & (score > found["threshold"])
        total += events.column("weight")[inside].sum()
    assert sum(found["background"]["values"]) == pytest.approx(total)
    assert set(found["share_off_axis"]) == {"tt", "vz", "zh"}


def test_a_variant_that_was_trained_without_the_resonance_is_judged_with_it(folder):
    """Its scores of the resonant sample exist, since every sample is scored; nothing else is needed."""
    assert run(folder) == 0
    with_it = result(folder)
    for name in ("zh", "tt", "vz"):
        path = folder / "scores" / name / "nominal.arrow"
        score = np.array(opened(path).column("score"))
        write_scores(path, opened(folder / "events" / name / "nominal.arrow"), {"score": score}, variant="without_vz")
    assert run(folder, variant="without_vz") == 0
    found = result(folder)
    assert found["variant"] == "without_vz" and found["peak"] == with_it["peak"]


def test_a_region_without_resonant_events_is_named(folder, capsys):
    assert run(folder, diboson_peak=SETTINGS["diboson_peak"] | {"region": "cr"}) == 1
    assert "no column 'region_cr'" in capsys.readouterr().err
    assert run(folder, resonant_samples=[]) == 1
    assert "region 'sr' holds no resonant events (samples: none named)" in capsys.readouterr().err


def test_scores_of_another_variant_are_refused(folder, capsys):
    assert run(folder, variant="other") == 1
    assert "expected combined scores (variant other" in capsys.readouterr().err
    assert not (folder / "out.json").exists()
