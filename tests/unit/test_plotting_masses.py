"""Figures against the mass: trained and held-out markers, errors, differences, curves, limits with bands and ratios."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text

from signedag.config.plotting import Plots, PlotSettings, ProcessStyle
from signedag.plotting.mass_axis import smallest_distance
from signedag.plotting.mass_limits import mass_limits
from signedag.plotting.masses import LABELS, curves_by_mass, models_by_mass
from signedag.plotting.style import SERIES, house_style
from signedag.report.limit_results import UpperLimit
from signedag.report.numbers import with_error
from signedag.statistics.mass_limits import Fitted, LimitAtMass, MassLimits

MASSES = {"X500": 500.0, "X750": 750.0, "X1000": 1000.0}


@pytest.fixture(scope="module")
def settings():
    return PlotSettings(
        plots=Plots(labels={"mass_gev": "$m_X$ [GeV]"}),
        luminosity_fb=139.0,
        processes={
            name: ProcessStyle(label=f"{mass:g} GeV", colour="#D55E00", signal=True) for name, mass in MASSES.items()
        },
        samples={},
        regions={},
    )


def texts(figure):
    return " | ".join(text.get_text() for text in figure.findobj(Text))


def number(value, seeds=True):
    spread = {"value": value + 0.001, "error": 0.004} if seeds else {"value": None, "error": None}
    return {"value": value, "error": 0.002, "reason": None, "over_seeds": spread}


def model(label, start, held_out=(), seeds=True):
    processes = {
        name: dict.fromkeys(LABELS, number(start + mass / 10000, seeds))
        | {"parameters": {"mass_gev": mass}, "trained": name not in held_out}
        for name, mass in MASSES.items()
    }
    return {"model": label, "processes": processes}


def to_first(label, value, seeds=True):
    block = {"value": value if seeds else None, "error": 0.001 if seeds else None}
    block |= {"combined": {"value": 2 * value, "error": 0.003}}
    return {"model": label, "processes": {name: dict.fromkeys(LABELS, block) for name in MASSES}}


def comparison(seeds=True):
    models = [model("individual", 0.8, seeds=seeds), model("affine", 0.79, ("X750",), seeds)]
    table = {"models": models, "to_first": [to_first("affine", -0.01, seeds)]}
    return {"parameter": "mass_gev", "tables": {"half": table}}


def drawn(axes, colour):
    """Give the points with markers of one colour: filled ones and open ones, each as (mass, value)."""
    points = {"filled": [], "open": []}
    for line in axes.lines:
        if line.get_color() == colour and line.get_marker() not in ("None", "") and len(line.get_xdata()):
            kind = "open" if to_hex(line.get_markerfacecolor()) == "#ffffff" else "filled"
            points[kind] += list(zip(line.get_xdata(), line.get_ydata(), strict=True))
    return points


@pytest.mark.parametrize("metric", LABELS)
def test_held_out_masses_are_open_and_differences_are_below(metric, settings, assert_legible):
    with house_style():
        figure = models_by_mass(comparison(), "half", metric, settings)
        assert_legible(figure)
    main, below = figure.axes
    points = drawn(main, SERIES[1])
    assert [value for _, value in points["filled"]] == pytest.approx([0.841, 0.891])
    assert [value for _, value in points["open"]] == pytest.approx([0.866])
    assert [mass for mass, _ in points["open"]] == pytest.approx([750], abs=20)
    assert len(drawn(main, SERIES[0])["filled"]) == 3
    differences = drawn(below, SERIES[1])
    assert [value for values in differences.values() for _, value in values] == pytest.approx([-10.0] * 3)
    assert below.get_ylim()[0] < -11 and below.get_ylim()[1] > 0
    assert below.get_xlabel() == "$m_X$ [GeV]" and main.get_ylabel() == LABELS[metric]
    assert "open: held out" in texts(figure) and "mean over seeds with its error" in texts(figure)


def lengths(axes, colour):
    return sorted(
        float(np.ptp(segment[:, 1])) / 2
        for item in axes.containers
        for collection in item.lines[2]
        for segment in collection.get_segments()
        if to_hex(collection.get_color()[0]).upper() == colour and np.isfinite(segment).all() and len(segment)
    )


def test_errors_are_those_of_the_seeds_or_of_the_events(settings):
    with house_style():
        several = models_by_mass(comparison(), "half", "auc", settings)
        one = models_by_mass(comparison(seeds=False), "half", "auc", settings)
    assert lengths(several.axes[0], SERIES[0]) == pytest.approx([0.004] * 3)
    assert lengths(one.axes[0], SERIES[0]) == pytest.approx([0.002] * 3)
    assert lengths(several.axes[1], SERIES[1]) == pytest.approx([1.0] * 3)
    assert lengths(one.axes[1], SERIES[1]) == pytest.approx([3.0] * 3)
    assert "error of the simulated events" in texts(one)
    assert [value for _, value in drawn(one.axes[1], SERIES[1])["filled"]] == pytest.approx([-20.0] * 2)


def test_one_seed_beside_several_is_said(settings):
    mixed = comparison()
    mixed["tables"]["half"]["models"][1] = model("affine", 0.79, seeds=False)
    with house_style():
        figure = models_by_mass(mixed, "half", "auc", settings)
    assert "of one seed: error of the events" in texts(figure)


def test_an_undefined_number_is_not_drawn_but_said(settings, assert_legible):
    content = comparison()
    none = {
        "value": None,
        "error": None,
        "reason": "signal has no events",
        "over_seeds": {"value": None, "error": None},
    }
    content["tables"]["half"]["models"][1]["processes"]["X750"]["auc"] = none
    with house_style():
        figure = models_by_mass(content, "half", "auc", settings)
        assert_legible(figure)
    ((_, value),) = drawn(figure.axes[0], SERIES[1])["open"]
    assert np.isnan(value)
    assert "affine at 750 GeV: signal has no events" in texts(figure)


def test_many_models_and_a_single_one_stay_legible(settings, assert_legible):
    many = comparison()
    labels = [f"model_{number}" for number in range(8)]
    many["tables"]["half"] = {
        "models": [model(label, 0.8 - 0.01 * place, ("X750",)) for place, label in enumerate(labels)],
        "to_first": [to_first(label, -0.01) for label in labels[1:]],
    }
    alone = comparison()
    table = alone["tables"]["half"]
    table["models"], table["to_first"] = table["models"][:1], []
    table["models"][0]["processes"] = {"X500": table["models"][0]["processes"]["X500"]}
    with house_style():
        figures = [models_by_mass(content, "half", "auc", settings) for content in (many, alone)]
        for figure in figures:
            assert_legible(figure)
    assert all(label in texts(figures[0]) for label in labels)


def curves():
    shares = np.linspace(0.01, 1, 50)
    processes = {}
    for power, (name, mass) in enumerate(MASSES.items(), start=2):
        background = shares**power
        ratio = list(0.1 * power * (1 - shares))
        curve = {
            "threshold": list(1 - shares),
            "signal_efficiency": list(shares),
            "background_efficiency": list(background),
            "precision": list(shares / (shares + background)),
            "significance_ratio": [None, *ratio[1:]],
            "reason": None,
        }
        area = {"value": power / (power + 1), "error": 0.002, "reason": None}
        processes[name] = {
            "parameters": {"mass_gev": mass},
            "trained": name != "X750",
            "curve": curve,
            "auc": area,
            "area_under_precision_recall": area,
            "significance_ratio": {"value": ratio[1], "error": 0.01, "threshold": curve["threshold"][1]},
        }
    return {"variant": "affine_half", "processes": processes}


def test_curves_of_all_masses_are_in_one_figure(settings, assert_legible):
    content = curves()
    with house_style():
        figure = curves_by_mass(content, settings)
        assert_legible(figure)
    roc, precision, _ = figure.axes
    styles = {line.get_linestyle() for line in precision.lines if len(line.get_xdata()) == 50}
    assert styles == {"-", "--"}, "held-out masses are dashed"
    for line, mass in zip(
        [line for line in roc.lines if len(line.get_xdata()) == 51], content["processes"].values(), strict=True
    ):
        np.testing.assert_array_equal(line.get_ydata()[1:], mass["curve"]["background_efficiency"])
    assert "750 GeV: " + with_error(0.75, 0.002) in texts(figure)
    assert "affine_half, 139" in texts(figure) and "dashed: held out" in texts(figure)


def test_best_thresholds_in_the_tail_get_a_scale_that_shows_them(settings, assert_legible):
    content = curves()
    with house_style():
        plain = curves_by_mass(content, settings)
        for mass in content["processes"].values():
            mass["significance_ratio"]["threshold"] = 0.999
            mass["curve"]["threshold"] = list(1 - np.logspace(-7, -1, 50))
        tail = curves_by_mass(content, settings)
        assert_legible(tail)
    assert [figure.axes[2].get_xscale() for figure in (plain, tail)] == ["logit", "logit"]
    for mass in content["processes"].values():
        mass["significance_ratio"]["threshold"] = 0.5
    with house_style():
        assert curves_by_mass(content, settings).axes[2].get_xscale() == "linear"


def test_a_mass_without_curves_says_so(settings):
    content = curves()
    nothing = {"value": None, "error": None, "reason": "no signal"}
    content["processes"]["X500"] |= {
        "curve": {key: [] for key in content["processes"]["X500"]["curve"]} | {"reason": "no signal"},
        "auc": nothing,
        "area_under_precision_recall": nothing,
        "significance_ratio": nothing | {"threshold": None},
    }
    with house_style():
        figure = curves_by_mass(content, settings)
    assert texts(figure).count("500 GeV: undefined") == 3


def fitted(median, sigma, reason=""):
    expected = {str(sigmas): None if median is None else median * 1.4**sigmas for sigmas in (-2, -1, 0, 1, 2)}
    return Fitted(UpperLimit(0.95, expected, None, reason), sigma, reason, 2.0)


def limits(factor=1.1):
    def at(label, scale, held_out=()):
        return {
            name: LimitAtMass(f"{label}_at_{name}", {"mass_gev": mass}, name not in held_out, one)
            for name, mass in MASSES.items()
            for one in [fitted(scale(name) * 300 / mass, scale(name) * 150 / mass)]
        }

    models = {
        "individual": at("single", lambda _: 1.0),
        "affine": at("affine", lambda name: factor if name == "X750" else 1.0, ("X750",)),
    }
    return MassLimits("mass_gev", "individual", models)


def test_limits_have_bands_of_one_model_and_ratios_to_the_reference(settings, assert_legible):
    with house_style():
        figure = mass_limits(limits(), "affine", settings)
        assert_legible(figure)
    upper, ratio, sigma, sigma_ratio = figure.axes
    (two, one) = upper.collections[:2]
    assert [path.vertices[:, 1].max() for band in (two, one) for path in band.get_paths()] == pytest.approx(
        [0.6 * 1.4**2, 0.6 * 1.4]
    )
    assert [value for _, value in drawn(upper, SERIES[1])["open"]] == pytest.approx([0.44])
    for axes in (ratio, sigma_ratio):
        assert [value for _, value in drawn(axes, SERIES[1])["open"]] == pytest.approx([1.1])
        assert drawn(axes, SERIES[0]) == {"filled": [], "open": []}
    assert [value for _, value in drawn(sigma, SERIES[0])["filled"]] == pytest.approx([0.3, 0.2, 0.15])
    assert "95 % CL" in upper.get_ylabel() and ratio.get_ylabel() == "To individual"
    assert "bands of affine" in texts(figure)


def test_limits_that_differ_by_factors_are_drawn_logarithmically(settings, assert_legible):
    with house_style():
        figure = mass_limits(limits(factor=20.0), "affine", settings)
        assert_legible(figure)
    assert figure.axes[0].get_yscale() == "log"


def test_a_limit_that_does_not_exist_is_said(settings, assert_legible):
    content = limits()
    models = {label: dict(masses) for label, masses in content.models.items()}
    gone = copy.copy(models["affine"]["X750"])
    models["affine"]["X750"] = LimitAtMass(gone.variant, gone.parameters, False, fitted(None, None, "no minimum"))
    changed = MassLimits("mass_gev", "individual", models)
    assert changed.ratio("affine", "X750", "limit").as_json() == {"value": None, "reason": "no minimum"}
    assert changed.mean_ratio("affine", "all", "sigma_mu").reason == "X750: no minimum"
    with house_style():
        figure = mass_limits(changed, "affine", settings)
        assert_legible(figure)
    assert "affine at 750 GeV: no minimum" in texts(figure)


def test_without_the_reference_there_is_no_ratio(settings):
    content = limits()
    alone = MassLimits("mass_gev", "individual", {"affine": content.models["affine"]})
    assert alone.ratio("affine", "X500", "limit").reason == "there is no fit of 'individual' at X500"
    with house_style():
        figure = mass_limits(alone, "other", settings)
    assert (
        drawn(figure.axes[1], SERIES[0]) == {"filled": [], "open": []}
        or np.isnan([value for values in drawn(figure.axes[1], SERIES[0]).values() for _, value in values]).all()
    )


def test_masses_need_not_be_in_order_nor_several():
    assert smallest_distance(np.array([1000.0, 500.0, 750.0, 500.0])) == 250.0
    assert smallest_distance(np.array([0.0])) == 1.0
