"""The commands `merge_sample` and `merge_shifts`, after simulation and conversion."""

from __future__ import annotations

import json

import numpy as np
import pytest
from event_stores import opened

import convert_ntuple
import convert_shifts
import merge_sample
import merge_shifts
import simulate_ntuple

SAMPLE = {"model": "recoil", "events": 2000, "files": 2, "mass": {"peak_gev": 125.0}, "flavours": {"bb": 1.0}}
EVENTS = {
    "weight": "generator_weight",
    "branches": {"jet_pt_gev": "jet_pt", "jet_mass_gev": "jet_mass", "met_gev": "met"},
    "reconstruction": {},
    "regions": {"sr": {"selection": "n_extra_jets <= 1"}, "nowhere": {"selection": "met_gev < 0"}},
    "features": ["met_gev"],
    "truth": {"positive_probability": "true_positive_probability"},
}
CONVERT = {
    "events": EVENTS,
    "folds": 2,
    "variations": {"btag": {"up": "weight_btag_up", "down": "weight_btag_down"}},
    "denominator": "generator_weight",
}
SHIFTS = {
    "events": {key: value for key, value in EVENTS.items() if key != "truth"},
    "folds": 2,
    "shifts": {"jet_energy": {"jet_energy_relative": 0.03}},
}
MERGE = {"cross_section_pb": 0.01, "luminosity_fb": 41.5, "denominator": None}


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    for part in ("0", "1"):
        file = folder / f"part{part}.root"
        which = ["--sample", "ZH", "--part", part]
        settings = json.dumps({"seed": 5, "simulation": SAMPLE})
        assert simulate_ntuple.main(["--settings", settings, *which, "--output", str(file)]) == 0
        rest = [*which, "--input", str(file), "--output-folder", str(folder / part)]
        assert convert_ntuple.main(["--settings", json.dumps(CONVERT), *rest]) == 0
        assert convert_shifts.main(["--settings", json.dumps(SHIFTS), *rest]) == 0
    return [folder / "0", folder / "1"]


def run(tmp_path, parts, settings=MERGE, sample="ZH"):
    """Run the command; give its status and the output folder."""
    arguments = ["--settings", json.dumps(settings), "--sample", sample, "--parts", *map(str, parts)]
    return merge_sample.main([*arguments, "--output-folder", str(tmp_path / "out")]), tmp_path / "out"


def test_the_sample_is_scaled_to_the_luminosity(tmp_path, parts, capsys):
    status, folder = run(tmp_path, parts)
    assert status == 0
    summary = json.loads((folder / "summary.json").read_text())
    nominal = opened(folder / "nominal.arrow")
    assert summary["generated"]["expected_events"] == pytest.approx(0.01 * 41500)
    in_region = nominal.column("weight")[nominal.column("region_sr")].sum()
    assert summary["nominal"]["regions"]["sr"]["expected_events"] == pytest.approx(in_region)
    assert 0.3 * 415 < in_region < 415
    assert summary["repetitions"] == {"numbers": 0, "events": 0}
    log = capsys.readouterr().err
    assert "sr: " in log
    assert "nowhere: sample 'ZH' has no event there" in log


def test_shifts_are_scaled_as_the_nominal_events(tmp_path, parts, capsys):
    _, folder = run(tmp_path, parts)
    arguments = ["--sample", "ZH", "--summary", str(folder / "summary.json"), "--parts", *map(str, parts)]
    assert merge_shifts.main([*arguments, "--output-folder", str(folder)]) == 0
    nominal = opened(folder / "nominal.arrow")
    for side in ("up", "down"):
        shifted = opened(folder / f"jet_energy_{side}.arrow")
        _, here, there = np.intersect1d(
            nominal.column("event_number"), shifted.column("event_number"), return_indices=True
        )
        assert here.size > 0.9 * nominal.rows
        assert np.array_equal(nominal.column("weight")[here], shifted.column("weight")[there])
        assert np.any(nominal.column("met_gev")[here] != shifted.column("met_gev")[there])
    capsys.readouterr()
    assert merge_shifts.main([*arguments[:4], "--parts", str(parts[0]), "--output-folder", str(tmp_path / "no")]) == 1
    assert "the shifted parts have 1000; convert both from the same files" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()


def test_truth_keeps_the_rows_of_nominal(tmp_path, parts):
    _, folder = run(tmp_path, parts)
    nominal, truth = opened(folder / "nominal.arrow"), opened(folder / "truth.arrow")
    assert nominal.row_key == truth.row_key
    assert np.all(truth.column("positive_probability") <= 1)


def test_the_order_of_the_parts_is_the_order_of_the_rows(tmp_path, parts):
    _, folder = run(tmp_path, parts)
    numbers = opened(folder / "nominal.arrow").column("event_number")
    assert np.all(np.diff(numbers) > 0)
    _, folder = run(tmp_path, parts[::-1])
    backwards = opened(folder / "nominal.arrow").column("event_number")
    assert np.array_equal(np.sort(backwards), numbers)
    assert backwards[0] > backwards[-1]


@pytest.mark.parametrize(
    ("changes", "sample", "message"),
    [
        ({"denominator": -3.0}, "ZH", "sample 'ZH': its normalisation is -3, it must be positive"),
        ({}, "tt", "holds conversion summary (sample ZH, part 0), expected conversion summary (sample tt, part 0)"),
        ({"luminosity": 3}, "ZH", "unknown key 'luminosity'; did you mean 'luminosity_fb'?"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(tmp_path, parts, capsys, changes, sample, message):
    status, folder = run(tmp_path, parts, MERGE | changes, sample)
    assert status == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert not folder.exists() or not list(folder.iterdir())
