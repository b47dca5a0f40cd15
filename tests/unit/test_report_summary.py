"""The summary: keys as the design has them, closed forms of its errors, null with a reason where undefined."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signedag.events.store import EventStore
from signedag.report.results import read_results
from signedag.report.summary import smallest_p_value, summary


@pytest.fixture(scope="module")
def found(results, report_settings):
    return summary(read_results(results, report_settings), report_settings, "abcdef012345")


def test_top_level_keys(found, report_settings):
    assert found["analysis"] == "small"
    assert found["code_version"] == "abcdef012345"
    assert found["config_hash"] == report_settings.config_hash
    assert list(found["weights"]) == list(report_settings.samples)


def test_weights_have_the_keys_of_the_design(found):
    for block in found["weights"].values():
        for key in ("negative_fraction", "renormalisation"):
            assert block[key]["value"] > 0
            assert block[key]["error"] > 0
        assert block["clipped_fraction"]["reason"]
        assert set(block["effective_size_factor"]) == {"signed", "transformed"}
        assert set(block["closure"]) == {"calibrated", "uncalibrated"}
        for compared in block["closure"]["calibrated"].values():
            assert {"chi2", "ndf", "p_value", "is_input"} <= set(compared)
        assert block["closure"]["calibrated"]["m_jj_gev"]["is_input"] is False
        assert set(block["truth"]["calibrated"]) == {"chi2", "ndf", "p_value"}


def test_negative_fraction_and_its_error_from_the_events(found, results):
    weight = EventStore(results / "ntuples" / "zjets" / "nominal.arrow").column("weight")
    size = np.abs(weight)
    share = size[weight < 0].sum() / size.sum()
    error = math.sqrt(np.square(weight).sum() * share * (1 - share)) / size.sum()
    assert found["weights"]["zjets"]["negative_fraction"] == pytest.approx({"value": share, "error": error}, rel=1e-9)


def test_yield_bias_has_the_error_of_the_difference(found, results):
    events = EventStore(results / "ntuples" / "zjets" / "nominal.arrow")
    weight = events.column("weight")
    calibration = json.loads((results / "weights" / "transformed" / "zjets" / "calibration.json").read_text())
    bias = found["weights"]["zjets"]["yield_bias"]
    assert bias["uncalibrated"]["value"] == calibration["yield_bias"]["uncalibrated"]
    raw = calibration["yield_bias"]["statistical_error"]
    assert bias["calibrated"]["error"] == pytest.approx(raw, rel=0.02)
    assert bias["calibrated"]["error"] < math.sqrt(np.square(weight).sum()) / weight.sum()


def test_classifiers_are_combined_and_per_seed(found, results):
    performance = json.loads((results / "classifiers" / "plain" / "performance.json").read_text())
    block = found["classifiers"]["plain"]
    assert block["auc"] == {key: performance["auc"][key] for key in ("value", "error")}
    assert block["binned_significance"]["value"] == performance["binned_significance"]["value"]
    assert set(block["per_seed"]) == {"1", "2"}
    assert block["per_seed"]["2"]["auc"]["value"] == performance["per_seed"]["2"]["auc"]["value"]


def test_sculpting(found):
    block = found["sculpting"]["plain"]
    assert {"chi2_per_quantile", "chi2_mean", "ks_distance", "ks_probability"} <= set(block)
    assert block["chi2_mean"] == pytest.approx(np.mean(block["chi2_per_quantile"]))


def test_scale_factors_by_process(found):
    assert set(found["scale_factors"]) == {"tt", "Zjets"}
    for process, truth in (("tt", 0.9), ("Zjets", 1.2)):
        factor = found["scale_factors"][process]
        assert factor["truth"] == truth
        assert factor["value"] == pytest.approx(truth, abs=4 * factor["up"])
        assert factor["down"] > 0


def test_signal_strength_by_treatment(found):
    block = found["signal_strength"]["plain"]
    assert set(block) == {"fixed", "constrained", "simultaneous"}
    assert found["signal_strength_by_binning"]["plain"]["coarse"] == block
    for strength in block.values():
        assert strength["value"] == pytest.approx(1, abs=1e-4)
        assert strength["down"] > 0
        assert strength["up"] > 0
        assert strength["significance"]["value"] > 0
        assert strength["binning"] == "coarse"


def test_an_analysis_without_the_later_stages(results, report_settings):
    settings = report_settings.model_copy(
        update={"has_sculpting": False, "has_scale_factors": False, "fits": {}, "treatments": ()}
    )
    found = summary(read_results(results, settings), settings, "0")
    assert found["sculpting"] == found["scale_factors"] == found["signal_strength"] == {}


def test_what_is_undefined_is_null_with_a_reason(results, report_settings):
    read = read_results(results, report_settings)
    read.performances["plain"]["auc"].update({"value": None, "error": None, "reason": "no background"})
    variable = read.closures["zh"]["closure"]["calibrated"]["n_jets"]
    variable.update({"chi2": None, "p_value": None, "reason": "training and signed weights agree"})
    read.fits["plain"]["coarse"]["fixed"]["interval"].update({"up": None, "reason": "up: no crossing"})
    found = summary(read, report_settings, "0")
    assert found["classifiers"]["plain"]["auc"] == {"value": None, "error": None, "reason": "no background"}
    assert found["weights"]["zh"]["closure"]["calibrated"]["n_jets"]["reason"] == "training and signed weights agree"
    assert found["signal_strength"]["plain"]["fixed"]["reason"] == "up: no crossing"
    json.dumps(found, allow_nan=False)


@given(st.dictionaries(st.text(max_size=5), st.none() | st.floats(0, 1), max_size=8))
def test_smallest_p_value(values):
    closure = {name: {"p_value": value} for name, value in values.items()}
    known = [value for value in values.values() if value is not None]
    smallest = smallest_p_value(closure)
    if not known:
        assert smallest is None
    else:
        assert smallest is not None
        assert smallest[0] == min(known)
        assert values[smallest[1]] == smallest[0]
        assert smallest[2] == len(known)
