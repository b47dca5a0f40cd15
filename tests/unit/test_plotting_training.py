"""Figure of the trainings: every fold and seed, terms and factors, failures that cannot be overlooked."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from matplotlib.text import Text

from signedag.plotting.style import VERMILION, house_style
from signedag.plotting.training import training
from signedag.training.history import Epoch, History


@pytest.fixture(scope="module")
def histories(results):
    return [json.loads(path.read_text()) for path in sorted((results / "classifiers").rglob("history.json"))]


def texts(figure):
    return " | ".join(text.get_text() for text in figure.findobj(Text))


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
    assert VERMILION not in {line.get_color() for line in figure.axes[0].lines}, "red is for failures"


def test_a_diverged_training_is_red_has_a_cross_and_its_reason(histories, plot_settings, assert_legible):
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
    assert "1 of 4 trainings failed: their networks are not usable" in texts(figure)
    assert "diverged: the objective is not finite in epoch 5" in texts(figure).replace("\n", " ")
    crosses = [line for line in figure.axes[1].lines if line.get_marker() == "X" and len(line.get_xdata())]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in crosses] == [(4, 0.2)], "the last finite epoch"
    kept = [line for line in figure.axes[1].lines if line.get_marker() == "o" and len(line.get_xdata())]
    assert len(kept) == len(histories) - 1, "no network of the training that failed is marked as kept"
    red = [line for line in figure.axes[1].lines if line.get_color() == VERMILION and len(line.get_xdata()) == 5]
    assert [np.isnan(line.get_ydata()).sum() for line in red] == [0, 1]


def test_an_exploding_objective_does_not_look_like_a_convergence_to_zero(histories, plot_settings, assert_legible):
    """10²⁰, falling: on a linear axis with a common power of ten it ends at 0, as a good training does."""
    changed = copy.deepcopy(histories)
    for number, epoch in enumerate(changed[1]["epochs"], start=1):
        epoch |= {"training": 1e20 / number**2, "validation": 2e20 / number**2}
    changed[1]["failed"] = "the objective is above that of a constant score by a factor of 1e+20"
    with house_style():
        figure = training(changed, plot_settings)
        assert_legible(figure)
    axes = figure.axes[0]
    assert axes.get_yscale() == "log"
    assert axes.yaxis.get_offset_text().get_text() == ""
    low, high = axes.get_ylim()
    assert low < 0.2 and high > 2e20
    assert "failed: the objective is above" in texts(figure).replace("\n", " ")


def test_one_objective_of_1e20_alone_shows_its_size(histories, plot_settings):
    alone = copy.deepcopy(histories[:1])
    for number, epoch in enumerate(alone[0]["epochs"], start=1):
        epoch |= {"training": 1e20 + 1e18 * number, "validation": 1e20 - 1e18 * number}
    with house_style():
        figure = training(alone, plot_settings)
        figure.canvas.draw()
    axes = figure.axes[0]
    assert axes.yaxis.get_offset_text().get_text() == ""
    labels = [label.get_text() for label in axes.get_yticklabels() if label.get_text()]
    assert labels and all(len(label.strip("−")) >= 4 and label != "0" for label in labels)


def test_an_objective_without_a_lower_bound_has_both_signs(histories, plot_settings):
    changed = copy.deepcopy(histories)
    for number, epoch in enumerate(changed[0]["epochs"]):
        epoch |= {"training": -(10.0 ** (2 * number)), "validation": -(10.0 ** (2 * number))}
    with house_style():
        figure = training(changed, plot_settings)
    assert figure.axes[0].get_yscale() == "symlog"


def test_nothing_finite_is_said(histories, plot_settings, assert_legible):
    changed = copy.deepcopy(histories[:1])
    for epoch in changed[0]["epochs"]:
        epoch |= {"training": None, "validation": None}
    changed[0]["diverged"] = "the objective is not finite in epoch 1"
    with house_style():
        figure = training(changed, plot_settings)
        assert_legible(figure)
    assert "no finite value" in texts(figure)


def course(names, factor):
    """Give a history as the training core writes it: two phases, the factor learned in the second."""
    epochs = tuple(
        Epoch(
            phase=phase,
            epoch=epoch,
            training=0.7 / epoch,
            validation=0.8 / epoch,
            terms={name: {"training": 0.1 * index + 1 / epoch, "validation": 0.2 * index + 1 / epoch}
                   for index, name in enumerate(names)},
            factors={factor: 0.5 * epoch} if factor and phase else {},
            smallest_class_sum=1.0,
        )
        for phase in (0, 1)
        for epoch in range(1, 6)
    )  # fmt: skip
    return History(epochs, (5, 3)).as_json() | {"variant": "plain", "seed": 1, "fold": 0}


def test_terms_and_factors_stand_below_the_objective(plot_settings, assert_legible):
    histories = [course(("cross_entropy", "distance_correlation"), "distance_correlation")]
    with house_style():
        figure = training(histories, plot_settings)
        assert_legible(figure)
    labels = [axes.get_ylabel() for axes in figure.axes]
    assert labels == ["Objective"] * 2 + ["Term, unweighted"] * 2 + ["Factor of a term"] * 2
    second = [line for line in figure.axes[3].lines if len(line.get_xdata()) == 5]
    np.testing.assert_allclose(second[1].get_ydata(), [0.2 + 1 / epoch for epoch in range(1, 6)])
    np.testing.assert_allclose(figure.axes[5].lines[0].get_ydata(), [0.5, 1.0, 1.5, 2.0, 2.5])
    assert [text.get_text() for text in figure.axes[4].texts] == ["none in this phase"]
    assert [text.get_text() for text in figure.axes[2].get_legend().get_texts()] == [
        "cross_entropy", "distance_correlation",
    ]  # fmt: skip


def test_a_single_term_is_the_objective_and_not_drawn_twice(plot_settings):
    with house_style():
        figure = training([course(("cross_entropy",), None)], plot_settings)
    assert [axes.get_ylabel() for axes in figure.axes] == ["Objective"] * 2
