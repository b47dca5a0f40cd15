"""Figure of the score: stacks that add up, signal over background, shapes of unit area."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from matplotlib.text import Text

from signedag.plotting.score import enhancement, score
from signedag.plotting.style import house_style


@pytest.fixture(scope="module")
def performance(results):
    return json.loads((results / "classifiers" / "plain" / "performance.json").read_text())


def texts(figure):
    return " | ".join(text.get_text() for text in figure.findobj(Text))


def test_score_stack_is_the_sum_of_the_backgrounds(performance, plot_settings, assert_legible):
    with house_style():
        figure = score(performance, plot_settings)
        assert_legible(figure)
    samples = performance["score_histograms"]["uniform"]["samples"]
    total = np.sum([samples[name]["values"] for name in ("vz", "top", "zjets")], axis=0)
    error = np.sqrt(np.sum([samples[name]["variances"] for name in ("vz", "top", "zjets")], axis=0))
    filled = [patch.get_data() for patch in figure.axes[0].patches if patch.get_fill()]
    np.testing.assert_allclose(filled[2].values, total)
    np.testing.assert_allclose(filled[3].values - filled[3].baseline, 2 * error)
    assert "ZH(bb) × " in texts(figure)
    signal = np.array(samples["zh"]["values"])
    drawn = figure.axes[1].containers[0].lines[0].get_ydata()
    defined = total > 0
    np.testing.assert_allclose(drawn[defined], (signal / total)[defined])
    assert np.isnan(drawn[~defined]).all()
    assert figure.axes[1].get_ylabel() == "S / B"


def test_score_shapes_have_unit_area(performance, plot_settings):
    with house_style():
        figure = score(performance, plot_settings)
    shapes = [patch.get_data() for patch in figure.axes[2].patches]
    assert len(shapes) == 4
    for shape in shapes:
        assert np.sum(shape.values * np.diff(shape.edges)) == pytest.approx(1)


def test_score_of_a_process_without_positive_sum(performance, plot_settings):
    changed = copy.deepcopy(performance)
    for kind in ("uniform", "configured"):
        values = changed["score_histograms"][kind]["samples"]["vz"]["values"]
        changed["score_histograms"][kind]["samples"]["vz"]["values"] = [-1.0 for _ in values]
    with house_style():
        figure = score(changed, plot_settings)
    assert "VZ(bb): no positive sum of weights" in texts(figure)
    assert len(figure.axes[2].patches) == 3


@pytest.mark.parametrize(
    ("signal", "background", "factor"), [(1.0, 1000.0, 500), (1.0, 9.0, 2), (3.0, 4.0, 1), (0.0, 5.0, 1), (5.0, 1.0, 1)]
)
def test_enhancement_is_round_and_never_reduces(signal, background, factor):
    assert enhancement(signal, background) == factor


def test_the_error_of_signal_over_background_has_both_parts(performance, plot_settings):
    with house_style():
        figure = score(performance, plot_settings)
    samples = performance["score_histograms"]["uniform"]["samples"]
    total, variance = (
        np.sum([samples[name][key] for name in ("vz", "top", "zjets")], axis=0) for key in ("values", "variances")
    )
    signal, signal_variance = np.array(samples["zh"]["values"]), np.array(samples["zh"]["variances"])
    full = (total > 0) & (signal > 0)
    shares = signal_variance[full] / signal[full] ** 2 + variance[full] / total[full] ** 2
    segments = figure.axes[1].containers[0].lines[2][0].get_segments()
    drawn = np.array([np.ptp(segments[index][:, 1]) / 2 for index in np.flatnonzero(full)])
    np.testing.assert_allclose(drawn, signal[full] / total[full] * np.sqrt(shares))
