"""Figures of the ROC: areas in legends, several classifiers overlaid, differences with their paired errors."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from matplotlib.text import Text

from signedag.plotting.roc import background_at, roc, roc_comparison
from signedag.plotting.style import MARKERS, SERIES, house_style
from signedag.report.numbers import with_error


@pytest.fixture(scope="module")
def performance(results):
    return json.loads((results / "classifiers" / "plain" / "performance.json").read_text())


def texts(figure):
    return " | ".join(text.get_text() for text in figure.findobj(Text))


def test_roc_states_the_areas_of_every_seed(performance, plot_settings, assert_legible):
    with house_style():
        figure = roc(performance, plot_settings)
        assert_legible(figure)
    for found in (performance, *performance["per_seed"].values()):
        assert with_error(found["auc"]["value"], found["auc"]["error"]) in texts(figure)
    curve = figure.axes[0].lines[0]
    np.testing.assert_array_equal(curve.get_xdata(), performance["roc"]["signal_efficiency"])
    np.testing.assert_array_equal(curve.get_ydata(), performance["roc"]["background_efficiency"])
    assert figure.axes[1].get_yscale() == "log"
    assert {axes.get_xlabel() for axes in figure.axes} == {"Signal efficiency"}


def test_roc_of_many_seeds_gives_their_spread(performance, plot_settings):
    areas = np.linspace(0.80, 0.90, 11)
    many = {str(seed): {"auc": {"value": area, "error": 0.01, "reason": None}} for seed, area in enumerate(areas)}
    with house_style():
        figure = roc(performance | {"per_seed": many}, plot_settings)
    assert f"11 seeds, mean and spread: {with_error(0.85, float(areas.std(ddof=1)))}" in texts(figure)


def test_undefined_roc_says_why(performance, plot_settings):
    empty = {
        "threshold": [],
        "signal_efficiency": [],
        "background_efficiency": [],
        "reason": "no background",
    }
    with house_style():
        figure = roc(performance | {"roc": empty}, plot_settings)
    assert texts(figure).count("undefined: no background") == 2


@pytest.fixture
def performances(performance):
    """Two classifiers more: one passes 20 % more background at the same signal, one is undefined."""
    worse, undefined = copy.deepcopy(performance), copy.deepcopy(performance)
    worse["variant"], undefined["variant"] = "worse", "undefined"
    worse["roc"]["background_efficiency"] = [1.2 * value for value in worse["roc"]["background_efficiency"]]
    undefined["roc"] = {"threshold": [], "signal_efficiency": [], "background_efficiency": [], "reason": "no signal"}
    return [performance, worse, undefined]


@pytest.fixture
def comparison(performances):
    area = {"value": 0.9, "error": 0.004, "reason": None}
    areas = {"plain": area, "worse": area | {"value": 0.88}, "undefined": {"value": None, "error": None, "reason": "x"}}
    known = {"value": -0.02, "error": 0.0005, "reason": None, "unpaired_error": 0.006, "training_error": 0.0012}
    none = dict.fromkeys(("value", "error", "unpaired_error", "correlation", "training_error"))
    return {
        "classifiers": {name: {"region": "sr", "auc": area} for name, area in areas.items()},
        "differences": [
            {"first": "worse", "second": "plain", "correlation": 0.99} | known,
            {"first": "undefined", "second": "plain"} | none | {"reason": "no signal"},
            {"first": "undefined", "second": "worse"} | none | {"reason": "no signal"},
        ],
    }


def test_all_curves_are_overlaid_with_their_ratio_to_the_first(comparison, performances, plot_settings, assert_legible):
    with house_style():
        figure = roc_comparison(comparison, performances, plot_settings)
        assert_legible(figure)
    curves, ratios, _ = figure.axes
    for line, performance in zip(curves.lines, performances[:2], strict=False):
        np.testing.assert_array_equal(line.get_xdata(), performance["roc"]["signal_efficiency"])
        np.testing.assert_array_equal(line.get_ydata(), performance["roc"]["background_efficiency"])
    drawn = {line.get_color(): line.get_ydata() for line in ratios.lines}
    np.testing.assert_allclose(drawn[SERIES[0]], 1)
    np.testing.assert_allclose(drawn[SERIES[1]], 1.2)
    assert ratios.get_ylim()[1] > 1.2
    assert f"worse: {with_error(0.88, 0.004)}" in texts(figure)
    assert "undefined: undefined" in texts(figure)


def test_differences_have_paired_and_unpaired_errors(comparison, performances, plot_settings):
    with house_style():
        figure = roc_comparison(comparison, performances, plot_settings)
    axes = figure.axes[2]
    (point,) = [line for line in axes.lines if line.get_marker() == MARKERS[1] and len(line.get_xdata()) == 1]
    assert point.get_xdata()[0] == -0.02
    lengths = sorted(
        np.ptp(segment[:, 0]) / 2
        for item in axes.containers
        for collection in item.lines[2]
        for segment in collection.get_segments()
    )
    assert lengths == pytest.approx([0.0005, np.hypot(0.0005, 0.0012), 0.006])
    assert axes.get_xlim()[0] < -0.026, "the widest bar fits"
    assert with_error(-0.02, 0.0005) in texts(figure)
    assert axes.get_xlabel() == "AUC $-$ AUC of plain"
    assert "undefined: no signal" in texts(figure)
    assert "with the spread of seeds" in texts(figure)


def test_a_classifier_of_another_region_is_not_compared(comparison, performances, plot_settings):
    comparison["classifiers"]["worse"]["region"] = "cr_tt"
    performances[1]["region"] = "cr_tt"
    comparison["differences"] = comparison["differences"][1:]
    with house_style():
        figure = roc_comparison(comparison, performances, plot_settings)
    assert "judged in another region" in texts(figure)
    assert "worse in tt control region" in texts(figure)


def test_many_classifiers_stay_legible(comparison, performance, plot_settings, assert_legible):
    names = [f"variant_{number}" for number in range(12)]
    many = [copy.deepcopy(performance) | {"variant": name} for name in names]
    known = comparison["differences"][0]
    comparison["classifiers"] = dict.fromkeys(names, comparison["classifiers"]["plain"])
    comparison["differences"] = [known | {"first": name, "second": names[0]} for name in names[1:]]
    with house_style():
        figure = roc_comparison(comparison, many, plot_settings)
        assert_legible(figure)
    assert all(name in texts(figure) for name in names)
    assert "4 more at the right" in texts(figure)


def test_a_curve_that_falls_back_counts_where_it_first_reaches_the_signal():
    signal, background = np.array([0.0, 0.4, 0.3, 0.8]), np.array([0.0, 0.1, 0.2, 0.3])
    at = background_at(signal, background, np.array([0.2, 0.35, 0.55]))
    np.testing.assert_allclose(at, [0.05, 0.0875, 0.25])
