"""Figures of the fit: negative bins are seen as such, every treatment has its scan and interval."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection, QuadMesh
from matplotlib.text import Text

from signedag.identity import Identity
from signedag.plotting import fit
from signedag.plotting.fit import likelihood_scan, templates
from signedag.plotting.style import VERMILION, house_style
from signedag.report.numbers import with_interval
from signedag.statistics.inputs import signal_region
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import find_bins


@pytest.fixture(scope="module")
def region(results):
    return signal_region(results / "fit" / "plain" / "coarse" / "templates.root", Identity.of("templates"))


@pytest.fixture(scope="module")
def fits(results):
    folder = results / "fit" / "plain" / "coarse"
    treatments = ("fixed", "constrained", "simultaneous")
    contents = [json.loads((folder / treatment / "result.json").read_text()) for treatment in treatments]
    return [content | {"template_statistical": 0.05} for content in contents]  # as if more had been simulated


def texts(figure):
    return " | ".join(text.get_text() for text in figure.findobj(Text))


def contents(axes):
    """Give the number of bins drawn as positive and as negative."""
    positive = [item for item in axes.collections if isinstance(item, QuadMesh)]
    negative = [item for item in axes.collections if isinstance(item, PolyCollection) and item.get_hatch()]
    return sum(item.get_array().count() for item in positive), sum(len(item.get_paths()) for item in negative)


def test_each_process_and_the_total_have_a_panel(region, plot_settings, assert_legible):
    with house_style():
        figure = templates(region, plot_settings, "plain")
        assert_legible(figure)
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")]
    assert [title.split(":")[0] for title in titles] == ["all processes", "ZH(bb)", "VZ(bb)", "top pairs", "Z + jets"]
    total = sum(template.values for template in region.nominal.values())
    assert contents(figure.axes[0]) == (np.sum(total > 0), np.sum(total < 0))
    zjets = region.nominal["Zjets"].values
    assert contents(figure.axes[4]) == (np.sum(zjets > 0), np.sum(zjets < 0))
    assert np.sum(zjets < 0) > 0
    assert f"bins: {np.sum(zjets < 0)} negative" in titles[4]
    assert f"plain, {zjets.shape[0]} × {zjets.shape[1]} bins" in texts(figure)
    assert figure.axes[0].get_xlabel() == "$m_{jj}$ [GeV]"
    assert figure.axes[0].get_ylabel() == "Classifier score"


def test_mass_is_horizontal_and_score_vertical(plot_settings):
    edges = (np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 0.5, 1.0]))
    one = find_bins([np.array([2.5]), np.array([0.7])], edges).fill(np.array([3.0]))
    with house_style():
        figure = templates(RegionTemplates("sr", edges, {"tt": one}, {}, None), plot_settings, "plain")
    drawn = figure.axes[1].collections[0].get_array()
    assert drawn.shape == (2, 3)
    assert drawn[1, 2] == 3
    assert drawn.count() == 1


def test_many_negative_bins_lose_their_hatch_but_not_their_colour(region, plot_settings, monkeypatch):
    monkeypatch.setattr(fit, "MOST_HATCHED_BINS", 0)
    with house_style():
        figure = templates(region, plot_settings, "plain")
    negative = int(np.sum(region.nominal["Zjets"].values < 0))
    meshes = [item for item in figure.axes[4].collections if isinstance(item, QuadMesh)]
    assert meshes[1].get_array().count() == negative


def test_a_template_without_any_positive_bin(plot_settings, assert_legible):
    edges = (np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    one = find_bins([np.array([0.5]), np.array([0.5])], edges).fill(np.array([-3.0]))
    with house_style():
        figure = templates(RegionTemplates("sr", edges, {"tt": one}, {}, None), plot_settings, "plain")
        assert_legible(figure)
    assert contents(figure.axes[0]) == (0, 1)


def test_every_treatment_has_a_scan_and_an_interval(fits, plot_settings, assert_legible):
    with house_style():
        figure = likelihood_scan(fits, plot_settings, "plain, 8 × 6 bins")
        assert_legible(figure)
    scans, intervals = figure.axes
    for line, found in zip(scans.lines, fits, strict=False):
        np.testing.assert_allclose(line.get_xdata(), found["scan"]["mu"])
        np.testing.assert_allclose(line.get_ydata(), found["scan"]["delta_nll"])
        interval = found["interval"]
        text = with_interval(interval["value"], interval["down"], interval["up"], more=1)
        assert f"$\\mu$ = {text}" in texts(figure)
        assert f"{found['treatment']}: {found['significance']['z']:.2f} σ expected" in texts(figure)
        assert f"size of the simulation ±{found['template_statistical']:.3f}" in texts(figure)
    assert {0.5, 2.0} <= {float(line.get_ydata()[0]) for line in scans.lines if len(line.get_ydata()) == 2}
    bars = [item.lines[2][0].get_segments() for item in intervals.containers]
    widths = [np.ptp(segments[0][:, 0]) for segments in bars if segments]
    both = [sum(np.hypot(found["interval"][side], 0.05) for side in ("down", "up")) for found in fits]
    np.testing.assert_allclose(widths[::3], both)
    np.testing.assert_allclose(widths[1::3], [found["interval"]["down"] + found["interval"]["up"] for found in fits])
    np.testing.assert_allclose(widths[2::3], [sum(found["statistical"].values()) for found in fits])
    z = fits[0]["significance"]["z"]
    assert f"{1 / np.hypot(1 / z, 0.05):.2f} σ" in texts(figure)


def test_observed_data_stand_beside_the_asimov_ones(fits, plot_settings, assert_legible):
    found = copy.deepcopy(fits)
    for one in found:
        scan = one["scan"] | {"mu": [value + 0.5 for value in one["scan"]["mu"]]}
        interval = one["interval"] | {"value": 1.5}
        one["observed"] = {
            "scan": scan, "interval": interval, "significance": {"z": 3.21}, "blinding": {"strengths_moved": False},
        }  # fmt: skip
    with house_style():
        figure = likelihood_scan(found, plot_settings, "plain, 8 × 6 bins")
        assert_legible(figure)
    text = with_interval(1.5, found[0]["interval"]["down"], found[0]["interval"]["up"], more=1)
    assert texts(figure).count(f"observed: 3.21 σ\n$\\mu$ = {text}") >= 1
    drawn = [line.get_xdata().tolist() for line in figure.axes[0].lines if len(line.get_xdata()) > 2]
    assert all(one["observed"]["scan"]["mu"] in drawn for one in found)
    found[0]["observed"]["blinding"]["strengths_moved"] = True
    found[0]["observed"]["interval"] = {"value": None, "down": None, "up": None}
    found[0]["observed"]["significance"] = {"z": None}
    with house_style():
        figure = likelihood_scan(found[:1], plot_settings, "plain")
    assert "observed, moved: $\\mu$ undefined" in texts(figure)


def test_no_text_lies_on_a_line(fits, plot_settings):
    """Texts stand beside the intervals and outside the scan; the scan's levels are named on its right axis."""
    with house_style():
        figure = likelihood_scan(fits, plot_settings, "plain")
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    renderer = canvas.get_renderer()
    scans, intervals = figure.axes
    inside = [text for text in scans.texts if text.get_position()[1] < 1]
    assert not inside, "nothing but the legend is written into the scan"
    (levels,) = scans.child_axes
    assert [label.get_text() for label in levels.get_yticklabels()] == [r"1$\sigma$", r"2$\sigma$"]
    assert levels.get_yticks().tolist() == [0.5, 2.0]
    bars = [
        intervals.transData.transform(segment)[:, 0].max()
        for item in intervals.containers
        for collection in item.lines[2]
        for segment in collection.get_segments()
    ]
    numbers = [text for text in intervals.texts if "statistical" in text.get_text()]
    assert len(numbers) == len(fits)
    assert min(text.get_window_extent(renderer).x0 for text in numbers) > max(bars)
    boxes = [text.get_window_extent(renderer) for text in numbers]
    assert not any(one.overlaps(other) for index, one in enumerate(boxes) for other in boxes[index + 1 :])


