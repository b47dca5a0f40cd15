"""Figures of the choice of a strategy."""

from __future__ import annotations

import numpy as np
import pytest

from signedag.files import read_json
from signedag.plotting.diagnostics import diagnostics, strategy_comparison
from signedag.plotting.style import house_style

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
    found = read_json(results / "weights" / "diagnostics" / "zjets.json")
    with house_style():
        figure = diagnostics(found, plot_settings)
        assert_legible(figure)
    batches, chi2, ks = figure.axes
    assert batches.get_xlabel() == "Events in the mini-batch"
    assert len(chi2.patches) == len(ks.patches) == len(found["variables"])
    per_ndf = [value["chi2"] / value["ndf"] for value in found["variables"].values()]
    np.testing.assert_allclose([bar.get_width() for bar in chi2.patches], per_ndf)


def test_the_comparison_names_the_recommended_and_the_diverged(comparison, plot_settings, assert_legible):
    with house_style():
        figure = strategy_comparison(comparison, {"transformed": 12.0}, plot_settings)
        assert_legible(figure)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert "transformed (recommended)" in names
    assert "signed (diverged)" in names
    assert any(text.get_text() == "undefined" for text in figure.axes[0].texts)
