"""Figures of data and simulation: stack, signal, band, ratio, hidden bins, and bins that are negative."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from signedag.config.distributions import PlotDistributionsSettings
from signedag.config.fitting import NormalisationUncertainty
from signedag.identity import Identity
from signedag.plotting.distributions import Drawn, distribution, drawn_variables
from signedag.plotting.panels import poisson_errors
from signedag.plotting.stack import HIDDEN
from signedag.plotting.style import house_style
from signedag.statistics.prediction_band import NO_FACTORS, AppliedFactors
from signedag.statistics.template_files import RegionTemplates, read_templates, write_templates
from signedag.statistics.templates import Template

EDGES = (np.array([50.0, 100.0, 125.0, 150.0, 200.0]),)
WIDTH = np.diff(EDGES[0])
EVENTS = {
    "ZH": np.array([0.1, 2.0, 1.0, 0.1]),
    "VZ": np.array([30.0, 20.0, 5.0, -2.0]),
    "tt": np.array([400.0, 300.0, 250.0, 120.0]),
    "Zjets": np.array([200.0, 100.0, 60.0, 40.0]),
}
TOTAL = np.sum(list(EVENTS.values()), axis=0)
DATA = np.array([650.0, 400.0, 330.0, 160.0])


def template(values: np.ndarray) -> Template:
    return Template(np.pad(values, 1), np.pad(np.where(np.isnan(values), 0.0, np.abs(values)), 1), EDGES)


def drawn(data: np.ndarray | None = DATA, events: dict[str, np.ndarray] = EVENTS, without: list[str] | None = None):
    nominal = {name: template(values) for name, values in events.items()}
    observed = None if data is None else template(data)
    return Drawn("m_jj_gev", RegionTemplates("sr", EDGES, nominal, {}, observed, "m_jj_gev"), without or [])


@pytest.fixture
def settings(plot_settings) -> PlotDistributionsSettings:
    rate = {"luminosity": NormalisationUncertainty(relative=0.05)}
    return PlotDistributionsSettings(figures=plot_settings, normalisations=rate, scale_factors={}, pseudo_data=False)


def figure_of(one: Drawn, settings: PlotDistributionsSettings, assert_legible: Any, **options: Any) -> Figure:
    with house_style():
        figure = distribution(one, settings, options.pop("factors", NO_FACTORS), **options)
        assert_legible(figure)
    return figure


def legend(figure: Figure) -> dict[str, Any]:
    handles, labels = figure.axes[0].get_legend_handles_labels()
    return dict(zip(labels, handles, strict=True))


def title(figure: Figure) -> str:
    return figure.axes[0].get_legend().get_title().get_text()


@pytest.mark.parametrize("logarithmic", [False, True])
def test_data_stack_band_and_ratio(settings, assert_legible, logarithmic) -> None:
    figure = figure_of(drawn(), settings, assert_legible, logarithmic=logarithmic)
    main, ratio = figure.axes
    shown = legend(figure)
    assert main.get_yscale() == ("log" if logarithmic else "linear")
    top = main.patches[2].get_data().values  # the third from the bottom
    np.testing.assert_allclose(top * WIDTH, sum(np.maximum(EVENTS[name], 0) for name in ("VZ", "tt", "Zjets")))
    np.testing.assert_allclose(shown["total"].get_data().values * WIDTH, TOTAL)
    band = shown["uncertainty"].get_data()
    variance = np.sum(np.abs(list(EVENTS.values())), axis=0) + (0.05 * TOTAL) ** 2
    np.testing.assert_allclose((band.values - band.baseline) / 2 * WIDTH, np.sqrt(variance))
    points = shown["data"]
    np.testing.assert_allclose(points.lines[0].get_ydata() * WIDTH, DATA)
    bars = [np.ptp(segment[:, 1]) for segment in points.lines[2][0].get_segments()]
    np.testing.assert_allclose(bars * WIDTH, poisson_errors(DATA).sum(axis=0))
    np.testing.assert_allclose(ratio.containers[0].lines[0].get_ydata(), DATA / TOTAL)
    assert "negative and not stacked: VZ(bb) in 1 of 4 bins" in title(figure)
    assert main.get_ylabel() == "Events / GeV"
    assert ratio.get_xlabel() == "$m_{jj}$ [GeV]"


def test_the_signal_stands_in_front_times_what_its_label_says(settings, assert_legible) -> None:
    figure = figure_of(drawn(), settings, assert_legible)
    name = next(label for label in legend(figure) if label.startswith("ZH(bb) ×"))
    factor = float(name.partition("×")[2].replace("\u2009", ""))
    line = legend(figure)[name].get_data().values
    np.testing.assert_allclose(line * WIDTH, factor * EVENTS["ZH"])
    height = line.max() / (TOTAL / WIDTH).max()
    assert 0.15 < height <= 0.4


def test_factors_are_applied_and_named(settings, assert_legible) -> None:
    factors = AppliedFactors({"tt": 0.5}, np.array([[0.01]]), {"tt": "tt"})
    figure = figure_of(drawn(), settings, assert_legible, factors=factors)
    np.testing.assert_allclose(legend(figure)["total"].get_data().values * WIDTH, TOTAL - 0.5 * EVENTS["tt"])
    assert "signal region, after scale factors" in title(figure)
    assert "scale factors" not in title(figure_of(drawn(), settings, assert_legible))


@pytest.mark.parametrize("logarithmic", [False, True])
def test_hidden_bins_are_painted_and_have_no_data(settings, assert_legible, logarithmic) -> None:
    data = np.where([False, True, True, False], np.nan, DATA)
    figure = figure_of(drawn(data, without=["score ≥ 0.8"]), settings, assert_legible, logarithmic=logarithmic)
    assert "left out: score ≥ 0.8" in title(figure)
    assert {"data", "data hidden"} <= set(legend(figure))
    for axes in figure.axes:
        spans = [
            patch.get_extents() for patch in axes.patches if patch.get_facecolor()[2] < 0.8 and patch.get_zorder() < 0.3
        ]
        corners = axes.transData.transform([(100.0, 1.0), (125.0, 1.0), (150.0, 1.0)])[:, 0]
        np.testing.assert_allclose([span.x0 for span in spans], corners[:2])
        np.testing.assert_allclose([span.x1 for span in spans], corners[1:])
    drawn_points = legend(figure)["data"].lines[0].get_ydata()
    assert np.isnan(drawn_points).tolist() == [False, True, True, False]
    assert HIDDEN.startswith("#")


@pytest.mark.parametrize("data", [None, np.full(4, np.nan)])
def test_without_data_the_lower_panel_has_the_error_of_the_prediction(settings, assert_legible, data) -> None:
    figure = figure_of(drawn(data), settings, assert_legible)
    assert not {"data", "data hidden"} & set(legend(figure))
    assert "data are not shown" in title(figure)
    assert figure.axes[1].get_ylabel() == "Pred. error"


@pytest.mark.parametrize("logarithmic", [False, True])
@pytest.mark.filterwarnings("error")
def test_totals_that_are_not_positive_break_no_axis(settings, assert_legible, logarithmic) -> None:
    """A bin below zero has no ratio and a cross instead; a figure without any positive bin is drawn as well."""
    events = EVENTS | {"tt": np.array([400.0, -300.0, 0.0, 120.0]), "Zjets": np.zeros(4), "VZ": np.zeros(4)}
    figure = figure_of(drawn(events=events), settings, assert_legible, logarithmic=logarithmic)
    low, high = figure.axes[0].get_ylim()
    assert np.isfinite([low, high]).all() and low < high
    crosses = [line for line in figure.axes[1].lines if line.get_marker() == "x"]
    np.testing.assert_allclose(crosses[0].get_xdata(), [112.5])
    nowhere = {name: -np.abs(values) for name, values in EVENTS.items()}
    figure_of(drawn(events=nowhere), settings, assert_legible, logarithmic=logarithmic)


def test_variables_are_read_with_what_is_left_out(tmp_path: Path, settings) -> None:
    one = drawn().region
    described = {
        "m_jj_gev": {"without": [{"variable": "score_plain", "low": 0.8, "high": None}], "hidden_bins": None},
        "score_plain": {
            "without": [
                {"variable": "m_jj_gev", "low": 100.0, "high": 140.0},
                {"variable": "signal_region", "low": None, "high": None},
            ],
            "hidden_bins": None,
        },
    }
    identity = Identity.of("distributions of a region", region="sr")
    regions = [one, replace(one, observable="score_plain")]
    write_templates(tmp_path / "sr.root", regions, {"distributions": described}, identity)
    found = list(drawn_variables(read_templates(tmp_path / "sr.root", identity), settings.figures))
    assert [item.name for item in found] == ["m_jj_gev", "score_plain"]
    assert found[0].without == ["score of plain ≥ 0.8"]
    assert found[1].without == ["100 ≤ $m_{jj}$ ≤ 140 GeV", "events of the signal region"]
