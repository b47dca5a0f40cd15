"""The report's first page: valid reStructuredText after Jinja, every headline number, honest verdicts."""

from __future__ import annotations

import re
from html import unescape

import pytest
from docutils.core import publish_parts
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from signedag.report.front_page import front_page
from signedag.report.markup import bullets, definitions, escape, heading, table
from signedag.report.numbers import with_error, with_interval
from signedag.report.results import read_results
from signedag.report.summary import summary
from signedag.report.weights_section import weights_section

STRICT = {"halt_level": 2, "report_level": 2, "input_encoding": "unicode"}


def rendered(text: str) -> str:
    """Do what `snakemake --report` does with the page; any docutils warning is an error."""
    page = Environment().from_string(text).render(snakemake=None, categories={}, files=[])
    return publish_parts(page, writer="html", settings_overrides=STRICT)["html_body"]


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


@pytest.fixture
def read(results, report_settings):
    return read_results(results, report_settings)


def page_of(read, settings) -> str:
    return plain(rendered(front_page(summary(read, settings, "abcdef012345"), read, settings)))


def test_every_headline_number_is_on_the_page(read, report_settings):
    text = page_of(read, report_settings)
    found = summary(read, report_settings, "abcdef012345")
    assert "A small analysis" in text
    for factor in found["scale_factors"].values():
        assert with_interval(factor["value"], factor["down"], factor["up"]) in text
        assert f"{factor['truth']:g}" in text
    for strength in found["signal_strength"]["plain"].values():
        assert with_interval(strength["value"], strength["down"], strength["up"], more=1) in text
    auc = found["classifiers"]["plain"]["auc"]
    assert text.count(with_error(auc["value"], auc["error"])) >= 2
    for block in found["weights"].values():
        share = block["negative_fraction"]
        assert f"{with_error(100 * share['value'], 100 * share['error'])} %" in text
    assert f"{found['sculpting']['plain']['chi2_mean']:.2f}" in text
    assert found["config_hash"] in text


def test_treatments_are_explained_with_the_fits_own_words(read, report_settings):
    text = page_of(read, report_settings)
    for fit in read.fits["plain"]["coarse"].values():
        assert " ".join(fit["explanation"].split()) in text.replace(" ’", "'")
    assert "Width of the interval against the simultaneous fit" in text


def test_non_positive_bins_are_counted(read, report_settings):
    fit = read.fits["plain"]["coarse"]["fixed"]
    html = rendered(front_page(summary(read, report_settings, "0"), read, report_settings))
    rows = [plain(row).split() for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL)]
    bins = fit["bins"]["sr"]
    expected = [str(bins["before"]), str(bins["after"]), str(len(fit["nonpositive_bins"])), "merge"]
    assert ["plain", "coarse", "fixed", "sr", *expected] in rows


def test_closure_verdict_names_the_sample_and_the_variable(read, report_settings):
    assert "closure after calibration holds in 4 of 4 samples" in page_of(read, report_settings)
    read.closures["zjets"]["closure"]["calibrated"]["m_jj_gev"]["p_value"] = 1e-4
    text = page_of(read, report_settings)
    assert "closure after calibration holds in 3 of 4 samples" in text
    assert "Refused after calibration: zjets." in text
    assert "3e-4 (m_jj_gev)" in text


def test_heavy_tails_get_a_verdict_in_numbers(read, report_settings):
    assert "Heavy tails" not in page_of(read, report_settings)
    calibration = read.calibrations["zjets"]
    calibration["largest_over_median"], calibration["negative_fraction"] = 170.0, 0.25
    calibration["effective_size_factor"]["signed"] = 0.05
    text = page_of(read, report_settings)
    assert "the largest |w| is 170 times the median" in text
    assert "worth 5.0 % of as many unweighted ones, so 20 times as many" in text
    assert "the signs cost a factor 4 " in text
    assert "the spread of |w| a factor 5." in text


def test_unknown_truth_and_missing_stages_are_said(read, report_settings):
    for closure in read.closures.values():
        closure["truth"] = {}
    read.sculpting["plain"]["resonance"] = None
    read.sculpting["plain"]["resonance_reason"] = "no background sample is resonant (processes.*.resonant)"
    text = page_of(read, report_settings)
    assert "is not known" in text
    assert "no background sample is resonant (processes.*.resonant)" in text


def test_an_analysis_without_control_regions_and_fit(results, report_settings):
    settings = report_settings.model_copy(
        update={"has_sculpting": False, "has_scale_factors": False, "fits": {}, "treatments": ()}
    )
    text = page_of(read_results(results, settings), settings)
    assert "no sculpting check" in text
    assert "no control regions and no scale factors" in text
    assert "no signal-strength fit" in text


def test_undefined_numbers_say_why(read, report_settings):
    read.performances["plain"]["auc"].update({"value": None, "error": None, "reason": "background sums to -1_"})
    read.sculpting["plain"].update(
        {"chi2_mean": None, "chi2_reason": "quantile 3: empty", "ks_distance": None, "ks_probability": None}
    )
    read.sculpting["plain"]["chi2_per_quantile"][3] = None
    read.fits["plain"]["coarse"]["fixed"]["significance"] = {"q0": None, "z": None, "reason": "no fit at zero"}
    text = page_of(read, report_settings)
    assert "undefined (background sums to -1_)" in text
    assert "Undefined: quantile 3: empty." in text
    assert "undefined: no fit at zero" in text


def test_many_seeds_are_summed_up(read, report_settings):
    seed = read.performances["plain"]["per_seed"]["1"]
    read.performances["plain"]["per_seed"] = {str(number): seed for number in range(30)}
    text = page_of(read, report_settings)
    assert "30 seeds, mean and spread" in text
    assert "seed 12" not in text


def test_one_treatment_has_nothing_to_compare(read, report_settings):
    del read.fits["plain"]["coarse"]["constrained"], read.fits["plain"]["coarse"]["simultaneous"]
    text = page_of(read, report_settings)
    assert "Why the treatments" not in text
    assert " ".join(read.fits["plain"]["coarse"]["fixed"]["explanation"].split()) in text


def test_no_simultaneous_fit_to_compare_with(read, report_settings):
    del read.fits["plain"]["coarse"]["simultaneous"]
    assert "no simultaneous fit to compare" in page_of(read, report_settings)


def test_other_strategies_have_no_uncalibrated_closure(read, report_settings):
    blocks = summary(read, report_settings, "0")["weights"]
    for block in blocks.values():
        del block["closure"]["uncalibrated"], block["yield_bias"]["uncalibrated"], block["truth"]["uncalibrated"]
    assert "−" in plain(rendered(weights_section(blocks)))


def test_generator_names_are_no_mail_addresses():
    assert "mailto" not in rendered(heading("MC@NLO") + table(["sample"], [["aMC@NLO"]]))


NAMES = st.text(st.characters(exclude_categories=["C", "Z", "M"]), min_size=1, max_size=20)


@given(NAMES, NAMES)
@settings(deadline=None)
@example("{{", "%}")
@example("1.", "x")
@example("`a", "_b|")
def test_any_name_survives_markup(first, second):
    name = f"{first} {second}"
    parts = [heading(name), table(["name", "again"], [[name, "1"]]), definitions([("term", f"a {name}")])]
    html = plain(rendered("\n".join([*parts, bullets([f"b {escape(name)}"])])))
    shown = re.sub(r"\{(?=[{%#])", "{ ", name)
    assert html.count(shown) >= 4
