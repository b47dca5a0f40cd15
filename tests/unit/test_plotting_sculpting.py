"""Figure of the sculpting check: ratios, numbers in legends, and checks that are undefined."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from matplotlib.text import Text

from signedag.plotting.sculpting import mass_in_score_quantiles
from signedag.plotting.style import SERIES, house_style


@pytest.fixture(scope="module")
def sculpting(results):
    return json.loads((results / "sculpting" / "plain" / "sculpting.json").read_text())


def texts(figure):
    return " | ".join(text.get_text() for text in figure.findobj(Text))


def test_ratios_are_of_unit_normalised_shapes(sculpting, plot_settings, assert_legible):
    with house_style():
        figure = mass_in_score_quantiles(sculpting, plot_settings)
        assert_legible(figure)
    ratio = figure.axes[1]
    assert ratio.get_ylabel() == "Ratio to inclusive"
    inclusive = np.array(sculpting["inclusive"]["values"])
    for colour, quantile in zip(SERIES, sculpting["quantiles"], strict=False):
        mass = np.array(quantile["mass"]["values"])
        drawn = next(item for item in ratio.containers if item.lines[0].get_color() == colour).lines[0].get_ydata()
        np.testing.assert_allclose(drawn, mass / mass.sum() * inclusive.sum() / inclusive)


def test_legend_has_the_numbers(sculpting, plot_settings):
    with house_style():
        figure = mass_in_score_quantiles(sculpting, plot_settings)
    for quantile in sculpting["quantiles"]:
        found = quantile["chi2_to_inclusive"]
        assert f"{found['chi2']:.1f}/{found['ndf']}" in texts(figure)
    assert f"mean $\\chi^2$/ndf {sculpting['chi2_mean']:.2f}" in texts(figure)
    assert "without the resonance" in texts(figure)
    assert figure.axes[1].get_xlabel() == "$m_{jj}$ [GeV]"


def test_difference_to_the_smooth_background(sculpting, plot_settings):
    with house_style():
        figure = mass_in_score_quantiles(sculpting, plot_settings)
    found = sculpting["resonance"]
    expected = np.array(found["background"]["values"]) - np.array(found["peak"]["smooth_background"])
    np.testing.assert_allclose(figure.axes[3].containers[0].lines[0].get_ydata(), expected)


def test_without_resonance_there_is_one_panel(sculpting, plot_settings, assert_legible):
    changed = sculpting | {"resonance": None, "resonance_reason": "no background sample is resonant"}
    with house_style():
        figure = mass_in_score_quantiles(changed, plot_settings)
        assert_legible(figure)
    assert len(figure.axes) == 2


def test_undefined_quantiles_are_said_to_be(sculpting, plot_settings):
    changed = copy.deepcopy(sculpting)
    changed["quantiles"][0]["mass"]["values"] = [0.0] * len(sculpting["inclusive"]["values"])
    nothing = {"chi2": None, "ndf": None, "p_value": None, "reason": "the selection is empty"}
    changed["quantiles"][0]["chi2_to_inclusive"] = nothing
    changed["quantiles"][0]["ks_to_complement"] = {"distance": None, "probability": None, "reason": "empty"}
    changed |= {"chi2_mean": None, "chi2_reason": "quantile 0: empty", "ks_distance": None, "ks_probability": None}
    undefined = {"chi2": None, "ndf": 0, "p_value": None, "reason": "no sidebands"}
    changed["resonance"]["peak"] = {
        "excess": {"value": None, "error": None},
        "sidebands": undefined,
        "smooth_background": [],
    }
    with house_style():
        figure = mass_in_score_quantiles(changed, plot_settings)
    assert "the selection is empty" in texts(figure)
    assert "undefined (quantile 0: empty)" in texts(figure)
    assert "excess in the window undefined" in texts(figure)


def test_nothing_positive_at_all(sculpting, plot_settings):
    changed = copy.deepcopy(sculpting)
    bins = len(changed["inclusive"]["values"])
    changed |= {"inclusive": {"values": [-1.0] * bins, "variances": [1.0] * bins}, "quantiles": [], "resonance": None}
    with house_style():
        figure = mass_in_score_quantiles(changed, plot_settings)
    assert figure.axes[0].get_ylim() == (0, 1.5)
