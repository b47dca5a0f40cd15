"""Figure of the sculpting check: ratios, numbers in legends, and checks that are undefined."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from signedag.plotting.sculpting import mass_by_quantile, mass_in_score_quantiles, quantile_colour, verdict
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
    ("mean", "chi2_p", "ks", "words"),
    [
        (1.1, 0.2, 0.3, "does not depend"),
        (1.1, 0.2, 1e-5, "a little"),  # χ² sees nothing, the unbinned test does
        (1.9, 1e-3, 0.3, "a little"),
        (3.0, 1e-8, 0.3, "a little"),
        (300.0, 0.0, 0.0, "The score sculpts the mass."),
    ],
)
def test_the_verdict_on_sculpting_is_that_of_the_report(mean, chi2_p, ks, words):
    judged = {"chi2_mean": mean, "chi2_p_smallest": chi2_p, "ks_probability": ks}
    other = {"chi2_mean": 40.0, "chi2_p_smallest": 0.0, "ks_probability": 0.0}
    assert words in verdict(judged | {"non_resonant": None})
    assert words in verdict(other | {"non_resonant": judged})


def test_each_quantile_has_a_panel_of_its_own(sculpting, plot_settings, assert_legible):
    with house_style():
        figure = mass_by_quantile(sculpting, plot_settings)
        assert_legible(figure)
    count = len(sculpting["quantiles"])
    assert len(figure.axes) == 2 * count
    inclusive = np.array(sculpting["inclusive"]["values"])
    smooth = np.array(sculpting["non_resonant"]["inclusive"]["values"])
    for index, quantile in enumerate(sculpting["quantiles"]):
        main, ratio = figure.axes[2 * index : 2 * index + 2]
        mass, variance = (np.array(quantile["mass"][key]) for key in ("values", "variances"))
        width = np.diff(sculpting["mass_edges"])
        np.testing.assert_allclose(main.containers[0].lines[0].get_ydata(), mass / mass.sum() / width)
        drawn = ratio.containers[0]
        np.testing.assert_allclose(drawn.lines[0].get_ydata(), mass / mass.sum() * inclusive.sum() / inclusive)
        bars = [bar[1, 1] - bar[0, 1] for bar in drawn.lines[2][0].get_segments()]
        np.testing.assert_allclose(bars, 2 * np.sqrt(variance) / mass.sum() * inclusive.sum() / inclusive)
        other = np.array(sculpting["non_resonant"]["quantiles"][index]["mass"]["values"])
        expected = other / other.sum() * smooth.sum() / smooth
        np.testing.assert_allclose(ratio.containers[1].lines[0].get_ydata(), expected)
        assert (
            f"$\\chi^2$/ndf = {quantile['chi2_to_inclusive']['chi2']:.1f}" in main.get_legend().get_title().get_text()
        )


def test_without_a_resonance_and_without_quantiles(sculpting, plot_settings, assert_legible):
    with house_style():
        figure = mass_by_quantile(sculpting | {"non_resonant": None}, plot_settings)
        assert_legible(figure)
        empty = sculpting | {"quantiles": [], "non_resonant": None, "chi2_reason": "background has no events"}
        nothing = mass_by_quantile(empty, plot_settings)
    assert len(figure.axes[1].containers) == 1
    assert "without resonance" not in texts(figure)
    assert "undefined: background has no events" in " ".join(text.get_text() for text in nothing.axes[0].texts)


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
    changed["non_resonant"] = None
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
    assert figure.axes[0].get_ylim() == (0, 1.8)
