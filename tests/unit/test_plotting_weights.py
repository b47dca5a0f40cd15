"""Figures of the negative weights: what is drawn is what was measured."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.text import Text

from signedag.plotting.panels import drawn_edges
from signedag.plotting.style import BLUE, VERMILION, house_style
from signedag.plotting.weights import KINDS, negative_fraction, sign_calibration, weight_closure


@pytest.fixture(scope="module")
def found(results):
    folder = results / "weights" / "transformed" / "zjets"
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in ("closure", "calibration")}


def texts(figure):
    return " | ".join(text.get_text() for text in figure.findobj(Text))


def drawn_points(axes, colour):
    """Give the heights of the points of one colour that are drawn with bars."""
    return [container.lines[0].get_ydata() for container in axes.containers if container.lines[0].get_color() == colour]


def test_negative_fraction(found, plot_settings, assert_legible):
    with house_style():
        figure = negative_fraction(found["closure"], found["calibration"], plot_settings)
        assert_legible(figure)
    assert [axes.get_xlabel() for axes in figure.axes] == ["n_jets", r"$p_\mathrm{T}(jj)$ [GeV]", "$m_{jj}$ [GeV]"]
    assert all(axes.get_ylabel() == "Negative share of $|w|$" for axes in figure.axes)
    for axes, variable in zip(figure.axes, ("n_jets", "pt_jj_gev", "m_jj_gev"), strict=True):
        np.testing.assert_allclose(
            drawn_points(axes, BLUE)[0], found["closure"]["negative_fraction"][variable]["fraction"]
        )
        overall = found["calibration"]["negative_fraction"]
        assert any(np.allclose(line.get_ydata(), overall) for line in axes.lines)
    assert texts(figure).count("not an input") == 1


def test_closure_ratios_are_transformed_over_signed(found, plot_settings, assert_legible):
    with house_style():
        figure = weight_closure(found["closure"], plot_settings)
        assert_legible(figure)
    ratio_axes = [axes for axes in figure.axes if axes.get_ylabel() == "Ratio to signed"]
    assert len(ratio_axes) == 3
    for kind, colour in (("calibrated", BLUE), ("uncalibrated", VERMILION)):
        compared = found["closure"]["closure"][kind]["pt_jj_gev"]
        expected = np.array(compared["training"]) / np.array(compared["signed"])
        np.testing.assert_allclose(drawn_points(ratio_axes[1], colour)[0], expected)
        bars = next(item for item in ratio_axes[1].containers if item.lines[0].get_color() == colour).lines[2][0]
        half = [np.ptp(segment[:, 1]) / 2 for segment in bars.get_segments()]
        np.testing.assert_allclose(half, np.sqrt(compared["difference_variance"]) / np.array(compared["signed"]))
    signed, squares = (np.array(compared[key]) for key in ("signed", "signed_variance"))
    shown = ratio_axes[1].patches[0].get_data()
    np.testing.assert_allclose(shown.values - 1, np.sqrt(squares) / signed)


def test_closure_legends_have_chi2_and_role(found, plot_settings):
    with house_style():
        figure = weight_closure(found["closure"], plot_settings)
    for kind in ("calibrated", "uncalibrated"):
        for compared in found["closure"]["closure"][kind].values():
            assert f"{compared['chi2']:.1f}/{compared['ndf']}" in texts(figure)
    assert texts(figure).count("not an input") == 1
    assert "signed weights, bars and band" in texts(figure)


def test_closure_of_other_strategies_has_one_kind(found, plot_settings):
    closure = copy.deepcopy(found["closure"])
    del closure["closure"]["uncalibrated"]
    for compared in closure["closure"]["calibrated"].values():
        compared.update({"chi2": None, "p_value": None, "reason": "training and signed weights agree"})
    with house_style():
        figure = weight_closure(closure, plot_settings)
    assert "training and signed weights agree" in texts(figure)
    assert "uncalibrated" not in texts(figure)


def test_closure_survives_bins_without_positive_sum(found, plot_settings, assert_legible):
    closure = copy.deepcopy(found["closure"])
    closure["closure"]["calibrated"]["pt_jj_gev"]["signed"][2] = -3.0
    closure["closure"]["uncalibrated"]["pt_jj_gev"]["signed"][2] = -3.0
    with house_style():
        figure = weight_closure(closure, plot_settings)
        assert_legible(figure)
    assert figure.axes[2].get_ylim()[0] < 0
    ratio = drawn_points(figure.axes[3], BLUE)[0]
    assert np.isnan(ratio[2])
    assert np.isfinite(np.delete(ratio, 2)).all()


def ratio_marks(figure, marker):
    """Give the x positions of the marks of one kind in each ratio panel that has some."""
    panels = {axes.get_xlabel(): axes for axes in figure.axes if axes.get_ylabel() == "Ratio to signed"}
    marks = {
        name: [x for line in axes.lines if line.get_marker() == marker for x in line.get_xdata()]
        for name, axes in panels.items()
    }
    return {name: found for name, found in marks.items() if found}


def test_a_ratio_outside_its_panel_and_one_that_is_undefined_are_marked(found, plot_settings, assert_legible):
    closure = copy.deepcopy(found["closure"])
    pt = {kind: closure["closure"][kind]["pt_jj_gev"] for kind in ("calibrated", "uncalibrated")}
    pt["calibrated"]["training"][1] = 3.4 * pt["calibrated"]["signed"][1]
    pt["uncalibrated"]["training"][4] = 0.1 * pt["uncalibrated"]["signed"][4]
    for kind in pt.values():
        kind["signed"][2] = -3.0
    with house_style():
        figure = weight_closure(closure, plot_settings)
        assert_legible(figure)
    label = plot_settings.plots.labels["pt_jj_gev"]
    edges = drawn_edges(np.array(pt["calibrated"]["edges"]))
    centre, width = 0.5 * (edges[1:] + edges[:-1]), np.diff(edges)
    assert ratio_marks(figure, "^")[label] == pytest.approx([centre[1] + KINDS["calibrated"]["offset"] * width[1]])
    assert ratio_marks(figure, "v")[label] == pytest.approx([centre[4] + KINDS["uncalibrated"]["offset"] * width[4]])
    assert ratio_marks(figure, "x") == {label: pytest.approx([centre[2]])}
    assert "ratio outside the panel" in texts(figure)
    assert "no positive signed sum" in texts(figure)
    assert "3.4" in {text.get_text() for text in figure.axes[3].texts}


def test_nothing_is_marked_where_every_ratio_is_in_its_panel(found, plot_settings):
    closure = copy.deepcopy(found["closure"])
    for kind in closure["closure"].values():
        for compared in kind.values():
            compared["training"] = [1.01 * value for value in compared["signed"]]
    with house_style():
        figure = weight_closure(closure, plot_settings)
    assert not any(ratio_marks(figure, marker) for marker in "^vx")
    assert "outside" not in texts(figure)


def test_closure_densities_integrate_to_the_yields(found, plot_settings):
    with house_style():
        figure = weight_closure(found["closure"], plot_settings)
    for axes, variable in zip(figure.axes[::2], ("n_jets", "pt_jj_gev", "m_jj_gev"), strict=True):
        compared = found["closure"]["closure"]["calibrated"][variable]
        drawn = next(patch.get_data() for patch in axes.patches if patch.get_edgecolor() == to_rgba(BLUE))
        assert np.sum(drawn.values * np.diff(drawn.edges)) == pytest.approx(sum(compared["training"]))
        assert axes.get_ylabel() == ("Events / unit" if variable == "n_jets" else "Events / GeV")


def test_the_worst_region_stands_in_the_legend(found, plot_settings, assert_legible):
    closure = copy.deepcopy(found["closure"])
    regions = {}
    for name, p_value in (("sr", 0.4), ("cr_tt", 0.002), ("cr_zjets", None)):
        regions[name] = {"calibrated": copy.deepcopy(closure["closure"]["calibrated"])}
        for compared in regions[name]["calibrated"].values():
            compared["p_value"] = p_value
    with house_style():
        figure = weight_closure(closure | {"by_region": regions}, plot_settings)
        assert_legible(figure)
    assert texts(figure).count("worst of 2 regions: p = 0.002") == 3


def test_the_range_of_an_ensemble_stands_in_the_legend(found, plot_settings, assert_legible):
    known = {"chi2": [3.0, 9.0], "ndf": [5, 5], "p_value_range": {"median": 0.3, "lowest": 0.004, "highest": 0.71}}
    none = known | {"p_value_range": {"median": None, "lowest": None, "highest": None}}
    ensemble = {"members": 2, "variables": {"pt_jj_gev": known, "n_jets": none}}
    with house_style():
        figure = weight_closure(found["closure"] | {"ensemble": ensemble}, plot_settings)
        assert_legible(figure)
    assert texts(figure).count("single networks: p = 0.004 to 0.71") == 1


def test_sign_calibration_with_truth(found, plot_settings, assert_legible):
    with house_style():
        figure = sign_calibration(found["calibration"], found["closure"], plot_settings)
        assert_legible(figure)
    assert len(figure.axes) == 4
    curve = found["calibration"]["reliability"]["calibrated"]
    difference = 100 * (np.array(curve["observed"]) - np.array(curve["estimated"]))
    np.testing.assert_allclose(drawn_points(figure.axes[1], BLUE)[0], difference)
    known = found["closure"]["truth"]["calibrated"]
    np.testing.assert_allclose(drawn_points(figure.axes[2], BLUE)[0], known["estimate"])
    assert f"{known['chi2']:.1f}/{known['ndf']}" in texts(figure)
    assert "yield bias" in texts(figure)


def test_sign_calibration_without_truth(found, plot_settings, assert_legible):
    with house_style():
        figure = sign_calibration(found["calibration"], found["closure"] | {"truth": {}}, plot_settings)
        assert_legible(figure)
    assert len(figure.axes) == 2
