"""Figures of the negative weights: what is drawn is what was measured."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from matplotlib.text import Text

from signedag.plotting.style import BLUE, VERMILION, house_style
from signedag.plotting.weights import negative_fraction, sign_calibration, weight_closure


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


def test_sign_calibration_with_truth(found, plot_settings, assert_legible):
    with house_style():
        figure = sign_calibration(found["calibration"], found["closure"], plot_settings)
        assert_legible(figure)
    assert len(figure.axes) == 4
    curve = found["calibration"]["reliability"]["calibrated"]
    difference = np.array(curve["observed"]) - np.array(curve["estimated"])
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
