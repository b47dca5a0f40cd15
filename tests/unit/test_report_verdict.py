"""The verdict: what is good, marginal and bad, held against the limits, the worst first."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signedag.report import limits
from signedag.report.grading import verdict
from signedag.report.limits import GRADES, Limit
from signedag.report.results import read_results
from signedag.report.verdict import SUBJECTS, Line, as_text, brief, counted, worst_first

LIMITS = {name: value for name, value in vars(limits).items() if isinstance(value, Limit)}
FIXED = "fit/plain/coarse/fixed/result.json"
SCULPTING = "sculpting/plain/sculpting.json"
PEAK = "sculpting/plain/diboson_peak.json"
CLOSURE = "weights/transformed/zjets/closure.json"
CALIBRATION = "weights/transformed/zjets/calibration.json"
PERFORMANCE = "classifiers/plain/performance.json"


def judged(folder, settings, name):
    """Give the one line of this name."""
    (line,) = [line for line in verdict(read_results(folder, settings)) if line.name == name]
    return line


@pytest.mark.parametrize("name", LIMITS)
def test_every_limit_has_a_reason_and_grades_in_order(name):
    limit = LIMITS[name]
    assert len(limit.because.split()) > 6
    assert (limit.bad >= limit.marginal) if limit.larger_is_worse else (limit.bad <= limit.marginal)
    step = 1.0 if limit.larger_is_worse else -1.0
    assert limit.grade(limit.bad + step) == "bad"
    assert limit.grade(limit.marginal) == "good"


@given(st.sampled_from(sorted(LIMITS)), st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_a_worse_number_never_gets_a_better_grade(name, first, second):
    limit = LIMITS[name]
    better, worse = sorted((first, second), reverse=not limit.larger_is_worse)
    assert GRADES.index(limit.grade(worse)) <= GRADES.index(limit.grade(better))


def test_a_healthy_analysis_has_nothing_bad_but_its_small_simulation(results, report_settings):
    lines = verdict(read_results(results, report_settings))
    assert {line.subject for line in lines if line.grade == "bad"} == {"signal strength"}
    assert {line.subject for line in lines} == set(SUBJECTS) - {"recommended score"}


@pytest.mark.parametrize(
    ("value", "error", "grade"),
    [(0.47, 0.01, "bad"), (0.505, 0.01, "bad"), (0.52, 0.01, "marginal"), (0.6, 0.01, "good")],
)
def test_auc_is_held_against_guessing_within_its_error(editable, report_settings, value, error, grade):
    editable.edit(PERFORMANCE, lambda content: content["auc"].update(value=value, error=error))
    line = judged(editable.folder, report_settings, "AUC of plain")
    assert (line.grade, line.value, line.limit) == (grade, value, 0.5)


def test_a_seed_that_learned_nothing_is_not_averaged_away(editable, report_settings):
    editable.edit(PERFORMANCE, lambda content: content["per_seed"]["2"]["auc"].update(value=0.48, error=0.01))
    assert judged(editable.folder, report_settings, "AUC of plain, seed 2").grade == "bad"


def test_an_undefined_auc_is_bad(editable, report_settings):
    undefined = {"value": None, "error": None, "reason": "no background"}
    editable.edit(PERFORMANCE, lambda content: content["auc"].update(undefined))
    line = judged(editable.folder, report_settings, "AUC of plain")
    assert (line.grade, line.value, line.reason) == ("bad", None, "no background")


@pytest.mark.parametrize(
    ("numbers", "events", "grade", "reason"),
    [
        (0, 0, "good", "no event is in the files more than once"),
        (30, 0, "marginal", "different events with one event number are in one fold"),
        (30, 3, "marginal", "events are in the files more than once"),
        (30, 30, "bad", "name each file once"),
    ],
)
def test_events_that_are_there_twice_are_on_the_first_page(editable, report_settings, numbers, events, grade, reason):
    repeated = {"repetitions": {"numbers": numbers, "events": events}}
    editable.edit("ntuples/data/summary.json", lambda content: content.update(repeated))
    line = judged(editable.folder, report_settings, "events of data")
    assert line.grade == grade and reason in line.reason


@pytest.mark.parametrize(("shared", "grade"), [(0, "good"), (10, "marginal"), (11, "bad")])
@pytest.mark.parametrize("sample", ["tt", "data"])
def test_events_in_two_fitted_regions_are_on_the_first_page(editable, report_settings, sample, shared, grade):
    """Data count for themselves: 11 of 1000 is too much, in three simulated samples of 1000 it is not."""
    overlap = {"overlaps": [{"regions": ["cr_tt", "sr"], "events": shared, "expected_events": 1.0}] if shared else []}
    for name in ["zjets", "top", "zh", "vz"] if sample == "tt" else ["data"]:
        editable.edit(f"ntuples/{name}/summary.json", lambda content: content.update(overlap))
    name = "regions of cr_tt and sr" if shared else "regions of cr_tt, cr_zjets, sr"
    line = judged(editable.folder, report_settings, name)
    assert line.grade == grade
    if shared:
        assert (
            f"{shared if sample == 'data' else 4 * shared} {'data' if sample == 'data' else 'simulated'}" in line.result
        )


@pytest.mark.parametrize("key", ["diverged", "failed"])
def test_a_training_that_failed_is_named(editable, report_settings, key):
    name = "classifiers/plain/seed2/fold1/history.json"
    editable.edit(name, lambda content: content.update({key: "objective 1e+20"}))
    line = judged(editable.folder, report_settings, "training of plain")
    assert (line.grade, line.value, line.limit) == ("bad", 1.0, 0.0)
    assert line.reason == f"seed 2, fold 1: {key}: objective 1e+20"


def test_a_sign_network_that_diverged_is_named(editable, report_settings):
    name = "weights/sign_networks/zjets/without_fold1/history.json"
    editable.edit(name, lambda content: content["networks"][2].update(diverged="objective 1e+20"))
    line = judged(editable.folder, report_settings, "training of sign networks of zjets")
    assert (line.grade, line.value) == ("bad", 1.0)
    assert line.result == "1 of 6 failed"
    assert line.reason == "without fold 1, part 2: diverged: objective 1e+20"


def test_signs_that_a_network_cannot_tell_apart_are_no_failure(editable, report_settings):
    name = "weights/sign_networks/zjets/without_fold1/history.json"
    editable.edit(name, lambda content: content["networks"][2].update(failed="no better than a constant"))
    line = judged(editable.folder, report_settings, "training of sign networks of zjets")
    assert (line.grade, line.value) == ("marginal", 0.0)
    assert line.result == "1 of 6 no better than a constant"
    assert line.reason == "without fold 1, part 2: no better than a constant"


def test_members_of_an_ensemble_are_told_apart(editable, report_settings):
    def two_members(content):
        content["networks"] = [dict(network, member=member) for network in content["networks"] for member in (0, 1)]
        for network in content["networks"]:
            network["diverged"] = "objective 1e+20"

    editable.edit("weights/sign_networks/zjets/without_fold0/history.json", two_members)
    line = judged(editable.folder, report_settings, "training of sign networks of zjets")
    assert line.result == "6 of 9 failed"
    assert "without fold 0, part 0, member 1: diverged: objective 1e+20" in line.reason
    assert line.reason.endswith("; and 3 more")


def test_a_warning_of_a_training_is_marginal(editable, report_settings):
    name = "classifiers/plain/seed1/fold0/history.json"
    editable.edit(name, lambda content: content.update(warnings=["its batch is larger than the sample"]))
    line = judged(editable.folder, report_settings, "training of plain")
    assert (line.grade, line.reason) == ("marginal", "seed 1, fold 0: its batch is larger than the sample")


def sculpted(mean=0.9, chi2_p=0.3, ks_p=0.4, of="non_resonant"):
    def change(content):
        content[of].update(chi2_mean=mean, chi2_p_smallest=chi2_p, ks_probability=ks_p)

    return change


@pytest.mark.parametrize(
    ("change", "grade", "value"),
    [
        (sculpted(), "good", 0.3),
        (sculpted(mean=0.0), "bad", None),
        (sculpted(mean=3.0, chi2_p=1e-7), "marginal", 3.0),
        (sculpted(mean=1.4, chi2_p=1e-3), "marginal", 1e-3),
        (sculpted(mean=1014.0, chi2_p=0.0, ks_p=0.0), "bad", 1014.0),
        (sculpted(mean=1.0, ks_p=1e-5), "marginal", 1e-5),  # only KS sees it
        (sculpted(mean=None), "bad", None),
    ],
)
def test_sculpting(editable, report_settings, change, grade, value):
    editable.edit(SCULPTING, change)
    line = judged(editable.folder, report_settings, "sculpting of plain")
    assert (line.grade, line.value) == (grade, value)


def test_the_background_without_the_resonance_decides_and_the_number_of_quantiles_is_said(editable, report_settings):
    editable.edit(SCULPTING, lambda content: content.update(chi2_mean=40.0, chi2_p_smallest=0.0, ks_probability=0.0))
    editable.edit(SCULPTING, sculpted())
    line = judged(editable.folder, report_settings, "sculpting of plain")
    assert line.grade == "good" and "without the resonant background, worst of 4 quantiles p = 0.30" in line.result
    assert "one is below in up to 4 % of cases" in line.reason
    editable.edit(SCULPTING, lambda content: content.update(non_resonant=None))
    assert judged(editable.folder, report_settings, "sculpting of plain").grade == "bad"


def peak(scaled=(9.0, 1.0), excess=(40.0, 8.0), without=(2.0, 7.0), sidebands=0.4):
    def change(content):
        peak, left = content["peak"], content["peak_without_resonant"]
        peak["significance_scaled"].update(zip(("value", "error"), scaled, strict=True))
        peak["excess"].update(zip(("value", "error"), excess, strict=True))
        left["excess"].update(zip(("value", "error"), without, strict=True))
        peak["sidebands"]["p_value"] = sidebands

    return change


@pytest.mark.parametrize(
    ("change", "grade", "reason"),
    [
        (peak(), "good", "keeps the peak"),
        (peak(scaled=(-5.0, 1.0), excess=(-14.6, 2.0), sidebands=4e-24), "bad", "does not fit beside the peak"),
        (peak(sidebands=0.02), "marginal", "does not fit beside the peak"),
        (peak(scaled=(0.5, 1.0), excess=(3.0, 8.0)), "bad", "takes the peak away"),
        (peak(scaled=(2.5, 1.0)), "marginal", "can hardly be seen"),
        (peak(excess=(12.0, 8.0)), "marginal", "the simulated sample is too small"),
        (peak(without=(30.0, 7.0)), "bad", "an excess remains where there is no vz"),
        (peak(without=(-30.0, 7.0)), "bad", "a deficit remains where there is no vz"),
        (peak(scaled=(None, None)), "bad", ""),
    ],
)
def test_the_diboson_peak(editable, report_settings, change, grade, reason):
    editable.edit(PEAK, change)
    line = judged(editable.folder, report_settings, "diboson peak of plain")
    assert line.grade == grade
    assert reason in line.reason


@pytest.mark.parametrize("grade", ["good", "marginal", "bad"])
def test_what_the_closure_says_of_itself_stands(editable, report_settings, grade):
    stated = {"grade": grade, "value": 0.02, "limit": 0.05, "reason": "smallest p of a region"}
    editable.edit(CLOSURE, lambda content: content.update(verdict=stated))
    line = judged(editable.folder, report_settings, "closure of zjets")
    assert (line.grade, line.value, line.limit, line.reason) == (grade, 0.02, 0.05, "smallest p of a region")


def test_nothing_to_test_is_no_line(editable, report_settings):
    stated = {"grade": "nothing_to_test", "value": None, "limit": None, "reason": "signed weights"}
    editable.edit(CLOSURE, lambda content: content.update(verdict=stated))
    names = {line.name for line in verdict(read_results(editable.folder, report_settings))}
    assert "closure of zjets" not in names
    assert "closure of zh" in names


@pytest.mark.parametrize(
    ("fraction", "share", "grade", "known"),
    [
        (0.0001, None, "good", ""),
        (0.03, (-0.022, 0.049), "marginal", "which is not net negative"),
        (0.13, (-0.4, 0.05), "bad", "which is net negative"),
    ],
)
def test_clipping_is_called_what_it_was_measured_to_be(editable, report_settings, fraction, share, grade, known):
    def change(content):
        content["clipped_fraction"] = fraction
        content["clipped_signed_share"] = None if share is None else {"value": share[0], "error": share[1]}

    editable.edit(CALIBRATION, change)
    line = judged(editable.folder, report_settings, "clipping of zjets")
    assert line.grade == grade
    assert known in line.reason


def test_a_yield_bias_is_measured_in_its_error(editable, report_settings):
    editable.edit(CALIBRATION, lambda content: content["yield_bias"].update(calibrated=0.5))
    assert judged(editable.folder, report_settings, "yield bias of zjets").grade == "bad"


@pytest.mark.parametrize(("pull", "grade"), [(-0.4, "good"), (2.4, "marginal"), (-3.4, "bad")])
def test_a_scale_factor_is_held_against_the_truth_with_both_errors(editable, report_settings, pull, grade):
    def change(content):
        content["scale_factors"]["sf_tt"].update(pull_of_truth=9.0, pull_of_truth_with_template_statistical=pull)

    editable.edit("scale_factors/result.json", change)
    line = judged(editable.folder, report_settings, "scale factor of tt")
    assert (line.grade, line.value) == (grade, abs(pull))


def test_observed_data_have_no_truth_to_be_held_against(editable, report_settings):
    def change(content):
        for factor in content["scale_factors"].values():
            factor.update(truth=None, pull_of_truth=None, pull_of_truth_with_template_statistical=None)

    editable.edit("scale_factors/result.json", change)
    subjects = {line.subject for line in verdict(read_results(editable.folder, report_settings))}
    assert "scale factor" not in subjects
    assert "control regions" in subjects


@pytest.mark.parametrize(("bias", "grade"), [(0.1, None), (-0.3, "marginal"), (0.6, "bad")])
def test_a_bias_by_fluctuating_templates_is_warned_of(editable, report_settings, bias, grade):
    """Not where it is small, nor where an earlier version did not give it."""

    def edit(content):
        content["interval"].update(down=1.0, up=1.0)
        content.update(template_statistical=0.0, template_bias=bias)

    editable.edit(FIXED, edit)
    name = "signal strength of plain (coarse, fixed), bias"
    lines = [line for line in verdict(read_results(editable.folder, report_settings)) if line.name == name]
    assert [line.grade for line in lines] == ([] if grade is None else [grade])
    editable.edit(FIXED, lambda content: content.pop("template_bias"))
    assert name not in [line.name for line in verdict(read_results(editable.folder, report_settings))]


@pytest.mark.parametrize(("error", "grade"), [(0.1, "good"), (0.3, "marginal"), (40.9, "bad"), (None, "bad")])
def test_signal_strength_is_held_against_the_error_of_the_simulation(editable, report_settings, error, grade):
    editable.edit(FIXED, lambda content: content.update(template_statistical=error))
    line = judged(editable.folder, report_settings, "signal strength of plain (coarse, fixed)")
    assert line.grade == grade
    if grade == "bad":
        assert "the simulation's own error" in line.reason
        assert line.result.startswith("refused")
    else:
        assert line.result.startswith("μ = 1.00")


LINE = st.builds(
    Line, st.sampled_from(SUBJECTS), st.sampled_from(["a", "b", "c"]), st.sampled_from(GRADES), st.none(), st.none(),
    st.just("result"), st.just("a reason"),
)  # fmt: skip


@given(st.lists(LINE, max_size=30))
def test_the_worst_comes_first_and_nothing_bad_is_merged(lines):
    ordered = worst_first(lines)
    assert sorted(map(repr, ordered)) == sorted(map(repr, lines))
    assert all(before.rank <= after.rank for before, after in itertools.pairwise(ordered))
    short = brief(ordered)
    assert all(before.rank <= after.rank for before, after in itertools.pairwise(short))
    assert {(line.grade, line.subject) for line in short} == {(line.grade, line.subject) for line in ordered}
    assert len(short) == len({(line.grade, line.subject) for line in short})


def test_bad_lines_are_put_together_only_where_they_say_the_same():
    lines = [
        Line("sculpting", of, "bad", 9.0, 5.0, result, "it sculpts") for of, result in zip("abc", "xxy", strict=True)
    ]
    assert [(line.of, line.result) for line in brief(lines)] == [("a, b", "x"), ("c", "y")]


def test_a_merged_line_shows_the_result_that_is_nearest_to_its_limit():
    lines = [
        Line("AUC", of, "good", 0.9, 0.5, f"{of} result", "fine", "0.5", near) for of, near in (("a", 0.1), ("b", 0.9))
    ]
    (line,) = brief(lines)
    assert line.of == "a, b"
    assert line.result == "at worst b result, b"


def test_text_for_the_terminal():
    lines = (
        Line("sculpting", "plain", "bad", 1014.0, 5.0, "mean χ²/ndf = 1014", "it sculpts", "5"),
        Line("AUC", "plain", "good", 0.87, 0.5, "0.87", "fine", "0.5"),
    )
    assert as_text(lines, "vhbb") == (
        "vhbb: 1 bad, 1 good\n\n"
        "✘ bad       sculpting of plain: mean χ²/ndf = 1014 (limit 5): it sculpts\n"
        "✔ good      AUC of plain: 0.87 (limit 0.5): fine\n"
    )
    assert counted(lines) == "1 bad, 1 good"
