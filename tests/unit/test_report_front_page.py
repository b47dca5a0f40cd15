"""The report's first page: valid reStructuredText after Jinja, every headline number, honest verdicts."""

from __future__ import annotations

import base64
import json
import re
from html import unescape

import pytest
from docutils.core import publish_parts
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.report.front_page import front_page
from signedag.report.grading import verdict
from signedag.report.limits import GRADES
from signedag.report.markup import bullets, definitions, escape, heading, table
from signedag.report.numbers import with_error
from signedag.report.results import read_results
from signedag.report.verdict import MARKS

STRICT = {"halt_level": 2, "report_level": 2, "input_encoding": "unicode"}


def rendered(text: str) -> str:
    """Do what `snakemake --report` does with the page; any docutils warning is an error."""
    page = Environment().from_string(text).render(snakemake=None, categories={}, files=[])
    return publish_parts(page, writer="html", settings_overrides=STRICT)["html_body"]


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def html_of(folder, settings) -> str:
    results = read_results(folder, settings)
    return rendered(front_page(results, verdict(results), settings, folder / "figures", "abcdef012345"))


def page_of(folder, settings) -> str:
    return plain(html_of(folder, settings))


FIXED = "fit/plain/coarse/fixed/result.json"


def content_of(results, name):
    return json.loads((results / name).read_text(encoding="utf-8"))


def test_every_headline_number_is_on_the_page(results, report_settings):
    text = page_of(results, report_settings)
    assert "A small analysis" in text
    for factor in content_of(results, "scale_factors/result.json")["scale_factors"].values():
        assert f"{factor['value']:.3f}" in text
        assert f"truth {factor['truth']:g}" in text
    auc = content_of(results, "classifiers/plain/performance.json")["auc"]
    assert text.count(with_error(auc["value"], auc["error"])) >= 2
    for sample in report_settings.samples:
        share = content_of(results, f"weights/transformed/{sample}/calibration.json")["negative_fraction"]
        assert f"{100 * share:.1f}" in text
    assert f"{content_of(results, 'sculpting/plain/sculpting.json')['chi2_mean']:.2f}" in text
    assert report_settings.config_hash in text


def test_the_verdict_is_the_first_table_with_a_mark_and_a_word_for_each_grade(results, report_settings):
    html = html_of(results, report_settings)
    first = re.search(r"<table.*?</table>", html, re.DOTALL)
    assert first is not None
    assert 'class="verdict' in first[0]
    grades = re.findall(r'<span class="(bad|marginal|good)">(.) (\w+)</span>', first[0])
    assert grades
    assert all(role == word and mark == MARKS[word] for role, mark, word in grades)
    assert [word for _, _, word in grades] == sorted((word for _, _, word in grades), key=list(GRADES).index)


def test_treatments_are_explained_with_the_fits_own_words(results, report_settings):
    text = page_of(results, report_settings)
    for treatment in report_settings.treatments:
        fit = content_of(results, f"fit/plain/coarse/{treatment}/result.json")
        assert " ".join(fit["explanation"].split()) in text.replace(" ’", "'")
    assert "own interval against the simultaneous fit" in text


def test_non_positive_bins_are_counted(results, report_settings):
    fit = content_of(results, FIXED)
    rows = [plain(row).split() for row in re.findall(r"<tr.*?</tr>", html_of(results, report_settings), re.DOTALL)]
    bins = fit["bins"]["sr"]
    expected = [str(bins["before"]), str(bins["after"]), str(len(fit["nonpositive_bins"])), "merge"]
    assert ["plain", "coarse", "fixed", "sr", *expected] in rows


def test_a_small_p_value_names_its_variable(editable, report_settings):
    def spoil(closure):
        closure["closure"]["calibrated"]["m_jj_gev"].update(p_value=1e-4, scale=1.07)
        closure["verdict"] = {"grade": "bad", "value": 3e-4, "limit": 0.01, "reason": "m_jj_gev decides"}

    editable.edit("weights/transformed/zjets/closure.json", spoil)
    text = page_of(editable.folder, report_settings)
    assert "3e-4 (m_jj_gev)" in text
    assert "bad closure of zjets p × comparisons = 3e-4 0.01 m_jj_gev decides" in text


def test_the_common_scale_is_shown_as_a_range_and_explained(editable, report_settings):
    def scaled(closure):
        for number, compared in enumerate(closure["closure"]["calibrated"].values()):
            compared["scale"] = 1.03 + 0.025 * number

    editable.edit("weights/transformed/zjets/closure.json", scaled)
    text = page_of(editable.folder, report_settings)
    assert "1.030 to 1.080" in text
    assert "smallest one over a common factor of all w' of the sample" in text.replace("’", "'").replace(" '", "'")


