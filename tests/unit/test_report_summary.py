"""The summary: keys as the design has them, closed forms of its errors, null with a reason where undefined."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from event_stores import opened
from hypothesis import given
from hypothesis import strategies as st

from signedag.json_blocks import Block
from signedag.report.fit_results import StrengthFit
from signedag.report.grading import verdict
from signedag.report.results import read_results
from signedag.report.summary import summary
from signedag.report.values import Goodness
from signedag.report.weights_results import Comparison, smallest_p_value


def test_a_simulation_error_inside_the_fit_is_not_added_again():
    """With template statistics the interval contains it."""
    content = {
        "interval": {"value": 1.0, "down": 0.5, "up": 0.5},
        "statistical": {"down": 0.4, "up": 0.4},
        "systematic": {"down": 0.3, "up": 0.3},
        "template_statistical": 0.3,
        "significance": {"z": 2.0},
        "explanation": "",
        "bins": {},
        "nonpositive_bins": [],
        "nonpositive_rule": "merge",
    }
    beside, inside = (
        StrengthFit.read(Block(content | {"template_statistics": kind}, Path("result.json"), ""), "v", "b", "fixed")
        for kind in ("none", "barlow_beeston_lite")
    )
    assert beside.combined.up == pytest.approx(math.hypot(0.5, 0.3))
    assert beside.simulation_share == pytest.approx(0.6)
    assert inside.combined.up == 0.5 and inside.combined_significance == 2.0
    assert inside.simulation_share == pytest.approx(0.3 / 0.4)


def summary_of(folder, settings):
    results = read_results(folder, settings)
    return summary(results, verdict(results), settings, "abcdef012345")


@pytest.fixture(scope="module")
def found(results, report_settings):
    return summary_of(results, report_settings)


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
            assert {"chi2", "ndf", "p_value", "is_input", "scale"} <= set(compared)
        assert block["closure"]["calibrated"]["m_jj_gev"]["is_input"] is False
        assert set(block["truth"]["calibrated"]) == {"chi2", "ndf", "p_value"}


def test_negative_fraction_and_its_error_from_the_events(found, results):
    weight = opened(results / "ntuples" / "zjets" / "nominal.arrow").column("weight")
    size = np.abs(weight)
    share = size[weight < 0].sum() / size.sum()
    error = math.sqrt(np.square(weight).sum() * share * (1 - share)) / size.sum()
    assert found["weights"]["zjets"]["negative_fraction"] == pytest.approx({"value": share, "error": error}, rel=1e-9)


def test_yield_bias_has_the_error_of_the_difference(found, results):
    events = opened(results / "ntuples" / "zjets" / "nominal.arrow")
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
    assert block["chi2_p_smallest"] == min(block["chi2_p_per_quantile"])
    assert block["non_resonant"]["chi2_mean"] == pytest.approx(np.mean(block["non_resonant"]["chi2_per_quantile"]))
    assert block["jensen_shannon"]["floor_inverse"] > 0


def test_diboson_peak(found):
    block = found["diboson_peak"]["plain"]
    assert block["samples"] == ["vz"] and block["luminosity_factor"] == 10
    assert block["significance_scaled"]["value"] == pytest.approx(np.sqrt(10) * block["significance"]["value"])
    assert block["excess"]["value"] > 3 * block["excess"]["error"]
    assert abs(block["excess_without_resonant"]["value"]) < 3 * block["excess_without_resonant"]["error"]


def test_scale_factors_by_process(found):
    assert set(found["scale_factors"]) == {"tt", "Zjets"}
    for process, truth in (("tt", 0.9), ("Zjets", 1.2)):
        factor = found["scale_factors"][process]
        assert factor["truth"] == truth
        assert factor["value"] == pytest.approx(truth, abs=4 * factor["up"])
        assert factor["down"] > 0


def test_the_verdict_is_a_list_of_graded_lines_the_worst_first(found):
    lines = found["verdict"]
    assert all(set(line) == {"subject", "grade", "value", "limit", "reason", "for_comparison"} for line in lines)
    assert all(line["reason"] for line in lines)
    grades = [line["grade"] for line in lines]
    assert grades == sorted(grades, key=["bad", "marginal", "good"].index)
    subjects = {line["subject"] for line in lines}
    expected = {"closure of zjets", "clipping of zh", "yield bias of vz", "AUC of plain", "training of plain"}
    expected |= {"sculpting of plain", "diboson peak of plain", "control regions", "scale factor of tt"}
    assert expected | {"signal strength of plain (coarse, fixed)"} <= subjects


def with_template_error(editable, settings, error):
    for treatment in settings.treatments:
        name = f"fit/plain/coarse/{treatment}/result.json"
        editable.edit(name, lambda content: content.update(template_statistical=error))
    return summary_of(editable.folder, settings)["signal_strength"]["plain"]


def test_signal_strength_holds_the_error_of_the_simulation_in_quadrature(editable, results, report_settings):
    block = with_template_error(editable, report_settings, 0.3)
    assert set(block) == {"fixed", "constrained", "simultaneous"}
    for treatment, strength in block.items():
        fit = json.loads((results / f"fit/plain/coarse/{treatment}/result.json").read_text())
        assert strength["value"] == pytest.approx(1, abs=1e-4)
        for side in ("down", "up"):
            assert strength[side] == pytest.approx(math.sqrt(fit["interval"][side] ** 2 + 0.3**2))
            assert strength["fit_alone"][side] == fit["interval"][side]
        assert strength["template_statistical"] == 0.3
        z, mu = fit["significance"]["z"], strength["value"]
        assert strength["significance"]["value"] == pytest.approx(mu / math.sqrt((mu / z) ** 2 + 0.3**2))
        assert strength["fit_alone"]["significance"] == z
        limit = strength["limit"]
        assert 0 < limit["bands"]["-2"] < limit["value"] < limit["bands"]["2"] and limit["confidence"] == 0.95
        assert limit["down"] == limit["value"] - limit["bands"]["-1"]
        assert strength["binning"] == "coarse"


def test_without_an_error_of_the_simulation_the_fit_stands_alone(editable, report_settings):
    block = with_template_error(editable, report_settings, 0.0)["fixed"]
    assert block["down"] == block["fit_alone"]["down"]
    assert block["significance"]["value"] == pytest.approx(block["fit_alone"]["significance"])


@pytest.mark.parametrize("error", [40.9, None])
def test_a_result_that_the_simulation_dominates_is_null_with_the_reason(editable, report_settings, error):
    block = with_template_error(editable, report_settings, error)["fixed"]
    assert block["value"] is block["down"] is block["up"] is block["significance"]["value"] is None
    assert "the simulation's own error" in block["reason"]
    assert block["significance"]["reason"] == block["reason"]
    assert block["fit_alone"]["down"] > 0


def test_signal_strength_of_every_binning(found):
    assert found["signal_strength_by_binning"]["plain"]["coarse"] == found["signal_strength"]["plain"]


def test_an_analysis_without_the_later_stages(results, report_settings):
    settings = report_settings.model_copy(
        update={
            "has_sculpting": False,
            "has_diboson_peak": False,
            "has_scale_factors": False,
            "fits": {},
            "treatments": (),
        }
    )
    found = summary_of(results, settings)
    assert found["sculpting"] == found["diboson_peak"] == found["scale_factors"] == found["signal_strength"] == {}


def test_what_is_undefined_is_null_with_a_reason(editable, report_settings):
    undefined = {"value": None, "error": None, "reason": "no background"}
    editable.edit("classifiers/plain/performance.json", lambda content: content["auc"].update(undefined))
    untested = {"chi2": None, "p_value": None, "reason": "training and signed weights agree"}
    editable.edit(
        "weights/transformed/zh/closure.json",
        lambda content: content["closure"]["calibrated"]["n_jets"].update(untested),
    )

    def open_end(content):
        content["interval"].update(up=None, reason="up: no crossing")
        content["template_statistical"] = 0.1

    editable.edit("fit/plain/coarse/fixed/result.json", open_end)
    found = summary_of(editable.folder, report_settings)
    assert found["classifiers"]["plain"]["auc"] == undefined
    assert found["weights"]["zh"]["closure"]["calibrated"]["n_jets"]["reason"] == "training and signed weights agree"
    assert found["signal_strength"]["plain"]["fixed"]["reason"] == "up: no crossing"
    assert found["signal_strength"]["plain"]["fixed"]["up"] is None
    json.dumps(found, allow_nan=False)


@given(st.dictionaries(st.text(max_size=5), st.none() | st.floats(0, 1), max_size=8))
def test_smallest_p_value(values):
    comparisons = {name: Comparison(Goodness(1.0, 1, value), True, None) for name, value in values.items()}
    known = [value for value in values.values() if value is not None]
    smallest = smallest_p_value(comparisons)
    if not known:
        assert smallest is None
    else:
        assert smallest is not None
        assert smallest.p_value == min(known)
        assert values[smallest.variable] == smallest.p_value
        assert smallest.comparisons == len(known)
        assert smallest.corrected == min(1.0, min(known) * len(known))
