"""Figure of the sculpting check: ratios, numbers in legends, and checks that are undefined."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from signedag.plotting.sculpting import mass_in_score_quantiles, quantile_colour, verdict
from signedag.plotting.style import house_style


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
    assert ratio.get_ylabel() == "Ratio to all"
    inclusive = np.array(sculpting["inclusive"]["values"])
    for index, quantile in enumerate(sculpting["quantiles"]):
        colour = quantile_colour(index, len(sculpting["quantiles"]))
        mass = np.array(quantile["mass"]["values"])
        drawn = next(item for item in ratio.containers if item.lines[0].get_color() == colour).lines[0].get_ydata()
        np.testing.assert_allclose(drawn, mass / mass.sum() * inclusive.sum() / inclusive)


def test_the_figure_says_in_words_what_it_shows(sculpting, plot_settings):
    with house_style():
        figure = mass_in_score_quantiles(sculpting, plot_settings)
    assert "The mass does not depend on the score." in texts(figure)
    assert f"mean $\\chi^2$/ndf {sculpting['chi2_mean']:.3g}" in texts(figure)
    assert figure.axes[1].get_xlabel() == "$m_{jj}$ [GeV]"


@pytest.mark.parametrize(
    ("mean", "ks", "words"),
    [
        (1.1, 0.3, "does not depend"),
        (1.1, 1e-5, "a little"),  # χ² sees nothing, the unbinned test does
        (3.0, 0.3, "a little"),
        (300.0, 0.0, "The score sculpts the mass."),
    ],
)
def test_the_verdict_on_sculpting_is_that_of_the_report(mean, ks, words):
    assert words in verdict({"chi2_mean": mean, "ks_probability": ks})


def test_colours_are_told_apart_in_grey():
    """Luminance falls from the lowest to the highest quantile in steps that print shows."""
    grey = [np.dot(to_rgb(quantile_colour(index, 4)), (0.299, 0.587, 0.114)) for index in range(4)]
    assert np.all(np.diff(grey) < -0.1)


def test_undefined_quantiles_are_said_to_be(sculpting, plot_settings):
    changed = copy.deepcopy(sculpting)
    changed["quantiles"][0]["mass"]["values"] = [0.0] * len(sculpting["inclusive"]["values"])
    nothing = {"chi2": None, "ndf": None, "p_value": None, "reason": "the selection is empty"}
    changed["quantiles"][0]["chi2_to_inclusive"] = nothing
    changed["quantiles"][0]["ks_to_complement"] = {"distance": None, "probability": None, "reason": "empty"}
    changed |= {"chi2_mean": None, "chi2_reason": "quantile 0: empty", "ks_distance": None, "ks_probability": None}
    with house_style():
        figure = mass_in_score_quantiles(changed, plot_settings)
    assert "the selection is empty" in texts(figure)
    assert "undefined (quantile 0: empty)" in texts(figure)


def test_nothing_positive_at_all(sculpting, plot_settings):
    changed = copy.deepcopy(sculpting)
    bins = len(changed["inclusive"]["values"])
    changed |= {"inclusive": {"values": [-1.0] * bins, "variances": [1.0] * bins}, "quantiles": []}
    with house_style():
        figure = mass_in_score_quantiles(changed, plot_settings)
    assert figure.axes[0].get_ylim() == (0, 1.6)