def test_regions_have_a_closure_of_their_own(editable, report_settings):
    def tested(closure):
        closure["by_region"] = {"sr": closure["closure"]}
        ratio = {"ratio": {"value": 1.0123, "error": 0.0045}, "p_value": 0.01}
        closure["region_yields"] = {"sr": {"calibrated": ratio}}

    editable.edit("weights/transformed/zjets/closure.json", tested)
    html = html_of(editable.folder, report_settings)
    assert "in the regions that classifiers train in" in plain(html)
    rows = [plain(row).split()[:2] for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL)]
    assert ["zjets", "sr"] in rows
    assert "1.0123 ± 0.0045" in html


def test_the_spread_over_an_ensemble_is_given(editable, report_settings):
    spread = {"values": [0.0006, 0.0014, 0.016], "median": 0.0014, "lowest": 0.0006, "highest": 0.016}
    ensemble = {"members": 3, "smallest_p_times_comparisons": spread, "variables": {}}
    editable.edit("weights/transformed/zjets/closure.json", lambda closure: closure.update(ensemble=ensemble))
    text = page_of(editable.folder, report_settings)
    assert "single networks of the ensemble" in text
    assert "zjets 3 0.001 6e-4 0.02" in text


def test_clipped_events_are_shown_with_what_their_signs_add_up_to(editable, report_settings):
    def clipped(calibration):
        calibration["clipped_fraction"] = 0.13
        calibration["clipped_signed_share"] = {"value": 0.009, "error": 0.039, "reason": None}

    editable.edit("weights/transformed/zjets/calibration.json", clipped)
    text = page_of(editable.folder, report_settings)
    assert text.count("0.009 ± 0.039") >= 2
    assert "which is not net negative" in text
    assert "13.0 % of |w|" in text


@pytest.mark.parametrize("strategy", ["signed", "paired"])
def test_signed_weights_have_nothing_to_test(results, report_settings, strategy):
    settings = report_settings.model_copy(update={"strategies": {"plain": strategy}})
    text = page_of(results, settings)
    assert "plain is trained with signed weights" in text
    assert "there is nothing to test" in text


def test_weights_of_another_strategy_have_a_closure_of_their_own(editable, report_settings):
    closures = (f"weights/{strategy}/zjets/closure.json" for strategy in ("transformed", "absolute"))
    editable.copy(*closures, strategy="absolute")

    def spoil(closure):
        closure["closure"] = {"calibrated": closure["closure"]["calibrated"]}
        closure["verdict"] = {"grade": "bad", "value": 1e-8, "limit": 0.01, "reason": "shapes differ"}

    editable.edit("weights/absolute/zjets/closure.json", spoil)
    changes = {
        "strategies": {"plain": "absolute"},
        "other_closures": {"absolute": {"zjets": "absolute/zjets/closure.json"}},
    }
    text = page_of(editable.folder, report_settings.model_copy(update=changes))
    assert "plain absolute zjets 3" in text
    assert "bad closure of absolute zjets p × comparisons < 1e-6 0.01 shapes differ" in text


def test_heavy_tails_get_a_verdict_in_numbers(editable, report_settings):
    assert "Heavy tails" not in page_of(editable.folder, report_settings)

    def heavy(calibration):
        calibration["largest_over_median"], calibration["negative_fraction"] = 170.0, 0.25
        calibration["effective_size_factor"]["signed"] = 0.05

    editable.edit("weights/transformed/zjets/calibration.json", heavy)
    text = page_of(editable.folder, report_settings)
    assert "the largest |w| is 170 times the median" in text
    assert "worth 5.0 % of as many unweighted ones, so 20 times as many" in text
    assert "the signs cost a factor 4 " in text
    assert "the spread of |w| a factor 5." in text


def test_unknown_truth_and_missing_stages_are_said(editable, report_settings):
    for sample in report_settings.samples:
        editable.edit(f"weights/transformed/{sample}/closure.json", lambda closure: closure.update(truth={}))
    assert "Diboson peak" in page_of(editable.folder, report_settings)
    text = page_of(editable.folder, report_settings.model_copy(update={"has_diboson_peak": False}))
    assert "is not known" in text
    assert "Diboson peak" not in text


def test_an_analysis_without_control_regions_and_fit(results, report_settings):
    settings = report_settings.model_copy(
        update={
            "has_sculpting": False,
            "has_diboson_peak": False,
            "has_scale_factors": False,
            "fits": {},
            "treatments": (),
        }
    )
    text = page_of(results, settings)
    assert "no sculpting check" in text
    assert "no control regions and no scale factors" in text
    assert "no signal-strength fit" in text


