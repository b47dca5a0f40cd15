"""Figure of the diboson check: with and without the resonance, the fit beside it, and checks that are undefined."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from matplotlib.text import Text

from signedag.plotting.diboson_peak import diboson_peak, left_over_verdict, peak_verdict
from signedag.plotting.style import house_style


@pytest.fixture(scope="module")
def check(results):
    return json.loads((results / "sculpting" / "plain" / "diboson_peak.json").read_text())


def texts(figure):
    return " | ".join(text.get_text() for text in figure.findobj(Text))


def test_points_and_differences_are_those_of_the_check(check, plot_settings, assert_legible):
    with house_style():
        figure = diboson_peak(check, plot_settings)
        assert_legible(figure)
    background = {key: np.array(check["background"][key]) for key in ("values", "variances")}
    resonant = {key: np.array(check["resonant"][key]) for key in ("values", "variances")}
    for axes, peak, values in (
        (figure.axes[:2], "peak", background["values"]),
        (figure.axes[2:], "peak_without_resonant", background["values"] - resonant["values"]),
    ):
        np.testing.assert_allclose(axes[0].containers[0].lines[0].get_ydata(), values)
        smooth = np.array(check[peak]["smooth_background"])
        np.testing.assert_allclose(axes[1].containers[0].lines[0].get_ydata(), values - smooth)
    bars = figure.axes[2].containers[0].lines[2][0].get_segments()
    errors = np.sqrt(background["variances"] - resonant["variances"])
    np.testing.assert_allclose([bar[1, 1] - bar[0, 1] for bar in bars], 2 * errors, atol=1e-9)
    assert figure.axes[0].get_ylim() == figure.axes[2].get_ylim()
    assert figure.axes[1].get_ylim() == figure.axes[3].get_ylim()


def test_the_figure_says_in_words_what_it_shows(check, plot_settings):
    with house_style():
        figure = diboson_peak(check, plot_settings)
    assert "VZ(bb) peak: " in texts(figure)
    assert "$\\sigma$ in 41.5 fb$^{-1}$" in texts(figure) and "$\\sigma$ in 415 fb$^{-1}$" in texts(figure)
    assert "without VZ(bb)" in texts(figure)
    assert figure.axes[1].get_xlabel() == "$m_{jj}$ [GeV]"


@pytest.mark.parametrize(
    ("scaled", "sidebands", "words"),
    [
        (9.0, 0.3, "peak: visible"),
        (2.5, 0.3, "peak: hardly visible"),
        (-14.6, 0.3, "peak: not visible"),
        (9.0, 1e-9, "misses the sidebands"),
        (None, None, "peak: undefined"),
    ],
)
def test_the_verdict_on_the_peak_is_that_of_the_report(scaled, sidebands, words):
    peak = {"significance_scaled": {"value": scaled}, "sidebands": {"p_value": sidebands}}
    assert words in peak_verdict({"peak": peak}, "VZ")


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.5, "nothing is left"), (-5.0, "a deficit is left"), (9.0, "itself makes an excess"), (None, "undefined")],
)
def test_the_verdict_on_what_is_left(value, words):
    excess = {"value": value, "error": None if value is None else 2.0}
    assert words in left_over_verdict({"peak_without_resonant": {"excess": excess}}, "VZ")


def test_what_is_undefined_is_drawn_without_a_curve(check, plot_settings):
    changed = copy.deepcopy(check)
    nothing = {"value": None, "error": None, "reason": "no sidebands", "luminosity_factor": 1.0}
    missing = {
        "excess": nothing,
        "significance": nothing,
        "significance_scaled": nothing,
        "sidebands": {"chi2": None, "ndf": 0, "p_value": None, "reason": "no sidebands"},
        "smooth_background": [],
    }
    changed |= {"peak": missing, "peak_without_resonant": missing, "threshold": None, "signal_efficiency": None}
    with house_style():
        figure = diboson_peak(changed, plot_settings)
    assert "VZ(bb) peak: undefined" in texts(figure) and "undefined cut" in texts(figure)
    assert not figure.axes[1].containers
