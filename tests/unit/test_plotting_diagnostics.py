"""Figures of the choice of a strategy."""

from __future__ import annotations

import json

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.text import Text

from signedag.plotting.diagnostics import diagnostics, strategy_comparison
from signedag.plotting.style import BLUE, VERMILION, house_style

ROW = {
    "auc": {"value": 0.9, "spread": 0.004, "error": 0.002},
    "significance": {"value": 3.0, "spread": 0.1, "error": 0.05},
    "closure": {"comparisons": 2, "chi2_per_ndf": {"inputs": 1.1, "others": 0.9}, "passes": True},
    "effective_size_gain": 2.0,
    "diverged": [],
}


@pytest.fixture
def comparison():
    undefined = {"value": None, "spread": None, "error": None, "reason": "fewer than two seeds have a value"}
    signed = {"auc": undefined, "significance": undefined, "diverged": ["seed 1"], "closure": {"comparisons": 0}}
    rows = {"transformed": ROW, "signed": ROW | signed, "truth": ROW | {"effective_size_gain": 2.1}}
    return {"strategies": rows, "reference": "truth", "recommendation": {"strategy": "transformed"}}


def test_diagnostics_show_every_variable_and_the_safe_batch(results, plot_settings, assert_legible):
    found = json.loads((results / "weights" / "diagnostics" / "zjets.json").read_text())
    with house_style():
        figure = diagnostics(found, plot_settings)
        assert_legible(figure)
    batches, chi2, ks = figure.axes[:3]
    assert batches.get_xlabel() == "Events in the mini-batch"
    assert len(chi2.patches) == len(ks.patches) == len(found["variables"])
    per_ndf = [value["chi2"] / value["ndf"] for value in found["variables"].values()]
    np.testing.assert_allclose([bar.get_width() for bar in chi2.patches], per_ndf)


def test_diagnostics_ask_and_answer_in_words(results, plot_settings):
    diagnosed = json.loads((results / "weights" / "diagnostics" / "zjets.json").read_text())
    answers = {"separable": "Yes", "alike": "No"}
    with house_style():
        figure = diagnostics(diagnosed, plot_settings)
    words = " ".join(text.get_text() for text in figure.findobj(Text))
    assert "Are the shapes of $w > 0$ and $w < 0$ alike?" in words
    assert f"Can a network tell the signs apart? {answers[diagnosed['sign_auc']['verdict']]}" in words
    assert "|−|" not in words
    assert figure.axes[1].get_xlabel() == r"$\chi^2$/ndf (1: alike)"


def test_variables_that_differ_are_red_and_undefined_ones_said(results, plot_settings):
    diagnosed = json.loads((results / "weights" / "diagnostics" / "zjets.json").read_text())
    different, alike = diagnosed["variables"]
    diagnosed["variables"][different] |= {"p_value": 0.009, "chi2": 30.0, "ndf": 10}
    diagnosed["variables"][alike] |= {"p_value": None, "chi2": None}
    diagnosed["sign_auc"] = {"value": None, "error": None, "reason": "one sign only", "verdict": "undefined"}
    with house_style():
        figure = diagnostics(diagnosed, plot_settings)
    chi2 = figure.axes[1]
    assert [bar.get_facecolor() for bar in chi2.patches] == [to_rgba(VERMILION), to_rgba(BLUE)]
    assert [text.get_text() for text in chi2.texts] == ["undefined"]
    assert any("Undefined: one sign only" in text.get_text() for text in figure.texts)


def test_batches_that_were_never_negative_have_an_upper_limit(results, plot_settings):
    diagnosed = json.loads((results / "weights" / "diagnostics" / "zjets.json").read_text())
    batches = diagnosed["batches"]
    batches |= {"sizes": [4, 64, 1024], "probability": [0.2, 0.0, 0.0], "error": [0.01, 0.001, 0.0005]}
    batches |= {"gaussian": [0.2, 1e-5, 1e-30], "smallest_safe_size": 64, "safe_probability": 0.001}
    with house_style():
        figure = diagnostics(diagnosed, plot_settings)
    axes = figure.axes[0]
    (limits,) = [item for item in axes.containers if item.get_label().startswith("none negative")]
    heights = sorted(segment[:, 1].max() for segment in limits.lines[2][0].get_segments())
    np.testing.assert_allclose(heights, [0.0015, 0.003])  # 3/n: the error that is stored is 1/n
    assert any(line.get_label() == "safe from 64 events on" for line in axes.lines)


def test_the_comparison_names_the_recommended_and_the_diverged(comparison, plot_settings, assert_legible):
    with house_style():
        figure = strategy_comparison(comparison, {"transformed": 12.0}, plot_settings)
        assert_legible(figure)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert "transformed (recommended)" in names
    assert "signed (diverged)" in names
    assert any(text.get_text() == "undefined" for text in figure.axes[0].texts)
    assert [text.get_text() for text in figure.axes[2].texts] == ["nothing to test"]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"strategy truth", "diverged", "mean of the seeds, its error"} <= set(labels)


def test_the_bars_of_the_comparison_are_inside_and_as_long_as_the_errors(comparison, plot_settings):
    comparison["strategies"]["truth"] = ROW | {"auc": {"value": 0.95, "spread": 0.03, "error": 0.01}}
    with house_style():
        figure = strategy_comparison(comparison, {}, plot_settings)
    axes = figure.axes[0]
    segments = [segment for item in axes.containers for line in item.lines[2] for segment in line.get_segments()]
    half = sorted(np.ptp(segment[:, 0]) / 2 for segment in segments)
    np.testing.assert_allclose(half, [0.002, 0.004, 0.01, 0.03])
    low, high = axes.get_xlim()
    assert low < min(segment[:, 0].min() for segment in segments)
    assert high > max(segment[:, 0].max() for segment in segments)
