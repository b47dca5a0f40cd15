"""study_mismodelling: which changes of the background an independent score notices, and a newcomer's mistakes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from event_stores import opened, write_events, write_scores

from study_mismodelling import main

SETTINGS = {
    "sculpting": {"region": "sr", "axis": {"bins": 15, "low": 50, "high": 200}},
    "variants": ["independent", "follows"],
    "signal_strength": 5.0,
    "reweightings": {"softer_mass": "exp(-0.01 * (m_jj_gev - 100))", "softer_pt": "exp(-0.01 * (pt_jj_gev - 200))"},
    "shifts": ["jet_energy_up"],
    "background_samples": ["tt"],
    "left_out": ["vz"],
    "signal_samples": ["zh"],
}
CASES = ["nominal", "signal_injected", "softer_mass", "softer_pt", "jet_energy_up"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Background whose p_T tells score and mass: independent where p_T is as simulated, by the score's own rank."""
    folder = tmp_path_factory.mktemp("mismodelling")
    for sample, shift in (("tt", "nominal"), ("tt", "jet_energy_up"), ("zh", "nominal")):
        write_sample(folder, sample, shift)
    return folder


def write_sample(folder, sample, shift):
    """Write events and scores; two halves of p_T, of which the mixture is independent, not each by itself."""
    generator = np.random.default_rng([ord(letter) for letter in sample])  # the same events under every shift
    size = 24000 if sample == "tt" else 3000
    mass, score = 50 + 150 * generator.beta(1.2, 2.5, size), generator.random(size)
    hard = generator.random(size) < 0.5 + 0.5 * np.sign(mass - 95) * (score - 0.5)
    if sample == "zh":
        mass, score = generator.normal(125, 10, size), generator.random(size) ** 0.3
    if shift == "jet_energy_up":
        mass, score = 1.03 * mass, np.clip(score + 0.02 * (mass > 95), 0, 1)
    weight = (1.0 if sample == "tt" else 0.02) * np.where(generator.random(size) < 0.1, -1.0, 1.0)
    path = folder / "events" / sample / f"{shift}.arrow"
    columns = {"event_number": np.arange(size), "weight": weight, "fold": (np.arange(size) % 2).astype(np.int8)}
    columns |= {"m_jj_gev": mass, "pt_jj_gev": np.where(hard, 250.0, 150.0), "region_sr": np.arange(size) % 7 > 0}
    write_events(path, columns)
    for variant, values in (("independent", score), ("follows", np.clip(0.7 * score + mass / 800, 0, 1))):
        target = folder / "scores" / variant / "combined" / sample / f"{shift}.arrow"
        write_scores(target, opened(path), {"score": values}, variant=variant)


def run(folder, output, **changes):
    arguments = ["--settings", json.dumps(SETTINGS | changes)]
    arguments += ["--events", *map(str, sorted(folder.glob("events/*/*.arrow")))]
    arguments += ["--scores", *map(str, sorted(folder.glob("scores/*/combined/*/*.arrow")))]
    return main([*arguments, "--output", str(output)])


def test_what_an_independent_score_notices(folder, tmp_path):
    assert run(folder, tmp_path / "out.json") == 0
    found = json.loads((tmp_path / "out.json").read_text())
    assert [case["name"] for case in found["cases"]] == CASES and found["left_out"] == ["vz"]
    rows = {(row["variant"], row["case"]): row for row in found["table"]}
    assert list(rows) == [(variant, case) for variant in SETTINGS["variants"] for case in CASES]
    nominal = rows["independent", "nominal"]
    assert nominal["chi2_p_smallest"] > 0.01 and nominal["distortion"] == nominal["chi2_mean_change"] == 0
    # a factor of the mass alone changes nothing, one of what score and mass both know does
    assert rows["independent", "softer_mass"]["chi2_p_smallest"] > 0.01
    assert rows["independent", "softer_mass"]["distortion"] < 0.03
    assert rows["independent", "softer_pt"]["chi2_p_smallest"] < 1e-4
    assert rows["independent", "softer_pt"]["distortion"] > 0.1
    assert rows["independent", "jet_energy_up"]["distortion"] > 0.01
    assert rows["follows", "nominal"]["chi2_mean"] > 5
    for row in rows.values():
        assert row["chi2_mean"] == pytest.approx(np.mean(row["chi2_per_quantile"]))
        before = rows[row["variant"], "nominal"]["chi2_mean"]
        assert row["chi2_mean_change"] == pytest.approx(row["chi2_mean"] - before)


def test_injected_signal_is_seen_by_its_size(folder, tmp_path):
    distortions = []
    for strength in (1.0, 50.0):
        assert run(folder, tmp_path / "out.json", signal_strength=strength, variants=["independent"]) == 0
        table = json.loads((tmp_path / "out.json").read_text())["table"]
        distortions.append(next(row["distortion"] for row in table if row["case"] == "signal_injected"))
    assert distortions[1] > 10 * distortions[0] > 0


def test_a_factor_that_is_not_defined_is_named(folder, tmp_path, capsys):
    assert run(folder, tmp_path / "out.json", reweightings={"odd": "log(pt_jj_gev - 200)"}) == 1
    assert "mismodelling.reweightings.odd: 'log(pt_jj_gev - 200)' is negative or not finite" in capsys.readouterr().err
    assert run(folder, tmp_path / "out.json", variants=["third"]) == 1
    assert "not among the files given" in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()


def test_a_background_that_cannot_be_divided_is_undefined(folder, tmp_path):
    axis = {"bins": 10, "low": 1000, "high": 2000}
    assert run(folder, tmp_path / "out.json", sculpting=SETTINGS["sculpting"] | {"axis": axis}) == 0
    for row in json.loads((tmp_path / "out.json").read_text())["table"]:
        assert row["chi2_mean"] is None and row["distortion"] is None
        assert row["reason"] == "background has no events"