def test_a_fit_without_enough_simulation_is_no_result(fits, plot_settings):
    changed = copy.deepcopy(fits[:1])
    changed[0]["template_statistical"] = 40.9
    with house_style():
        figure = likelihood_scan(changed, plot_settings, "plain")
    (numbers,) = [text for text in figure.axes[1].texts if "statistical" in text.get_text()]
    assert numbers.get_text().startswith("fixed: simulation too small\n")
    assert "σ expected" not in numbers.get_text()
    assert numbers.get_color() == VERMILION


def test_undefined_parts_of_a_fit(fits, plot_settings, assert_legible):
    changed = copy.deepcopy(fits[:1])
    changed[0]["scan"]["delta_nll"][0] = None
    changed[0]["interval"] |= {"down": None, "reason": "down: no crossing"}
    changed[0]["significance"] = {"q0": None, "z": None, "reason": "no fit at zero"}
    changed[0]["systematic_from_nuisances"] = {"down": None, "up": 0.1}
    with house_style():
        figure = likelihood_scan(changed, plot_settings, "plain")
        assert_legible(figure)
    assert np.isnan(figure.axes[0].lines[0].get_ydata()[0])
    assert "−? +" in texts(figure)
    assert "significance undefined" in texts(figure)
    assert "other nuisances −? +0.100" in texts(figure)