def test_undefined_numbers_say_why(editable, report_settings):
    undefined = {"value": None, "error": None, "reason": "background sums to -1_"}
    editable.edit("classifiers/plain/performance.json", lambda content: content["auc"].update(undefined))

    def empty(content):
        content.update(chi2_mean=None, chi2_reason="quantile 3: empty", ks_distance=None, ks_probability=None)
        content["chi2_per_quantile"][3] = content["chi2_p_per_quantile"][3] = None

    editable.edit("sculpting/plain/sculpting.json", empty)
    nothing = {"q0": None, "z": None, "reason": "no fit at zero"}
    editable.edit(FIXED, lambda content: content.update(significance=nothing, template_statistical=0.1))
    text = page_of(editable.folder, report_settings)
    assert "undefined (background sums to -1_)" in text
    assert "Undefined: quantile 3: empty." in text
    assert "undefined: no fit at zero" in text


def test_many_seeds_are_summed_up(editable, report_settings):
    def thirty(content):
        content["per_seed"] = {str(number): content["per_seed"]["1"] for number in range(30)}

    editable.edit("classifiers/plain/performance.json", thirty)
    text = page_of(editable.folder, report_settings)
    assert "30 seeds, mean and spread" in text
    assert "seed 12" not in text


def test_one_treatment_has_nothing_to_compare(results, report_settings):
    text = page_of(results, report_settings.model_copy(update={"treatments": ("fixed",)}))
    assert "Why the treatments" not in text
    assert " ".join(content_of(results, FIXED)["explanation"].split()) in text


def test_no_simultaneous_fit_to_compare_with(results, report_settings):
    text = page_of(results, report_settings.model_copy(update={"treatments": ("fixed", "constrained")}))
    assert "no simultaneous fit to compare" in text


def test_a_result_that_the_simulation_dominates_is_refused(editable, report_settings):
    """The second sample of issue 6: μ = 1.000 −0.861 +0.866 stood on the page, with an error of 40.9 beside it."""

    def dominated(content):
        content["interval"].update(value=1.0, down=0.861, up=0.866)
        content["template_statistical"] = 40.9

    editable.edit(FIXED, dominated)
    text = page_of(editable.folder, report_settings)
    reason = "the simulation's own error dominates: the fit's own error is 0.863, the simulation's 40.9"
    assert f"refused ({reason}; simulate more events), fixed" in text.replace("’", "'")
    row = re.search(r"plain coarse fixed refused refused 1.000 −0.861 \+0.866", text)
    assert row, "the fit alone stands in the section, marked as such"
    assert "μ = 1.000 −0.861" not in text


def test_variants_stand_side_by_side(editable, report_settings):
    for path in sorted(editable.folder.glob("*/plain/**/*.json")):
        if path.name != "workspace.json":
            plain = str(path.relative_to(editable.folder))
            editable.copy(plain, plain.replace("/plain/", "/disco/"), variant="disco")
    pair = {"first": "disco", "second": "plain", "value": -0.0123, "error": 0.0004, "training_error": 0.002}
    write_json(
        editable.folder / "classifiers" / "comparison.json",
        {"differences": [pair]},
        Identity.of("classifier comparison"),
    )
    settings = report_settings.model_copy(
        update={
            "variants": ("plain", "disco"),
            "compared": True,
            "strategies": {"plain": "transformed", "disco": "signed"},
            "seeds": {"plain": (1, 2), "disco": (1, 2)},
            "fits": {"plain": ("coarse",), "disco": ("coarse",)},
        }
    )
    text = page_of(editable.folder, settings)
    assert "classifiers plain, disco" in text
    for name in ("plain", "disco"):
        assert f"{name} combined" in text
        assert f"{name} coarse simultaneous" in text
    assert "disco − plain −0.01230 ± 0.00040 0.002" in text


def test_key_figures_are_part_of_the_page(editable, report_settings):
    image = bytes(range(256)) * 80
    figures = ("weights/zjets/weight_closure", "sculpting/plain/mass_in_score_quantiles",
               "scale_factors/control_regions", "fit/plain/coarse/likelihood_scan")  # fmt: skip
    assert "<img" not in html_of(editable.folder, report_settings)
    editable.edit(
        "weights/transformed/zjets/closure.json",
        lambda closure: closure.update(verdict={"grade": "bad", "value": 1e-5, "limit": 0.01, "reason": "spoilt"}),
    )
    for name in figures:
        path = editable.folder / "figures" / f"{name}.png"
        path.parent.mkdir(parents=True)
        path.write_bytes(image)
    html = html_of(editable.folder, report_settings)
    sources = re.findall(r'<img alt="([^"]*)" src="data:image/png;base64,([^"]*)"', html)
    assert [base64.b64decode(data) for _, data in sources] == [image] * 4
    assert sources[0][0] == "Closure of zjets, the sample that closes worst"


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
