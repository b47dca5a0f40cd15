"""Which score the result uses: what is counted, what is shown for comparison, and what others would have done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signedag.report.grading import verdict
from signedag.report.recommended_score import SUBJECT, candidates, result_section
from signedag.report.results import read_results
from signedag.report.verdict import COMPARISON, as_text, counted


def with_error(fits, error, variant):
    """Give fits of another variant with another error of the simulation."""
    return {
        binning: {name: replace(fit, variant=variant, template_statistical=error) for name, fit in treatments.items()}
        for binning, treatments in fits.items()
    }


@pytest.fixture
def two(results, report_settings):
    """The analysis of the fixtures with a second score, `mapped`, that is recommended and does not sculpt."""
    one = read_results(results, report_settings)
    flat = replace(
        one.sculpting["plain"],
        chi2_per_quantile=(0.5,) * 4,
        chi2_p_per_quantile=(0.9,) * 4,
        chi2_mean=0.5,
        chi2_p_smallest=0.9,
        ks_probability=0.9,
        without_resonant=None,
    )
    steep = replace(flat, chi2_per_quantile=(90.0,) * 4, chi2_mean=90.0, chi2_p_smallest=1e-30, ks_probability=1e-30)
    return replace(
        one,
        performances={"plain": one.performances["plain"], "mapped": one.performances["plain"]},
        sculpting={"plain": steep, "mapped": flat},
        diboson_peaks={},
        fits={"plain": one.fits["plain"], "mapped": with_error(one.fits["plain"], 0.1, "mapped")},
        recommended="mapped",
        used=frozenset({"mapped", "plain_source"}),
    )


def test_what_the_result_does_not_use_is_not_counted(two):
    lines = verdict(two)
    sculpting = {line.of: line for line in lines if line.subject == "sculpting"}
    assert (sculpting["plain"].grade, sculpting["plain"].beside) == ("bad", True)
    assert (sculpting["mapped"].grade, sculpting["mapped"].beside) == ("good", False)
    everything = verdict(replace(two, recommended=None))
    assert not any(line.beside for line in everything)
    bad = [line for line in everything if line.grade == "bad"]
    assert counted(everything).startswith(f"{len(bad)} bad")
    used = [line for line in bad if line.variant != "plain"]
    assert 0 <= len(used) < len(bad)
    assert (f"{len(used)} bad" if used else "good") in counted(lines)


def test_of_a_classifier_whose_score_is_mapped_the_trainings_count_and_its_own_score_does_not(two):
    lines = verdict(replace(two, used=frozenset({"mapped", "plain"})))
    of_plain = {line.subject: line.beside for line in lines if line.variant == "plain"}
    assert not of_plain["training"]
    assert of_plain["sculpting"] and of_plain["AUC"] and of_plain["signal strength"]


def test_the_terminal_shows_the_rest_below_and_only_what_is_not_good(two):
    above, _, below = as_text(verdict(two), "small").partition(COMPARISON)
    assert "sculpting of plain" not in above
    assert "sculpting of plain: mean χ²/ndf = 90" in " ".join(below.split())
    assert "✔" not in below
    assert COMPARISON not in as_text(verdict(replace(two, recommended=None)), "small")


@pytest.mark.parametrize(("error", "grade"), [(0.1, "good"), (0.2, "marginal"), (0.5, "bad")])
def test_a_better_score_that_is_independent_too_is_named(two, error, grade):
    flat = two.sculpting["mapped"]
    fits = {name: with_error(two.fits["plain"], own, name) for name, own in (("plain", 0.1), ("mapped", error))}
    changed = replace(two, fits=fits, sculpting={"plain": flat, "mapped": flat})
    (line,) = [line for line in verdict(changed) if line.subject == SUBJECT]
    known = candidates(changed)
    assert line.value == pytest.approx(known["mapped"].error / known["plain"].error - 1)
    assert (line.grade, line.of) == (grade, "mapped")
    (line,) = [line for line in verdict(replace(changed, sculpting=two.sculpting)) if line.subject == SUBJECT]
    assert line.grade == "good", "a score that sculpts is no alternative"


def test_the_first_page_says_which_score_and_what_the_others_would_have_done(two):
    text = " ".join(result_section(two).split())
    assert "**The result uses the score of mapped**" in text
    assert "**plain**: μ = " in text
    assert "mean χ²/ndf = 90" in text
    assert result_section(replace(two, recommended=None)) == ""
    assert result_section(replace(two, fits={"mapped": two.fits["mapped"]})) == ""
