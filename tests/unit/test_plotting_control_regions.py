"""Figures of the control regions: stacks, ratios, the uncertainty band, scale factors and pulls."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from matplotlib.text import Text

from signedag.identity import Identity
from signedag.plotting.control_regions import control_regions, pulls, scale_factors
from signedag.plotting.panels import poisson_errors
from signedag.plotting.style import BLACK, house_style
from signedag.report.numbers import with_error, with_interval
from signedag.statistics.template_files import read_templates


@pytest.fixture(scope="module")
def fitted(results):
    return json.loads((results / "scale_factors" / "result.json").read_text())


@pytest.fixture(scope="module")
def study(results):
    return json.loads((results / "scale_factors" / "pulls.json").read_text())


@pytest.fixture(scope="module")
def templates(results):
    return read_templates(results / "templates" / "control.root", Identity.of("control templates")).regions


def texts(figure):
    return " | ".join(text.get_text() for text in figure.findobj(Text))


def half_height(patch):
    """Give half the height of a band in events per bin."""
    data = patch.get_data()
    return (data.values - data.baseline) / 2 * np.diff(data.edges)


def test_stacks_and_ratios_before_and_after(fitted, templates, plot_settings, assert_legible):
    with house_style():
        figure = control_regions(fitted, templates, plot_settings)
        assert_legible(figure)
    assert len(figure.axes) == 8
    for column, (region, found) in enumerate(fitted["regions"].items()):
        for row, kind in enumerate(("prefit", "postfit")):
            main, ratio = figure.axes[4 * row + 2 * column : 4 * row + 2 * column + 2]
            top = main.patches[len(found[kind]) - 1].get_data()
            np.testing.assert_allclose(top.values * np.diff(top.edges), found[f"{kind}_total"])
            assert main.get_ylabel() == "Events / GeV"
            data, total = np.array(found["data"]), np.array(found[f"{kind}_total"])
            drawn = next(item for item in ratio.containers if item.lines[0].get_color() == BLACK)
            np.testing.assert_allclose(drawn.lines[0].get_ydata(), data / total)
            bars = [np.ptp(segment[:, 1]) for segment in drawn.lines[2][0].get_segments()]
            np.testing.assert_allclose(bars, poisson_errors(data).sum(axis=0) / total)
            assert plot_settings.regions[region] in main.get_legend().get_title().get_text()
    assert {axes.get_xlabel() for axes in figure.axes[1::2]} == {r"$p_\mathrm{T}(jj)$ [GeV], last bin ≥ 260"}
    assert "pseudo-data" in texts(figure)


def test_the_band_is_statistical_and_systematic_in_quadrature(fitted, templates, plot_settings):
    with house_style():
        figure = control_regions(fitted, templates, plot_settings)
    found = fitted["regions"]["cr_tt"]
    for row, kind in enumerate(("prefit", "postfit")):
        total = np.array(found[f"{kind}_total"])
        variance = np.square(found[f"{kind}_template_error"]) + np.square(0.05 * total)  # the variation is 5 % of all
        if kind == "postfit":
            variance += np.square(found["postfit_fit_error"])
        main = figure.axes[4 * row]
        np.testing.assert_allclose(half_height(main.patches[len(found[kind])]), np.sqrt(variance), rtol=1e-6)


def test_profiled_nuisances_are_not_counted_twice(fitted, templates, plot_settings):
    with house_style():
        figure = control_regions(fitted | {"nuisances_profiled": True}, templates, plot_settings)
    found = fitted["regions"]["cr_tt"]
    variance = np.square(found["postfit_template_error"]) + np.square(found["postfit_fit_error"])
    np.testing.assert_allclose(half_height(figure.axes[4].patches[len(found["postfit"])]), np.sqrt(variance))


def test_a_falling_spectrum_falls_in_bins_of_any_width(fitted, plot_settings):
    """Events per bin rise where bins get wider; what is drawn is a density whose area is the number of events."""
    changed = copy.deepcopy(fitted)
    region = changed["regions"]["cr_tt"]
    density, edges = np.array([10.0, 8.0, 5.0]), np.array([150.0, 160.0, 180.0, 900.0])
    events = density * np.array([10.0, 20.0, 40.0])  # the last bin is cut to twice its neighbour's width
    for kind in ("prefit", "postfit"):
        region[kind] = {"tt": events.tolist()}
        region |= {f"{kind}_total": events.tolist(), f"{kind}_template_error": [1.0] * 3}
    region |= {"edges": [edges.tolist()], "data": events.tolist(), "postfit_fit_error": [1.0] * 3}
    assert np.all(np.diff(events) >= 0)
    with house_style():
        figure = control_regions(changed, {}, plot_settings)
    stack = figure.axes[0].patches[0].get_data()
    np.testing.assert_allclose(stack.values, density)
    assert np.sum(stack.values * np.diff(stack.edges)) == pytest.approx(events.sum())
    points = next(item for item in figure.axes[0].containers if item.lines[0].get_color() == BLACK)
    np.testing.assert_allclose(points.lines[0].get_ydata(), density)
    assert figure.axes[1].get_xlabel().endswith(", last bin ≥ 180")


def test_the_legend_lists_what_can_be_seen(fitted, plot_settings):
    with house_style():
        figure = control_regions(fitted, {}, plot_settings)
    legend = figure.axes[0].get_legend()
    listed = [text.get_text() for text in legend.get_texts()]
    assert "top pairs" in listed and "Z + jets" in listed
    assert "ZH(bb)" not in listed, "one event in 3000"
    assert "not visible: ZH(bb)" in legend.get_title().get_text()


def test_few_data_have_the_intervals_of_a_poisson_count(fitted, plot_settings):
    changed = copy.deepcopy(fitted)
    region = changed["regions"]["cr_tt"]
    region["data"] = [0.0, 1.0, 4.0]
    with house_style():
        figure = control_regions(changed, {}, plot_settings)
    points = next(item for item in figure.axes[0].containers if item.lines[0].get_color() == BLACK)
    width = np.diff(figure.axes[0].patches[0].get_data().edges)
    ends = np.array([segment[:, 1] for segment in points.lines[2][0].get_segments()]) * width[:, None]
    # Garwood's intervals: (0, 1.841), (0.173, 3.300), (2.086, 7.163)
    np.testing.assert_allclose(ends, [[0, 1.841], [0.173, 3.300], [2.086, 7.163]], atol=1e-3)


def test_many_regions_with_one_bin_are_drawn_in_pairs(fitted, plot_settings, assert_legible):
    changed = copy.deepcopy(fitted)
    one_bin = {"edges": [[0.0, 1.0]], "data": [4.0]}
    for kind in ("prefit", "postfit"):
        one_bin |= {kind: {"tt": [5.0]}, f"{kind}_total": [5.0], f"{kind}_template_error": [1.0]}
    one_bin["postfit_fit_error"] = [1.0]
    changed["regions"] = {f"region{number}": one_bin for number in range(5)}
    changed["scale_factors"]["sf_tt"]["truth"] = changed["scale_factors"]["sf_zjets"]["truth"] = None
    with house_style():
        figure = control_regions(changed, {}, plot_settings)
        assert_legible(figure)
    assert len(figure.axes) == 20
    titles = [axes.get_legend().get_title().get_text() for axes in figure.axes[::2]]
    assert titles[:3] == [
        "region0,\nbefore scale factors",
        "region0,\nafter scale factors",
        "region1,\nbefore scale factors",
    ]
    assert {axes.get_ylabel() for axes in figure.axes[::2]} == {"Events"}
    assert {axes.get_xlabel() for axes in figure.axes[1::2]} == {"Total yield"}
    assert "pseudo-data" not in texts(figure)


def test_scale_factors_with_truth_and_correlation(fitted, plot_settings, assert_legible):
    with house_style():
        figure = scale_factors(fitted, plot_settings)
        assert_legible(figure)
    for factor in fitted["scale_factors"].values():
        assert with_interval(factor["value"], factor["down"], factor["up"]) in texts(figure)
        assert f"truth {factor['truth']:g}" in texts(figure)
    np.testing.assert_array_equal(figure.axes[1].images[0].get_array(), fitted["correlation"])
    assert [label.get_text() for label in figure.axes[1].get_xticklabels()] == ["top pairs", "Z + jets"]


def test_scale_factors_without_truth_or_interval(fitted, plot_settings, assert_legible):
    changed = copy.deepcopy(fitted)
    for factor in changed["scale_factors"].values():
        factor["truth"] = None
    changed["scale_factors"]["sf_tt"]["up"] = None
    with house_style():
        figure = scale_factors(changed, plot_settings)
        assert_legible(figure)
    assert "truth" not in texts(figure)
    assert "+?" in texts(figure)


def test_pulls_with_their_mean_and_width(study, plot_settings, assert_legible):
    with house_style():
        figure = pulls(study, plot_settings)
        assert_legible(figure)
    for axes, found in zip(figure.axes, study["scale_factors"].values(), strict=True):
        counts = axes.containers[0].lines[0].get_ydata()
        assert counts.sum() == np.sum(np.abs(found["pulls"]) <= 4)
        assert with_error(found["mean"]["value"], found["mean"]["error"]) in texts(figure)
        gaussian = next(line for line in axes.lines if line.get_label() == "unit Gaussian (expected)")
        area = np.trapezoid(gaussian.get_ydata(), gaussian.get_xdata())
        assert area == pytest.approx(study["pseudo_experiments"] / 3, rel=0.01)
