"""Figures of a classifier: areas in legends, stacks that add up, trainings that diverged."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from matplotlib.text import Text

from signedag.plotting.classifier import enhancement, roc, score, training
from signedag.plotting.style import house_style
from signedag.report.numbers import with_error


@pytest.fixture(scope="module")
def performance(results):
    return json.loads((results / "classifiers" / "plain" / "performance.json").read_text())


@pytest.fixture(scope="module")
def histories(results):
    return [json.loads(path.read_text()) for path in sorted((results / "classifiers").rglob("history.json"))]


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


def test_score_shapes_have_unit_area(performance, plot_settings):
    with house_style():
        figure = score(performance, plot_settings)
    shapes = [patch.get_data() for patch in figure.axes[1].patches]
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
    assert len(figure.axes[1].patches) == 3


@pytest.mark.parametrize(
    ("signal", "background", "factor"), [(1.0, 1000.0, 500), (1.0, 9.0, 2), (3.0, 4.0, 1), (0.0, 5.0, 1), (5.0, 1.0, 1)]
)
def test_enhancement_is_round_and_never_reduces(signal, background, factor):
    assert enhancement(signal, background) == factor


def test_training_draws_every_fold_and_seed(histories, plot_settings, assert_legible):
    with house_style():
        figure = training(histories, plot_settings)
        assert_legible(figure)
    curves = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 5]
    assert len(curves) == 2 * len(histories)
    best = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 1]
    assert {(line.get_xdata()[0], line.get_ydata()[0]) for line in best} == {(4, 0.2)}
    assert "without fold 1" in texts(figure)
    assert "seed 2" in texts(figure)


def test_training_has_a_panel_per_phase_and_counts_divergence(histories, plot_settings, assert_legible):
    changed = copy.deepcopy(histories)
    for history in changed:
        history["epochs"] += [dict(epoch, phase=1) for epoch in history["epochs"]]
        history["best_epochs"] = [4, 2]
    changed[0]["epochs"][-1]["validation"] = None
    changed[0]["diverged"] = "the objective is not finite in epoch 5"
    with house_style():
        figure = training(changed, plot_settings)
        assert_legible(figure)
    assert [axes.get_xlabel() for axes in figure.axes] == ["Epoch of phase 1", "Epoch of phase 2"]
    assert "1 of 4 trainings diverged" in texts(figure)
    gaps = [np.isnan(line.get_ydata()).sum() for line in figure.axes[1].lines if len(line.get_xdata()) == 5]
    assert sum(gaps) == 1
