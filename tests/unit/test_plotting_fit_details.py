"""Figures of the fit in detail: bands, impacts and pulls are those of the files, and what is undefined is said."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from signedag.plotting.fit_details import correlations, impacts, limits
from signedag.plotting.post_fit import post_fit
from signedag.plotting.style import house_style
from signedag.plotting.toys import toys

TREATMENTS = ("fixed", "constrained", "simultaneous")


@pytest.fixture(scope="module")
def fit_folder(results):
    return results / "fit" / "plain" / "coarse"


def read(path):
    return json.loads(path.read_text())


def drawn(figure):
    with house_style():
        FigureCanvasAgg(figure).draw()
    return " | ".join(text.get_text() for text in figure.findobj(Text))


def test_bands_and_medians_are_those_of_the_limits(fit_folder, plot_settings):
    bounds = [read(fit_folder / treatment / "limits.json") for treatment in TREATMENTS]
    with house_style():
        figure = limits(bounds, plot_settings, "plain, coarse")
    text = drawn(figure)
    assert all(treatment in text for treatment in TREATMENTS) and "95 % confidence level" in text
    shapes = [path for band in figure.axes[0].findobj(FillBetweenPolyCollection) for path in band.get_paths()]
    ends = {round(float(end), 9) for path in shapes for end in path.vertices[:, 0]}
    for bound in bounds:
        expected = bound["strengths"]["mu"]["expected"]
        assert {round(expected[sigmas]["value"], 9) for sigmas in ("-2", "-1", "1", "2")} <= ends


def test_observed_limits_and_impacts_are_drawn_where_they_are_shown(fit_folder, plot_settings):
    bound = copy.deepcopy(read(fit_folder / "fixed" / "limits.json"))
    bound["strengths"]["mu"]["observed"] = {"value": None, "reason": "hidden"}
    with house_style():
        assert "observed" not in drawn(limits([bound], plot_settings, "plain, coarse"))
        bound["strengths"]["mu"]["observed"] = {"value": 2.345}
        figure = limits([bound], plot_settings, "plain, coarse")
    assert "observed" in drawn(figure)
    assert any(list(line.get_xdata()) == [2.345] * 2 for line in figure.axes[0].lines)

    groups = [read(path) for path in sorted((fit_folder / "simultaneous" / "impacts").glob("*.json"))]
    for group in groups:
        group["observed"] = copy.deepcopy(group["strengths"])
        for item in group["observed"]["mu"].values():  # of which one is constrained: it has a pull
            item["value"] = 0.75
    with house_style():
        figure = impacts(groups, plot_settings, "plain, coarse, simultaneous")
        text = drawn(figure)
    assert "observed data" in text and "Asimov" not in text
    assert [list(line.get_xdata()) for line in figure.axes[0].lines].count([0.75]) == 1


def test_a_limit_that_does_not_exist_says_why(fit_folder, plot_settings):
    bound = copy.deepcopy(read(fit_folder / "fixed" / "limits.json"))
    bound["strengths"]["mu"]["expected"]["0"] = {"value": None, "reason": "nothing depends on mu"}
    with house_style():
        assert "no limit: nothing depends on mu" in drawn(limits([bound], plot_settings, "plain, coarse"))


def test_impacts_are_ranked_and_drawn_with_their_sign(fit_folder, plot_settings):
    groups = [read(path) for path in sorted((fit_folder / "simultaneous" / "impacts").glob("*.json"))]
    items = {name: item for group in groups for name, item in group["strengths"]["mu"].items()}
    assert {"btag", "sf_tt"} <= set(items)
    with house_style():
        figure = impacts(groups, plot_settings, "plain, coarse, simultaneous")
    drawn(figure)
    left, right = figure.axes[:2]
    names = [label.get_text() for label in left.get_yticklabels()]
    sizes = [max(abs(items[name]["post_fit"][side]) for side in ("down", "up")) for name in names]
    assert set(names) == set(items) and sizes == sorted(sizes, reverse=True)
    places = dict(zip(names, left.get_yticks(), strict=True))
    bars = {
        (round(bar.get_y() + bar.get_height() / 2, 6), round(bar.get_width(), 9))
        for bar in right.findobj(Rectangle)
        if bar.get_height() < 1
    }
    for name, item in items.items():
        for side in ("down", "up"):
            assert (round(places[name], 6), round(item["post_fit"][side], 9)) in bars


def test_the_signal_region_before_and_after(fit_folder, plot_settings):
    content = read(fit_folder / "simultaneous" / "distributions.json")
    with house_style():
        figure = post_fit(content, ("m_jj_gev", "score"), plot_settings, "plain, coarse, simultaneous")
    text = drawn(figure)
    assert "before the fit" in text and "after the fit" in text and "Asimov data" in text
    assert len(figure.axes) == 2 * 2 * 3
    before, after = (content["yields"][stage]["sr"] for stage in ("before", "after"))
    for process, events in after.items():  # Asimov data leave the yields alone and make them better known
        assert events["value"] == pytest.approx(before[process]["value"], rel=1e-4)
    total = np.array(content["distributions"][0]["errors"]["before"])
    assert (np.array(content["distributions"][0]["errors"]["after"]) < total).all()


def test_correlations_are_those_of_the_fit(fit_folder, plot_settings):
    result = read(fit_folder / "simultaneous" / "result.json")
    matrix = np.array(result["correlation"])
    np.testing.assert_allclose(np.diag(matrix), 1)
    assert dict(zip(result["order"], matrix[0], strict=True)) == pytest.approx(result["correlation_with_mu"])
    with house_style():
        figure = correlations(result, plot_settings, "plain, coarse, simultaneous")
    text = drawn(figure)
    assert all(name in text for name in result["order"])
    np.testing.assert_allclose(figure.axes[0].images[0].get_array(), matrix)


def test_toys_are_shown_with_what_failed(plot_settings):
    fits = {
        "truth": 1.0,
        "pseudo_experiments": 100,
        "failed": 2,
        "coverage": {"0.6827": {"value": 0.7, "error": 0.05, "expected": 0.6827}},
        "pulls": np.linspace(-2, 2, 98).tolist(),
        "pull_mean": {"value": 0.0, "error": 0.1},
        "pull_width": {"value": 1.1, "error": 0.08},
    }
    limits = {"asymptotic": {"confidence": 0.95, "observed": {"value": None}}, "by_toys": None}
    study = {"strength": "mu", "coverage": [fits], "limits": limits, "tests": []}
    with house_style():
        text = drawn(toys(study, plot_settings, "plain, coarse, fixed"))
    assert "100 pseudo-experiments each, 2 failed" in text and "width 1.10 ± 0.08" in text
    assert "no asymptotic limit to look around" in text
